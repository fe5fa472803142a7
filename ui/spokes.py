"""The geometry that radars share: spokes around a middle, the first one upwards, the others clockwise."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from textwrap import wrap

Place = tuple[float, float]

# Fewer than three points span no area.
MIN_SPOKES = 3
LINE_HEIGHT = 13
# A name that is no further aside than this stands centred over its spoke.
_CENTRED = 12


@dataclass(frozen=True)
class Spokes:
    """`count` spokes of length `radius` around a middle, in units of the view box."""

    middle: Place
    radius: float
    count: int

    def place(self, index: int, reach: float) -> Place:
        """The point of a spoke at `reach`, 0 in the middle and 1 at its end."""
        angle = 2 * math.pi * index / self.count - math.pi / 2
        x, y = self.middle
        return x + self.radius * reach * math.cos(angle), y + self.radius * reach * math.sin(angle)

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


def name_lines(title: str, width_chars: int) -> list[str]:
    """A title in lines of about so many characters, broken between words."""
    return wrap(title, width_chars, break_long_words=False)
