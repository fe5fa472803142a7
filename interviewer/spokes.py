"""The geometry that radars share, on the page and in a PDF: spokes around a middle, the first upwards, the others clockwise."""

from __future__ import annotations

import math
from dataclasses import dataclass
from textwrap import wrap

Place = tuple[float, float]

# Fewer than three points span no area.
MIN_SPOKES = 3


@dataclass(frozen=True)
class Spokes:
    """`count` spokes of length `radius` around a middle; y grows downwards."""

    middle: Place
    radius: float
    count: int

    def place(self, index: int, reach: float) -> Place:
        """The point of a spoke at `reach`, 0 in the middle and 1 at its end."""
        angle = 2 * math.pi * index / self.count - math.pi / 2
        x, y = self.middle
        return x + self.radius * reach * math.cos(angle), y + self.radius * reach * math.sin(angle)

    def ring(self, reach: float) -> list[Place]:
        """The point of every spoke at the same `reach`."""
        return [self.place(index, reach) for index in range(self.count)]


def name_lines(title: str, width_chars: int) -> list[str]:
    """A title in lines of about so many characters, broken between words."""
    return wrap(title, width_chars, break_long_words=False)
