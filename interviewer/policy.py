"""What to ask next. Pure: the same state, role and clock give the same move.

Follow-ups go to the weightiest criterion still open at the candidate's level; questions are chosen by category
share, distance from the level shown so far, topics not yet touched, what the candidate's background suggests, and
what earlier sessions asked, unless the round was started with questions by name. Nothing is asked twice.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass

from corpus import LEVELS, FollowUp, Question
from interviewer.contests import with_contests
from interviewer.interview import State, Turn
from interviewer.modes import Mode
from interviewer.packs import RolePack
from rubrics import (
    CriterionAssessment,
    Kind,
    Rubric,
    Score,
    band_of,
    capped_band,
    is_met,
    score_credits,
    unit_credits,
)

# A thread that shows this much moves the next question up by half a level; one that shows less than the second
# figure moves it down. They are the bounds of the bands hire and no hire, moved towards the middle of each.
RISE_AT = 0.70
FALL_AT = 0.30
LEVEL_STEP = 0.5
MAX_SHIFT = 1.0

# A new question is not opened with less than this share of its own time left in the round.
MIN_TIME_SHARE = 0.4

# Flags after which probing the same thread further would only embarrass: the thread is closed. One that missed the subject
# gets one narrower question first.
CLOSING_FLAGS = frozenset(
    {"empty", "dont_know", "gibberish", "question_echo", "rubric_echo", "off_topic", "injection"}
)
MISSED = "off_topic"


@dataclass(frozen=True)
class AskQuestion:
    """Open a new thread."""

    question: Question


@dataclass(frozen=True)
class AskFollowUp:
    """Probe the current thread: `target` is a criterion or group id, None for a step that only crosses.

    `step` is the ladder's own wording, which speaks if the model proposes nothing that the guard admits, and always
    where it leads back (`redirects`) from an answer that missed the subject.
    """

    question: Question
    target: str | None
    criterion_ids: tuple[str, ...]
    step: FollowUp
    redirects: bool = False


@dataclass(frozen=True)
class WrapUp:
    """No more questions; `reason` is `time`, `done` or `exhausted`."""

    reason: str


Move = AskQuestion | AskFollowUp | WrapUp


@dataclass(frozen=True)
class ThreadResult:
    """What a thread has shown so far: the best credit of every criterion over its answers."""

    credits: Mapping[str, float]
    score: Score
    band: int


def next_move(state: State, role: RolePack, elapsed_s: float | None = None) -> Move:
    """The next move when the interview is READY. `elapsed_s` is the time used; the state's own by default.

    A study round takes the time that it takes. Of a paper it is the item that is due.
    """
    if state.setup.paper:
        return AskQuestion(role.pack.question(state.setup.question_ids[state.due]))
    used_s = state.elapsed_s if elapsed_s is None else elapsed_s
    left_s = math.inf if state.setup.mode is Mode.STUDY else state.setup.minutes * 60 - used_s
    if left_s <= 0:
        return WrapUp("time")
    follow_up = choose_follow_up(state, role)
    if follow_up is not None:
        return follow_up
    if len(state.threads) >= state.setup.questions:
        return WrapUp("done")
    question = choose_question(state, role)
    if question is None:
        return WrapUp("exhausted")
    if state.threads and left_s < MIN_TIME_SHARE * question.minutes * 60:
        return WrapUp("time")
    return AskQuestion(question)


def thread_result(thread: tuple[Turn, ...], role: RolePack, level: str | None) -> ThreadResult | None:
    """The thread's score from all its answers; None when its question could not be scored."""
    opening = thread[0]
    rubric = role.rubrics[opening.question_id]
    if not opening.skipped and (opening.assessment is None or opening.assessment.score is None):
        return None
    credits: dict[str, float] = {}
    for turn in thread:
        for item in verdicts_of(turn):
            credits[item.id] = max(credits.get(item.id, 0.0), item.credit)
    score = score_credits(rubric, credits)
    band = capped_band(band_of(score.score, role.bands(opening.question_id)), rubric, credits, level)
    return ThreadResult(credits, score, band)


def verdicts_of(turn: Turn) -> tuple[CriterionAssessment, ...]:
    """The verdicts that count of a turn, contested ones included; none where nothing was scored."""
    if turn.assessment is None or turn.assessment.score is None:
        return ()
    return with_contests(turn.assessment.shown, turn.contests)


def choose_follow_up(state: State, role: RolePack) -> AskFollowUp | None:
    """The next step of the current thread, or None when it is time to leave it."""
    thread = state.thread
    if not thread or len(thread) > state.setup.follow_ups:
        return None
    last = thread[-1]
    question = role.pack.question(thread[0].question_id)
    if last.skipped or last.assessment is None or last.assessment.score is None:
        return None
    closing = closing_flags(last)
    redirects = closing == {MISSED} and len(thread) == 1
    if closing and not redirects:
        return None
    spent_s = sum(turn.seconds for turn in thread)
    if spent_s > question.minutes * 60 and state.setup.mode is not Mode.STUDY:
        return None
    result = thread_result(thread, role, state.setup.level)
    if result is None:
        return None
    rubric = role.rubrics[question.id]
    asked = {turn.prompt for turn in thread}
    probed = {entry for turn in thread[1:] for entry in turn.criterion_ids}
    steps = [step for step in question.follow_ups if not any(step.text in prompt for prompt in asked)]
    for entry in open_entries(rubric, result.credits, state.setup.level):
        ids = tuple(member.id for member in rubric.members(entry))
        if probed & set(ids):
            continue
        step = _step_for(steps, entry, ids, 0.0 if redirects else working_level(state, role))
        if step is not None:
            return AskFollowUp(question, entry, ids, step, redirects)
    return _crossing_step(state, role, question, steps, result)


