"""Self-assessment: an answer and its author's verdicts in, the judge's beside them; each is a stored session.

The session's log is that of a round of one question that is over when it has been judged, so that list, report,
export, deletion and resumption are those of every session. The verdicts stand in it before the judge's.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from interviewer import phrases
from interviewer.background import clean_text
from interviewer.errors import BadInput, MockroundError, StoreConflict, UnknownThing, expect_known
from interviewer.events import (
    Answered,
    Ended,
    OwnQuestion,
    Payload,
    Said,
    SelfRated,
    Setup,
    Started,
    Utterance,
)
from interviewer.judge.derive import rubric_from_reference
from interviewer.own_questions import OWN_MINUTES, SELF_ROUND, own_question, role_for, title_of
from interviewer.own_verdicts import Overview, SelfAssessed, overview, self_assessed
from interviewer.packs import RolePack
from interviewer.report import Report
from interviewer.store import EventStore, NewEvent
from interviewer.views import Update
from rubrics import Kind, Rubric, Verdict

log = logging.getLogger(__name__)

# The latest that are looked at for the history.
MAX_ANSWERS = 500


@dataclass(frozen=True)
class Subject:
    """What an answer is rated by: a question of the bank, or one's own with a rubric or a model answer."""

    question_id: str | None = None
    question: str = ""
    rubric: Rubric | None = None
    reference: str = ""


@dataclass(frozen=True)
class CriterionCard:
    """A criterion as it is shown to somebody who rates an answer: without the phrases that would show it."""

    id: str
    text: str
    kind: Kind


@dataclass(frozen=True)
class SubjectCard:
    """The question with its criteria, without model answer."""

    question_id: str
    title: str
    prompt: str
    criteria: tuple[CriterionCard, ...]


@dataclass(frozen=True)
class SelfRequest:
    """An answer with its author's verdicts by criterion id; criteria without one are judged and not compared."""

    subject: Subject
    answer: str
    verdicts: Mapping[str, Verdict]
    level: str = "IC3"


