"""Fresh follow-ups by the language model, checked before they are asked; the question's own ladder otherwise."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from corpus import LEVELS, FollowUp, Passage, Question
from interviewer.computing import computed
from interviewer.followup_guard import (
    Hidden,
    Situation,
    fault_of_form,
    fault_of_substance,
    proposals_in,
)
from interviewer.followup_scale import Scale
from interviewer.judge.cleaning import clean
from interviewer.judge.injection import injected_spans
from interviewer.judge.sentences import split_sentences
from interviewer.llm.errors import ModelError
from interviewer.llm.protocol import ChatModel, Message
from interviewer.policy import open_entries
from interviewer.prompts import clip, load_prompt
from retrieval import Embedder
from rubrics import Assessment, Rubric, is_met

log = logging.getLogger(__name__)

PROMPT_ID = "follow_up"
TEMPERATURE = 0.7
TOKENS_A_PROPOSAL = 60
# More are asked for than wanted, because the guard refuses some.
SPARE_PROPOSALS = 2
MAX_TARGETS = 3
MAX_ASKED_SHOWN = 8
MAX_ASKED_COMPARED = 60
MAX_ANSWER_CHARS = 4000
MAX_QUESTION_CHARS = 1500
MAX_PASSAGE_CHARS = 800

FREE_TARGET = "the weakest, vaguest or least justified point of the answer"
NEEDS_MODEL = (
    "Follow-ups to a question that is not in the bank need a language model that is trusted with them; "
    "connect one, or give a bank id."
)


@dataclass(frozen=True)
class FollowUpProposal:
    """A follow-up that may be asked. `targets` are criterion ids, `grounds` passage ids, `novelty` is 0..1.

    `level` is the one that it is meant for; `category` is set where a step of the ladder crosses into another one.
    """

    text: str
    targets: tuple[str, ...]
    grounds: tuple[str, ...]
    origin: Literal["model", "bank"]
    novelty: float
    level: str
    category: str | None = None


@dataclass(frozen=True)
class Rejected:
    """A proposal that may not be asked, and why."""

    text: str
    reason: str


@dataclass(frozen=True)
class FollowUps:
    """What may be asked, best first, and what the guard refused. `note` says what a person should know.

    `failed` is the `reason` of the ModelError, if the model failed.
    """

    followups: tuple[FollowUpProposal, ...]
    rejected: tuple[Rejected, ...] = ()
    note: str | None = None
    prompt_sha256: str | None = None
    failed: str | None = None


@dataclass(frozen=True)
class _Aim:
    """What one request to the model is about. `entry` is a criterion or group id, None for the answer at large."""

    entry: str | None
    targets: tuple[str, ...]
    wording: str


async def propose_follow_ups(
    model: ChatModel | None,
    embedder: Embedder,
    retriever_passages: Sequence[Passage],
    question: Question | str,
    rubric: Rubric | None,
    answer: str,
    assessment: Assessment | None,
    level: str,
    asked: Sequence[str],
    n: int,
    target: str | None = None,
) -> FollowUps:
    """Up to `n` follow-ups to an answer: the model's that the guard admits, filled up from the question's ladder.

    `target` is a criterion or group id; by default the weightiest that are still open at the level. `asked` are
    the interviewer's utterances so far. For a question that is not in the bank (its text, no rubric) only the
    model can speak. A model that fails is noted, never raised.

    Raises:
        KeyError: the rubric has no criterion or group `target`.
    """
    credits = _credits(assessment)
    bank = question if isinstance(question, Question) else None
    aims = _aims(rubric, credits, level, target, n)
    admitted: list[FollowUpProposal] = []
    rejected: list[Rejected] = []
    note = None
    failure = None
    if model is not None:
        prompt = question.prompt if isinstance(question, Question) else question
        thread = _Thread(prompt, _honest(answer), _questions_in(asked), bank, rubric, credits)
        drafts, failure = await _drafts(model, thread, aims, retriever_passages, level, n)
        note = None if failure is None else str(failure)
        admitted, rejected = await computed(_guarded, drafts, thread, embedder, retriever_passages, n, level)
    if len(admitted) < n:
        if bank is not None and rubric is not None:
            spoken = [*asked, *(item.text for item in admitted)]
            admitted += ladder_follow_ups(
                bank, rubric, credits, level, spoken, n - len(admitted), [a.entry for a in aims if a.entry]
            )
        elif model is None:
            note = NEEDS_MODEL
    return FollowUps(
        tuple(admitted),
        tuple(rejected),
        note,
        load_prompt(PROMPT_ID).sha256 if model is not None else None,
        None if failure is None else failure.reason,
    )


def ladder_follow_ups(
    question: Question,
    rubric: Rubric,
    credits: Mapping[str, float],
    level: str,
    asked: Sequence[str],
    n: int,
    entries: Sequence[str] = (),
) -> list[FollowUpProposal]:
    """Steps of the question's own ladder that were not asked: for `entries` first, then for whatever is open.

    Of several steps for an entry the one nearest to the level comes first, the lower one at equal distance; steps
    that are bound to nothing open come last.
    """
    left = [step for step in question.follow_ups if not any(step.text in text for text in asked)]
    at = LEVELS.index(level)

    def distance(step: FollowUp) -> float:
        return abs(LEVELS.index(step.level) - at + 0.1)

    order: list[FollowUp] = []
    for entry in [*entries, *open_entries(rubric, credits, level)]:
        ids = {entry, *(member.id for member in rubric.members(entry))}
        about = [step for step in left if step.criterion in ids and step not in order]
        order += sorted(about, key=distance)[:1]
    order += sorted((step for step in left if step not in order), key=distance)
    return [
        FollowUpProposal(
            step.text,
            _targets(rubric, credits, step.criterion),
            (),
            "bank",
            0.0,
            step.level,
            step.category if step.category != question.category else None,
        )
        for step in order[:n]
    ]


def admitted_wordings(
    drafts: Sequence[str],
    embedder: Embedder,
    question: Question | str,
    rubric: Rubric,
    about: str,
    asked: Sequence[str],
    level: str,
) -> tuple[str | None, tuple[Rejected, ...]]:
    """The first of the drafts that the guard admits as a question about `about`, with nothing shown yet; and what it refused."""
    bank = None if isinstance(question, str) else question
    prompt = question if isinstance(question, str) else question.prompt
    thread = _Thread(prompt, about, _questions_in(asked), bank, rubric, {})
    aim = _Aim(None, (), FREE_TARGET)
    admitted, rejected = _guarded([(aim, text) for text in drafts], thread, embedder, (), 1, level)
    return (admitted[0].text if admitted else None), tuple(rejected)


@dataclass(frozen=True)
class _Thread:
    prompt: str
    answer: str
    asked: tuple[str, ...]
    bank: Question | None
    rubric: Rubric | None
    credits: Mapping[str, float]

    def situation(self, aim: _Aim, passages: Sequence[Passage]) -> Situation:
        """What the guard holds a proposal for this aim against."""
        others: list[Hidden] = []
        if self.rubric is not None:
            members = self.rubric.members(aim.entry) if aim.entry is not None else ()
            others = [
                Hidden(c.id, (c.text, *c.shows), not is_met(self.rubric, self.credits, c.id))
                for c in self.rubric.criteria
                if c.kind != "red_flag" and c not in members
            ]
        steps = self.bank.follow_ups if self.bank is not None else ()
        hints = self.bank.hints if self.bank is not None else ()
        return Situation(
            question=f"{self.bank.title}. {self.prompt}" if self.bank is not None else self.prompt,
            answer=self.answer,
            asked=self.asked,
            bank=(*(step.text for step in steps), *hints),
            passages=tuple(f"{passage.title}. {passage.text}" for passage in passages),
            target=None if aim.entry is None else Hidden(aim.entry, _phrases(self.rubric, aim)),
            others=tuple(others),
        )


def _aims(
    rubric: Rubric | None, credits: Mapping[str, float], level: str, target: str | None, n: int
) -> list[_Aim]:
    if rubric is None:
        return [_Aim(None, (), FREE_TARGET)]
    if target is not None and not rubric.members(target):
        raise KeyError(target)
    entries = [target] if target is not None else open_entries(rubric, credits, level)[: min(n, MAX_TARGETS)]
    aims = [
        _Aim(entry, _targets(rubric, credits, entry), "; or: ".join(c.text for c in rubric.members(entry)))
        for entry in entries
    ]
    return aims or [_Aim(None, (), FREE_TARGET)]


def _targets(rubric: Rubric, credits: Mapping[str, float], entry: str | None) -> tuple[str, ...]:
    """Criterion ids behind a criterion or group: those still open, or all where none is."""
    ids = tuple(c.id for c in rubric.members(entry)) if entry is not None else ()
    return tuple(item for item in ids if credits.get(item, 0.0) < 0.5) or ids


def _phrases(rubric: Rubric | None, aim: _Aim) -> tuple[str, ...]:
    """What is waited for by the criteria behind an aim, those that are still open if any is."""
    members = rubric.members(aim.entry) if rubric is not None and aim.entry is not None else ()
    return tuple(text for c in members if c.id in aim.targets for text in (c.text, *c.shows))


def _credits(assessment: Assessment | None) -> dict[str, float]:
    if assessment is None or assessment.score is None:
        return {}
    return {item.id: item.credit for item in assessment.criteria}


def _honest(answer: str) -> str:
    """The answer without what is addressed to a grader."""
    text = clean(answer)
    return text.without(injected_spans(text)).text


def _questions_in(lines: Sequence[str]) -> tuple[str, ...]:
    """The questions within what the interviewer said: leads and greetings would blur a comparison."""
    found = []
    for line in lines:
        sentences = [sentence.text for sentence in split_sentences(line)]
        found += [text for text in sentences if text.endswith("?")] or sentences[-1:]
    return tuple(dict.fromkeys(found))[-MAX_ASKED_COMPARED:]


async def _drafts(
    model: ChatModel,
    thread: _Thread,
    aims: Sequence[_Aim],
    passages: Sequence[Passage],
    level: str,
    n: int,
) -> tuple[list[tuple[_Aim, str]], ModelError | None]:
    """Proposals of all aims in turn, the first of each first; and what went wrong if the model failed."""
    count = math.ceil(n / len(aims)) + SPARE_PROPOSALS
    replies = await asyncio.gather(
        *(_reply(model, _messages(thread, aim, passages, level, count), count) for aim in aims)
    )
    found = [proposals_in(reply)[: 2 * count] if isinstance(reply, str) else [] for reply in replies]
    longest = max((len(texts) for texts in found), default=0)
    drafts = [
        (aim, texts[place])
        for place in range(longest)
        for aim, texts in zip(aims, found, strict=True)
        if place < len(texts)
    ]
    return drafts, next((reply for reply in replies if isinstance(reply, ModelError)), None)


def _messages(
    thread: _Thread, aim: _Aim, passages: Sequence[Passage], level: str, count: int
) -> tuple[Message, Message]:
    return load_prompt(PROMPT_ID).messages(
        count=count,
        level=level,
        question=clip(thread.prompt, MAX_QUESTION_CHARS),
        target=aim.wording,
        passages=[{"title": item.title, "text": clip(item.text, MAX_PASSAGE_CHARS)} for item in passages],
        asked=thread.asked[-MAX_ASKED_SHOWN:],
        answer=clip(thread.answer, MAX_ANSWER_CHARS),
    )


async def _reply(model: ChatModel, messages: Sequence[Message], count: int) -> str | ModelError:
    stream = model.complete(messages, max_tokens=TOKENS_A_PROPOSAL * count, temperature=TEMPERATURE)
    try:
        return "".join([piece async for piece in stream])
    except ModelError as error:
        log.warning("%s proposed no follow-ups: %s", model.name, error)
        return error


def _guarded(
    drafts: Sequence[tuple[_Aim, str]],
    thread: _Thread,
    embedder: Embedder,
    passages: Sequence[Passage],
    n: int,
    level: str,
) -> tuple[list[FollowUpProposal], list[Rejected]]:
    """The first `n` drafts that the guard admits, and those that it refused on the way."""
    admitted: list[FollowUpProposal] = []
    rejected: list[Rejected] = []
    scales: dict[str | None, Scale] = {}
    for aim, text in drafts:
        if len(admitted) == n:
            break
        fault = fault_of_form(text)
        if fault is None:
            if aim.entry not in scales:
                scales[aim.entry] = Scale(thread.situation(aim, passages), embedder)
            scale = scales[aim.entry]
            vector = embedder.embed_queries([text])[0]
            near = scale.nearness(vector, [item.text for item in admitted])
            fault = fault_of_substance(text, scale.situation, near)
        if fault is not None:
            rejected.append(Rejected(text, fault))
            continue
        grounds = tuple(passages[place].passage_id for place in scale.nearest_passages(vector))
        admitted.append(FollowUpProposal(text, aim.targets, grounds, "model", round(near.novelty, 4), level))
    return admitted, rejected
