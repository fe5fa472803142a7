"""Charts as SVG made here: they take the page's colours in light and dark, fit any width and need no script.

A script that draws charts would weigh megabytes on the page and draw after it; what is shown here are a few marks. Every
chart has a name for screen readers, and a table with the same figures stands beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from html import escape

from interviewer.progress import HABIT_DAYS, Course, Measure
from interviewer.readiness import Area
from interviewer.report import BAND_NAMES
from interviewer.spokes import MIN_SPOKES, name_lines
from ui.spokes import LINE_HEIGHT, SvgSpokes
from ui.words import day_month

# The area of marks within a chart of a course, in units of its view box; band names stand to the right of it.
_WIDTH, _HEIGHT = 292, 152
_LEFT, _RIGHT, _TOP, _BOTTOM = 4, 192, 8, 128

# A radar: its middle, its radius, and where the names of the spokes begin.
_MIDDLE, _RADIUS = (205, 150), 88
_RADAR_WIDTH, _RADAR_HEIGHT = 410, 304
_RINGS = 4
# Names stand this far out, in radii, in lines of so many characters: wide fonts fit between the names and the frame.
_NAMES_AT = 1.2
_NAME_CHARS = 13


def course_chart(course: Course, bounds: tuple[float, float, float, float]) -> str:
    """A measure for every day with its interval, over the bands. `bounds` are the lower bounds of bands 1-4."""
    first, last = course.days[0].day, course.days[-1].day
    span = (last - first).days

    def x(measure: Measure) -> float:
        inner = _RIGHT - _LEFT - 16
        return _LEFT + 8 + inner * ((measure.day - first).days / span if span else 0.5)

    path = " ".join(f"{x(item):.1f},{_y(item.score):.1f}" for item in course.days)
    marks = "".join(_mark(x(item), item) for item in course.days)
    line = f'<polyline class="mr-line" points="{path}"/>' if len(course.days) > 1 else ""
    ticks = (
        f'<text x="{_LEFT}" y="145">{day_month(first)}</text>'
        f'<text x="{_RIGHT}" y="145" text-anchor="end">{day_month(last)}</text>'
        if span
        else f'<text x="{(_LEFT + _RIGHT) / 2:g}" y="145" text-anchor="middle">{day_month(first)}</text>'
    )
    told = "; ".join(f"{day_month(item.day)} {BAND_NAMES[item.band]}" for item in course.days)
    return _svg(f"{course.title}: {told}", _WIDTH, _HEIGHT, f"{_bands(bounds)}{line}{marks}{ticks}")


def _y(score: float) -> float:
    return _BOTTOM - (_BOTTOM - _TOP) * min(1.0, max(0.0, score))


def _mark(x: float, item: Measure) -> str:
    low, high = _y(item.score - item.uncertainty), _y(item.score + item.uncertainty)
    return (
        f'<line class="mr-whisker" x1="{x:.1f}" x2="{x:.1f}" y1="{low:.1f}" y2="{high:.1f}"/>'
        f'<circle class="mr-point" cx="{x:.1f}" cy="{_y(item.score):.1f}" r="4"/>'
    )


def _bands(bounds: tuple[float, float, float, float]) -> str:
    edges = (0.0, *bounds, 1.0)
    parts = [
        f'<line class="mr-grid" x1="{_LEFT}" x2="{_RIGHT}" y1="{_y(edge):.1f}" y2="{_y(edge):.1f}"/>'
        for edge in edges
    ]
    for place, name in enumerate(BAND_NAMES):
        middle = _y((edges[place] + edges[place + 1]) / 2) + 4
        parts.append(f'<text x="{_RIGHT + 6}" y="{middle:.1f}">{name}</text>')
    return "".join(parts)


def radar_chart(areas: Sequence[Area]) -> str:
    """Claimed against shown, a spoke for each area; what is not known is left open. Empty below three areas."""
    if len(areas) < MIN_SPOKES:
        return ""
    spokes = SvgSpokes(_MIDDLE, _RADIUS, len(areas))
    claimed = [None if area.claimed is None else area.claimed / _RINGS for area in areas]
    shown = [None if area.shown is None else area.shown / _RINGS for area in areas]
    named = "".join(_spoke(spokes, place, area) for place, area in enumerate(areas))
    rings = "".join(
        f'<polygon class="mr-grid" points="{spokes.around([ring / _RINGS] * len(areas))}"/>'
        for ring in range(1, _RINGS + 1)
    )
    body = f"{rings}{named}{_shape(spokes, claimed, 'mr-claimed')}{_shape(spokes, shown, 'mr-shown')}"
    return _svg(
        "Radar of what you say of yourself against what you showed; the table has the figures",
        _RADAR_WIDTH,
        _RADAR_HEIGHT,
        body,
    )


def _shape(spokes: SvgSpokes, reaches: Sequence[float | None], style: str) -> str:
    """A closed shape where everything is known, else the stretches between neighbours that are."""
    known = [reach for reach in reaches if reach is not None]
    parts = []
    if len(known) == spokes.count:
        parts.append(f'<polygon class="{style}" points="{spokes.around(known)}"/>')
    else:
        for index, reach in enumerate(reaches):
            following = (index + 1) % spokes.count
            after = reaches[following]
            if reach is not None and after is not None:
                x1, y1 = spokes.place(index, reach)
                x2, y2 = spokes.place(following, after)
                parts.append(
                    f'<line class="{style}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'
                )
    for index, reach in enumerate(reaches):
        if reach is not None:
            x, y = spokes.place(index, reach)
            # Two shapes are told apart without colour as well: rings and filled dots.
            parts.append(f'<circle class="{style} mr-dot-mark" cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>')
    return "".join(parts)


def _spoke(spokes: SvgSpokes, index: int, area: Area) -> str:
    x, y = spokes.place(index, 1.0)
    label_x, label_y = spokes.place(index, _NAMES_AT)
    lines = name_lines(area.title, _NAME_CHARS)
    # Above the middle the name ends at the spoke, below it begins there, at the sides it is centred.
    up = (label_y - _MIDDLE[1]) / (_NAMES_AT * _RADIUS)
    top = label_y + 4 + (len(lines) - 1) * LINE_HEIGHT * ((up - 1) / 2)
    return (
        f'<line class="mr-grid" x1="{_MIDDLE[0]}" y1="{_MIDDLE[1]}" x2="{x:.1f}" y2="{y:.1f}"/>'
        f"{spokes.name(lines, label_x, top)}"
    )


def habit_dots(practised: Sequence[date], today: date) -> str:
    """The last four weeks as dots, filled on days with practice, oldest first; each row is seven days."""
    days = [today - timedelta(days=back) for back in reversed(range(HABIT_DAYS))]
    dots = "".join(
        f'<circle class="{"mr-point" if day in practised else "mr-hollow"}" cx="{9 + 18 * (place % 7)}" '
        f'cy="{9 + 18 * (place // 7)}" r="5.5"/>'
        for place, day in enumerate(days)
    )
    return _svg(f"Practised on {len(practised)} of the last {HABIT_DAYS} days", 126, 72, dots, "mr-habit")


def _svg(name: str, width: int, height: int, body: str, style: str = "") -> str:
    return (
        f'<svg class="mr-chart {style}" role="img" aria-label="{escape(name)}" viewBox="0 0 {width} {height}" '
        f'xmlns="http://www.w3.org/2000/svg"><g aria-hidden="true">{body}</g></svg>'
    )
