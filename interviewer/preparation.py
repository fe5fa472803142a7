"""Everything between two rounds: what to do today, what is due, how it is going, how ready somebody is.

All of it is folded from the event logs of the candidate's sessions and from their profile, each time it is asked for.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from interviewer.errors import BadInput, StoreUnavailable, UnknownThing, expect_known
from interviewer.history import Attempt, attempts_of, in_order
from interviewer.interview import Phase, State
from interviewer.packs import RolePack
from interviewer.practice import Card, NamedRound, cards, due, next_due, practice_round, questions_of
from interviewer.profiles import Profile, ProfileStore
from interviewer.progress import Progress, practised_days, progress_of
from interviewer.readiness import CLAIMS, PlanDay, Readiness, area_round, areas_of, plan, probe_round
from interviewer.states import States
from interviewer.store import EventStore, StoredSession

log = logging.getLogger(__name__)

# A round that was left longer ago than this is not offered again on its own; the list of sessions still has it.
OFFERED_DAYS = 14
PREFERRED_LEVEL = "IC3"
# What ten questions showed takes some 20 KB.
KEPT_SESSIONS = 1024
# An interview further away than this is a slip of the pen.
FURTHEST_DAYS = 730


@dataclass(frozen=True)
class DueQuestion:
    """A question that something is due of; what that is would give the answer away."""

    id: str
    title: str
    category: str
    minutes: int
    points: int


@dataclass(frozen=True)
class Practice:
    """What is due. `round` is the short round to begin with; `cards` counts everything that was ever weak."""

    due: tuple[Card, ...]
    questions: tuple[DueQuestion, ...]
    round: NamedRound | None
    cards: int
    next_day: date | None
    next_count: int
    today: date


@dataclass(frozen=True)
class OpenRound:
    """A round that was not finished. `days_ago` is when it was last used; `others` how many more there are.

    Of a `paper` the questions are its items, all of them.
    """

    id: str
    title: str
    question_number: int
    questions: int
    days_ago: int
    others: int
    paper: bool = False


@dataclass(frozen=True)
class PlannedRound:
    """A part of today's plan. `round` is None where the pack has no question for it."""

    area: str
    title: str
    done: bool
    round: NamedRound | None


@dataclass(frozen=True)
class Today:
    """What there is to do today. `newcomer` is somebody who has never begun a round."""

    newcomer: bool
    open: OpenRound | None
    practice: Practice
    interview_on: date | None
    days_left: int | None
    planned: tuple[PlannedRound, ...]
    ahead: tuple[PlanDay, ...]
    practised: tuple[date, ...]
    today: date

    @property
    def anything(self) -> bool:
        """Whether something waits to be done."""
        return bool(self.open or self.practice.due or any(not item.done for item in self.planned))


@dataclass(frozen=True)
class _Past:
    """A candidate's sessions with the pack at hand, folded. `states` are those of unfinished ones, latest first."""

    attempts: tuple[Attempt, ...]
    unfinished: tuple[tuple[StoredSession, State], ...]
    level: str | None


