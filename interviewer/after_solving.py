"""What a candidate may see of a coding problem once a submission has passed: solutions, mistakes, and what comes next."""

from __future__ import annotations

from dataclasses import dataclass

from corpus import Pack, Question
from interviewer.errors import UnknownThing

# Below it a ladder asks about the code itself (invariants, edge cases, cost): what a submission that passed has shown.
BEYOND_CODE = "IC3"


@dataclass(frozen=True)
class Mistake:
    """A typical wrong solution. `caught_by` names the tests that it fails, or patterns of their names."""

    name: str
    why: str
    caught_by: tuple[str, ...]
    code: str


@dataclass(frozen=True)
class AfterSolving:
    """Everything that would have been a spoiler. `solutions` starts with the reference; `sources` are (title, URL).

    `question_id` is the bank's question that asks the problem, None where none does; `follow_ups` are what an
    interviewer goes on with, in the order of the question's ladder.
    """

    problem: str
    solutions: tuple[str, ...]
    mistakes: tuple[Mistake, ...]
    sources: tuple[tuple[str, str], ...]
    question_id: str | None
    follow_ups: tuple[str, ...]


def question_asking(pack: Pack, problem_id: str) -> Question | None:
    """The first question of the bank that asks a problem."""
    return next((item for item in pack.questions if item.problem == problem_id), None)


def after_solving(pack: Pack, problem_id: str) -> AfterSolving:
    """What stands behind a problem of a pack. Pure. Raises UnknownThing.

    Of the ladder those steps are taken that go beyond the code, to the GPU or to another subject; all of it where none
    does.
    """
    try:
        problem = pack.problem(problem_id)
    except KeyError as error:
        raise UnknownThing(f"There is no problem {problem_id!r}.") from error
    others = [text for name, text in sorted(problem.solutions.items()) if name != "solution.py"]
    question = question_asking(pack, problem_id)
    ladder = question.follow_ups if question is not None else ()
    beyond = tuple(step.text for step in ladder if step.category is not None or step.level >= BEYOND_CODE)
    return AfterSolving(
        problem_id,
        (problem.reference, *others),
        tuple(
            Mistake(
                item.file.removeprefix("wrong_").removesuffix(".py").replace("_", " "),
                item.why,
                item.fails,
                problem.wrong[item.file],
            )
            for item in problem.info.wrong
        ),
        tuple((source.title, str(source.url)) for source in problem.info.sources),
        None if question is None else question.id,
        beyond or tuple(step.text for step in ladder),
    )
