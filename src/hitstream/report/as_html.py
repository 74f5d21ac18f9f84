"""A report as one HTML file that opens offline.

What the log says is hostile. It enters the page as JSON only, in a script element that no browser runs and that
no text in it can close; `page.js` puts it on the screen as text, never as markup, and never hands it to the
charts. The policy of the page lets nothing else run, and nothing be fetched or sent.
"""

import base64
import hashlib
import json
import re
from importlib.util import find_spec
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from hitstream.errors import ConfigError
from hitstream.report import as_json
from hitstream.views.table import VIEWS

if TYPE_CHECKING:
    from hitstream.query.answers import Row, TopAnswer
    from hitstream.report.contents import Report

_HERE = Path(__file__).parent
_TITLES = {view.name: view.title for view in VIEWS}
_SHOWN = 500
"""Characters of a key that a page shows. A target can be as long as a line."""

_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})
"""What could end a script element or begin an entity, as JSON may write it too. U+2028 and the like are escaped
by `json` already, since it writes ASCII."""


_STYLE_SHEET_ID = re.compile(r'getElementById\("([0-9a-f]{64})"\)')
"""How plotly.js asks whether the style sheet that it brings for maps is there already."""


def render(report: "Report") -> str:
    """Return the page.

    Raises:
        ConfigError: plotly, which brings the script for the charts, is not installed.

    """
    page, style, script = ((_HERE / name).read_text("utf-8") for name in ("page.html", "page.css", "page.js"))
    charts = _plotly()
    return Template(page).substitute(
        policy=_policy(scripts=(charts, script), styles=(style, "")),
        style=style,
        data=_data(report),
        in_place=_in_place_of_style_sheets(charts),
        charts=charts,
        script=script,
    )


def _policy(*, scripts: tuple[str, ...], styles: tuple[str, ...]) -> str:
    """Return a content security policy that runs these and nothing else.

    The charts add an empty style element and fill it by rules, and draw through `data:` and `blob:` images.
    """
    return (
        f"default-src 'none'; script-src {_hashes(scripts)}; style-src {_hashes(styles)}; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


def _in_place_of_style_sheets(charts: str) -> str:
    """Return empty elements that keep out the style sheets that plotly.js brings for maps: no report has any."""
    return "".join(f'<template id="{name}"></template>' for name in dict.fromkeys(_STYLE_SHEET_ID.findall(charts)))


def _hashes(texts: tuple[str, ...]) -> str:
    digests = (hashlib.sha256(text.encode()).digest() for text in texts)
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)


def _plotly() -> str:
    """Return plotly.js from the installed package, which is found without importing it."""
    spec = find_spec("plotly")
    for place in (spec and spec.submodule_search_locations) or ():
        return (Path(place) / "package_data" / "plotly.min.js").read_text("utf-8")
    raise ConfigError(
        "A report in HTML needs the package plotly, which is not installed.",
        "Install it with: pip install plotly; or write .json or .csv.",
    )


def _data(report: "Report") -> str:
    document = as_json.document(report)
    content = {
        "totals": document["totals"],
        "series": document["series"],
        "views": [_panel(name, top) for name, top in report.views.items()],
        "where": [each.written for each in report.where],
    }
    return json.dumps(content, allow_nan=False, separators=(",", ":")).translate(_ESCAPES)


def _panel(name: str, top: "TopAnswer") -> dict[str, Any]:
    return {
        "name": name,
        "title": _TITLES.get(name, name),
        "rows": [_cells(row) for row in top.rows],
        "other": top.other and _cells(top.other),
        "keys": top.keys,
        "exact": top.exact,
        "visitors_error": top.visitors_error,
    }


def _cells(row: "Row") -> tuple[str, int, int, int, int | None]:
    key = row.key if len(row.key) <= _SHOWN else row.key[:_SHOWN] + "…"
    return key, row.hits, row.bytes, row.errors, row.visitors
