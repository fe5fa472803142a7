"""Coming back to what was answered: a verdict is contested, a question is answered once more. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from interviewer.contests import Claim, claimed
from interviewer.errors import BadInput, UnknownThing, WrongMoment
from interviewer.events import Contested, OwnQuestion
from interviewer.interview import Phase, State
from interviewer.own_questions import role_for
from interviewer.packs import RolePack


def contested(state: State, role: RolePack, claim: Claim) -> Contested:
    """The event of a claim on a session's verdict.

    Raises:
        UnknownThing: there is no such turn or criterion.
        BadInput: the words are not in the answer, or there is nothing to contest.
        WrongMoment: the round goes on, the answer was not scored, or it was contested before.
    """
    if state.phase is not Phase.FINISHED:
        raise WrongMoment("Verdicts are contested when the round is over; end it first.")
    if not 0 <= claim.turn < len(state.turns):
        raise UnknownThing(f"This session has no turn {claim.turn}; turns are counted from 0.")
    turn = state.turns[claim.turn]
    if turn.assessment is None or turn.assessment.score is None:
        raise WrongMoment("This answer was not scored, so there is no verdict to contest.")
    rubric = role_for(role, state.setup).rubrics[turn.question_id]
    return claimed(claim, turn.answer, rubric, turn.assessment.shown, turn.contests)


def asked_again(first: State, question_ids: Sequence[str]) -> tuple[tuple[str, ...], tuple[OwnQuestion, ...]]:
    """What is asked again: the named questions, or all that the session asked, with its own ones among them.

    Raises BadInput for a session that asked nothing, and for a question that it did not ask.
    """
    asked = tuple(dict.fromkeys(turn.question_id for turn in first.turns))
    if not asked:
        raise BadInput("That session asked nothing yet, so there is nothing to answer again.")
    strange = next((name for name in question_ids if name not in asked), None)
    if strange is not None:
        raise BadInput(f"That session did not ask {strange!r}; it asked {', '.join(asked)}.")
    chosen = tuple(question_ids) or asked
    return chosen, tuple(item for item in first.setup.own if item.id in chosen)