def closing_flags(turn: Turn) -> frozenset[str]:
    """The flags that close the turn's thread; none where its answer scored something or was not judged."""
    if turn.assessment is None or turn.assessment.score != 0.0:
        return frozenset()
    return CLOSING_FLAGS & set(turn.assessment.flags)


def open_entries(rubric: Rubric, credits: Mapping[str, float], level: str) -> list[str]:
    """Criterion and group ids not met yet: first what the level must show, then the rest; weightiest first."""
    must = rubric.levels.get(level, ())  # type: ignore[call-overload]
    weights = {unit: weight for unit, (weight, _) in unit_credits(rubric, credits).items()}
    weights |= {c.id: c.weight for c in rubric.criteria if c.kind is Kind.BONUS and c.id in must}
    still = [entry for entry in weights if not is_met(rubric, credits, entry)]
    return sorted(still, key=lambda entry: (entry not in must, -weights[entry]))


def _step_for(steps: list[FollowUp], entry: str, ids: tuple[str, ...], level: float) -> FollowUp | None:
    about = [step for step in steps if step.criterion is not None and step.criterion in (entry, *ids)]
    # The nearest to the level shown; below it rather than above it at equal distance.
    return min(about, key=lambda step: abs(LEVELS.index(step.level) - level + 0.1), default=None)


def _crossing_step(
    state: State, role: RolePack, question: Question, steps: list[FollowUp], result: ThreadResult
) -> AskFollowUp | None:
    """A step beyond the rubric, for a candidate who has shown what the level asks; at most one a thread."""
    if result.score.score < RISE_AT or any(not turn.criterion_ids for turn in state.thread[1:]):
        return None
    level = working_level(state, role) + 1
    for step in steps:
        crosses = step.category is not None and step.category != question.category
        if crosses and step.criterion is None and LEVELS.index(step.level) <= level:
            return AskFollowUp(question, None, (), step)
    return None


def working_level(state: State, role: RolePack) -> float:
    """Index of the level to ask at: the candidate's, moved by what the threads have shown (0 = IC1)."""
    shift = 0.0
    for thread in state.threads:
        result = thread_result(thread, role, None)
        if result is None or not thread[-1].done:
            continue
        if result.score.score >= RISE_AT:
            shift += LEVEL_STEP
        elif result.score.score < FALL_AT:
            shift -= LEVEL_STEP
        shift = max(-MAX_SHIFT, min(MAX_SHIFT, shift))
    return max(0.0, min(len(LEVELS) - 1.0, LEVELS.index(state.setup.level) + shift))


def choose_question(state: State, role: RolePack) -> Question | None:
    """The best question not asked yet, or None when the round's bank is used up. Ties fall to file order.

    Where questions were named, it is the next of them. Raises KeyError for one that the pack does not have.
    """
    asked = {turn.question_id for turn in state.turns}
    if state.setup.question_ids:
        due = next((name for name in state.setup.question_ids if name not in asked), None)
        return None if due is None else role.pack.question(due)
    gone = asked | set(state.setup.left_out)
    left = [question for question in role.pack.questions_of(state.setup.round) if question.id not in gone]
    if not left:
        return None
    category = _due_category(state, role, {question.category for question in left})
    level = working_level(state, role)
    topics = {topic for thread in state.threads for topic in role.pack.question(thread[0].question_id).topics}

    def fitness(question: Question) -> float:
        value = -abs(LEVELS.index(question.level) - level)
        value += 1.2 * state.setup.relevance.get(question.id, 0.0)
        value -= 0.8 * len(topics & set(question.topics)) / len(question.topics)
        value -= 1.5 * (question.id in state.setup.seen)
        return value + 0.4 * jitter(state.setup.seed, question.id)

    return max((question for question in left if question.category == category), key=fitness)


def _due_category(state: State, role: RolePack, available: set[str]) -> str:
    """The category whose turn it is: quotas by share (largest remainder), in the order that the round lists them."""
    order = [name for name in role.pack.round(state.setup.round).categories if name in available]
    order += sorted(available - set(order))
    if len(order) == 1:
        return order[0]
    done: dict[str, int] = dict.fromkeys(order, 0)
    for thread in state.threads:
        name = role.pack.question(thread[0].question_id).category
        done[name] = done.get(name, 0) + 1
    listed = role.pack.round(state.setup.round).categories
    quotas = category_quotas(
        state.setup.questions, {c.id: c.share for c in role.pack.info.categories if c.id in listed}
    )
    for name in order:
        if done[name] < quotas.get(name, 0):
            return name
    return min(order, key=lambda name: done[name])


def category_quotas(total: int, shares: Mapping[str, float]) -> dict[str, int]:
    """Split `total` questions by share, at least one each while they last (largest remainder method)."""
    ranked = sorted(shares, key=lambda name: -shares[name])
    quotas = {name: (1 if place < total else 0) for place, name in enumerate(ranked)}
    left = total - sum(quotas.values())
    if not any(shares.values()):
        shares = dict.fromkeys(shares, 1.0)
    whole = sum(shares.values())
    ideal = {name: left * shares[name] / whole for name in ranked}
    for name in ranked:
        quotas[name] += int(ideal[name])
    rest = total - sum(quotas.values())
    for name in sorted(ranked, key=lambda name: int(ideal[name]) - ideal[name])[:rest]:
        quotas[name] += 1
    return quotas


def jitter(seed: int, question_id: str) -> float:
    """A number in 0..1 that is the same for the same seed and question."""
    digest = hashlib.sha256(f"{seed}:{question_id}".encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32
