"""What a session showed: one attempt for every question that was left, and nothing for the rest."""

from __future__ import annotations

from datetime import timedelta

import pytest
from round_world import START, asks, judged, log, setup_of, state_after, thread

from interviewer.events import (
    Answered,
    Assessed,
    AssessmentFailed,
    Ended,
    HintRequested,
    Payload,
    Said,
    Skipped,
    Utterance,
)
from interviewer.history import Attempt, attempts_of, in_order
from interviewer.interview import fold_all
from interviewer.packs import RolePack
from rubrics import Assessment, CriterionAssessment, JudgeRecord, Verdict

NEXT = asks("idle-gpu")
UNSCORED = Assessment(None, None, 1.0, (), (), "The judge failed.", JudgeRecord("embedded", "", None, None))


def attempts(role: RolePack, *payloads: Payload) -> tuple[Attempt, ...]:
    return attempts_of("s", state_after(*payloads), role)


def hinted(role: RolePack) -> tuple[Payload, ...]:
    opened, *answer = thread(role, 0, "kv-cache", 0.5)
    return (opened, HintRequested(), Said(Utterance.HINT, "Think."), *answer, Ended())


def test_only_questions_that_were_left_are_attempts(role: RolePack) -> None:
    talked_about = thread(role, 0, "kv-cache", 0.5)
    assert attempts(role, *talked_about) == ()
    assert [item.question_id for item in attempts(role, *talked_about, NEXT)] == ["kv-cache"]
    assert [item.question_id for item in attempts(role, *talked_about, Ended())] == ["kv-cache"]
    assert attempts(role, asks("kv-cache"), Ended()) == (), "never answered"
    assert attempts(role, asks("kv-cache"), HintRequested(), Ended()) == ()


def test_a_question_that_the_pack_no_longer_has_is_left_out(role: RolePack) -> None:
    gone = (asks("gone"), Answered("words"), Assessed(0, UNSCORED))
    assert [
        item.question_id for item in attempts(role, *gone, *thread(role, 1, "kv-cache", 0.5), Ended())
    ] == ["kv-cache"]


@pytest.mark.parametrize(
    "unscored",
    [Assessed(0, UNSCORED), AssessmentFailed(0, "The judge does not answer."), None],
    ids=["unscored", "pending", "not yet"],
)
def test_what_was_not_scored_has_no_score_and_shows_nothing(role: RolePack, unscored: Payload | None) -> None:
    said = (asks("kv-cache"), Answered("words"), *([unscored] if unscored else []), Ended())
    (found,) = attempts(role, *said)
    assert (found.score, found.band, found.uncertainty, found.shown, found.dimensions) == (
        None,
        None,
        None,
        (),
        (),
    )


def test_passing_on_a_question_shows_that_nothing_was_known(role: RolePack) -> None:
    (found,) = attempts(role, asks("kv-cache"), Skipped(), NEXT)
    assert (found.score, found.uncertainty) == (0.0, 0.0)
    assert {item.id for item in found.shown if item.is_weak} == {
        "cache-grows",
        "weights-share",
        "paged",
        "quantize",
    }


def test_a_thread_counts_with_all_its_answers_and_the_first_one_alone(role: RolePack) -> None:
    follow_up = Said(Utterance.FOLLOW_UP, "And?", question_id="kv-cache", criterion_ids=("paged",))
    better = CriterionAssessment("paged", Verdict.MET, 0.9)
    answered = Assessed(1, Assessment(0.9, 4, 0.1, (better,), (), None, JudgeRecord("j", "", None, None)))
    (found,) = attempts(
        role, *thread(role, 0, "kv-cache", 0.3), follow_up, Answered("Blocks."), answered, Ended()
    )
    shown = {item.id: item for item in found.shown}
    assert (shown["paged"].first_credit, shown["paged"].credit) == (0.3, 0.9)
    assert (shown["quantize"].first_credit, shown["quantize"].credit) == (0.3, 0.3)
    assert [shown[name].expected for name in ("cache-grows", "weights-share", "paged")] == [True, True, False]
    assert "guess" not in shown, "a bonus is never due"


def test_the_time_is_that_of_the_last_answer(role: RolePack) -> None:
    state = fold_all(log(Said(Utterance.INTRO, "Hello"), *thread(role, 0, "kv-cache", 0.5), Ended()))
    (found,) = attempts_of("s", state, role)
    assert found.at == START + timedelta(seconds=30)


def test_hints_are_counted(role: RolePack) -> None:
    assert [item.hints for item in attempts(role, *hinted(role))] == [1]


def test_a_fault_is_avoided_only_by_saying_something_right(role: RolePack) -> None:
    def fault_after(credit: float, fault: float | None) -> tuple[float, bool]:
        judgement = judged(role, 0, "kv-cache", credit).assessment
        extra = (
            ()
            if fault is None
            else (CriterionAssessment("restart-fix", Verdict.MET if fault > 0.5 else Verdict.MISSING, fault),)
        )
        told = Assessed(
            0,
            Assessment(
                credit, 2, 0.1, (*judgement.criteria, *extra), (), None, JudgeRecord("j", "", None, None)
            ),
        )
        (found,) = attempts(role, asks("kv-cache"), Answered("words"), told, Ended())
        shown = next(item for item in found.shown if item.id == "restart-fix")
        return round(shown.credit, 3), shown.is_weak

    assert fault_after(0.9, 0.8) == (0.2, True)
    assert fault_after(0.9, 0.1) == (0.9, False)
    assert fault_after(0.2, None) == (0.2, False), "not said, so no card is made; nor is it a success"


def test_dimensions_are_those_of_the_report(role: RolePack) -> None:
    (found,) = attempts(role, *thread(role, 0, "kv-cache", 0.5), Ended())
    assert found.dimensions == (("design", 5.0, 2.5), ("fundamentals", 4.0, 2.0))


def test_attempts_of_several_sessions_are_put_in_order(role: RolePack) -> None:
    first = attempts_of("b", state_after(*thread(role, 0, "kv-cache", 0.5), Ended()), role)
    later = attempts_of(
        "a", state_after(*thread(role, 0, "kv-cache", 0.5), Ended(), setup=setup_of(), step_s=60), role
    )
    assert [item.session_id for item in in_order([*later, *first])] == ["b", "a"]
