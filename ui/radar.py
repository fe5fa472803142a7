"""Dimensions as a radar in SVG: the rings are the bounds of the bands, named in words. Pure formatting."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from interviewer.report import BAND_NAMES
from rubrics import DEFAULT_BANDS

Axis = tuple[str, float | None]

# Fewer than three points span no area.
MIN_SHOWN = 3
_SIZE, _RADIUS = 440, 118
_CENTRE = (_SIZE / 2, 158.0)
_WIDTH_CHARS = 15


def radar(axes: Sequence[Axis], bands: tuple[float, float, float, float] = DEFAULT_BANDS) -> str:
    """The axes (title, score 0..1 or None where nothing was asked) as SVG; empty with fewer than three scores.

    What it shows stands in words beside it, so it is hidden from screen readers.
    """
    if sum(value is not None for _, value in axes) < MIN_SHOWN:
        return ""
    rings = "".join(
        f'<polygon class="ring" points="{_points([bound] * len(axes))}"/>' for bound in (*bands, 1.0)
    )
    spokes = "".join(
        f'<line class="spoke{"" if value is not None else " off"}" x1="{_CENTRE[0]:.1f}" y1="{_CENTRE[1]:.1f}" '
        f'x2="{_place(index, len(axes), 1.0)[0]:.1f}" y2="{_place(index, len(axes), 1.0)[1]:.1f}"/>'
        for index, (_, value) in enumerate(axes)
    )
    asked = [(index, value) for index, (_, value) in enumerate(axes) if value is not None]
    places = [_place(index, len(axes), value) for index, value in asked]
    area = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>' for x, y in places)
    names = "".join(_name(index, len(axes), title, value) for index, (title, value) in enumerate(axes))
    middles = [(low + high) / 2 for low, high in zip((0.0, *bands), (*bands, 1.0), strict=True)]
    words = "".join(
        f'<text class="band" x="{_CENTRE[0] + 4:.1f}" y="{_CENTRE[1] - middle * _RADIUS + 3:.1f}">{name}</text>'
        for middle, name in zip(middles, BAND_NAMES, strict=True)
        if middle > bands[0]
    )
    return (
        f'<svg class="mr-radar" viewBox="0 0 {_SIZE} 316" aria-hidden="true" focusable="false">'
        f'{rings}{spokes}<polygon class="area" points="{area}"/>{dots}{words}{names}</svg>'
    )


def _place(index: int, count: int, value: float) -> tuple[float, float]:
    angle = 2 * math.pi * index / count - math.pi / 2
    return _CENTRE[0] + _RADIUS * value * math.cos(angle), _CENTRE[1] + _RADIUS * value * math.sin(angle)


def _points(values: Sequence[float]) -> str:
    places = (_place(index, len(values), value) for index, value in enumerate(values))
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)


def _name(index: int, count: int, title: str, value: float | None) -> str:
    x, y = _place(index, count, 1.0)
    x, y = _CENTRE[0] + (x - _CENTRE[0]) * 1.09, _CENTRE[1] + (y - _CENTRE[1]) * 1.12
    side = x - _CENTRE[0]
    anchor = "middle" if abs(side) < 1 else "start" if side > 0 else "end"
    lines = [*_lines(title), *(() if value is not None else ("not asked",))]
    top = (
        y - (len(lines) - 1) * 6.5 + (4 if abs(side) >= 1 else 8 if y > _CENTRE[1] else -6 * (len(lines) - 1))
    )
    rows = "".join(
        f'<tspan x="{x:.1f}" y="{top + 13 * place:.1f}">{escape(line)}</tspan>'
        for place, line in enumerate(lines)
    )
    return f'<text class="name{"" if value is not None else " off"}" text-anchor="{anchor}">{rows}</text>'


def _lines(title: str) -> list[str]:
    """A title in lines of some fifteen characters, broken between words."""
    lines = [""]
    for word in title.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > _WIDTH_CHARS:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
