"""What a hostile client may put into a log line, and a report of it in every view."""

from counting import Counting, Hit

from hitstream.query.answers import Row
from hitstream.report import contents
from hitstream.views.table import VIEWS

NOON = 804_600_000

PAYLOADS = (
    "<script>window.__xss=1</script>",
    "</script><script>window.__xss=1</script>",
    "<!--<script>window.__xss=1</script>",
    "<img src=x onerror=window.__xss=1>",
    "<svg/onload=window.__xss=1>",
    "\"><a href=javascript:window.__xss=1 onmouseover='window.__xss=1'>x</a>",
    "javascript:window.__xss=1",
    "<style>*{display:none}</style><base href=//evil.example>",
    "&lt;script&gt;window.__xss=1&lt;/script&gt;",
    "${window.__xss=1}{{window.__xss=1}}$policy$data",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1+1",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\r=1+1",
    "\uff1d1+1",
    '"quoted", and,commas',
    "line\nbreak",
    "\x1b[31mred\x1b]0;title\x07\x9b2J",
    "nul\x00nul",
    "\u202egnp.exe\u2066\u200f\ufeff",
    "line\u2028paragraph\u2029end",
    "\ufffd\U0001f4a9\ud7ff",
    "__proto__",
    "",
    " ",
    "/" + "A" * 65_536,
)

HITS = [Hit(NOON + i, host=text, target=text, method=text, protocol=text) for i, text in enumerate(PAYLOADS)]


def hostile_report():
    """Return a report with every payload as a key of every view."""
    report = contents(Counting(HITS))
    rows = [Row(text, len(PAYLOADS) - i, 10, 1, 1) for i, text in enumerate(PAYLOADS)]
    for name, top in report.views.items():
        report.views[name] = top._replace(rows=list(rows), keys=len(rows))
    assert len(report.views) == sum(bool(view.key) for view in VIEWS)
    return report
