"""A paper: items that are drawn at once and worked on in any order until the time is over. Pure.

Nobody judges it. An item with choices is right if exactly the right ones were chosen; a problem is what its tests say of
the last code that was submitted. What it takes to pass is not published, so nothing here says whether somebody did.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from corpus import LEVELS, Pack, Part, Question, Round
from interviewer.errors import BadInput, WrongMoment
from interviewer.events import Ticked, WentTo
from interviewer.interview import SEPARATOR, State, Turn
from interviewer.policy import jitter

NOT_PUBLISHED = "What it takes to pass is not published."
CHECKED = "Checked exactly, by its tests or its key; no rubric judged it."
NEEDS_CODE = "This item is a coding problem: submit code to it."

# In fitness, a level apart counts 1. A question of an earlier session comes back only where what is new lies further off.
_SEEN = 1.5
_SHARED = 0.8
_JITTER = 0.4

# Letters alone: "A, C", "a c", "AC", "A and C".
_LETTERS = re.compile(r"(?:and|[\s,;/.()]+)", re.I)

Outcome = Literal["right", "wrong", "partly", "not run", "no answer", "not looked at"]


@dataclass(frozen=True)
class ItemResult:
    """How an item came out. `passed` of `cases` tests passed; `chosen` and `right` are letters.

    `partly` is code that passes some of its tests, `not run` code that could not be run.
    """

    number: int
    kind: Literal["problem", "choices"]
    question_id: str
    title: str
    level: str
    outcome: Outcome
    passed: int = 0
    cases: int = 0
    chosen: tuple[str, ...] = ()
    right: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """How it came out, in a few words."""
        match self.outcome:
            case "right" | "wrong" | "partly" if self.kind == "problem":
                return f"{self.passed} of {self.cases} tests passed"
            case "right":
                return f"right: {', '.join(self.right)}"
            case "wrong":
                return f"wrong: {', '.join(self.chosen)} chosen; right: {', '.join(self.right)}"
            case "not run":
                return "submitted; its tests could not be run"
            case other:
                return other


@dataclass(frozen=True)
class PaperResult:
    """How a paper came out as a whole. `pass_mark` is never a figure: none is published."""

    items: tuple[ItemResult, ...]
    problems: int
    solved: int
    choices: int
    chosen_right: int
    pass_mark: str = NOT_PUBLISHED

    @property
    def sentence(self) -> str:
        """The result in one sentence."""
        parts = [
            f"{done} of {whole} {what}"
            for done, whole, what in (
                (self.solved, self.problems, "problems solved"),
                (self.chosen_right, self.choices, "multiple-choice items right"),
            )
            if whole
        ]
        return f"{' and '.join(parts)}."


def draw(
    pack: Pack, paper: Round, level: str, seed: int, *, seen: Collection[str], left_out: Collection[str]
) -> tuple[Question, ...]:
    """The paper's items in its order; fewer where the bank has no more. The same seed draws the same.

    A part's levels rise from one below the candidate's to the candidate's own, each item harder than the one before as
    far as there are such, and choices take the part's categories in turn. Problems share no topic where that can be had.
    """
    chosen: list[Question] = []
    for part in paper.parts:
        mine: list[Question] = []
        for place in range(part.count):
            left = [
                q for q in pack.questions if paper.fits(q, part) and q not in chosen and q.id not in left_out
            ]
            if part.kind == "choices":
                left = _of_the_next_category(left, mine, part.categories or paper.categories)
            if not left:
                break
            best = _best(left, chosen, mine, _aim(level, part, place), seed, seen)
            chosen.append(best)
            mine.append(best)
    return tuple(chosen)


def _aim(level: str, part: Part, place: int) -> float:
    """Index of the level to ask at; the highest item of a part of two or more is never the lowest level."""
    top = float(LEVELS.index(level))
    if part.count == 1:
        return top
    top = max(top, 1.0)
    return top - 1 + place / (part.count - 1)


def _of_the_next_category(
    left: Sequence[Question], mine: Sequence[Question], categories: Sequence[str]
) -> list[Question]:
    """Those of the category with the fewest items so far; ties fall to the order given."""
    taken = [question.category for question in mine]
    present = [name for name in categories if any(question.category == name for question in left)]
    due = min(present, key=taken.count, default=None)
    return [question for question in left if question.category == due]


def _best(
    left: Sequence[Question],
    chosen: Sequence[Question],
    mine: Sequence[Question],
    aim: float,
    seed: int,
    seen: Collection[str],
) -> Question:
    topics = {topic for question in chosen for topic in question.topics}
    before = mine[-1] if mine and mine[-1].problem is not None else None

    def fitness(question: Question) -> tuple[bool, bool, float]:
        harder = before is None or LEVELS.index(question.level) > LEVELS.index(before.level)
        shares = bool(topics & set(question.topics))
        # There are many problems and few choices: among these the level decides first.
        apart = question.problem is None or not shares
        value = -abs(LEVELS.index(question.level) - aim) - _SEEN * (question.id in seen) - _SHARED * shares
        return harder, apart, value + _JITTER * jitter(seed, question.id)

    return max(left, key=fitness)


def letters_in(text: str, question: Question) -> tuple[str, ...]:
    """The options that a message names, in their order. Raises BadInput for anything but letters of options."""
    known = [letter for letter, _ in question.lettered]
    named = set("".join(_LETTERS.split(text)).upper())
    if not named or not named <= set(known):
        raise BadInput(
            f"Answer with the letters of options, such as A, C; there are {known[0]} to {known[-1]}."
        )
    return tuple(letter for letter in known if letter in named)


def answered(state: State, pack: Pack, text: str) -> Ticked:
    """What a message to the item that is looked at comes to: a choice, and then the next item without an answer.

    Raises BadInput for words where letters or code are wanted.
    """
    turn = state.turns[state.place]
    question = pack.question(turn.question_id)
    if not question.choices:
        raise BadInput(NEEDS_CODE)
    return Ticked(turn.index, letters_in(text, question), _next_open(state))


def skipped(state: State) -> WentTo:
    """On to the next item without an answer. Raises WrongMoment where there is no other."""
    item = _next_open(state)
    if item is None:
        raise WrongMoment("Every other item has an answer: go to one by its number, or hand in.")
    return WentTo(item)


def item_of(state: State, turn: Turn) -> int:
    """The item, from 0, that a turn is about."""
    return state.setup.question_ids.index(turn.question_id)


def chosen_in(turn: Turn) -> tuple[str, ...]:
    """The letters that were chosen at an item."""
    return () if turn.answer is None else tuple(turn.answer.split(SEPARATOR))


def has_answer(turn: Turn | None) -> bool:
    """Whether something is there for an item."""
    return turn is not None and (turn.answer is not None or turn.submission is not None)


def _next_open(state: State) -> int | None:
    """The next item after this one, in a circle, that has no answer; None if all others have one."""
    here = item_of(state, state.turns[state.place])
    count = len(state.setup.question_ids)
    around = [(here + step) % count for step in range(1, count)]
    return next((item for item in around if not has_answer(state.turn_on(item))), None)


def paper_result(state: State, pack: Pack) -> PaperResult:
    """How the paper stands."""
    items = tuple(
        _item_result(number, pack.question(name), state.turn_on(number - 1))
        for number, name in enumerate(state.setup.question_ids, 1)
    )
    problems = [item for item in items if item.kind == "problem"]
    choices = [item for item in items if item.kind == "choices"]
    return PaperResult(
        items,
        len(problems),
        sum(item.outcome == "right" for item in problems),
        len(choices),
        sum(item.outcome == "right" for item in choices),
    )


def _item_result(number: int, question: Question, turn: Turn | None) -> ItemResult:
    right = tuple(letter for letter, choice in question.lettered if choice.correct)
    chosen = () if turn is None else chosen_in(turn)
    submission = None if turn is None else turn.submission
    outcome: Outcome
    if turn is None:
        outcome = "not looked at"
    elif not has_answer(turn):
        outcome = "no answer"
    elif submission is None:
        outcome = "right" if chosen == right else "wrong"
    elif submission.error is not None and not submission.cases:
        outcome = "not run"
    else:
        solved = submission.passed == submission.cases
        outcome = "right" if solved else "partly" if submission.passed else "wrong"
    return ItemResult(
        number,
        "problem" if question.problem is not None else "choices",
        question.id,
        question.title,
        question.level,
        outcome,
        0 if submission is None else submission.passed,
        0 if submission is None else submission.cases,
        chosen,
        right,
    )
