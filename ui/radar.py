"""Dimensions as a radar in SVG: the rings are the bounds of the bands, named in words. Pure formatting."""

from __future__ import annotations

from collections.abc import Sequence

from interviewer.report import BAND_NAMES
from interviewer.spokes import MIN_SPOKES, name_lines
from rubrics import DEFAULT_BANDS
from ui.spokes import LINE_HEIGHT, SvgSpokes, points

Axis = tuple[str, float | None]

_SIZE, _RADIUS = 440, 118
_CENTRE = (_SIZE / 2, 158.0)
_WIDTH_CHARS = 15


def radar(axes: Sequence[Axis], bands: tuple[float, float, float, float] = DEFAULT_BANDS) -> str:
    """The axes (title, score 0..1 or None where nothing was asked) as SVG; empty with fewer than three scores.

    What it shows stands in words beside it, so it is hidden from screen readers.
    """
    if sum(value is not None for _, value in axes) < MIN_SPOKES:
        return ""
    spokes = SvgSpokes(_CENTRE, _RADIUS, len(axes))
    rings = "".join(
        f'<polygon class="ring" points="{spokes.around([bound] * len(axes))}"/>' for bound in (*bands, 1.0)
    )
    lines = "".join(_line(spokes, index, value) for index, (_, value) in enumerate(axes))
    places = [spokes.place(index, value) for index, (_, value) in enumerate(axes) if value is not None]
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>' for x, y in places)
    names = "".join(_name(spokes, index, title, value) for index, (title, value) in enumerate(axes))
    middles = [(low + high) / 2 for low, high in zip((0.0, *bands), (*bands, 1.0), strict=True)]
    words = "".join(
        f'<text class="band" x="{_CENTRE[0] + 4:.1f}" y="{_CENTRE[1] - middle * _RADIUS + 3:.1f}">{name}</text>'
        for middle, name in zip(middles, BAND_NAMES, strict=True)
        if middle > bands[0]
    )
    return (
        f'<svg class="mr-radar" viewBox="0 0 {_SIZE} 316" aria-hidden="true" focusable="false">'
        f'{rings}{lines}<polygon class="area" points="{points(places)}"/>{dots}{words}{names}</svg>'
    )


def _line(spokes: SvgSpokes, index: int, value: float | None) -> str:
    x, y = spokes.place(index, 1.0)
    return (
        f'<line class="spoke{"" if value is not None else " off"}" x1="{_CENTRE[0]:.1f}" y1="{_CENTRE[1]:.1f}" '
        f'x2="{x:.1f}" y2="{y:.1f}"/>'
    )


def _name(spokes: SvgSpokes, index: int, title: str, value: float | None) -> str:
    x, y = spokes.place(index, 1.0)
    x, y = _CENTRE[0] + (x - _CENTRE[0]) * 1.09, _CENTRE[1] + (y - _CENTRE[1]) * 1.12
    side = x - _CENTRE[0]
    lines = [*name_lines(title, _WIDTH_CHARS), *(() if value is not None else ("not asked",))]
    top = (
        y
        - (len(lines) - 1) * LINE_HEIGHT / 2
        + (4 if abs(side) >= 1 else 8 if y > _CENTRE[1] else -6 * (len(lines) - 1))
    )
    return spokes.name(lines, x, top, "name" if value is not None else "name off")
