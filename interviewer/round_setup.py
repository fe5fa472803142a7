"""What a round is started with, and the setup that is made of it."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from interviewer.background import check_background, relevance
from interviewer.chosen import check_asked_in, named_questions, round_asking
from interviewer.errors import BadInput, StoreUnavailable, UnknownThing, expect_known
from interviewer.events import OwnQuestion, Setup
from interviewer.interview import State
from interviewer.modes import Mode
from interviewer.own_questions import OWN_ROUND, role_for
from interviewer.packs import RolePack
from interviewer.paper import draw
from interviewer.practice import NamedRound
from interviewer.revisit import asked_again
from interviewer.states import States
from interviewer.store import EventStore, StoredSession
from retrieval import Retriever

log = logging.getLogger(__name__)

NOT_STUDIED = (
    "This round is worked on as a whole, so nothing is reviewed on the way; hold it as practice or as the real thing. "
    "Its report shows what was right and why."
)


USUAL_FOLLOW_UPS = 3


@dataclass(frozen=True)
class StartRequest:
    """What a round is started with; None takes the round's own figure.

    `question_ids` are asked, in this order, in place of a choice: their number is `questions` and, by default, their
    time is `minutes`; without a `round` it is the first of the pack's that asks them all. `again` is a session of the
    same owner whose questions are answered once more: those named, or all that it asked, by default with as many follow-ups
    after each as it allowed. `said` weighs in the choice
    beside the background and is not kept; `leave_out` is never asked.
    """

    round: str | None
    level: str
    minutes: int | None = None
    questions: int | None = None
    background: str = ""
    seed: int | None = None
    follow_ups: int | None = None
    question_ids: tuple[str, ...] = ()
    again: str | None = None
    mode: Mode = Mode.PRACTICE
    said: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()

    @classmethod
    def of(cls, named: NamedRound) -> StartRequest:
        """What a round of named questions is started with."""
        return cls(None, named.level, question_ids=named.question_ids, follow_ups=named.follow_ups)


class RoundSetups:
    """Makes setups. Raises the errors of `interviewer.errors` only."""

    def __init__(
        self,
        role: RolePack,
        store: EventStore,
        states: States,
        retriever: Retriever,
        owned: Callable[[str, str | None], Awaitable[tuple[StoredSession, State]]],
        max_background_chars: int,
    ) -> None:
        """`owned` gives a session of an owner's, and raises UnknownThing for somebody else's."""
        self._role = role
        self._store = store
        self._states = states
        self._retriever = retriever
        self._owned = owned
        self._max_background_chars = max_background_chars

    async def make(self, request: StartRequest, owner: str) -> Setup:
        """The setup of a new round of the owner's.

        Raises:
            UnknownThing: there is no such round, level, question or session.
            BadInput: a figure is out of range, or what is named does not go together.
        """
        question_ids = request.question_ids
        own: tuple[OwnQuestion, ...] = ()
        pack = self._role.pack
        follow_ups = USUAL_FOLLOW_UPS if request.follow_ups is None else request.follow_ups
        if request.again is not None:
            _, first = await self._owned(request.again, owner)
            question_ids, own = asked_again(first, question_ids)
            if request.follow_ups is None:
                follow_ups = first.setup.follow_ups
            if own:
                pack = role_for(self._role, replace(first.setup, round=OWN_ROUND, own=own)).pack
        info = pack.info
        named = named_questions(pack, question_ids)
        if request.round is None and not named:
            raise BadInput("Name the round, or the questions that are to be asked.")
        round_id = round_asking(pack, named) if request.round is None else request.round
        expect_known("round", round_id, [item.id for item in info.rounds])
        round_ = pack.round(round_id)
        check_asked_in(pack, round_id, named)
        expect_known("level", request.level, [level.id for level in info.levels])
        drawn = round_.parts and not named
        if drawn and request.mode is Mode.STUDY:
            raise BadInput(NOT_STUDIED)
        if drawn and request.questions not in (None, round_.questions):
            raise BadInput(
                f"The round {round_id!r} always has {round_.questions} items; leave their number out."
            )
        if named and request.questions not in (None, len(named)):
            raise BadInput("Give the questions or their number, not both.")
        bank = named or pack.questions_of(round_id)
        questions = len(named) or (round_.questions if request.questions is None else request.questions)
        usual = sum(question.minutes for question in named) or round_.minutes
        minutes = request.minutes if request.minutes is not None else usual
        if not 1 <= questions <= 60:
            raise BadInput("A round has between 1 and 60 questions.")
        if not 1 <= minutes <= 600:
            raise BadInput("A round lasts between 1 and 600 minutes.")
        if not 0 <= follow_ups <= 10:
            raise BadInput("Between 0 and 10 follow-ups can be asked after a question.")
        background = check_background(request.background, self._max_background_chars)
        left_out = tuple(question.id for question in bank if question.id in request.leave_out)
        bank = tuple(question for question in bank if question.id not in left_out)
        if not bank:
            raise BadInput(f"Every question of the round {round_id!r} was asked already.")
        near: dict[str, float] = {}
        if (background or request.said) and not named and not drawn:
            near = await asyncio.to_thread(relevance, background, bank, self._retriever, request.said)
        seen: dict[str, None] = {}
        for item in await asyncio.to_thread(self._store.list, owner, 20):
            try:
                state = await asyncio.to_thread(self._states.load, item.id)
            except (UnknownThing, StoreUnavailable) as error:
                # Deleted meanwhile, or damaged: an old round is no reason not to start a new one.
                log.warning("what session %s asked is not taken into account: %s", item.id, error)
            else:
                seen |= dict.fromkeys(turn.question_id for turn in state.turns)
        seed = request.seed if request.seed is not None else uuid.uuid4().int % 2**31
        if drawn:
            items = draw(pack, round_, request.level, seed, seen=seen, left_out=left_out)
            question_ids = tuple(question.id for question in items)
            questions = len(items)
        return Setup(
            pack=info.id,
            level=request.level,
            round=round_.id,
            minutes=minutes,
            questions=min(questions, len(bank)),
            seed=seed,
            relevance=near,
            seen=tuple(seen),
            background=background,
            follow_ups=follow_ups,
            question_ids=question_ids,
            own=own,
            again=request.again,
            mode=request.mode,
            left_out=left_out,
            paper=bool(drawn),
        )
