"""The first page: what happened, at a glance."""

from typing import TYPE_CHECKING, Any

from hitstream.dashboard.panels.contract import Page, Panel

if TYPE_CHECKING:
    from hitstream.dashboard.state import PageState

_SHARE = ("hits", "share")
_NO_AGENT = "No hit names its agent; logs in the Combined format may."
_NO_REFERRER = "No hit names a referrer; logs in the Combined format may."


def _ranking(
    name: str,
    title: str,
    view: str,
    width: int,
    columns: tuple[str, ...],
    unit: str,
    empty: str = "Nothing in this time.",
    missing: str = "",
) -> Panel:
    return Panel(name, title, view, "ranking", width, columns=columns, unit=unit, empty=empty, missing=missing)


def _summary(answers: dict[str, Any], state: "PageState") -> str:
    totals = answers["totals"]
    words = state.range.words if state.range else "in all"
    filtered = f" that pass {len(state.where)} filters" if state.where else ""
    return (
        f"{totals['requests'].number} requests{filtered} by {totals['visitors'].number} visitors {words}, "
        f"{totals['errors'].number} errors"
    )


PAGE = Page(
    "overview",
    "/",
    "Overview",
    "overview",
    (
        Panel("totals", "Totals", "traffic", "figures", width=12),
        Panel("traffic", "Traffic", "traffic", "chart", width=9),
        Panel("status", "Status", "status", "mix", width=3, rows=7),
        _ranking("targets", "Top targets", "target", 4, _SHARE, "targets"),
        _ranking("not_found", "Not found (404)", "not_found", 4, _SHARE, "targets", empty="No 404 in this time."),
        _ranking("hosts", "Top hosts", "host", 4, _SHARE, "hosts"),
        Panel("week", "Hours of the week", "traffic", "week", width=5),
        Panel(
            "countries", "Countries", "country", "world", width=7, missing="No host has a name that tells its country."
        ),
        _ranking("domains", "Domains", "domain", 5, _SHARE, "domains", missing="Hosts are addresses without names."),
        _ranking("sites", "Referring sites", "site", 7, _SHARE, "sites", missing=_NO_REFERRER),
        _ranking("referrers", "Referrers", "referrer", 5, _SHARE, "referrers", missing=_NO_REFERRER),
        _ranking("browsers", "Browsers", "browser", 3, _SHARE, "browsers", missing=_NO_AGENT),
        _ranking("systems", "Operating systems", "os", 3, _SHARE, "systems", missing=_NO_AGENT),
        _ranking("devices", "Devices", "device", 3, _SHARE, "devices", missing=_NO_AGENT),
        _ranking("bots", "Bots", "bot", 3, _SHARE, "bots", empty="No bot in this time.", missing="No agent is a bot."),
        _ranking("static", "Static files", "static", 3, _SHARE, "kinds", missing="No target is a static file."),
        _ranking("methods", "Methods", "method", 3, _SHARE, "methods"),
        _ranking("protocols", "Protocols", "protocol", 3, _SHARE, "protocols"),
        _ranking("vhosts", "Virtual hosts", "vhost", 3, _SHARE, "hosts", missing="No hit names a virtual host."),
    ),
    summary=_summary,
)
