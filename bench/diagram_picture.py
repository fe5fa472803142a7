"""The reliability diagrams of bench/results/judge.json as one picture in SVG, and as a table in its place."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape
from typing import Any

from bench.diagrams import BINS
from bench.markdown import figure

PANELS = (
    ("mohler.embedded", "computer science"),
    ("nnexam.embedded", "neural networks"),
    ("saf.embedded", "communication networks"),
    ("own.points", "this bank's criteria"),
)
COLUMNS = (*PANELS, ("own.faults", "this bank's red flags"))
NAME = "Reliability diagrams: what people gave against what the judge gave, in four panels; the table below has the figures"
# The page has these from its own style; a file that stands alone brings them along, for light and dark.
_STYLE = (
    "<style>text{fill:#1f2937;font:12px sans-serif}.mr-grid{stroke:#6b7280;stroke-opacity:.35;fill:none}"
    ".mr-whisker{stroke:#0f7a4d;stroke-width:2;stroke-opacity:.45}.mr-point{fill:#0f7a4d}"
    "@media(prefers-color-scheme:dark){text{fill:#e5e7eb}.mr-grid{stroke:#9ca3af}.mr-whisker{stroke:#4ade80}"
    ".mr-point{fill:#4ade80}}</style>"
)
_SIDE, _LEFT, _TOP, _APART = 220, 46, 26, 78
_WIDTH, _HEIGHT = 2 * (_SIDE + _APART) + 6, 2 * (_SIDE + _APART)
_LEAST_RADIUS, _MOST_RADIUS = 2.5, 7.0

Rows = Mapping[str, Mapping[str, Any]]


def picture(rows: Rows, alone: bool) -> str:
    """Four panels, a point for each tenth of the scale, as large as it has answers; `alone` brings colours along."""
    panels = "".join(_panel(rows, place, prefix, title) for place, (prefix, title) in enumerate(PANELS))
    return (
        f'<svg class="mr-chart mr-calibration" role="img" aria-label="{escape(NAME)}" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'xmlns="http://www.w3.org/2000/svg">{_STYLE if alone else ""}<g aria-hidden="true">{panels}</g></svg>\n'
    )


def _panel(rows: Rows, place: int, prefix: str, title: str) -> str:
    left, top = _LEFT + place % 2 * (_SIDE + _APART), _TOP + place // 2 * (_SIDE + _APART)
    right, bottom = left + _SIDE, top + _SIDE

    def x(value: float) -> str:
        return f"{left + value * _SIDE:.1f}"

    def y(value: float) -> str:
        return f"{bottom - value * _SIDE:.1f}"

    parts = [
        f'<text x="{left}" y="{top - 9}">{escape(title)}</text>',
        f'<rect class="mr-grid" x="{left}" y="{top}" width="{_SIDE}" height="{_SIDE}"/>',
        f'<line class="mr-grid" stroke-dasharray="4 4" x1="{left}" y1="{bottom}" x2="{right}" y2="{top}"/>',
        f'<text x="{left + _SIDE / 2}" y="{bottom + 32}" text-anchor="middle">the judge gave</text>',
        f'<text transform="translate({left - 30} {top + _SIDE / 2}) rotate(-90)" text-anchor="middle">people gave</text>',
    ]
    for tick in (0.0, 0.5, 1.0):
        parts.append(f'<text x="{x(tick)}" y="{bottom + 16}" text-anchor="middle">{tick:g}</text>')
        parts.append(f'<text x="{left - 6}" y="{float(y(tick)) + 4:.1f}" text-anchor="end">{tick:g}</text>')
    bins = [found for number in range(BINS) if (found := _bin(rows, prefix, number)) is not None]
    most = max((found["n"] for _, found in bins), default=1)
    for judged, found in bins:
        radius = _LEAST_RADIUS + (_MOST_RADIUS - _LEAST_RADIUS) * math.sqrt(found["n"] / most)
        at = x(judged["value"])
        parts.append(
            f'<line class="mr-whisker" x1="{at}" x2="{at}" y1="{y(found["low"])}" y2="{y(found["high"])}"/>'
        )
        parts.append(f'<circle class="mr-point" cx="{at}" cy="{y(found["value"])}" r="{radius:.1f}"/>')
    return "".join(parts)


def diagram_lines(rows: Rows) -> list[list[str]]:
    """What the picture shows as cells: a tenth of the scale, and for every column what people gave and how often."""
    lines = []
    for number in range(BINS):
        cells = [f"{number / BINS:.1f} to {(number + 1) / BINS:.1f}"]
        for prefix, _ in COLUMNS:
            found = _bin(rows, prefix, number)
            cells.append("" if found is None else f"{figure(dict(found[1]), 2)}, {found[1]['n']}")
        lines.append(cells)
    return lines


def _bin(rows: Rows, prefix: str, number: int) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
    judged, found = (rows.get(f"{prefix}.bin_{number}.{name}") for name in ("judged", "found"))
    return None if judged is None or found is None else (judged, found)
