"""A round of questions that somebody named, in place of those that the policy would choose. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from corpus import Pack, Question
from interviewer.errors import BadInput, UnknownThing


def named_questions(pack: Pack, question_ids: Sequence[str]) -> tuple[Question, ...]:
    """The questions of those ids, in that order.

    Raises:
        UnknownThing: the bank has no such question.
        BadInput: a question is named twice.
    """
    for place, question_id in enumerate(question_ids):
        if question_id not in pack.question_ids:
            raise UnknownThing(f"There is no question {question_id!r}; see the bank for the ids.")
        if question_id in question_ids[:place]:
            raise BadInput(f"A round asks nothing twice; name the question {question_id!r} once.")
    return tuple(pack.question(question_id) for question_id in question_ids)


def askable_together(pack: Pack, questions: Sequence[Question]) -> bool:
    """Whether some round of the pack may ask all of them."""
    return _round_asking(pack, questions) is not None


def round_asking(pack: Pack, questions: Sequence[Question]) -> str:
    """The id of the first round of the pack that may ask all of them. Raises BadInput if there is none."""
    found = _round_asking(pack, questions)
    if found is not None:
        return found
    raise BadInput(f"No round asks all of {', '.join(_ids(questions))}; practise them in several rounds.")


def _round_asking(pack: Pack, questions: Sequence[Question]) -> str | None:
    for item in pack.info.rounds:
        if not item.parts and set(_ids(questions)) <= set(_ids(pack.questions_of(item.id))):
            return item.id
    return None


def check_asked_in(pack: Pack, round_id: str, questions: Sequence[Question]) -> None:
    """Raises BadInput for a question that the round would not ask, and for any where the round draws them as a whole."""
    if questions and pack.round(round_id).parts:
        raise BadInput(
            f"The round {round_id!r} draws its items as a whole; name the questions in {round_asking(pack, questions)!r}."
        )
    asked = set(_ids(pack.questions_of(round_id)))
    for question in questions:
        if question.id not in asked:
            raise BadInput(
                f"The round {round_id!r} does not ask the question {question.id!r}; "
                f"choose {round_asking(pack, [question])!r}."
            )


def _ids(questions: Sequence[Question]) -> list[str]:
    return [question.id for question in questions]
