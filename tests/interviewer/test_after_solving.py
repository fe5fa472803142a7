"""What is behind a coding problem, for who has solved it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from corpus import Pack, load_pack
from interviewer.after_solving import after_solving
from interviewer.errors import UnknownThing

TINY = Path(__file__).parents[1] / "packs" / "tiny"


def asking(pack: Pack, question_id: str, problem_id: str, levels: tuple[str, ...] | None = None) -> Pack:
    """The pack with a question that asks the problem; its ladder has steps of those levels, none of which crosses."""

    def linked(question: object) -> object:
        changes: dict[str, object] = {"problem": problem_id}
        steps = question.follow_ups  # type: ignore[attr-defined]
        if levels is not None:
            changes["follow_ups"] = tuple(
                step.model_copy(update={"level": level, "category": None, "criterion": "any", "text": level})
                for step, level in zip(steps, levels, strict=False)
            )
        return question.model_copy(update=changes)  # type: ignore[attr-defined]

    questions = tuple(linked(item) if item.id == question_id else item for item in pack.questions)
    return replace(pack, questions=questions)  # type: ignore[arg-type]


def test_the_reference_comes_first_and_every_mistake_says_what_catches_it() -> None:
    after = after_solving(load_pack(TINY), "top_gap")
    assert "sorted(times)" in after.solutions[0]
    assert len(after.solutions) == 2
    assert [(item.name, item.caught_by) for item in after.mistakes] == [
        ("given order", ("example-1",)),
        ("one arrival", ("edge-none",)),
        ("quadratic", ("large-*",)),
    ]
    assert (after.question_id, after.follow_ups) == (None, ())
    assert after.sources == (("Sorting in Python", "https://docs.python.org/3/howto/sorting.html"),)


def test_the_question_goes_on_beyond_the_code() -> None:
    after = after_solving(asking(load_pack(TINY), "kv-cache", "top_gap"), "top_gap")
    assert after.question_id == "kv-cache"
    assert after.follow_ups == ("How would the numbers behind size of a kv cache change on ten machines?",)


@pytest.mark.parametrize(
    ("levels", "shown"),
    [
        (("IC1", "IC2", "IC3", "IC4"), ("IC3", "IC4")),
        (("IC1", "IC1", "IC2", "IC2"), ("IC1", "IC1", "IC2", "IC2")),
    ],
)
def test_a_ladder_of_the_code_alone_is_shown_whole(levels: tuple[str, ...], shown: tuple[str, ...]) -> None:
    after = after_solving(asking(load_pack(TINY), "kv-cache", "top_gap", levels), "top_gap")
    assert after.follow_ups == shown


def test_an_unknown_problem_is_an_error() -> None:
    with pytest.raises(UnknownThing, match="no problem 'nobody'"):
        after_solving(load_pack(TINY), "nobody")
