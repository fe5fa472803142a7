"""The radar: every axis in its place, nothing for what was not asked, and nobody's words as markup."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from interviewer.report import BAND_NAMES
from ui.radar import radar

AXES = [("Design", 1.0), ("Fundamentals", 0.5), ("Communication", None), ("Culture & fit", 0.0)]


def points(svg: str, kind: str) -> list[tuple[float, float]]:
    found = re.search(f'class="{kind}" points="([^"]*)"', svg)
    assert found is not None
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in found[1].split())]


def test_points_lie_on_their_axes_at_their_scores() -> None:
    svg = radar(AXES)
    ElementTree.fromstring(svg)
    (top, right, bottom_left), centre = points(svg, "area"), (220.0, 158.0)
    assert top == (220.0, 158.0 - 118)  # a full score, upwards
    assert right == (220.0 + 59, 158.0)  # half, to the right
    assert bottom_left == centre  # nothing; the axis that was not asked is left out
    assert svg.count("<circle") == 3
    assert svg.count('class="spoke off"') == 1
    assert "not asked" in svg
    assert "Culture &amp; fit" in svg


def test_the_rings_are_the_bands_in_words() -> None:
    svg = radar(AXES, (0.2, 0.4, 0.6, 0.8))
    assert svg.count('class="ring"') == 5
    assert [name for name in BAND_NAMES if f">{name}<" in svg] == list(BAND_NAMES[1:])
    assert "%" not in svg


@pytest.mark.parametrize("axes", [[], AXES[:2], [("a", None)] * 6, [("a", 0.5), ("b", 0.5), ("c", None)]])
def test_fewer_than_three_scores_are_no_area(axes: list[tuple[str, float | None]]) -> None:
    assert radar(axes) == ""