class Preparation:
    """What a candidate has shown and does next. Raises the errors of `interviewer.errors` only.

    Days are those of this machine's time zone. `owner` is whose sessions count.
    """

    def __init__(
        self,
        role: RolePack,
        store: EventStore,
        states: States,
        clock: Callable[[], datetime],
        kept_sessions: int = KEPT_SESSIONS,
    ) -> None:
        """Share the service's store and clock.

        What `kept_sessions` finished sessions showed is kept for the next look, and all of who looked last.
        """
        self._kept_sessions = kept_sessions
        self.role = role
        self._store = store
        self._states = states
        self._clock = clock
        self._profiles = ProfileStore(store)
        # Owner -> what finished sessions showed, by id, with the number of the last event that went into it; who looked
        # last comes last.
        self._known: OrderedDict[str, dict[str, tuple[int, tuple[Attempt, ...]]]] = OrderedDict()
        # Who looks while that is being found out waits for it; finding it out twice at once takes twice as long.
        self._looking = threading.Lock()

    def warm_up(self, owner: str) -> None:
        """Read what the owner's sessions showed; looking at it later takes what came since. Blocks; raises StoreError."""
        self._past(owner)

    # What there is

    async def today(self, owner: str) -> Today:
        """What there is to do today."""
        return await asyncio.to_thread(self._today, owner)

    async def practice(self, owner: str) -> Practice:
        """What is due today, and the short round to begin with."""
        return await asyncio.to_thread(self._practice, owner)

    async def progress(self, owner: str) -> Progress:
        """How it went so far."""
        return await asyncio.to_thread(self._progress, owner)

    async def readiness(self, owner: str) -> Readiness:
        """Claims, what was shown, and the plan."""
        return await asyncio.to_thread(self._readiness, owner)

    # What the candidate says

    async def change(
        self,
        owner: str,
        *,
        interview_on: date | Literal["as it was"] | None = "as it was",
        level: str | None = None,
        ratings: Mapping[str, int | None] | None = None,
    ) -> Readiness:
        """Set what is given, all or nothing: the interview's date (None clears it), the level that is aimed at, the
        candidate's own ratings of some areas, 0..4 (None takes one back).

        Raises:
            BadInput: a date in the past or beyond FURTHEST_DAYS, or another figure.
            UnknownThing: a level or an area that the pack does not have.
        """
        info = self.role.pack.info
        updates: dict[str, object] = {}
        if interview_on != "as it was":
            self._check_date(interview_on)
            updates["interview_on"] = interview_on
        if level is not None:
            expect_known("level", level, [item.id for item in info.levels])
            updates["level"] = level
        for area, claim in (ratings or {}).items():
            expect_known("area", area, [item.id for item in info.categories])
            if claim is not None and claim not in range(len(CLAIMS)):
                raise BadInput(f"A rating is a whole number from 0 to {len(CLAIMS) - 1}.")

        def apply(profile: Profile) -> Profile:
            merged: dict[str, int | None] = {**profile.ratings, **(ratings or {})}
            kept = {area: claim for area, claim in merged.items() if claim is not None}
            return profile.model_copy(update={**updates, "ratings": kept})

        await asyncio.to_thread(self._profiles.change, owner, info.id, apply, self._clock())
        return await self.readiness(owner)

    async def forget(self, owner: str) -> None:
        """Delete date, level and ratings for good."""
        await asyncio.to_thread(self._profiles.forget, owner, self.role.pack.info.id)

    # Rounds to begin

    async def probe(self, owner: str, areas: Sequence[str] = ()) -> NamedRound:
        """One question for each of the areas; by default for those that were not asked yet.

        Raises BadInput where every area was asked already, UnknownThing for an area that the pack does not have.
        """
        for area in areas:
            expect_known("area", area, [item.id for item in self.role.pack.info.categories])
        found = await asyncio.to_thread(self._probe, owner, tuple(areas))
        if found is None:
            raise BadInput("Every area was probed already; choose one to probe it again.")
        return found

    async def area(self, owner: str, area: str) -> NamedRound:
        """A short round in one area. Raises UnknownThing for an area without questions."""
        found = await asyncio.to_thread(self._area, owner, area)
        if found is None:
            raise UnknownThing(f"There is no question in the area {area!r}.")
        return found

    # The same, in a thread

    def _today(self, owner: str) -> Today:
        now, past, profile = self._now(), self._past(owner), self._profile(owner)
        today = now.date()
        level = self._level(past, profile)
        deck = cards(past.attempts, now.tzinfo)
        practice = self._what_is_due(past, deck, level, today)
        days = plan(
            past.attempts, profile.ratings, deck, self.role.pack, profile.interview_on, today, now.tzinfo
        )
        planned = tuple(
            PlannedRound(
                item.area,
                item.title,
                item.done,
                area_round(past.attempts, practice.due, self.role.pack, level, item.area),
            )
            for item in (days[0].areas if days else ())
        )
        return Today(
            newcomer=not past.attempts and not past.unfinished,
            open=_open_round(past.unfinished, now),
            practice=practice,
            interview_on=profile.interview_on,
            days_left=_days_left(profile, today),
            planned=planned,
            ahead=days[1:],
            practised=practised_days(past.attempts, now.tzinfo, today),
            today=today,
        )

    def _practice(self, owner: str) -> Practice:
        now, past = self._now(), self._past(owner)
        level = self._level(past, self._profile(owner))
        return self._what_is_due(past, cards(past.attempts, now.tzinfo), level, now.date())

    def _what_is_due(self, past: _Past, deck: Sequence[Card], level: str, today: date) -> Practice:
        waiting = due(deck, today)
        coming = next_due(deck, today)
        points = Counter(card.question_id for card in waiting)
        listed = tuple(
            DueQuestion(
                question.id,
                question.title,
                question.category,
                question.minutes,
                points[question.id],
            )
            for question in questions_of(waiting, self.role.pack)
        )
        return Practice(
            due=waiting,
            questions=listed,
            round=practice_round(waiting, self.role.pack, level),
            cards=len(deck),
            next_day=coming[0] if coming else None,
            next_count=coming[1] if coming else 0,
            today=today,
        )

    def _progress(self, owner: str) -> Progress:
        now = self._now()
        return progress_of(self._past(owner).attempts, self.role.pack, now.tzinfo, now.date())

    def _readiness(self, owner: str) -> Readiness:
        now, past, profile = self._now(), self._past(owner), self._profile(owner)
        today, pack = now.date(), self.role.pack
        deck = cards(past.attempts, now.tzinfo)
        return Readiness(
            level=self._level(past, profile),
            interview_on=profile.interview_on,
            days_left=_days_left(profile, today),
            areas=areas_of(past.attempts, profile.ratings, pack, now.tzinfo),
            plan=plan(past.attempts, profile.ratings, deck, pack, profile.interview_on, today, now.tzinfo),
            today=today,
        )

    def _probe(self, owner: str, areas: tuple[str, ...]) -> NamedRound | None:
        past = self._past(owner)
        return probe_round(past.attempts, self.role.pack, self._level(past, self._profile(owner)), areas)

    def _area(self, owner: str, area: str) -> NamedRound | None:
        now, past = self._now(), self._past(owner)
        level = self._level(past, self._profile(owner))
        waiting = due(cards(past.attempts, now.tzinfo), now.date())
        return area_round(past.attempts, waiting, self.role.pack, level, area)

    def _check_date(self, on: date | None) -> None:
        today = self._now().date()
        last = today + timedelta(days=FURTHEST_DAYS)
        if on is not None and not today <= on <= last:
            raise BadInput(
                f"{on:%d %B %Y} is no date of an interview to prepare for; give one from today to {last:%d %B %Y}."
            )

    def _now(self) -> datetime:
        return self._clock().astimezone()

    def _profile(self, owner: str) -> Profile:
        return self._profiles.load(owner, self.role.pack.info.id)

    def _level(self, past: _Past, profile: Profile) -> str:
        """The level aimed at: as the candidate says, else that of the latest round."""
        known = [item.id for item in self.role.pack.info.levels]
        wanted = (profile.level, past.level, PREFERRED_LEVEL, known[0])
        return next(name for name in wanted if name in known)

    def _past(self, owner: str) -> _Past:
        with self._looking:
            return self._look_back(owner)

    def _look_back(self, owner: str) -> _Past:
        lengths = self._store.lengths(owner)
        before, known = self._known.get(owner, {}), dict[str, tuple[int, tuple[Attempt, ...]]]()
        attempts: list[Attempt] = []
        unfinished: list[tuple[StoredSession, State]] = []
        level = None
        for item in self._store.list(owner):
            kept = before.get(item.id)
            if kept is None or kept[0] != lengths.get(item.id):
                state = self._state(item.id)
                if state is None:
                    continue
                kept = (state.seq, attempts_of(item.id, state, self.role))
                level = level or state.setup.level
                if state.phase is not Phase.FINISHED:
                    unfinished.append((item, state))
            if item.finished:
                known[item.id] = kept
            attempts += kept[1]
            level = level or next((attempt.level for attempt in kept[1]), None)
        self._keep(owner, known)
        return _Past(tuple(in_order(attempts)), tuple(unfinished), level)

    def _keep(self, owner: str, known: dict[str, tuple[int, tuple[Attempt, ...]]]) -> None:
        """Keep it for the next look; of others', what was looked at last, as long as there is room."""
        self._known[owner] = known
        self._known.move_to_end(owner)
        count = sum(map(len, self._known.values()))
        while count > self._kept_sessions and len(self._known) > 1:
            count -= len(self._known.popitem(last=False)[1])

    def _state(self, session_id: str) -> State | None:
        """The state of a session with the pack at hand; None for another pack's, a deleted and a damaged one."""
        try:
            state = self._states.load(session_id)
        except (UnknownThing, StoreUnavailable) as error:
            log.warning("what session %s showed is left out: %s", session_id, error)
            return None
        info = self.role.pack.info
        known = state.setup.pack == info.id and state.setup.round in {item.id for item in info.rounds}
        return state if known else None


def _open_round(unfinished: Sequence[tuple[StoredSession, State]], now: datetime) -> OpenRound | None:
    recent = [
        (item, state)
        for item, state in unfinished
        if now - item.updated_at <= timedelta(days=OFFERED_DAYS) and not state.ended
    ]
    if not recent:
        return None
    item, state = recent[0]
    days = (now.date() - item.updated_at.astimezone(now.tzinfo).date()).days
    return OpenRound(
        id=item.id,
        title=item.title,
        question_number=len(state.threads),
        questions=state.setup.questions,
        days_ago=max(0, days),
        others=len(recent) - 1,
        paper=state.setup.paper,
    )


def _days_left(profile: Profile, today: date) -> int | None:
    return None if profile.interview_on is None else (profile.interview_on - today).days
