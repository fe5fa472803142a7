"""Questions that a candidate brings, and the rounds that no pack has: a role as one session sees it. Pure.

What a session asks beyond its pack stands in its setup, so that a log can be read, exported and imported whole.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from corpus import Question, Round
from corpus.model import CommonWrongAnswer
from interviewer.errors import BadInput
from interviewer.events import OwnQuestion, Setup
from interviewer.packs import RolePack
from rubrics import Criterion, Kind, Rubric

SELF_ROUND = "self-assessment"
OWN_ROUND = "own-question"
# A category that no pack can have: its ids are slugs.
OWN_CATEGORY = "own:"
OWN_MINUTES = 15
MAX_LINES = 24
MAX_LINE_CHARS = 500
MAX_TITLE_CHARS = 70

_TITLES = {SELF_ROUND: "Self-assessment", OWN_ROUND: "A question of your own"}
_KINDS = {"bonus": Kind.BONUS, "fault": Kind.RED_FLAG}


def own_question(prompt: str, rubric: Rubric, reference: str | None = None) -> OwnQuestion:
    """A question with an id that its text determines, and that no bank can have."""
    digest = hashlib.sha256(prompt.encode()).hexdigest()[:16]
    return OwnQuestion(f"own:{digest}", prompt, rubric, reference)


def role_for(role: RolePack, setup: Setup) -> RolePack:
    """The role with the session's own questions and with its round, where the pack does not have them."""
    pack = role.pack
    extra_round = setup.round in _TITLES and setup.round not in {item.id for item in pack.info.rounds}
    if not extra_round and not setup.own:
        return role
    info = pack.info
    if extra_round:
        info = info.model_copy(update={"rounds": (*info.rounds, _round(setup))})
    questions = tuple(_question(item, setup) for item in setup.own)
    rubrics = {**role.rubrics, **{item.id: item.rubric for item in setup.own}}
    return RolePack(replace(pack, info=info, questions=(*pack.questions, *questions)), rubrics)


def rubric_of_lines(text: str) -> Rubric:
    """A rubric from one criterion a line; a line may begin with `bonus:` or `fault:`.

    Raises BadInput for no line, too many or too long ones, and where nothing is required.
    """
    lines = [line.strip(" \t-*•") for line in text.splitlines()]
    criteria = tuple(_criterion(place, line) for place, line in enumerate(filter(None, lines), 1))
    if not any(criterion.kind is Kind.REQUIRED for criterion in criteria):
        raise BadInput(
            "Write what a good answer shows, one point a line; one at least is neither bonus nor fault."
        )
    if len(criteria) > MAX_LINES:
        raise BadInput(f"A rubric of your own has at most {MAX_LINES} lines; join some of them.")
    return Rubric(criteria=criteria)


def title_of(prompt: str) -> str:
    """The question's first words, as a title."""
    flat = " ".join(prompt.split())
    return flat if len(flat) <= MAX_TITLE_CHARS else f"{flat[: MAX_TITLE_CHARS - 1].rstrip()}…"


def _criterion(place: int, line: str) -> Criterion:
    lead, colon, rest = line.partition(":")
    kind = _KINDS.get(lead.strip().lower()) if colon else None
    words = rest.strip() if kind is not None else line
    if not words:
        raise BadInput(f"Line {place} of the rubric says what it is and not what to look for; finish it.")
    if len(words) > MAX_LINE_CHARS:
        raise BadInput(
            f"Line {place} of the rubric has {len(words):,} characters; the limit is {MAX_LINE_CHARS}. Make several lines of it."
        )
    return Criterion(id=f"c{place}", text=words, kind=kind or Kind.REQUIRED)


def _question(own: OwnQuestion, setup: Setup) -> Question:
    """A bank item of nothing but the question: no hints, ladder or sources, which a pack's must have."""
    return Question.model_construct(
        id=own.id,
        title=title_of(own.prompt),
        prompt=own.prompt,
        category=OWN_CATEGORY,
        topics=(),
        level=setup.level,  # type: ignore[arg-type]  # one of the pack's, checked when the session began
        rounds=(setup.round,),
        minutes=OWN_MINUTES,
        clarifications=(),
        hints=(),
        follow_ups=(),
        model_answer=own.reference or "",
        common_wrong_answer=CommonWrongAnswer.model_construct(text="", why=""),
        choices=(),
        problem=None,
        sources=(),
    )


def _round(setup: Setup) -> Round:
    return Round.model_construct(
        id=setup.round,
        title=_TITLES[setup.round],
        minutes=setup.minutes,
        categories=(),
        questions=setup.questions,
    )
