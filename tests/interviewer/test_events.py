"""Events as JSON: what is written is read again, and what older versions wrote stays readable."""

from __future__ import annotations

import json
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from interviewer.events import (
    Advised,
    Answered,
    Asked,
    Assessed,
    AssessmentFailed,
    AssessmentRetried,
    CodeMeasured,
    CodeSubmitted,
    Contested,
    ContestFailed,
    ContestJudged,
    Ended,
    HintRequested,
    OwnQuestion,
    Paused,
    Payload,
    RepeatRequested,
    Resumed,
    Said,
    SecondOpinion,
    SecondOpinionFailed,
    SelfRated,
    Setup,
    Skipped,
    Started,
    Ticked,
    Utterance,
    WentTo,
    from_json,
    to_json,
)
from rubrics import (
    Assessment,
    Criterion,
    CriterionAssessment,
    Evidence,
    JudgeRecord,
    Kind,
    Rubric,
    Verdict,
)

# One of every kind as version 0.1.0 stores it. Entries are added, never changed.
WRITTEN: list[tuple[dict[str, object], Payload]] = [
    (
        {
            "kind": "started",
            "setup": {"pack": "p", "level": "IC3", "round": "r", "minutes": 30, "questions": 3},
        },
        Started(Setup("p", "IC3", "r", 30, 3)),
    ),
    (
        {
            "kind": "started",
            "setup": {
                "pack": "p",
                "level": "IC3",
                "round": "r",
                "minutes": 30,
                "questions": 3,
                "seed": 2147483647,
                "relevance": {"q": 0.5},
                "seen": ["q"],
                "background": "I tune kernels.",
                "follow_ups": 0,
            },
        },
        Started(Setup("p", "IC3", "r", 30, 3, 2147483647, {"q": 0.5}, ("q",), "I tune kernels.", 0)),
    ),
    (
        {
            "kind": "started",
            "setup": {
                "pack": "p",
                "level": "IC3",
                "round": "r",
                "minutes": 8,
                "questions": 1,
                "question_ids": ["q"],
            },
        },
        Started(Setup("p", "IC3", "r", 8, 1, question_ids=("q",))),
    ),
    (
        {
            "kind": "started",
            "setup": {
                "pack": "p",
                "level": "IC3",
                "round": "own-question",
                "minutes": 15,
                "questions": 1,
                "question_ids": ["own:1"],
                "own": [
                    {
                        "id": "own:1",
                        "prompt": "What is a warp?",
                        "rubric": {
                            "criteria": [
                                {"id": "c1", "text": "32 lanes.", "kind": "bonus"},
                                {"id": "c2", "text": "In step."},
                            ]
                        },
                        "reference": "32 lanes in step.",
                    }
                ],
                "again": "an-earlier-session",
            },
        },
        Started(
            Setup(
                "p",
                "IC3",
                "own-question",
                15,
                1,
                question_ids=("own:1",),
                own=(
                    OwnQuestion(
                        "own:1",
                        "What is a warp?",
                        Rubric(
                            criteria=(
                                Criterion(id="c1", text="32 lanes.", kind=Kind.BONUS),
                                Criterion(id="c2", text="In step."),
                            )
                        ),
                        "32 lanes in step.",
                    ),
                ),
                again="an-earlier-session",
            )
        ),
    ),
    ({"kind": "said", "utterance": "intro", "text": "Hello"}, Said(Utterance.INTRO, "Hello")),
    (
        {
            "kind": "said",
            "utterance": "follow_up",
            "text": "Why?",
            "question_id": "q",
            "criterion_ids": ["a", "b"],
            "origin": "model",
            "grounds": ["note#1"],
            "model": "m",
            "level": "IC5",
        },
        Said(Utterance.FOLLOW_UP, "Why?", "q", ("a", "b"), "model", ("note#1",), "m", "IC5"),
    ),
    ({"kind": "answered", "text": "The cache."}, Answered("The cache.")),
    (
        {
            "kind": "assessed",
            "turn": 0,
            "assessment": {
                "score": 0.1234567890123456,
                "band": 0,
                "uncertainty": 0.2,
                "criteria": [
                    {
                        "id": "a",
                        "verdict": "partial",
                        "credit": 0.3,
                        "evidence": [{"start": 4, "end": 9, "text": "cache"}],
                        "rationale": "because",
                    }
                ],
                "flags": ["too_short"],
                "unscored_reason": None,
                "judge": {
                    "name": "embedded",
                    "model": "",
                    "prompt_sha256": None,
                    "calibration": "0.1",
                },
            },
            "feedback": "Go on.",
        },
        Assessed(
            0,
            Assessment(
                0.1234567890123456,
                0,
                0.2,
                (CriterionAssessment("a", Verdict.PARTIAL, 0.3, (Evidence(4, 9, "cache"),), "because"),),
                ("too_short",),
                None,
                JudgeRecord("embedded", "", None, "0.1"),
            ),
            "Go on.",
        ),
    ),
    ({"kind": "assessment_failed", "turn": 1, "reason": "Away."}, AssessmentFailed(1, "Away.")),
    ({"kind": "assessment_retried"}, AssessmentRetried()),
    (
        {
            "kind": "second_opinion",
            "turn": 2,
            "assessment": {
                "score": None,
                "band": None,
                "uncertainty": 1.0,
                "criteria": [],
                "flags": [],
                "unscored_reason": "It rambles.",
                "judge": {"name": "model", "model": "m", "prompt_sha256": "abc", "calibration": None},
            },
        },
        SecondOpinion(
            2, Assessment(None, None, 1.0, (), (), "It rambles.", JudgeRecord("model", "m", "abc", None))
        ),
    ),
    ({"kind": "second_opinion_failed", "turn": 1, "reason": "Away."}, SecondOpinionFailed(1, "Away.")),
    (
        {"kind": "advised", "turn": 0, "advice": "Read on.", "model": "m"},
        Advised(0, "Read on.", "m"),
    ),
    (
        {"kind": "self_rated", "turn": 0, "verdicts": {"a": "met", "b": "missing"}},
        SelfRated(0, {"a": Verdict.MET, "b": Verdict.MISSING}),
    ),
    (
        {"kind": "contested", "turn": 0, "criterion_id": "a", "start": 4, "end": 9},
        Contested(0, "a", 4, 9),
    ),
    (
        {
            "kind": "contest_judged",
            "turn": 0,
            "criterion_id": "a",
            "marked": {
                "id": "a",
                "verdict": "met",
                "credit": 0.9,
                "evidence": [{"start": 4, "end": 9, "text": "cache"}],
                "rationale": "because",
            },
            "whole": {"id": "a", "verdict": "missing", "credit": 0.0, "evidence": [], "rationale": ""},
            "judge": {"name": "embedded", "model": "", "prompt_sha256": None, "calibration": "0.1"},
        },
        ContestJudged(
            0,
            "a",
            CriterionAssessment("a", Verdict.MET, 0.9, (Evidence(4, 9, "cache"),), "because"),
            CriterionAssessment("a", Verdict.MISSING, 0.0),
            JudgeRecord("embedded", "", None, "0.1"),
        ),
    ),
    (
        {"kind": "contest_failed", "turn": 0, "criterion_id": "a", "reason": "Away."},
        ContestFailed(0, "a", "Away."),
    ),
    ({"kind": "asked", "text": "Which GPU?"}, Asked("Which GPU?")),
    ({"kind": "hint_requested"}, HintRequested()),
    ({"kind": "repeat_requested"}, RepeatRequested()),
    (
        {
            "kind": "code_submitted",
            "problem": "top_gap",
            "code": "x = 1",
            "passed": 1,
            "cases": 2,
            "failing": ["edge-none"],
            "error": None,
            "fault": "None is no number.",
        },
        CodeSubmitted("top_gap", "x = 1", 1, 2, ("edge-none",), fault="None is no number."),
    ),
    (
        {
            "kind": "code_measured",
            "turn": 0,
            "exponent": 1.02,
            "within": True,
            "stated": "O(n)",
            "sizes": [1000, 16000],
            "note": "",
        },
        CodeMeasured(0, 1.02, True, "O(n)", (1000, 16000), ""),
    ),
    ({"kind": "ticked", "turn": 2, "letters": ["A", "C"], "then": 3}, Ticked(2, ("A", "C"), 3)),
    ({"kind": "went_to", "item": 4}, WentTo(4)),
    ({"kind": "skipped"}, Skipped()),
    ({"kind": "paused"}, Paused()),
    ({"kind": "resumed"}, Resumed()),
    ({"kind": "ended"}, Ended()),
]

