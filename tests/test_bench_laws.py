"""The laws, the diagrams and the intervals of the benchmarks, against values worked by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast

import numpy as np
import pytest

from bench.common import Row
from bench.conformal import (
    GATED_UNCERTAINTY,
    Judged,
    by_variance_rows,
    constant_width,
    fit_width,
    held_out_widths,
    width_rows,
)
from bench.diagram_picture import PANELS, diagram_lines, picture
from bench.diagrams import diagram, intervals
from bench.grading import Graded
from bench.judge_tables import APART, interval_table, law_table
from bench.laws import (
    Pair,
    graded_pairs,
    key_places,
    law_rows,
    order_rows,
    rate,
    repeated_rows,
)
from interviewer.judge.embedded import EmbeddedJudge
from interviewer.judge.protocol import AnswerToJudge
from interviewer.judge.uncertainty import Known
from retrieval import HashEmbedder
from rubrics import Assessment, Criterion, CriterionAssessment, JudgeRecord, Kind, Rubric, Verdict
from ui.trust import trust_html

RUBRIC = Rubric(
    criteria=(
        Criterion(id="cache", text="Says that the cache grows with every token."),
        Criterion(id="paged", text="Stores the cache in pages of a fixed size."),
        Criterion(id="fault", text="Claims that the batch size is free.", kind=Kind.RED_FLAG),
    )
)
ITEM = AnswerToJudge("What grows?", "", RUBRIC)
Score = Callable[[AnswerToJudge], float | None]


class Scripted:
    """A judge whose scores are computed by a function; every verdict is `met`."""

    name = "embedded"

    def __init__(self, score: Score) -> None:
        self.score = score

    def assess_sync(self, item: AnswerToJudge) -> Assessment:
        score = self.score(item)
        criteria = tuple(CriterionAssessment(c.id, Verdict.MET, 1.0) for c in item.rubric.criteria)
        reason = "It cannot." if score is None else None
        return Assessment(score, 0, 0.1, criteria, (), reason, JudgeRecord("embedded", "", None, None))

    async def assess(self, item: AnswerToJudge) -> Assessment:
        return self.assess_sync(item)


def judge(score: Score) -> EmbeddedJudge:
    return cast(EmbeddedJudge, Scripted(score))


def by_name(rows: object) -> dict[str, Row]:
    return {row.metric: row for row in cast(list[Row], list(cast(list[Row], rows)))}


def pair(question: str, less: str, more: str, law: str = "adding") -> Pair:
    return Pair(law, "bank", question, 0, replace(ITEM, answer=less), replace(ITEM, answer=more))


def test_a_law_is_broken_by_a_fall_of_more_than_a_twentieth() -> None:
    scores = {"a": 0.5, "a more": 0.7, "b": 0.5, "b more": 0.46, "c": 0.5, "c more": 0.4, "d": None}
    pairs = [pair(name, name, f"{name} more") for name in "abcd"]
    rows = by_name(law_rows(pairs, [judge(lambda item: scores.get(item.answer))]))
    assert rows["laws.adding.bank.broken"].value == pytest.approx(1 / 3), "c alone; d is unscored"
    assert rows["laws.adding.bank.broken"].n == 3
    # (.2 - .04 - .1) / 3
    assert rows["laws.adding.bank.mean_gain"].value == pytest.approx(0.02)
    assert rows["laws.adding.bank.largest_fall"].value == pytest.approx(0.1)


def test_laws_are_told_apart_and_each_question_has_the_judge_of_its_fold() -> None:
    pairs = [pair("a", "a", "a more"), replace(pair("a", "a", "a more", "deleting"), fold=1)]
    judges = [judge(lambda item: len(item.answer) / 10), judge(lambda item: 1 - len(item.answer) / 10)]
    rows = by_name(law_rows([pairs[0], replace(pairs[1], question_id="b")], judges))
    assert rows["laws.adding.bank.broken"].value == 0
    assert rows["laws.deleting.bank.broken"].value == 1


def test_nothing_broken_is_not_said_to_be_impossible() -> None:
    row = rate("r", np.array([False] * 20), [f"q{place % 10}" for place in range(20)])
    assert (row.value, row.low, row.high, row.n) == (0, 0, pytest.approx(0.3), 20)
    assert rate("r", np.array([False]), ["q"]).high == 1
    low = rate("r", np.array([True, False] * 10), [f"q{place}" for place in range(20)])
    assert low.low is not None
    assert 0.2 < low.low < 0.5 < (low.high or 0) < 0.8


def test_what_carries_something_is_nearest_to_a_criterion_that_is_no_fault() -> None:
    said = [
        "Hello there.",
        "The cache grows with every token.",
        "The batch size is free.",
        "Pages of a fixed size store the cache.",
    ]
    assert key_places(RUBRIC, said, HashEmbedder()) == [1, 3]
    assert key_places(RUBRIC, [], HashEmbedder()) == []


def test_graded_answers_get_a_statement_of_the_reference_and_lose_the_one_nearest_to_it() -> None:
    reference = "The cache grows with every token. Pages of a fixed size store it."
    rows = [
        Graded("saf", "q", "What grows?", reference, "Well now. The cache grows with every token.", 1.0),
        Graded("saf", "q", "What grows?", reference, "The cache grows. Nothing else.", 0.2),
        Graded("saf", "q", "What grows?", reference, "", 0.0),
    ]
    pairs = list(graded_pairs(rows, HashEmbedder()))
    of_people = [one for one in pairs if not one.more.answer.startswith("The cache grows with")]
    adding = [one for one in of_people if one.law == "adding"]
    assert len(adding) == 2, "to an empty answer nothing is added"
    for one in adding:
        point = one.more.answer.removeprefix(f"{one.less.answer} ")
        assert point in reference
    (deleting,) = [one for one in of_people if one.law == "deleting"]
    assert deleting.less.answer == "Well now.", "a poor answer's sentence may carry nothing"
    assert {one.less.answer for one in pairs if one.law == "deleting"} == {
        "Well now.",
        "The cache grows with every token.",
        "Pages of a fixed size store it.",
    }


def test_a_judge_that_looks_at_the_order_of_criteria_is_found_out() -> None:
    items = {"bank": [("q", 0, replace(ITEM, answer="It grows."))]}
    fair = by_name(order_rows(items, [judge(lambda _: 0.5)]))
    assert fair["laws.order.bank.broken"].value == 0
    first = by_name(
        order_rows(items, [judge(lambda item: 0.5 if item.rubric.criteria[0].id == "cache" else 0.4)])
    )
    assert first["laws.order.bank.broken"].value == 1


def test_a_judge_that_remembers_its_neighbours_is_found_out() -> None:
    items = {
        "bank": [
            ("q1", 0, replace(ITEM, answer="It grows.")),
            ("q2", 0, replace(ITEM, answer="It is paged.")),
        ],
        "saf": [("q3", 0, replace(ITEM, answer="It is kept.", reference="It is kept."))],
    }
    fair = by_name(repeated_rows(items, judge(lambda _: 0.5), judge(lambda _: 0.5)))
    assert {name: row.value for name, row in fair.items()} == {
        "laws.repeated.bank.broken": 0,
        "laws.repeated.saf.broken": 0,
    }

    def counting() -> EmbeddedJudge:
        seen: list[str] = []
        return judge(lambda item: len(seen) / 10 if seen.append(item.answer) is None else None)

    rows = by_name(repeated_rows(items, counting(), counting()))
    # Backwards the first is the third; the second stays the second.
    assert rows["laws.repeated.bank.broken"].value == 0.5
    assert rows["laws.repeated.saf.broken"].value == 1


def test_a_diagram_has_the_means_of_every_tenth() -> None:
    judged = np.array([0.05] * 5 + [0.62, 0.64, 0.66, 0.62, 0.66] + [1.0] * 4)
    found = np.array([0.0, 0.0, 0.0, 0.0, 0.5] + [0.5, 0.5, 1.0, 1.0, 1.0] + [1.0] * 4)
    rows = by_name(diagram("x", judged, found, [f"q{place}" for place in range(14)]))
    assert rows["x.bin_0.judged"].value == pytest.approx(0.05)
    assert rows["x.bin_0.found"].value == pytest.approx(0.1)
    assert (rows["x.bin_6.judged"].value, rows["x.bin_6.found"].value) == (
        pytest.approx(0.64),
        pytest.approx(0.8),
    )
    assert "x.bin_9.found" not in rows, "four are too few"
    # (5 * .05 + 5 * .16 + 4 * 0) / 14
    assert rows["x.calibration_error"].value == pytest.approx(1.05 / 14)


def test_an_interval_is_held_against_a_constant_one() -> None:
    human, ours = np.array([0.5, 0.5, 0.5, 0.5]), np.array([0.5, 0.4, 0.3, 0.0])
    width = np.array([0.1, 0.2, 0.1, 0.2])
    rows = by_name(intervals("x", human, ours, width, ["a", "b", "c", "d"]))
    # 0 and .1 lie inside, .2 and .5 do not; a constant one of .1 holds as many, and .15 is the mean width.
    assert rows["x.coverage_of_80"].value == 0.5
    assert rows["x.mean_uncertainty"].value == pytest.approx(0.15)
    assert rows["x.width_over_constant"].value == pytest.approx(1.5)


def judged(count: int) -> list[Judged]:
    """Scores that miss by .1 where they are high and by up to .5 where they are low, in two sets of ten questions."""
    chance = np.random.default_rng(0)
    rows = []
    for place in range(count):
        score = float(chance.uniform(0, 1))
        human = score + float(chance.uniform(-1, 1)) * (0.1 if score > 0.5 else 0.5)
        known = Known(score, 0.01, 20, 3)
        rows.append(Judged(f"set{place % 2}", f"q{place % 20}", place % 10, human, known))
    return rows


def test_the_fitted_interval_holds_its_share_and_is_narrow_where_scores_miss_little() -> None:
    rows = judged(800)
    width = fit_width(rows)
    low, high = width.of(np.array([Known(score, 0.01, 20, 3).features for score in (0.1, 0.9)]))
    assert low > 2 * high
    found = by_name(width_rows(rows, held_out_widths(rows), "embedded"))
    for name in ("set0", "set1"):
        assert found[f"{name}.embedded.coverage_of_80"].value == pytest.approx(0.8, abs=0.06)
        assert (found[f"{name}.embedded.width_over_constant"].value or 2) < 0.95


def test_what_a_gate_refused_teaches_nothing_and_has_a_constant_half_width() -> None:
    rows = judged(200)
    refused = replace(rows[0], human=1.0, known=Known(0.0, 0.0, 900, 30), is_gated=True)
    one, other = fit_width(rows), fit_width([*rows, *[refused] * 50])
    assert one.of(np.array(rows[1].known.features)) == other.of(np.array(rows[1].known.features))
    assert list(held_out_widths([*rows, refused]))[-1] == GATED_UNCERTAINTY


def test_a_held_out_half_width_does_not_know_the_misses_of_its_fold() -> None:
    rows = judged(400)
    changed = [replace(row, human=9.0) if row.fold == 3 else row for row in rows]
    here = [place for place, row in enumerate(rows) if row.fold == 3]
    before, after = held_out_widths(rows), held_out_widths(changed)
    assert np.array_equal(before[here], after[here])
    assert not np.array_equal(before, after)


def test_an_interval_by_the_variance_alone_is_wider_for_uncertain_credits() -> None:
    rows = [
        Judged("saf", f"q{place}", place % 10, human, Known(0.5, variance, 20, 3))
        for place in range(40)
        for human, variance in ((0.5 + 0.01 * (place % 5), 0.01), (0.6 + 0.1 * (place % 5), 0.2))
    ]
    sure, unsure = (
        by_name(by_variance_rows([*rows, *[replace(rows[0], data_set="own", known=known)] * 2]))
        for known in (Known(0.5, 0.01, 20, 3), Known(0.5, 0.2, 20, 3))
    )
    name = "own.by_variance.mean_uncertainty"
    assert (sure[name].value or 1) < (unsure[name].value or 0)


def test_a_constant_half_width_is_the_same_for_every_score() -> None:
    known = np.array([Known(0.0, 0.0, 0, 1).features, Known(0.9, 0.2, 300, 12).features])
    assert constant_width(0.3).of(known).tolist() == [0.3, 0.3]


def rows_of_diagram() -> dict[str, dict[str, object]]:
    judged, found = np.array([0.62] * 6), np.array([1.0, 0.5] * 3)
    rows = [
        row
        for prefix, _ in PANELS
        for row in diagram(prefix, judged, found, [f"q{place}" for place in range(6)])
    ]
    return {row.metric: {"value": row.value, "low": row.low, "high": row.high, "n": row.n} for row in rows}


def test_the_picture_has_a_point_for_every_mean_and_the_table_the_figures() -> None:
    rows = rows_of_diagram()
    drawn = picture(rows, alone=False)
    assert drawn.count("<circle") == drawn.count("mr-whisker") == len(PANELS)
    assert 'role="img" aria-label="Reliability diagrams' in drawn
    assert "<style>" not in drawn
    assert "prefers-color-scheme" in picture(rows, alone=True)
    lines = diagram_lines(rows)
    assert lines[6][0] == "0.6 to 0.7"
    assert lines[6][1].startswith("0.75 [")
    assert lines[6][1].endswith("], 6")
    assert lines[5][1:] == [""] * 5


def test_the_page_draws_the_picture_where_the_document_names_it() -> None:
    html = trust_html("# Title\n\n![What <it> shows](img/calibration.svg)\n\nAfter & *more*.\n", "<svg/>")
    assert "<h1>Title</h1>" in html
    assert "img/calibration.svg" not in html
    assert html.index("</h1>") < html.index("<svg/>") < html.index("<p>After &amp; <em>more</em>.</p>")


def test_tables_of_laws_and_intervals_have_what_they_take_from_the_others() -> None:
    rows = [
        {"metric": "laws.adding.bank.broken", "value": 0.0125, "low": 0.0, "high": 0.03, "n": 80},
        {"metric": "laws.adding.bank.mean_gain", "value": 0.125, "low": 0.1, "high": 0.15, "n": 80},
        {"metric": "saf.embedded.coverage_of_80", "value": 0.8, "low": 0.7, "high": 0.9, "n": 9},
        {"metric": "saf.embedded.pearson", "value": 0.8, "n": 9},
    ]
    assert "| 1.2 % [0.0, 3.0] of 80 |" in law_table(rows)
    assert "| 0.12 [0.10, 0.15] |" in law_table(rows)
    assert "| saf | 0.80 [0.70, 0.90] |" in interval_table(rows)
    assert [bool(APART.fullmatch(str(row["metric"]))) for row in rows] == [True, True, True, False]
