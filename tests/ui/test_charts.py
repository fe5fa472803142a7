"""Charts made on the server: well-formed, named, within their frame, and nothing drawn for what is not known."""

from __future__ import annotations

from datetime import date, timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tab_world import HOSTILE

from interviewer.progress import Course, Measure
from interviewer.readiness import Area
from rubrics import DEFAULT_BANDS, band_of
from ui.charts import course_chart, habit_dots, radar_chart

DAY = date(2026, 3, 2)
SVG = "{http://www.w3.org/2000/svg}"


def course(*scores: float, width: float = 0.1, title: str = "Systems") -> Course:
    days = tuple(
        Measure(DAY + timedelta(days=3 * place), score, width, 1, band_of(score))
        for place, score in enumerate(scores)
    )
    return Course("systems", title, days, days[-1], len(days), None)


def area(claimed: int | None, shown: float | None, title: str = "Systems") -> Area:
    return Area("a", title, 0.1, claimed, shown, 0.4, None, 1, None)


def parsed(chart: str) -> ElementTree.Element:
    return ElementTree.fromstring(chart)


def drawn(chart: str, tag: str, style: str) -> list[ElementTree.Element]:
    return [item for item in parsed(chart).iter(f"{SVG}{tag}") if style in (item.get("class") or "").split()]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.floats(0, 1))
def test_every_mark_is_within_the_frame(scores: list[float], width: float) -> None:
    chart = course_chart(course(*scores, width=width), DEFAULT_BANDS)
    _, _, right, bottom = (float(figure) for figure in (parsed(chart).get("viewBox") or "").split())
    points = drawn(chart, "circle", "mr-point")
    assert len(points) == len(scores)
    for point in points:
        assert 0 <= float(point.get("cx") or -1) <= right
        assert 0 <= float(point.get("cy") or -1) <= bottom
    for line in drawn(chart, "line", "mr-whisker"):
        assert 0 <= float(line.get("y2") or -1) <= float(line.get("y1") or -1) <= bottom


def test_a_higher_score_stands_higher() -> None:
    low, high = drawn(course_chart(course(0.2, 0.9), DEFAULT_BANDS), "circle", "mr-point")
    assert float(high.get("cy") or 0) < float(low.get("cy") or 0)
    assert float(high.get("cx") or 0) > float(low.get("cx") or 0)


def test_a_chart_says_what_it_shows() -> None:
    svg = parsed(course_chart(course(0.2, 0.9), DEFAULT_BANDS))
    assert svg.get("role") == "img"
    assert svg.get("aria-label") == "Systems: 2 Mar no hire; 5 Mar strong hire"


def test_one_day_is_a_mark_without_a_line() -> None:
    chart = course_chart(course(0.5), DEFAULT_BANDS)
    assert len(drawn(chart, "circle", "mr-point")) == 1
    assert drawn(chart, "polyline", "mr-line") == []


def test_a_title_is_text() -> None:
    for chart in (
        course_chart(course(0.5, title=HOSTILE), DEFAULT_BANDS),
        radar_chart([area(1, 1.0, HOSTILE)] * 3),
    ):
        assert not [item for item in parsed(chart).iter() if item.tag in (f"{SVG}img", f"{SVG}script")]


def test_a_radar_needs_three_areas() -> None:
    assert radar_chart([area(1, 2.0)] * 2) == ""


def test_a_radar_closes_only_where_everything_is_known() -> None:
    whole = radar_chart([area(2, 3.0)] * 5)
    assert len(drawn(whole, "polygon", "mr-claimed")) == len(drawn(whole, "polygon", "mr-shown")) == 1
    partly = radar_chart([area(2, 3.0), area(2, 3.0), area(None, 3.0), area(2, None), area(None, None)])
    assert drawn(partly, "polygon", "mr-claimed") == drawn(partly, "polygon", "mr-shown") == []
    assert len(drawn(partly, "circle", "mr-claimed")) == len(drawn(partly, "circle", "mr-shown")) == 3
    assert len(drawn(partly, "line", "mr-claimed")) == 1
    assert len(drawn(partly, "line", "mr-shown")) == 2
    nothing = radar_chart([area(None, None)] * 4)
    assert drawn(nothing, "circle", "mr-shown") == []


@pytest.mark.parametrize("practised", [[], [DAY], [DAY, DAY - timedelta(days=27)]])
def test_the_last_four_weeks_are_28_dots(practised: list[date]) -> None:
    chart = habit_dots(practised, DAY)
    assert len(drawn(chart, "circle", "mr-point")) == len(practised)
    assert len(drawn(chart, "circle", "mr-hollow")) == 28 - len(practised)