text = st.text(st.characters(codec="utf-8"))
evidence = st.builds(Evidence, st.integers(0, 99), st.integers(0, 99), text)
criterion = st.builds(
    CriterionAssessment,
    text,
    st.sampled_from(Verdict),
    st.floats(0, 1),
    st.lists(evidence, max_size=2).map(tuple),
    text,
)
assessment = st.builds(
    Assessment,
    st.none() | st.floats(0, 1),
    st.none() | st.integers(0, 4),
    st.floats(0, 1),
    st.lists(criterion, max_size=3).map(tuple),
    st.lists(text, max_size=2).map(tuple),
    st.none() | text,
    st.builds(JudgeRecord, text, text, st.none() | text, text),
    st.dictionaries(text, st.floats(-1, 1), max_size=2),
)
payloads = st.one_of(
    st.builds(
        Said,
        st.sampled_from(Utterance),
        text,
        st.none() | text,
        st.lists(text, max_size=2).map(tuple),
        st.sampled_from(["bank", "model"]),
    ),
    st.builds(Answered, text),
    st.builds(Asked, text),
    st.builds(Assessed, st.integers(0, 99), assessment, text),
    st.builds(AssessmentFailed, st.integers(0, 99), text),
)


@pytest.mark.parametrize(("data", "payload"), WRITTEN, ids=[str(data["kind"]) for data, _ in WRITTEN])
def test_what_older_versions_wrote_is_read(data: dict[str, object], payload: Payload) -> None:
    assert from_json(json.loads(json.dumps(data))) == payload
    assert from_json(json.loads(json.dumps(to_json(payload)))) == payload