class SelfAssessments:
    """Rates and compares. Raises the errors of `interviewer.errors` only."""

    def __init__(
        self,
        role: RolePack,
        store: EventStore,
        clock: Callable[[], datetime],
        proceed: Callable[[str, str | None], Awaitable[AsyncIterator[Update]]],
        report: Callable[[str, str | None], Awaitable[Report]],
        max_answer_chars: int,
    ) -> None:
        """`proceed` does what is outstanding in a session, `report` makes its report."""
        self._role = role
        self._store = store
        self._clock = clock
        self._proceed = proceed
        self._report = report
        self._max_answer_chars = max_answer_chars

    def card(self, subject: Subject) -> SubjectCard:
        """What is to be rated. Raises BadInput and UnknownThing for a subject that cannot be used."""
        setup = self._setup(subject, self._role.pack.info.levels[0].id)
        role = role_for(self._role, setup)
        question = role.pack.question(setup.question_ids[0])
        criteria = tuple(
            CriterionCard(item.id, item.text, item.kind) for item in role.rubrics[question.id].criteria
        )
        return SubjectCard(question.id, question.title, question.asked, criteria)

    def answer_in(self, text: str) -> str:
        """The answer as it is kept. Raises BadInput for one that is empty or too long."""
        answer = clean_text(text).strip()
        if not answer:
            raise BadInput("Paste or write an answer first.")
        if len(answer) > self._max_answer_chars:
            raise BadInput(
                f"The answer has {len(answer):,} characters; the limit is {self._max_answer_chars:,}. Shorten it."
            )
        return answer

    async def submit(
        self, request: SelfRequest, owner: str, client_event_id: str | None = None
    ) -> SelfAssessed:
        """Store an answer with its author's verdicts, have it judged, and lay both side by side.

        A judge that cannot be asked now leaves it stored and unscored; the session's `retry` judges it. The same
        `client_event_id` twice is one self-assessment.

        Raises:
            BadInput: the answer is empty or too long, a verdict is missing or of another rubric.
            UnknownThing: there is no such question or level.
        """
        answer = self.answer_in(request.answer)
        expect_known("level", request.level, [level.id for level in self._role.pack.info.levels])
        setup = self._setup(request.subject, request.level)
        card = self.card(request.subject)
        _check_verdicts(request.verdicts, card)
        name = (
            uuid.uuid5(uuid.NAMESPACE_OID, f"{owner!r}:self:{client_event_id}")
            if client_event_id
            else uuid.uuid4()
        )
        await self._create(str(name), owner, setup, card, answer, request.verdicts)
        async for _ in await self._proceed(str(name), owner):
            pass
        found = self_assessed(await self._report(str(name), owner))
        assert found is not None, "the verdicts were stored with the answer"
        return found

    async def of_session(self, session_id: str, owner: str | None) -> SelfAssessed:
        """The comparison of a stored session. Raises UnknownThing if it has none."""
        found = self_assessed(await self._report(session_id, owner))
        if found is None:
            raise UnknownThing(f"The session {session_id!r} holds no self-assessment.")
        return found

    async def overview(self, owner: str | None) -> Overview:
        """Where the owner's own verdicts lie above and below the judge's, over the latest MAX_ANSWERS answers."""
        stored = await asyncio.to_thread(self._store.list, owner, MAX_ANSWERS, None, "self_rated")
        found = []
        for item in stored:
            try:
                rated = self_assessed(await self._report(item.id, owner))
            except MockroundError as error:
                # Of another pack, deleted meanwhile, or damaged: the others are still worth looking at.
                log.warning("self-assessment %s is left out of the overview: %s", item.id, error)
                continue
            if rated is not None:
                found.append(rated)
        return overview(found, [(item.id, item.title) for item in self._role.pack.info.dimensions])

    def _setup(self, subject: Subject, level: str) -> Setup:
        own = _own(subject)
        if own is not None:
            question_id, minutes = own.id, OWN_MINUTES
        else:
            try:
                question = self._role.pack.question(subject.question_id or "")
            except KeyError as error:
                raise UnknownThing(
                    f"There is no question {subject.question_id!r}; see the bank for the ids."
                ) from error
            question_id, minutes = question.id, question.minutes
        return Setup(
            pack=self._role.pack.info.id,
            level=level,
            round=SELF_ROUND,
            minutes=minutes,
            questions=1,
            follow_ups=0,
            question_ids=(question_id,),
            own=() if own is None else (own,),
        )

    async def _create(
        self,
        session_id: str,
        owner: str,
        setup: Setup,
        card: SubjectCard,
        answer: str,
        verdicts: Mapping[str, Verdict],
    ) -> None:
        """Store the whole log up to the judge's part, all of it or nothing."""
        steps: tuple[Payload, ...] = (
            Started(setup),
            Said(Utterance.INTRO, phrases.self_assessment()),
            Said(
                Utterance.QUESTION,
                card.prompt,
                question_id=card.question_id,
                criterion_ids=tuple(item.id for item in card.criteria),
                level=role_for(self._role, setup).pack.question(card.question_id).level,
            ),
            Answered(answer),
            SelfRated(0, dict(verdicts)),
            Ended(),
        )
        now = self._clock()
        first, *more = (NewEvent(f"self:{place}", step, now) for place, step in enumerate(steps, 1))
        title = f"{title_of(card.title)} · self-assessment"
        try:
            await asyncio.to_thread(self._store.create, session_id, owner, title, first, None, more)
        except StoreConflict:
            # The same request arrived twice; what the first one stored is the answer.
            await asyncio.to_thread(self._store.session, session_id)


def _own(subject: Subject) -> OwnQuestion | None:
    """The candidate's own question; None where one of the bank is named. Raises BadInput."""
    prompt, reference = clean_text(subject.question).strip(), clean_text(subject.reference).strip()
    if subject.question_id:
        if prompt or reference or subject.rubric is not None:
            raise BadInput("Name a question of the bank, or bring one of your own; not both.")
        return None
    if not prompt:
        raise BadInput("Choose a question of the bank, or write one of your own.")
    if subject.rubric is None and not reference:
        raise BadInput("A question of your own needs a rubric or a model answer to be judged by.")
    return own_question(prompt, subject.rubric or rubric_from_reference(reference), reference or None)


def _check_verdicts(verdicts: Mapping[str, Verdict], card: SubjectCard) -> None:
    known = [item.id for item in card.criteria]
    strange = next((name for name in verdicts if name not in known), None)
    if strange is not None:
        raise UnknownThing(f"The question has no criterion {strange!r}; its criteria are {', '.join(known)}.")
    if not verdicts:
        raise BadInput(f"Give your own verdict first, on one criterion at least: {', '.join(known)}.")
    if Verdict.CONTRADICTED in verdicts.values():
        raise BadInput("A verdict of your own is met, partial or missing.")
