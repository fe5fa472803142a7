"""The bank without an interview: search, browse, assess one answer, propose follow-ups."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from corpus import PassageKind, Question
from interviewer.background import clean_text
from interviewer.conversation import Interviewer
from interviewer.errors import BadInput, UnknownThing
from interviewer.followups import FollowUps, propose_follow_ups
from interviewer.judge.bulk import assess_row, parse_row
from interviewer.judge.protocol import AnswerToJudge
from interviewer.llm.errors import ModelError
from interviewer.packs import RolePack
from retrieval import search_items
from rubrics import Rubric

MAX_RESULTS = 50


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


class Library:
    """Read-only access to a role. Raises the errors of `interviewer.errors` only."""

    def __init__(self, role: RolePack, interviewer: Interviewer) -> None:
        """Share the interviewer's retriever, judge and model."""
        self.role = role
        self.interviewer = interviewer

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
            search_items, self.interviewer.retriever, text[:2000], k, kinds=wanted or None
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
        self, category: str | None = None, level: str | None = None, round_id: str | None = None
    ) -> tuple[QuestionCard, ...]:
        """The bank, filtered, in file order."""
        return tuple(
            _card(question)
            for question in self.role.pack.questions
            if (category is None or question.category == category)
            and (level is None or question.level == level)
            and (round_id is None or round_id in question.rounds)
        )

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

    async def assess(self, data: object) -> dict[str, Any]:
        """Score one row of bulk scoring. Raises BadInput for a row that cannot be understood."""
        row = parse_row(data, self.lookup)
        return await assess_row(row, self.interviewer.judge, self.lookup)

    async def follow_ups(self, question: str, answer: str, n: int = 3, level: str = "IC3") -> FollowUps:
        """Follow-ups to an answer. `question` is a bank id or free text; free text needs a language model."""
        question, answer = clean_text(question).strip(), clean_text(answer)
        if not answer.strip():
            raise BadInput("Follow-ups need an answer to follow up on.")
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
            return await self._propose(passages, question, None, answer, None, level, n)
        bank_question, rubric = found
        item = AnswerToJudge(bank_question.prompt, answer, rubric, bank_question.model_answer)
        try:
            assessment = await parts.judge.assess(item)
        except ModelError:
            assessment = None
        passages = await parts.grounding(bank_question, answer)
        return await self._propose(passages, bank_question, rubric, answer, assessment, level, n)

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
