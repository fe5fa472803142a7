"""The role without an interview: search, browse, ask the guide, assess one answer, propose follow-ups and try them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from corpus import Passage, PassageKind, Question
from interviewer.background import clean_text
from interviewer.capacity import Capacity
from interviewer.config import MAX_MESSAGE_CHARS
from interviewer.conversation import Interviewer
from interviewer.errors import BadInput, JudgeStopped, UnknownThing
from interviewer.feedback import write_feedback
from interviewer.followups import FollowUps, propose_follow_ups
from interviewer.judge.bulk import assess_row, parse_row
from interviewer.judge.protocol import AnswerToJudge
from interviewer.llm.errors import ModelError
from interviewer.packs import RolePack
from interviewer.replies import NOTHING, CitedSentence, cite, find_in_guide, reply_on
from retrieval import search_items
from rubrics import Assessment, JudgeRecord, Rubric

MAX_RESULTS = 50
# What is searched for beyond this is not looked at; a question to the guide that is longer is refused.
MAX_QUERY_CHARS = 2000
BEYOND_RUBRIC = "This follow-up goes beyond the question's rubric, so there is nothing to score an answer by."
MODEL_FAILED = "The language model gave no usable answer just now, so here is what the guide itself says; ask again for another try."


@dataclass(frozen=True)
class SearchHit:
    """One found item; each item appears once. `id` is the item's: a question id, or `file#heading`."""

    id: str
    passage_id: str
    kind: str
    title: str
    text: str
    score: float
    rank: int
    source: str


@dataclass(frozen=True)
class SearchResult:
    """What a search found, best first."""

    query: str
    hits: tuple[SearchHit, ...]
    took_ms: float


@dataclass(frozen=True)
class QuestionCard:
    """A question as it may be shown before it is answered: no model answer, no rubric."""

    id: str
    title: str
    prompt: str
    category: str
    level: str
    rounds: tuple[str, ...]
    minutes: int
    topics: tuple[str, ...]


@dataclass(frozen=True)
class PassageCard:
    """A passage for a reader. `file` and `title` (its heading) say where it stands; `text` is Markdown."""

    id: str
    kind: str
    title: str
    file: str
    text: str


@dataclass(frozen=True)
class GuideAnswer:
    """What the guide has on a question: its passages, nearest first, and the sentences that a model made of them.

    There are no sentences without a model; `note` then says what a reader should know, if anything.
    """

    question: str
    sentences: tuple[CitedSentence, ...]
    passages: tuple[PassageCard, ...]
    model: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class TriedFollowUp:
    """What an answer to a follow-up showed of what it was about, and feedback for the candidate."""

    assessment: Assessment
    feedback: str


