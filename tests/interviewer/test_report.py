"""Reports against values worked by hand. In every question of the tiny pack the required criteria weigh 3, 2, 2 and 2.

design: the first (3) and the third (2)    fundamentals: the second (2) and the fourth (2)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from round_world import JUDGE, REPORT_KEYS, VERSIONS, asks, state_after, verdict_of

from corpus import Choice
from interviewer.events import (
    Answered,
    Assessed,
    AssessmentFailed,
    Ended,
    Payload,
    Said,
    Skipped,
    Utterance,
)
from interviewer.export import render_report
from interviewer.packs import RolePack
from interviewer.report import Report
from interviewer.reporting import build_report
from rubrics import (
    Assessment,
    Criterion,
    CriterionAssessment,
    Evidence,
    Group,
    Kind,
    Rubric,
    Verdict,
    band_of,
    score_credits,
)

WORDS = "The cache grows with every token."
KV = ("cache-grows", "weights-share", "paged", "quantize")
IDLE = ("profile", "data-loader", "overlap", "kernel-launch")
CLOSING = (Said(Utterance.WRAP_UP, "Questions?"), Ended(), Said(Utterance.CLOSING, "Thank you."))


def marks(role: RolePack, question: str, credits: Mapping[str, float], *flags: str) -> Assessment:
    """An assessment with these credits, on these criteria only."""
    evidence = (Evidence(4, 9, "cache"),)
    criteria = tuple(
        CriterionAssessment(name, verdict_of(credit), credit, evidence if credit >= 0.25 else (), "because")
        for name, credit in credits.items()
    )
    score = score_credits(role.rubrics[question], credits).score
    return Assessment(score, band_of(score), 0.1, criteria, flags, None, JUDGE)


def answered(role: RolePack, turn: int, question: str, credits: Mapping[str, float]) -> tuple[Payload, ...]:
    return (asks(question), Answered(WORDS), Assessed(turn, marks(role, question, credits), "Good."))


def probed(role: RolePack, turn: int, question: str, criterion: str, credit: float) -> tuple[Payload, ...]:
    said = Said(
        Utterance.FOLLOW_UP, f"What of {criterion}?", question_id=question, criterion_ids=(criterion,)
    )
    return (said, Answered(WORDS), Assessed(turn, marks(role, question, {criterion: credit})))


def pending(turn: int, question: str) -> tuple[Payload, ...]:
    return (asks(question), Answered(WORDS), AssessmentFailed(turn, "The server is away."))


def skipped(question: str) -> tuple[Payload, ...]:
    return (asks(question), Skipped())


def every(ids: tuple[str, ...], credit: float) -> dict[str, float]:
    return dict.fromkeys(ids, credit)


def report_of(role: RolePack, *payloads: Payload, level: str = "IC3") -> Report:
    state = state_after(*payloads, setup=None)
    return build_report(
        "s", replace(state, setup=replace(state.setup, level=level, round="all")), role, VERSIONS
    )


def dimensions(report: Report) -> dict[str, tuple[float | None, int | None]]:
    return {item.id: (item.score and round(item.score, 4), item.band) for item in report.dimensions}


HALF = {"cache-grows": 1.0, "weights-share": 0.5, "paged": 0.0, "quantize": 0.25}


def test_the_mean_of_two_questions(role: RolePack) -> None:
    report = report_of(
        role, *answered(role, 0, "kv-cache", HALF), *answered(role, 1, "idle-gpu", every(IDLE, 1.0))
    )
    # kv-cache (3 x 1 + 2 x .5 + 2 x 0 + 2 x .25) / 9 = 4.5 / 9; idle-gpu 9 / 9; mean .75, between .62 and .82
    assert [item.score for item in report.questions] == [0.5, 1.0]
    assert [item.band for item in report.questions] == [2, 4]
    assert (report.score, report.band, report.band_name) == (0.75, 3, "hire")
    # design (3 x 1 + 2 x 0 + 5) / 10; fundamentals (2 x .5 + 2 x .25 + 4) / 8
    assert dimensions(report) == {"design": (0.8, 3), "fundamentals": (0.6875, 3)}
    assert report.uncertainty == pytest.approx(0.1)


def test_bonus_and_red_flag_of_a_question(role: RolePack) -> None:
    credits = every(("interval", "async", "spare", "detect"), 0.5) | {"guess": 1.0, "restart-fix": 0.5}
    report = report_of(role, *answered(role, 0, "checkpoint", credits))
    # base .5; bonus min(.10, 1 / 9); red flag 2 x .5 / 9
    assert report.score == pytest.approx(0.5 + 0.10 - 1 / 9)
    # neither counts towards a dimension
    assert dimensions(report) == {"design": (0.5, 2), "fundamentals": (0.5, 2)}


def test_what_a_follow_up_shows_unasked_counts_where_it_was_said(role: RolePack) -> None:
    said, answer, assessed = probed(role, 1, "kv-cache", "paged", 0.0)
    assert isinstance(assessed, Assessed)
    unasked = marks(role, "kv-cache", {"weights-share": 1.0, "cache-grows": 0.25}).criteria
    assessed = replace(assessed, assessment=replace(assessed.assessment, unasked=unasked))
    report = report_of(role, *answered(role, 0, "kv-cache", HALF), said, answer, assessed)
    # weights-share .5 -> 1: (3 + 2 + 0 + .5) / 9; what was said worse takes nothing back
    assert report.score == pytest.approx(5.5 / 9)
    criteria = {item.id: item for item in report.questions[0].criteria}
    assert (criteria["weights-share"].turn, criteria["weights-share"].verdict) == (1, Verdict.MET)
    assert criteria["cache-grows"].turn == 0
    verdict = report.turns[1].verdict("weights-share")
    assert verdict is not None
    assert verdict.evidence
    # the follow-up itself was about one criterion
    assert report.turns[1].assessment.score == 0.0


def test_a_follow_up_adds_what_it_showed(role: RolePack) -> None:
    report = report_of(
        role,
        *answered(role, 0, "kv-cache", HALF),
        *probed(role, 1, "kv-cache", "paged", 1.0),
        *probed(role, 2, "kv-cache", "cache-grows", 0.25),
    )
    # paged 0 -> 1: (3 + 1 + 2 + .5) / 9; a worse second try takes nothing back
    assert report.score == pytest.approx(6.5 / 9)
    criteria = {item.id: item for item in report.questions[0].criteria}
    assert {name: item.turn for name, item in criteria.items() if item.turn is not None} == {
        "cache-grows": 0,
        "weights-share": 0,
        "paged": 1,
        "quantize": 0,
    }
    assert (criteria["paged"].credit, criteria["paged"].verdict) == (1.0, Verdict.MET)
    assert (criteria["guess"].credit, criteria["guess"].verdict) == (0.0, Verdict.MISSING)


def test_a_group_speaks_once(role: RolePack) -> None:
    rubric = Rubric(
        criteria=(
            Criterion(id="alone", text="Alone.", weight=2, dimension="fundamentals"),
            Criterion(id="g1", text="One.", weight=3, dimension="design", group="g"),
            Criterion(id="g2", text="Two.", weight=1, dimension="design", group="g"),
            Criterion(id="g3", text="Three.", weight=2, dimension="fundamentals", group="g"),
        ),
        groups=(Group(id="g", need=2),),
        levels={"IC3": ("g",)},
    )
    grouped = replace(role, rubrics={**role.rubrics, "kv-cache": rubric})
    credits = {"alone": 0.25, "g1": 0.5, "g2": 0.25, "g3": 0.75}
    report = report_of(grouped, *answered(grouped, 0, "kv-cache", credits))
    # the group weighs (3 + 1 + 2) / 3 = 2 with credit (.5 + .25 + .75) / 2 = .75: (2 x .25 + 2 x .75) / 4
    assert report.score == pytest.approx(0.5)
    assert dimensions(report) == {"design": (0.75, 3), "fundamentals": (0.25, 1)}
    # the group is met, so none of its members is a gap
    assert [gap.criterion_id for gap in report.gaps] == ["alone"]
    assert {item.id for item in report.questions[0].criteria if item.expected_at_level} == {"g1", "g2", "g3"}


@pytest.mark.parametrize(
    ("missing", "bands"),
    [
        ((), (4, 4, False)),
        (("quantize",), (3, 2, True)),  # 7 / 9 = .778 would be 3; one of four that IC5 asks for is not there
        (("quantize", "paged"), (2, 2, False)),  # 5 / 9; half of them is not more than half
        (("quantize", "paged", "weights-share"), (1, 1, False)),  # 3 / 9, three of four
    ],
)
def test_a_level_caps_the_band(
    role: RolePack, missing: tuple[str, ...], bands: tuple[int, int, bool]
) -> None:
    credits = every(KV, 1.0) | every(missing, 0.0)
    report = report_of(role, *answered(role, 0, "kv-cache", credits), level="IC5")
    uncapped, capped, is_capped = bands
    assert band_of(report.score or 0) == uncapped
    assert (report.questions[0].band, report.questions[0].capped) == (capped, is_capped)
    assert report.band == capped


def test_the_round_stands_no_higher_than_its_questions(role: RolePack) -> None:
    credits = every(KV, 1.0) | {"quantize": 0.0}
    report = report_of(
        role,
        *answered(role, 0, "kv-cache", credits),
        *answered(role, 1, "idle-gpu", every(IDLE, 1.0)),
        level="IC5",
    )
    # mean (7 / 9 + 1) / 2 = .889 alone is band 4; the questions' bands are 2 and 4
    assert report.score == pytest.approx(8 / 9)
    assert report.band == 3


def test_what_is_unscored_is_never_averaged_in(role: RolePack) -> None:
    alone = report_of(role, *answered(role, 0, "kv-cache", HALF))
    report = report_of(role, *answered(role, 0, "kv-cache", HALF), *pending(1, "idle-gpu"))
    assert (report.score, report.band, report.dimensions) == (alone.score, alone.band, alone.dimensions)
    assert report.unscored == 1
    idle = report.questions[1]
    assert (idle.score, idle.band, idle.uncertainty) == (None, None, None)
    assert idle.unscored_reason == "The server is away."
    assert {(item.credit, item.verdict) for item in idle.criteria} == {(None, None)}
    assert report.turns[1].answer == WORDS
    assert {gap.question_id for gap in report.gaps} == {"kv-cache"}
    assert {point.question_id for point in report.practise_next} == {"kv-cache"}


def test_a_judge_that_cannot_score_is_unscored(role: RolePack) -> None:
    foreign = Assessment(None, None, 1.0, (), ("foreign_language",), "The answer is not in English.", JUDGE)
    report = report_of(role, asks("kv-cache"), Answered("La caché crece."), Assessed(0, foreign))
    assert (report.score, report.band, report.unscored) == (None, None, 1)
    assert report.questions[0].unscored_reason == "The answer is not in English."
    assert report.judge == JUDGE


def test_a_skipped_question_counts_as_zero(role: RolePack) -> None:
    report = report_of(role, *answered(role, 0, "kv-cache", HALF), *skipped("idle-gpu"))
    assert report.score == pytest.approx((0.5 + 0.0) / 2)
    assert report.unscored == 0
    assert (report.turns[1].skipped, report.turns[1].answer) == (True, "")
    assert report.turns[1].assessment.flags == ("skipped",)
    # design (3 x 1) / 10; fundamentals (1 + .5) / 8
    assert dimensions(report) == {"design": (0.3, 1), "fundamentals": (0.1875, 1)}


def test_a_dimension_that_nothing_was_asked_of_is_null(role: RolePack) -> None:
    rubric = Rubric(
        criteria=(
            Criterion(id="a", text="A.", dimension="design"),
            Criterion(id="b", text="B.", dimension="fundamentals", kind=Kind.BONUS),
        )
    )
    narrow = replace(role, rubrics={**role.rubrics, "kv-cache": rubric})
    report = report_of(narrow, *answered(narrow, 0, "kv-cache", {"a": 0.7, "b": 1.0}))
    assert dimensions(report) == {"design": (0.7, 3), "fundamentals": (None, None)}


def test_a_round_without_an_answer(role: RolePack) -> None:
    report = report_of(role, asks("kv-cache"))
    assert (report.score, report.band, report.band_name, report.uncertainty) == (None, None, None, None)
    assert (report.turns, report.questions, report.gaps, report.strengths) == ((), (), (), ())
    assert set(dimensions(report).values()) == {(None, None)}
    assert (report.judge.name, report.unscored, report.finished) == ("none", 0, False)


def test_an_open_follow_up_is_left_out(role: RolePack) -> None:
    follow_up = Said(
        Utterance.FOLLOW_UP, "And the weights?", question_id="kv-cache", criterion_ids=("weights-share",)
    )
    report = report_of(role, *answered(role, 0, "kv-cache", HALF), follow_up)
    assert [turn.kind for turn in report.turns] == ["question"]
    assert report.questions[0].turns == (0,)


def test_gaps_come_by_what_they_cost(role: RolePack) -> None:
    kv = {"cache-grows": 0.25, "weights-share": 0.0, "paged": 0.0, "quantize": 1.0, "restart-fix": 0.75}
    idle = {"profile": 1.0, "data-loader": 0.25, "overlap": 0.0, "kernel-launch": 1.0}
    report = report_of(role, *answered(role, 0, "kv-cache", kv), *answered(role, 1, "idle-gpu", idle))
    # the fault; what IC3 must show by weight lost (3 x .75, 2 x 1, 2 x .75); then the rest (2 x 1 twice)
    assert [gap.criterion_id for gap in report.gaps] == [
        "restart-fix",
        "cache-grows",
        "weights-share",
        "data-loader",
        "paged",
        "overlap",
    ]
    assert [point.criterion_id for point in report.practise_next] == ["restart-fix", "data-loader"]
    assert [point.criterion_id for point in report.strengths] == ["profile", "quantize", "kernel-launch"]
    assert {point.evidence for point in report.strengths} == {"cache"}


def test_a_red_flag_is_no_strength(role: RolePack) -> None:
    report = report_of(role, *answered(role, 0, "kv-cache", {"restart-fix": 1.0}))
    assert report.strengths == ()
    assert report.score == 0.0


def test_readings_lead_to_notes_and_sources(role: RolePack) -> None:
    report = report_of(role, *answered(role, 0, "kv-cache", HALF))
    assert [(item.title, item.where) for item in report.questions[0].read] == [
        ("The key-value cache", "notes/kv-cache.md"),
        ("PyTorch documentation", "https://docs.pytorch.org/"),
    ]


def test_the_json_has_the_shape_of_the_contract(role: RolePack) -> None:
    report = report_of(
        role,
        *answered(role, 0, "kv-cache", HALF),
        *probed(role, 1, "kv-cache", "paged", 1.0),
        *pending(2, "idle-gpu"),
        *skipped("variance"),
        *CLOSING,
    )
    data = json.loads(render_report(report, "json")[0], parse_constant=pytest.fail)

    assert data.keys() >= REPORT_KEYS
    assert (data["session_id"], data["pack"], data["level"], data["round"]) == ("s", "tiny", "IC3", "all")
    assert (data["finished"], data["versions"]) == (True, VERSIONS)
    assert all({"id", "title", "score", "band"} <= item.keys() for item in data["dimensions"])
    assert [turn["kind"] for turn in data["turns"]] == ["question", "follow_up", "question", "question"]
    for turn in data["turns"]:
        assert {
            "kind",
            "question_id",
            "criterion_ids",
            "prompt",
            "answer",
            "origin",
            "assessment",
        } <= turn.keys()
        assert turn["origin"] in ("bank", "model")
        marked = turn["assessment"]
        assert {
            "score",
            "band",
            "uncertainty",
            "criteria",
            "flags",
            "unscored_reason",
            "judge",
        } <= marked.keys()
        assert {"name", "model", "prompt_sha256", "calibration"} <= marked["judge"].keys()
        for item in marked["criteria"]:
            assert {"id", "verdict", "credit", "evidence", "rationale"} <= item.keys()
            assert item["verdict"] in ("met", "partial", "missing", "contradicted")
            assert bool(item["evidence"]) or item["verdict"] in ("missing", "contradicted")
            for piece in item["evidence"]:
                assert turn["answer"][piece["start"] : piece["end"]] == piece["text"]
    unscored = [turn["assessment"] for turn in data["turns"] if turn["assessment"]["score"] is None]
    assert [(item["band"], item["unscored_reason"]) for item in unscored] == [(None, "The server is away.")]
    assert data["unscored"] == len(unscored)


credit = st.floats(0, 1)
four = st.tuples(credit, credit, credit, credit)


@given(kv=four, idle=four)
def test_an_unscored_question_changes_no_figure(
    role: RolePack, kv: tuple[float, ...], idle: tuple[float, ...]
) -> None:
    scored = (
        *answered(role, 0, "kv-cache", dict(zip(KV, kv, strict=True))),
        *answered(role, 1, "idle-gpu", dict(zip(IDLE, idle, strict=True))),
    )
    without = report_of(role, *scored)
    with_one = report_of(role, *scored, *pending(2, "checkpoint"))
    for name in ("score", "band", "uncertainty", "dimensions", "strengths", "gaps", "practise_next"):
        assert getattr(with_one, name) == getattr(without, name)
    scores = [item.score or 0.0 for item in without.questions]
    assert without.score == pytest.approx(sum(scores) / 2)
    assert without.band is not None
    assert without.band <= band_of(without.score or 0.0)


@given(first=four, second=four)
def test_a_better_answer_never_lowers_the_report(
    role: RolePack, first: tuple[float, ...], second: tuple[float, ...]
) -> None:
    worse = dict(zip(KV, map(min, first, second), strict=True))
    better = dict(zip(KV, map(max, first, second), strict=True))
    low, high = (report_of(role, *answered(role, 0, "kv-cache", item)) for item in (worse, better))
    assert (high.score or 0.0) >= (low.score or 0.0) - 1e-12
    assert (high.band or 0) >= (low.band or 0)
    for before, after in zip(low.dimensions, high.dimensions, strict=True):
        assert (after.score or 0.0) >= (before.score or 0.0) - 1e-12


def test_choices_are_asked_with_letters_and_explained_afterwards(role: RolePack) -> None:
    first = role.pack.question("kv-cache")
    choices = (
        Choice(text="It grows with the context.", correct=True, why="Every token adds keys and values."),
        Choice(text="It holds the *weights*.", correct=False, why="Those are shared."),
    )
    chosen = first.model_copy(update={"choices": choices})
    assert first.asked == first.prompt
    assert chosen.asked.startswith(first.prompt)
    assert "- **A** It grows with the context.\n- **B** It holds the *weights*." in chosen.asked
    others = tuple(question for question in role.pack.questions if question.id != "kv-cache")
    pack = replace(role.pack, questions=(chosen, *others))
    report = report_of(replace(role, pack=pack), *answered(role, 0, "kv-cache", HALF), *CLOSING)
    (question,) = report.questions
    assert [(one.letter, one.correct) for one in question.choices] == [("A", True), ("B", False)]
    written = render_report(report, "md")[0].decode()
    assert "**A is right**: It grows with the context. *Every token adds keys and values.*" in written
    assert "**B is wrong**: It holds the \\*weights\\*." in written
    assert render_report(report, "pdf")[0].startswith(b"%PDF")