def test_every_kind_is_in_the_table() -> None:
    kinds = {kind.__name__ for kind in get_args(get_args(Payload)[0])}
    assert {type(payload).__name__ for _, payload in WRITTEN} == kinds


@given(payloads)
def test_every_event_survives_json(payload: Payload) -> None:
    assert from_json(json.loads(json.dumps(to_json(payload)))) == payload


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "started",
        {},
        {"kind": None},
        {"kind": "telepathy"},
        {"kind": "answered"},
        {"kind": "answered", "text": None},
        {"kind": "said", "utterance": "hum", "text": "Hm."},
        {"kind": "said", "utterance": "question", "text": "What?", "origin": "oracle"},
        {"kind": "assessed", "turn": 0, "assessment": {}},
        {"kind": "started", "setup": {"pack": "p"}},
    ],
    ids=str,
)
def test_what_is_no_event_is_refused(data: object) -> None:
    with pytest.raises(ValidationError):
        from_json(data)


def test_an_event_of_a_newer_version_with_one_more_field_is_read() -> None:
    assert from_json({"kind": "answered", "text": "The cache.", "language": "en"}) == Answered("The cache.")


def test_what_assessments_say_in_the_same_words_is_kept_once() -> None:
    """Of a log that was read from the database, which gives each of its strings anew."""
    evidence = Evidence(0, 28, "the slowest rank holds them.")
    record = JudgeRecord("embedded", "the-judge", "sha", "fitted")
    criteria = tuple(
        CriterionAssessment(f"criterion-{n % 2}", Verdict.MET, 1.0, (evidence,), "These words show it.")
        for n in range(4)
    )
    stored = json.dumps(to_json(Assessed(0, Assessment(1.0, 4, 0.1, criteria, (), None, record))))
    read = [from_json(json.loads(stored)) for _ in range(2)]
    assessments = [item.assessment for item in read if isinstance(item, Assessed)]
    found = [one for item in assessments for one in item.criteria]
    assert len({id(one.id) for one in found}) == 2
    assert len({id(one.rationale) for one in found}) == 1
    assert len({id(piece.text) for one in found for piece in one.evidence}) == 1
    assert len({id(item.judge.model) for item in assessments}) == 1
