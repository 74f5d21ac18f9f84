"""The controls of time: ranges that end now, periods of the calendar, steps to and fro, and a form for any other."""

from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from hitstream import text
from hitstream.dashboard import zones
from hitstream.dashboard.drawn import Node, drawn, node
from hitstream.dashboard.markup import aria, icon
from hitstream.dashboard.panels.contract import Props
from hitstream.dashboard.ranges import (
    EVERYTHING,
    PERIODS,
    RANGES,
    Period,
    RelativeRange,
    Span,
    Stretch,
    Window,
    latest,
    stepped,
    widened,
    window,
)
from hitstream.dashboard.state import PageState

if TYPE_CHECKING:
    from dash.development.base_component import Component

_OTHER = "From … to"
_CALENDAR_LABELS = {
    f"{way}{unit}": f"{way} {unit}".capitalize() for way in ("next", "previous") for unit in ("Month", "Year", "Decade")
} | {"monthLevelControl": "Choose a month", "yearLevelControl": "Choose a year"}
"""What a screen reader calls the calendar's own buttons."""


def choices() -> "Component":
    """Make the row of ranges, the last of which opens a form."""
    from dash import html

    ranges = [html.A(choice.label, href="", id=f"range-{choice.name}", className="") for choice in RANGES]
    return html.Div([*ranges, _other()], className="segments ranges", role="group", **aria(label="Time range"))


def steps() -> "Component":
    """Make the time that is shown, with links to those before and after and to twice as much."""
    from dash import html

    def link(name: str) -> "Component":
        return html.A(icon(name), href="", id=f"step-{name}", className="button off")

    shown = html.Span([html.Span(id="period", className="period"), html.Span(id="period-note", className="note")])
    return html.Div(
        [link("back"), shown, link("forward"), link("wider")], className="steps", role="group", **aria(label="Steps")
    )


def turned(state: PageState) -> Props:
    """Set them to a state, as far as it is known without the data."""
    props: Props = {
        f"range-{choice.name}": {
            "href": state.href(range=choice),
            "className": "chosen" if state.range == choice else "",
        }
        for choice in RANGES
    }
    span = state.range if isinstance(state.range, Span) else None
    period = state.range if isinstance(state.range, Period) else None
    props["between"] = {
        "children": period.label if period else _OTHER,
        "className": "chosen" if span or period else "",
    }
    props["between-zone"] = {"children": f"Times without an offset are {zones.label(state.zone)}."}
    if span:
        props |= {name: {"value": _typed(end, state.tz)} for name, end in zip(("from", "to"), span, strict=True)}
    props |= {f"step-{name}": {"className": "button off"} for name in ("back", "forward", "wider")}
    return props | drawn("periods", [_preset(state, choice) for choice in PERIODS])


def shown(found: tuple[int, int] | None, now: float, state: PageState) -> Props:
    """Set them to the time that is shown; `found` is the seconds of the first and the last hit."""
    choice: Stretch = state.range or EVERYTHING
    end = latest(found, now)
    asked = window(choice, end, state.tz)
    if asked.start is None or asked.end is None:
        return {"period": {"children": ""}, "period-note": {"children": ""}}
    ended = end != now and not isinstance(choice, Span)
    name = _length(choice, asked)
    return {
        "period": {"children": text.between(asked.start, asked.end, state.tz)},
        "period-note": {
            "children": "to the last hit" if ended else "",
            "title": f"The log ended at {text.minute(end, state.tz)}: times count from there" if ended else "",
        },
        **_link("back", state, stepped(choice, end, state.tz, -1), f"Previous {name}"),
        **_link("forward", state, _begun(stepped(choice, end, state.tz, 1), now), f"Next {name}"),
        **_link("wider", state, _wider(asked, found, now), "Zoom out: twice as long"),
    }


def _link(name: str, state: PageState, wanted: Stretch | None, title: str) -> Props:
    if wanted is None:
        return {f"step-{name}": {"className": "button off", "title": title, **aria(label=title)}}
    href = state.href(range=wanted)
    return {f"step-{name}": {"className": "button", "href": href, "title": title, **aria(label=title)}}


def _begun(wanted: Span | None, now: float) -> Span | None:
    return wanted if wanted and wanted.start <= now else None


def _wider(asked: Window, found: tuple[int, int] | None, now: float) -> Stretch | None:
    """Return twice as long a time; everything, where that is no longer."""
    wanted = widened(asked)
    if wanted is None or (found and wanted.start <= found[0] and wanted.end > max(found[1], now)):
        return EVERYTHING
    return wanted


def _length(choice: Stretch, asked: Window) -> str:
    if isinstance(choice, RelativeRange):
        return choice.label
    if isinstance(choice, Period):
        return choice.unit
    return text.length((asked.end or 0) - (asked.start or 0))


def _typed(second: int, zone: tzinfo) -> str:
    """Write an instant so that it can be typed again: with its offset, where clocks show it twice."""
    at = datetime.fromtimestamp(second, zone)
    form = "%Y-%m-%d %H:%M:%S" if second % 60 else "%Y-%m-%d %H:%M"
    twice = at.replace(fold=1 - at.fold).utcoffset() != at.utcoffset()
    return f"{at:{form}}{at.isoformat()[19:]}" if twice else f"{at:{form}}"


def _preset(state: PageState, choice: Period) -> Node:
    klass = "chosen" if state.range == choice else ""
    return node("li", node("a", choice.label, href=state.href(range=choice), klass=klass))


def _other() -> "Component":
    """Make the form of periods, and of any span."""
    import dash_mantine_components as dmc
    from dash import html

    ends = [
        dmc.TextInput(id="from", label="From", placeholder="yesterday 14:00", size="xs", w=170),
        dmc.TextInput(id="to", label="To, not included", placeholder="now", size="xs", w=170),
    ]
    calendar = dmc.DatePicker(
        id="calendar",
        type="range",
        allowSingleDateInRange=True,
        size="xs",
        hideOutsideDates=True,
        ariaLabels=_CALENDAR_LABELS,
        **aria(label="Days"),
    )
    form = html.Div(
        [
            html.Ul(id="periods", className="periods", **aria(label="Periods")),
            html.Div(
                [
                    html.Div(ends, className="row"),
                    html.P("2015-05-17 10:05, 17 May 2015, monday, -3d, now …", className="note"),
                    calendar,
                    html.P(id="between-error", className="wrong", role="alert"),
                    html.Div(
                        [
                            html.Span(id="between-zone", className="note"),
                            dmc.Button("Show", id="between-show", size="xs"),
                        ],
                        className="row spread",
                    ),
                ],
                className="form",
            ),
        ],
        className="times",
        role="dialog",
        **aria(label="A period, or a time between two instants"),
    )
    target = html.Button(_OTHER, id="between", type="button", **aria(haspopup="dialog"))
    popover: Component = dmc.Popover(
        [dmc.PopoverTarget(target), dmc.PopoverDropdown(form)],
        id="between-form",
        keepMounted=True,  # what is set while it is closed would be forgotten
        position="bottom-start",
        trapFocus=True,
        withRoles=False,  # they would stand on a box around the button
        closeOnClickOutside=True,
        withinPortal=True,
    )
    return popover