class Library:
    """Read-only access to a role. Raises the errors of `interviewer.errors` only."""

    def __init__(
        self,
        role: RolePack,
        interviewer: Interviewer,
        max_answer_chars: int = MAX_MESSAGE_CHARS,
        capacity: Capacity | None = None,
    ) -> None:
        """Share the interviewer's retriever, judge and model, and the service's capacity: more work raises TooMany."""
        self._capacity = capacity or Capacity(1_000, 1_000)
        self.role = role
        self.interviewer = interviewer
        self._max_answer_chars = max_answer_chars

    async def search(self, query: str, k: int = 10, kinds: Sequence[str] = ()) -> SearchResult:
        """Passages near the query, each item once."""
        text = clean_text(query).strip()
        if not text:
            raise BadInput("Say what to search for.")
        if not 1 <= k <= MAX_RESULTS:
            raise BadInput(f"Between 1 and {MAX_RESULTS} results can be asked for.")
        try:
            wanted = tuple(PassageKind(kind.strip()) for kind in kinds if kind.strip())
        except ValueError as error:
            known = ", ".join(kind.value for kind in PassageKind)
            raise BadInput(f"A kind is one of {known}.") from error
        began = time.perf_counter()
        hits = await asyncio.to_thread(
            search_items, self.interviewer.retriever, text[:MAX_QUERY_CHARS], k, kinds=wanted or None
        )
        took_ms = (time.perf_counter() - began) * 1000
        found = tuple(
            SearchHit(
                hit.passage.item_id,
                hit.passage.passage_id,
                hit.passage.kind.value,
                hit.passage.title,
                hit.passage.text,
                hit.score,
                hit.rank,
                hit.passage.source,
            )
            for hit in hits
        )
        return SearchResult(text, found, round(took_ms, 2))

    def questions(
        self,
        category: str | None = None,
        level: str | None = None,
        round_id: str | None = None,
        topic: str | None = None,
    ) -> tuple[QuestionCard, ...]:
        """The bank, filtered, in file order; a round has what it may ask, and an unknown value nothing."""
        try:
            bank = self.role.pack.questions if round_id is None else self.role.pack.questions_of(round_id)
        except KeyError:
            return ()
        return tuple(
            _card(question)
            for question in bank
            if (category is None or question.category == category)
            and (level is None or question.level == level)
            and (topic is None or topic in question.topics)
        )

    async def find_questions(
        self,
        query: str,
        category: str | None = None,
        level: str | None = None,
        round_id: str | None = None,
        topic: str | None = None,
    ) -> tuple[QuestionCard, ...]:
        """The filtered bank by nearness to the query, at most MAX_RESULTS; all of it in file order for a blank query."""
        cards = {card.id: card for card in self.questions(category, level, round_id, topic)}
        nearest = await self.nearest_questions(query) if cards else ()
        if not nearest:
            return tuple(cards.values())
        # Ranked whole: a filter must not be left with what the unfiltered best happen to hold.
        return tuple(cards[id_] for id_ in nearest if id_ in cards)[:MAX_RESULTS]

    async def nearest_questions(self, query: str) -> tuple[str, ...]:
        """The ids of the whole bank by nearness to the query; none for a blank one."""
        text = clean_text(query).strip()[:MAX_QUERY_CHARS]
        if not text:
            return ()
        hits = await asyncio.to_thread(
            search_items,
            self.interviewer.retriever,
            text,
            len(self.role.pack.questions),
            kinds=(PassageKind.QUESTION,),
        )
        return tuple(hit.passage.item_id for hit in hits)

    def question(self, question_id: str) -> QuestionCard:
        """One question without spoilers. Raises UnknownThing."""
        return _card(self._question(question_id))

    def _question(self, question_id: str) -> Question:
        try:
            return self.role.pack.question(question_id)
        except KeyError as error:
            raise UnknownThing(f"There is no question {question_id!r}; see the bank for the ids.") from error

    def lookup(self, question_id: str) -> tuple[Question, Rubric] | None:
        """The question and rubric of an id, for bulk scoring."""
        try:
            question = self.role.pack.question(question_id)
        except KeyError:
            return None
        return question, self.role.rubrics[question_id]

    async def ask_guide(self, question: str) -> GuideAnswer:
        """What the role guide says to a question. Raises BadInput for one that is empty or too long."""
        text = clean_text(question).strip()
        if not text:
            raise BadInput("Write a question about the role, the process or the pay first.")
        if len(text) > MAX_QUERY_CHARS:
            raise BadInput(
                f"The question has {len(text):,} characters; the limit is {MAX_QUERY_CHARS:,}. Shorten it."
            )
        parts = self.interviewer
        passages = await find_in_guide(text, parts.retriever)
        if not passages:
            return GuideAnswer(text, (), (), note=NOTHING)
        with self._capacity.taken():
            reply = await reply_on(text, passages, parts.model)
        cards = tuple(_passage_card(passage) for passage in passages)
        if reply.fallback is not None:
            parts.metrics.count_fallback("reply", reply.fallback)
        if reply.model is None:
            return GuideAnswer(text, (), cards, note=None if parts.model is None else MODEL_FAILED)
        sentences = await asyncio.to_thread(cite, reply.text, passages, parts.retriever)
        return GuideAnswer(text, sentences, cards, reply.model)

    def passages(self, passage_ids: Sequence[str]) -> tuple[PassageCard, ...]:
        """The passages of those ids, in that order; what is not indexed is left out."""
        found = {item.passage_id: item for item in self.interviewer.retriever.passages}
        return tuple(_passage_card(found[name]) for name in passage_ids if name in found)

    async def assess(self, data: object) -> dict[str, Any]:
        """Score one row of bulk scoring. Raises BadInput for a row that cannot be understood."""
        task = parse_row(data, self.lookup)
        with self._capacity.taken():
            return await assess_row(task, self.interviewer.judge)

    @property
    def follow_up_model(self) -> str | None:
        """The name of the connected model that is trusted with follow-ups; None where the bank speaks."""
        model = self.interviewer.model_for("follow_ups")
        return None if model is None else model.name

    async def follow_ups(self, question: str, answer: str, n: int = 3, level: str = "IC3") -> FollowUps:
        """Follow-ups to an answer. `question` is a bank id or free text; free text needs a language model."""
        question, answer = clean_text(question).strip(), clean_text(answer)
        if not answer.strip():
            raise BadInput("Follow-ups need an answer to follow up on.")
        self._check_length(answer)
        if not 1 <= n <= 10:
            raise BadInput("Between 1 and 10 follow-ups can be asked for.")
        if level not in {item.id for item in self.role.pack.info.levels}:
            raise UnknownThing(f"There is no level {level!r}.")
        found = self.lookup(question)
        parts = self.interviewer
        if found is None:
            if " " not in question:
                raise UnknownThing(
                    f"There is no question {question!r}; give a bank id or the question's text."
                )
            hits = await asyncio.to_thread(
                parts.retriever.retrieve,
                f"{question} {answer[:400]}",
                4,
                kinds=(PassageKind.NOTE, PassageKind.GUIDE),
            )
            passages = tuple(hit.passage for hit in hits)
            with self._capacity.taken():
                return await self._propose(passages, question, None, answer, None, level, n)
        bank_question, rubric = found
        item = AnswerToJudge(bank_question.prompt, answer, rubric, bank_question.model_answer)
        with self._capacity.taken():
            try:
                assessment = await parts.judge.assess(item)
            except ModelError:
                assessment = None
            passages = await parts.grounding(bank_question, answer)
            return await self._propose(passages, bank_question, rubric, answer, assessment, level, n)

    def criteria(self, question_id: str, criterion_ids: Sequence[str]) -> tuple[str, ...]:
        """What those criteria of a question look for, in words. Raises UnknownThing."""
        self._question(question_id)
        known = {item.id: item.text for item in self.role.rubrics[question_id].criteria}
        try:
            return tuple(known[name] for name in criterion_ids)
        except KeyError as error:
            raise UnknownThing(f"The question {question_id!r} has no criterion {error.args[0]!r}.") from error

    async def try_follow_up(
        self, question_id: str, follow_up: str, criterion_ids: Sequence[str], answer: str
    ) -> TriedFollowUp:
        """Judge an answer to a follow-up as a round would: on the criteria that it was about. Nothing is stored.

        A follow-up without criteria goes beyond the rubric, and its answer is unscored.

        Raises:
            BadInput: the answer is empty or too long.
            UnknownThing: there is no such question or criterion.
            JudgeStopped: the model that judges cannot be used now.
        """
        question = self._question(question_id)
        self.criteria(question_id, criterion_ids)
        answer = clean_text(answer).strip()
        if not answer:
            raise BadInput("Write an answer to the follow-up first.")
        self._check_length(answer)
        rubric, judge = self.role.rubrics[question_id], self.interviewer.judge
        if not criterion_ids:
            record = JudgeRecord(judge.name, "", None, "")
            return TriedFollowUp(Assessment(None, None, 1.0, (), (), BEYOND_RUBRIC, record), "")
        item = AnswerToJudge(
            question=f"{question.prompt}\n\n{follow_up}",
            answer=answer,
            rubric=rubric,
            reference=question.model_answer,
            criterion_ids=tuple(criterion_ids),
            bands=self.role.bands(question_id),
            asides=(follow_up,),
        )
        try:
            with self._capacity.taken():
                assessment = await judge.assess(item)
        except ModelError as error:
            raise JudgeStopped(f"The answer could not be judged now: {error}") from error
        return TriedFollowUp(assessment, write_feedback(rubric, assessment, item.criterion_ids))

    def _check_length(self, answer: str) -> None:
        if len(answer) > self._max_answer_chars:
            raise BadInput(
                f"The answer has {len(answer):,} characters; the limit is {self._max_answer_chars:,}. Shorten it."
            )

    async def _propose(
        self, passages: Any, question: Any, rubric: Any, answer: str, assessment: Any, level: str, n: int
    ) -> FollowUps:
        parts = self.interviewer
        return await propose_follow_ups(
            parts.model_for("follow_ups"),
            parts.embedder,
            passages,
            question,
            rubric,
            answer,
            assessment,
            level,
            (),
            n,
        )


def _card(question: Question) -> QuestionCard:
    return QuestionCard(
        question.id,
        question.title,
        question.asked,
        question.category,
        question.level,
        question.rounds,
        question.minutes,
        question.topics,
    )


def _passage_card(passage: Passage) -> PassageCard:
    file = passage.item_id.split("#")[0]
    return PassageCard(passage.passage_id, passage.kind.value, passage.title, file, passage.text)
