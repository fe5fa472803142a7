"""Spokes in SVG: shapes and names for the radars of the page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from interviewer.spokes import Place, Spokes

LINE_HEIGHT = 13
# A name that is no further aside than this stands centred over its spoke.
_CENTRED = 12


class SvgSpokes(Spokes):
    """Spokes in units of the view box."""

    def around(self, reaches: Sequence[float]) -> str:
        """A point on every spoke, as a polygon's `points`."""
        return points(self.place(index, reach) for index, reach in enumerate(reaches))

    def name(self, lines: Sequence[str], x: float, top: float, style: str = "") -> str:
        """A spoke's name in lines, the first at `top`; beside the middle it begins or ends at `x`."""
        aside = x - self.middle[0]
        anchor = "middle" if abs(aside) < _CENTRED else "start" if aside > 0 else "end"
        rows = "".join(
            f'<tspan x="{x:.1f}" y="{top + LINE_HEIGHT * row:.1f}">{escape(line)}</tspan>'
            for row, line in enumerate(lines)
        )
        styled = f' class="{style}"' if style else ""
        return f'<text{styled} text-anchor="{anchor}">{rows}</text>'


def points(places: Iterable[Place]) -> str:
    """Places as a shape's `points`."""
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
