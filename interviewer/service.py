"""The one door for ui, api and cli: everything that a person or a program can do with mockround.

What somebody does is stored before it is told; what comes of it is done by `session_work`, and callers watch.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from importlib import resources
from weakref import WeakValueDictionary

from interviewer.access.audit import Audit, no_audit
from interviewer.after_solving import AfterSolving, after_solving
from interviewer.afterwork import Afterwork
from interviewer.background import clean_text
from interviewer.capacity import Capacity
from interviewer.config import Settings
from interviewer.contests import Claim
from interviewer.conversation import Interviewer
from interviewer.errors import (
    BadInput,
    StoreConflict,
    StoreError,
    StoreUnavailable,
    UnknownThing,
    WrongMoment,
    expect_known,
)
from interviewer.events import (
    Answered,
    Asked,
    AssessmentRetried,
    Ended,
    HintRequested,
    Paused,
    Payload,
    RepeatRequested,
    Resumed,
    Skipped,
    Started,
)
from interviewer.intents import Intent, classify, declines
from interviewer.interview import Phase, State, overdue
from interviewer.library import Library
from interviewer.llm.connect import (
    ModelStatus,
)
from interviewer.loop_sessions import Loops, StageDoor
from interviewer.loops import StageRound
from interviewer.metrics import Metrics
from interviewer.model_in_use import ModelInUse
from interviewer.modes import Mode
from interviewer.own_questions import role_for
from interviewer.owners import ANYBODY, LOCAL_OWNER
from interviewer.packs import RolePack
from interviewer.paper import answered, skipped
from interviewer.paper_doors import Papers
from interviewer.preparation import Preparation
from interviewer.report import Coming, Report
from interviewer.reporting import build_report
from interviewer.revisit import contested
from interviewer.round_setup import RoundSetups, StartRequest
from interviewer.sandbox.code_runs import CodeRuns
from interviewer.sandbox.results import CodeResult, Growth
from interviewer.self_assessment import SelfAssessments
from interviewer.session_exchange import SessionExchange
from interviewer.session_list import SessionPage, list_sessions
from interviewer.session_work import SessionWork
from interviewer.states import States
from interviewer.store import MAX_CONFLICTS, EventStore, NewEvent, StoredSession
from interviewer.submissions import measured_of, submission_of
from interviewer.views import SessionView, Update, open_problem, session_view, settled
from retrieval import RetrievalError

__all__ = [
    "ACTIONS",
    "ANYBODY",
    "LOCAL_OWNER",
    "MAX_KEY_CHARS",
    "InterviewService",
    "StartRequest",
    "utc_now",
]

ACTIONS = ("hint", "skip", "clarify", "repeat", "pause", "resume", "retry", "end")
# What a real round does not have, and what is said to who asks for it.
NOT_IN_REAL = {
    "hint": "A real round gives no hints; say what you know so far, or skip the question.",
    "pause": "A real round cannot be paused; its clock runs until it is over.",
}
NOBODY_THERE = "Nobody is there to ask in a real online round; take the item as it stands."
MAX_KEY_CHARS = 120
# With accounts, one user has at most this part of what is done at once.
FAIR_SHARE = 12


def utc_now() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)


class InterviewService:
    """Sessions from start to report. Methods raise the errors of `interviewer.errors` only."""

    def __init__(
        self,
        settings: Settings,
        role: RolePack,
        store: EventStore,
        interviewer: Interviewer,
        versions: dict[str, str],
        model_status: ModelStatus,
        clock: Callable[[], datetime] = utc_now,
        audit: Audit = no_audit,
    ) -> None:
        """Join the parts; nothing is started."""
        self.audit = audit
        self.settings = settings
        self.role = role
        self.store = store
        self._states = States(store)
        self.interviewer = interviewer
        self.model = ModelInUse(settings, interviewer, model_status)
        # One user alone may have everything.
        per_owner = settings.at_once if settings.is_open else max(1, settings.at_once // FAIR_SHARE)
        self._capacity = Capacity(settings.at_once, per_owner, interviewer.metrics)
        self.library = Library(role, interviewer, settings.max_message_chars, self._capacity)
        self.code = CodeRuns(
            role.pack.problems,
            settings.data,
            settings.run_code,
            hide=(role.pack.root,),
            at_once=settings.run_at_once,
        )
        self.preparation = Preparation(role, store, self._states, clock)
        self.self_assessments = SelfAssessments(
            role, store, clock, self.proceed, self._plain_report, settings.max_message_chars
        )
        door = StageDoor(self._start_stage, self.view, self.delete)
        self.loops = Loops(
            role,
            store,
            self._states,
            interviewer.retriever,
            versions,
            clock,
            door,
            2 * settings.max_message_chars,
        )
        self.exchange = SessionExchange(role, store, self._expect_known, self.view, audit)
        self.versions = versions
        self._clock = clock
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._setups = RoundSetups(
            role, store, self._states, interviewer.retriever, self._owned, 2 * settings.max_message_chars
        )
        self._afterwork = Afterwork(
            interviewer, self._states, self._loaded, self._lock, clock, self.model.gives_opinions
        )
        self._work = SessionWork(
            role,
            self._states,
            interviewer,
            self._loaded,
            self._lock,
            self._afterwork.start,
            clock,
            settings.unwatched_s,
            self._capacity,
        )
        self.papers = Papers(
            role,
            self.code,
            self._owned_state,
            self._expect_open,
            self._record,
            self.proceed,
            self.keep_growth,
        )

    @property
    def trust_page(self) -> str:
        """What was measured of the scores, and what they cannot see, as Markdown."""
        return resources.files("interviewer").joinpath("trust.md").read_text("utf-8")

    @property
    def trust_picture(self) -> str:
        """The picture on that page, as SVG in the page's own style."""
        return resources.files("interviewer").joinpath("trust.svg").read_text("utf-8")

    def after_solving(self, problem_id: str) -> AfterSolving:
        """Solutions and mistakes of a coding problem, for who has solved it. Raises UnknownThing."""
        return after_solving(self.role.pack, problem_id)

    @property
    def metrics(self) -> Metrics:
        """What is counted."""
        return self.interviewer.metrics

    async def check(self) -> None:
        """Raises StoreError if nothing could be stored now."""
        await asyncio.to_thread(self.store.check)

    def warm_up(self) -> None:
        """Do what the first look and the first answer would wait for: fold past sessions, load the embedding model.

        A failure is left to them.
        """
        if self.settings.is_open:
            with suppress(StoreError):
                self.preparation.warm_up(LOCAL_OWNER)
        with suppress(RetrievalError):
            self.interviewer.embedder.embed_queries(["warm up"])

    async def stop_work(self) -> None:
        """Stop judging and speaking, and tell whoever watches; it is taken up again by the next `proceed`."""
        await self._work.aclose()

    async def aclose(self) -> None:
        """Stop what is under way (it is taken up again by the next `proceed`) and let go of model and database."""
        await self.stop_work()
        await self._afterwork.aclose()
        await self.papers.aclose()
        await self.code.aclose()
        await self.model.aclose()
        await asyncio.to_thread(self.store.close)

    # Sessions

    async def start(
        self,
        request: StartRequest,
        owner: str,
        visitor: str | None = None,
        client_event_id: str | None = None,
    ) -> SessionView:
        """Create a session. The interviewer has not spoken yet: call `proceed` to hear the greeting."""
        _check_key(client_event_id)
        self._capacity.expect_room(owner)
        setup = await self._setups.make(request, owner)
        session_id = (
            str(uuid.uuid5(uuid.NAMESPACE_OID, f"{owner!r}:{client_event_id}"))
            if client_event_id
            else str(uuid.uuid4())
        )
        pack = role_for(self.role, setup).pack
        about = (
            pack.question(setup.question_ids[0]) if len(setup.question_ids) == 1 else pack.round(setup.round)
        )
        title = f"{about.title} · {setup.level}"
        first = NewEvent(client_event_id or f"start:{session_id}", Started(setup), self._clock())
        try:
            await asyncio.to_thread(self.store.create, session_id, owner, title, first, visitor)
            self.audit("session started", owner, session=session_id)
        except StoreConflict:
            # The same request arrived twice; the session it made is the answer.
            await asyncio.to_thread(self.store.session, session_id)
        return await self.view(session_id, owner)

    async def _start_stage(
        self, wanted: StageRound, owner: str, visitor: str | None, key: str
    ) -> SessionView:
        request = StartRequest(
            wanted.round,
            wanted.level,
            wanted.minutes,
            wanted.questions,
            wanted.background,
            wanted.seed,
            said=wanted.said,
            leave_out=wanted.leave_out,
        )
        return await self.start(request, owner, visitor, key)

    async def _stored(self, session_id: str, owner: str | None) -> StoredSession:
        """The line of a session of the owner's. Raises UnknownThing, also for somebody else's session."""
        stored = await asyncio.to_thread(self.store.session, session_id)
        if owner is not ANYBODY and stored.owner != owner:
            self.audit("session of another refused", owner, session=session_id)
            raise UnknownThing(f"There is no session {session_id!r}.")
        return stored

    async def _owned(self, session_id: str, owner: str | None) -> tuple[StoredSession, State]:
        """A session of the owner's with its state. Raises UnknownThing, also for somebody else's session."""
        return await self._stored(session_id, owner), await self._state(session_id)

    async def _owned_state(self, session_id: str, owner: str | None) -> State:
        _, state = await self._owned(session_id, owner)
        return state

    async def view(self, session_id: str, owner: str | None) -> SessionView:
        """The session as it stands. Raises UnknownThing, also for somebody else's session."""
        stored, state = await self._owned(session_id, owner)
        return session_view(stored.id, stored.title, state, self.role, self._clock())

    async def session_page(
        self, owner: str | None, limit: int = 200, before: str | None = None
    ) -> SessionPage:
        """As `list_sessions`."""
        return await asyncio.to_thread(list_sessions, self.store, owner, limit, before)

    async def latest_open(self, visitor: str, owner: str) -> str | None:
        """The unfinished session of the owner's that a browser used last, if any."""
        return await asyncio.to_thread(self.store.latest_open, visitor, owner)

    async def open_in(self, session_id: str, owner: str | None, visitor: str | None) -> None:
        """Bind a session to a browser, so that a reload finds it again; None unbinds it. Raises UnknownThing."""
        await self._stored(session_id, owner)
        await asyncio.to_thread(self.store.set_visitor, session_id, visitor)

    async def delete(self, session_id: str, owner: str | None) -> None:
        """Delete a session for good. Raises UnknownThing, also for somebody else's session."""
        await self._stored(session_id, owner)
        self._work.stop(session_id)
        self._afterwork.stop(session_id)
        await asyncio.to_thread(self.store.delete, session_id)
        self.audit("session deleted", owner, session=session_id)

    async def delete_all(self, owner: str) -> int:
        """Delete everything that is stored of an owner's for good: sessions, loops, date and ratings. How many sessions."""
        for session_id in await asyncio.to_thread(self.store.lengths, owner):
            self._work.stop(session_id)
            self._afterwork.stop(session_id)
        gone = await asyncio.to_thread(self.store.delete_all, owner)
        self.audit("everything deleted", owner, sessions=gone)
        return gone

    async def report(self, session_id: str, owner: str | None) -> Report:
        """The report as the events stand now; what a model still owes to it is begun and not waited for.

        Raises WrongMoment for a real round that is not over, and UnknownThing for somebody else's session.
        """
        _, state = await self._owned(session_id, owner)
        if state.setup.mode is Mode.REAL and state.phase is not Phase.FINISHED:
            raise WrongMoment("The report of a real round opens when the round is over.")
        self._afterwork.start(session_id, state)
        due = Counter(item.what for item in self._afterwork.owed(state))
        report = await self._report_on(session_id, state)
        return replace(report, coming=Coming(due["opinion"], due["advice"]))

    async def _plain_report(self, session_id: str, owner: str | None) -> Report:
        """The report as the events stand now; nothing is begun for it."""
        _, state = await self._owned(session_id, owner)
        return await self._report_on(session_id, state)

    async def _report_on(self, session_id: str, state: State) -> Report:
        before = None
        if state.setup.again is not None:
            owner = (await asyncio.to_thread(self.store.session, session_id)).owner
            # The earlier session may be deleted or damaged by now; the later one still has its report.
            with suppress(UnknownThing, WrongMoment, StoreUnavailable):
                _, earlier = await self._owned(state.setup.again, owner)
                before = build_report(state.setup.again, earlier, self.role, self.versions)
        return build_report(session_id, state, self.role, self.versions, before=before)

    # Talking

    async def send(
        self,
        session_id: str,
        owner: str | None,
        text: str,
        client_event_id: str | None = None,
        turn: int | None = None,
        as_answer: bool = False,
    ) -> AsyncIterator[Update]:
        """The candidate says something; watch what comes of it.

        An answer, unless the whole message plainly asks for a hint, a repeat, a clarification, to skip or to end;
        `as_answer` takes it for an answer whatever it says.
        `turn` is the open turn that the candidate saw: if the interview has moved on, WrongMoment is raised and
        nothing is stored. The same `client_event_id` twice is one message.
        """
        cleaned = clean_text(text).strip()
        if not cleaned:
            raise BadInput("The message is empty; write an answer, or skip the question.")
        limit = self.settings.max_message_chars
        if len(cleaned) > limit:
            raise BadInput(
                f"The message has {len(cleaned):,} characters; the limit is {limit:,}. Shorten it and send it again."
            )

        def decide(state: State) -> Payload:
            if state.phase is Phase.CLOSING_QUESTIONS:
                self._expect_current(state, turn)
                over = declines(cleaned) or classify(cleaned) in (Intent.END, Intent.SKIP)
                return Ended() if over else Asked(cleaned)
            self._expect_open(state, turn)
            match Intent.ANSWER if as_answer else classify(cleaned):
                case Intent.ANSWER if state.setup.paper:
                    return answered(state, self.role.pack, cleaned)
                case Intent.CLARIFY:
                    self._expect_offered(state, "clarify")
                    return Asked(cleaned)
                case Intent.HINT:
                    self._expect_offered(state, "hint")
                    return HintRequested()
                case Intent.REPEAT:
                    return RepeatRequested()
                case Intent.SKIP:
                    return skipped(state) if state.setup.paper else Skipped()
                case Intent.END:
                    return Ended()
                case Intent.ANSWER:
                    return Answered(cleaned)

        await self._record(session_id, owner, client_event_id, decide)
        return self._work.proceed(session_id, owner, recorded=True)

    async def act(
        self,
        session_id: str,
        owner: str | None,
        action: str,
        text: str = "",
        client_event_id: str | None = None,
        turn: int | None = None,
    ) -> AsyncIterator[Update]:
        """A button: one of ACTIONS. `text` is the question for `clarify`. Watch what comes of it."""
        expect_known("action", action, ACTIONS)
        asked = clean_text(text).strip()
        if action == "clarify" and not asked:
            raise BadInput("Write what you want to have clarified first.")
        if len(asked) > self.settings.max_message_chars:
            raise BadInput(
                f"The message has {len(asked):,} characters; the limit is {self.settings.max_message_chars:,}."
            )

        def decide(state: State) -> Payload:
            if action in ("hint", "skip", "clarify", "repeat"):
                if action == "clarify" and state.phase is Phase.CLOSING_QUESTIONS:
                    self._expect_current(state, turn)
                else:
                    self._expect_open(state, turn)
            elif action != "retry" and state.phase is Phase.FINISHED:
                raise WrongMoment("This round is over; its report is ready.")
            self._expect_offered(state, action)
            if action == "skip" and state.setup.paper:
                return skipped(state)
            payloads: dict[str, Payload] = {
                "hint": HintRequested(),
                "skip": Skipped(),
                "clarify": Asked(asked),
                "repeat": RepeatRequested(),
                "pause": Paused(),
                "resume": Resumed(),
                "retry": AssessmentRetried(),
                "end": Ended(),
            }
            return payloads[action]

        await self._record(session_id, owner, client_event_id, decide)
        return self._work.proceed(session_id, owner, recorded=True)

    async def contest(
        self, session_id: str, owner: str | None, claim: Claim, client_event_id: str | None = None
    ) -> AsyncIterator[Update]:
        """Contest a verdict of a round that is over: the judge reads the marked words again. Watch what comes of it.

        Raises:
            BadInput: the words are not in the answer, or there is nothing to contest.
            WrongMoment: the round goes on, the answer was not scored, or it was contested before.
        """
        await self._record(
            session_id, owner, client_event_id, lambda state: contested(state, self.role, claim)
        )
        return self._work.proceed(session_id, owner, recorded=True)

    async def keep_submission(
        self, session_id: str, owner: str | None, code: str, result: CodeResult
    ) -> AsyncIterator[Update] | None:
        """Keep submitted code with the open question that asks its problem, and watch what the interviewer says to it.

        None where no open question asks it, and nothing is stored.
        """

        def decide(state: State) -> Payload:
            if open_problem(state, self.role) != result.problem:
                raise WrongMoment("No question that asks this problem is open.")
            return submission_of(code, result)

        try:
            await self._record(session_id, owner, None, decide)
        except (UnknownThing, WrongMoment):
            return None
        return self._work.proceed(session_id, owner)

    async def keep_growth(self, session_id: str, owner: str | None, code: str, growth: Growth) -> bool:
        """Keep how submitted code grew with the turn that it was submitted to; False where it was submitted to none."""

        def decide(state: State) -> Payload:
            for turn in reversed(state.turns):
                kept = turn.submission
                if kept is not None and (kept.problem, kept.code) == (growth.problem, code):
                    return measured_of(turn.index, growth)
            raise WrongMoment("This code was submitted to no question of the session.")

        try:
            await self._record(session_id, owner, None, decide)
        except (UnknownThing, WrongMoment):
            return False
        return True

    def _expect_open(self, state: State, turn: int | None) -> None:
        if state.phase is Phase.FINISHED:
            raise WrongMoment("This round is over; its report is ready.")
        if state.phase is Phase.CLOSING_QUESTIONS:
            raise WrongMoment("The questions are over; ask something yourself, or end the round.")
        if state.reviewing:
            raise WrongMoment("Take the next question first: resume the round.")
        if state.phase is not Phase.OPEN:
            raise WrongMoment(
                "The interviewer is not done yet; wait for the next question and send it again."
            )
        self._expect_current(state, turn)

    @staticmethod
    def _expect_offered(state: State, action: str) -> None:
        if state.setup.mode is Mode.REAL and action in NOT_IN_REAL:
            raise WrongMoment(NOT_IN_REAL[action])
        if state.setup.mode is Mode.REAL and state.setup.paper and action == "clarify":
            raise WrongMoment(NOBODY_THERE)

    @staticmethod
    def _expect_current(state: State, turn: int | None) -> None:
        current = state.place if state.phase is Phase.OPEN else None
        if turn is not None and turn != current:
            raise WrongMoment(
                "The interview has moved on since this page was loaded; look at the current question first."
            )

    async def _record(
        self,
        session_id: str,
        owner: str | None,
        client_event_id: str | None,
        decide: Callable[[State], Payload],
    ) -> None:
        """Append what the candidate did, once; whoever appends first in another process makes us look again.

        Raises UnknownThing for somebody else's session.
        """
        _check_key(client_event_id)
        self._capacity.expect_room(owner)
        key = f"c:{client_event_id or uuid.uuid4()}"
        if await self._record_unseen(session_id, owner, key, decide):
            return
        await self._stored(session_id, owner)
        for attempt in range(MAX_CONFLICTS):
            # Not under the lock: a paper whose time is over is handed in by work that appends.
            await self._state(session_id)
            async with self._lock(session_id):
                state = await self._loaded(session_id)
                # After the state: a twin that another replica stores in between is then found, here or by the conflict.
                if client_event_id is not None and await asyncio.to_thread(self.store.holds, session_id, key):
                    return
                new = NewEvent(key, decide(state), self._clock())
                try:
                    await asyncio.to_thread(self._states.append, session_id, state.seq, [new])
                except StoreConflict:
                    if attempt == MAX_CONFLICTS - 1:
                        raise
                else:
                    return

    async def _record_unseen(
        self, session_id: str, owner: str | None, key: str, decide: Callable[[State], Payload]
    ) -> bool:
        """Append what the candidate did by what is remembered of the session; whether that was possible.

        It is where the log ends as it is remembered, holds no event with that key, and the session is the owner's: the
        append itself looks at that. Where it was not, or the moment seems wrong, nothing is stored.
        """
        async with self._lock(session_id):
            state = self._states.remembered(session_id)
            now = self._clock()
            if state is None or overdue(state, now):
                return False
            try:
                self._expect_known(state)
                new = NewEvent(key, decide(state), now)
                await asyncio.to_thread(self._states.append, session_id, state.seq, [new], False, True, owner)
            except (BadInput, StoreConflict, UnknownThing, WrongMoment):
                return False
        return True

    async def proceed(self, session_id: str, owner: str | None) -> AsyncIterator[Update]:
        """Do what is outstanding (nothing, if the interview waits for the candidate) and watch; ends with Settled.

        While nothing happens, the last `Working` comes again every few seconds. Raises UnknownThing for somebody
        else's session.
        """
        await self._stored(session_id, owner)
        return self._work.proceed(session_id, owner)

    async def drain(self) -> None:
        """Wait until no work is under way; for orderly shutdown and tests."""
        await self._work.drain()
        await self.papers.drain()
        await self._afterwork.drain()

    async def _state(self, session_id: str) -> State:
        """As `_loaded`; a paper whose time is over is handed in first."""
        state = await self._loaded(session_id)
        if overdue(state, self._clock()):
            await settled(self._work.proceed(session_id, ANYBODY))
            state = await self._loaded(session_id)
        return state

    async def _loaded(self, session_id: str) -> State:
        """The state of a session that was held with the pack at hand. Raises WrongMoment for another pack's."""
        state = await asyncio.to_thread(self._states.load, session_id)
        self._expect_known(state)
        return state

    def _expect_known(self, state: State) -> None:
        pack = self.role.pack
        if state.setup.pack != pack.info.id:
            raise WrongMoment(
                f"This session belongs to the pack {state.setup.pack!r}, and {pack.info.id!r} is loaded; "
                "start mockround with --pack to see it."
            )
        wanted = (*(turn.question_id for turn in state.turns), *state.setup.question_ids)
        own = {item.id for item in state.setup.own}
        gone = [name for name in wanted if name not in pack.question_ids and name not in own]
        rounds = {item.id for item in role_for(self.role, state.setup).pack.info.rounds}
        if gone or state.setup.round not in rounds:
            what = f"the question {gone[0]!r}" if gone else f"the round {state.setup.round!r}"
            raise WrongMoment(
                f"The pack no longer has {what} of this session; put it back to see the session again."
            )

    def _lock(self, session_id: str) -> asyncio.Lock:
        lock = self._locks.get(session_id)
        if lock is None:
            lock = self._locks[session_id] = asyncio.Lock()
        return lock


def _check_key(client_event_id: str | None) -> None:
    if client_event_id is None:
        return
    if len(client_event_id) > MAX_KEY_CHARS or not client_event_id.isprintable():
        raise BadInput(f"An idempotency key has at most {MAX_KEY_CHARS} characters, all of them printable.")
