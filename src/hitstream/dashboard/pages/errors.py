"""What went wrong: errors in time, their codes, the targets, who is hit, and the links that lead nowhere."""

from hitstream.dashboard.panels.contract import Page, Panel
from hitstream.query import Filter

_NONE = "No errors in this time: all is well."
_NO_404 = "No 404 in this time: every link leads somewhere."
_NO_AGENT = "No hit names its agent; logs in the Combined format may."
_NO_REFERRER = "No hit names a referrer, which would say where such links are; logs in the Combined format may."
_LOST = (Filter("status", "=", "404"),)


def _ranking(name: str, title: str, view: str, width: int, unit: str, missing: str = "") -> Panel:
    columns = ("errors", "hits", "error_rate") if width > 4 else ("errors", "error_rate")
    return Panel(
        name, title, view, "ranking", width, columns=columns, unit=unit, empty=_NONE, missing=missing, by="errors"
    )


PAGE = Page(
    "errors",
    "/errors",
    "Errors",
    "errors",
    (
        Panel("faults", "Errors over time", "status", "chart", width=9, empty=_NONE),
        Panel("fault_codes", "Codes", "status", "mix", width=3, rows=8, empty=_NONE, by="errors"),
        _ranking("fault_targets", "Targets with most errors", "target", 6, "targets"),
        Panel(
            "lost",
            "Not found (404)",
            "not_found",
            "ranking",
            6,
            columns=("hits", "share"),
            unit="targets",
            empty=_NO_404,
        ),
        Panel(
            "lost_referrers",
            "Pages that link to what is not found",
            "referrer",
            "ranking",
            6,
            columns=("hits", "share"),
            unit="referrers",
            empty="No page is known to link to what is not found.",
            missing=_NO_REFERRER,
            where=_LOST,
        ),
        Panel(
            "lost_sites",
            "Sites of these pages",
            "site",
            "ranking",
            3,
            columns=("hits", "share"),
            unit="sites",
            empty="No site is known to link to what is not found.",
            missing=_NO_REFERRER,
            where=_LOST,
        ),
        _ranking("fault_methods", "Methods", "method", 3, "methods"),
        _ranking("fault_hosts", "Hosts with most errors", "host", 4, "hosts"),
        _ranking("fault_browsers", "Browsers", "browser", 4, "browsers", _NO_AGENT),
        _ranking("fault_bots", "Bots", "bot", 4, "bots", "No agent is a bot."),
    ),
    slow=True,  # who links to what is not found is known by single hits alone
)
