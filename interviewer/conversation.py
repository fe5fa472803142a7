"""What the interviewer does: every action of `interview.next_action` becomes the event that it results in.

Only this module talks to the judge, the retriever and the language model during a round. A model that fails here
costs nothing: the bank speaks instead, and an answer that could not be judged stays pending with its reason.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from corpus import Passage, PassageKind, Question
from interviewer import phrases
from interviewer.code_questions import word_question
from interviewer.code_reading import remarks
from interviewer.computing import computed
from interviewer.contests import LEFT_ASIDE, in_answer, read_again
from interviewer.events import (
    Advised,
    Assessed,
    AssessmentFailed,
    ContestFailed,
    ContestJudged,
    Origin,
    Payload,
    Said,
    SecondOpinion,
    SecondOpinionFailed,
    Utterance,
)
from interviewer.feedback import advice_target, write_advice, write_feedback
from interviewer.followups import propose_follow_ups
from interviewer.interview import (
    Action,
    Assess,
    ChooseNext,
    Clarify,
    Close,
    GiveHint,
    JudgeContest,
    Line,
    React,
    Repeat,
    Reply,
    SayIntro,
    State,
    Turn,
)
from interviewer.judge.gates import gate
from interviewer.judge.model import ModelJudge
from interviewer.judge.protocol import AnswerToJudge, Judge
from interviewer.llm.errors import ModelError
from interviewer.llm.protocol import ChatModel
from interviewer.metrics import Metrics
from interviewer.modes import Mode
from interviewer.own_questions import SELF_ROUND, role_for
from interviewer.packs import RolePack
from interviewer.policy import AskFollowUp, AskQuestion, WrapUp, closing_flags, next_move, verdicts_of
from interviewer.qualification.record import Qualifications, Standing
from interviewer.qualification.uses import Use
from interviewer.replies import reply_from_guide
from interviewer.study import review
from retrieval import Embedder, Retriever
from rubrics import Assessment, Criterion, CriterionAssessment, JudgeRecord, Verdict

log = logging.getLogger(__name__)

# Cosine of the candidate's question to a prepared clarification, above which it is taken to ask for that one.
# Set by hand on the built-in pack: paraphrases of a clarification lie above .5, unrelated questions below .3.
CLARIFICATION_COSINE = 0.42
GROUNDING_PASSAGES = 4
# Criteria of which the passages are kept that advice on them stands on, a kilobyte each.
KEPT_CRITERIA = 1024

# What is said within a question beside its prompt.
_ASIDES = (Utterance.HINT, Utterance.CLARIFICATION, Utterance.FOLLOW_UP, Utterance.REACTION)

EXPLORATORY = "This follow-up goes beyond the question's rubric; it is recorded, not scored."


class Interviewer:
    """The acting side of an interview. `model` may be exchanged while sessions run; None means that the bank speaks."""

    def __init__(
        self,
        role: RolePack,
        retriever: Retriever,
        embedder: Embedder,
        judge: Judge,
        model: ChatModel | None = None,
        metrics: Metrics | None = None,
        qualifications: Qualifications | None = None,
    ) -> None:
        """Join the parts; `metrics` are the interviewer's own by default, and without `qualifications` none is known."""
        self.role = role
        self.retriever = retriever
        self.embedder = embedder
        self.judge = judge
        self.model = model
        self.metrics = metrics or Metrics()
        self._qualifications = qualifications
        self._grounds_of_criterion = lru_cache(maxsize=KEPT_CRITERIA)(self._grounds)

    @property
    def standing(self) -> Standing | None:
        """What the connected model is trusted with; None without a model."""
        if self.model is None:
            return None
        return Standing() if self._qualifications is None else self._qualifications.standing(self.model)

    def model_for(self, use: Use) -> ChatModel | None:
        """The connected model, if it is trusted with that."""
        standing = self.standing
        return self.model if standing is not None and standing.trusts(use) else None

    async def perform(self, state: State, action: Action, elapsed_s: float) -> Payload:
        """Do one action and return the event to append. `elapsed_s` is the time of the round used so far."""
        match action:
            case SayIntro():
                pack = self._role(state).pack
                return Said(Utterance.INTRO, phrases.intro(pack, pack.round(state.setup.round), state.setup))
            case Assess(turn=index):
                return await self._assess(state, state.turns[index])
            case JudgeContest(turn=index, criterion_id=criterion_id):
                return await self._judge_contest(state, state.turns[index], criterion_id)
            case ChooseNext():
                return await self._choose_next(state, elapsed_s)
            case GiveHint():
                return self._hint(state)
            case React():
                return await self._react(state)
            case Clarify(text=text):
                return await self._clarify(state, text)
            case Repeat():
                return Said(Utterance.REPEAT, state.turns[state.place].prompt)
            case Reply(text=text):
                reply = await reply_from_guide(text, self.retriever, self.model)
                if reply.fallback is not None:
                    self.metrics.count_fallback("reply", reply.fallback)
                origin: Origin = "bank" if reply.model is None else "model"
                return Said(
                    Utterance.REPLY,
                    reply.text,
                    grounds=reply.grounds,
                    origin=origin,
                    model=reply.model,
                    fallback=reply.failed,
                )
            case Close():
                return Said(Utterance.CLOSING, _closing(state))

    def _role(self, state: State) -> RolePack:
        """The role with the questions that this session brought."""
        return role_for(self.role, state.setup)

    async def _assess(self, state: State, turn: Turn) -> Payload:
        rubric = self._role(state).rubrics[turn.question_id]
        if not turn.is_question and not turn.criterion_ids:
            record = JudgeRecord(self.judge.name, "", None, "")
            return Assessed(turn.index, Assessment(None, None, 1.0, (), (), EXPLORATORY, record))
        item = self._item(state, turn)
        with self.metrics.assessing(self.judge.name) as counted:
            try:
                assessment = await self.judge.assess(item)
            except ModelError as error:
                counted["outcome"] = "pending"
                log.warning("assessment of turn %d is pending: %s", turn.index, error)
                return AssessmentFailed(turn.index, str(error))
            counted["outcome"] = "unscored" if assessment.score is None else "scored"
        feedback = write_feedback(rubric, assessment, item.criterion_ids, _met_before(state, turn))
        return Assessed(turn.index, assessment, feedback)

    async def _judge_contest(
        self, state: State, turn: Turn, criterion_id: str
    ) -> ContestJudged | ContestFailed:
        """The contested criterion on the sentences of the marked words, and on the whole answer.

        Both are read as the first verdict was, beside the same other criteria: beside fewer, the embedded judge gives
        other credits to the same words, wrong ones included, which is no reason to believe a contest.
        """
        contest = next(item for item in turn.contests if item.criterion_id == criterion_id)
        answer = turn.answer or ""
        whole = replace(self._item(state, turn), level=None)
        if turn.assessment is None or all(item.id != criterion_id for item in turn.assessment.criteria):
            whole = replace(whole, criterion_ids=(criterion_id,))
        gated = await computed(gate, whole)
        kept = [gated.evidence(answer, sentence.start, sentence.end) for sentence in gated.sentences]
        span = read_again(answer, contest.start, contest.end, kept)
        found: list[Assessment] = []
        for item in (whole,) if span is None else (whole, replace(whole, answer=answer[slice(*span)])):
            with self.metrics.assessing(self.judge.name) as counted:
                try:
                    found.append(await self.judge.assess(item))
                except ModelError as error:
                    counted["outcome"] = "pending"
                    log.warning("a contest of turn %d is pending: %s", turn.index, error)
                    return ContestFailed(turn.index, criterion_id, str(error))
                counted["outcome"] = "unscored" if found[-1].score is None else "scored"
        unscored = next((item.unscored_reason for item in found if item.score is None), None)
        if unscored is not None:
            return ContestFailed(turn.index, criterion_id, unscored)
        nothing = CriterionAssessment(criterion_id, Verdict.MISSING, 0.0, (), LEFT_ASIDE)
        starts = (0,) if span is None else (0, span[0])
        verdicts = [
            in_answer(next((c for c in one.criteria if c.id == criterion_id), nothing), answer, start)
            for one, start in zip(found, starts, strict=True)
        ]
        marked = nothing if span is None else verdicts[1]
        return ContestJudged(turn.index, criterion_id, marked, verdicts[0], found[0].judge)

    async def second_opinion(self, state: State, turn: Turn) -> SecondOpinion | SecondOpinionFailed:
        """What the model makes of an answer that was assessed; it changes no score. Needs a model."""
        assert self.model is not None
        judge = ModelJudge(self.model, self.embedder)
        with self.metrics.assessing(judge.name) as counted:
            try:
                assessment = await judge.assess(self._item(state, turn))
            except ModelError as error:
                counted["outcome"] = "pending"
                log.warning("the second opinion on turn %d is pending: %s", turn.index, error)
                return SecondOpinionFailed(turn.index, str(error))
            counted["outcome"] = "unscored" if assessment.score is None else "scored"
        return SecondOpinion(turn.index, assessment)

    async def advise(self, state: State, turn: Turn) -> Advised | None:
        """The model's sentence behind the feedback on an assessed answer; None if it fails now, or there is no model."""
        model, target = self.model_for("feedback"), self.advice_target(state, turn)
        if model is None or target is None:
            return None
        question = self._role(state).pack.question(turn.question_id)
        # What there is to know of the criterion is the same whatever the answer was.
        query = _query(question, f"{target.text} {question.model_answer or question.prompt}")
        passages = await computed(self._grounds_of_criterion, query)
        try:
            advice = await write_advice(
                model, question.prompt, target, turn.feedback, turn.answer or "", passages
            )
        except ModelError as error:
            log.warning("%s gave no advice on turn %d: %s", model.name, turn.index, error)
            self.metrics.count_fallback("feedback", error.reason)
            return None
        if not advice:
            self.metrics.count_fallback("feedback", "guard")
        return Advised(turn.index, advice, model.name)

    def advice_target(self, state: State, turn: Turn) -> Criterion | None:
        """What advice on a turn would be about."""
        if turn.assessment is None:
            return None
        rubric = self._role(state).rubrics[turn.question_id]
        return advice_target(rubric, turn.assessment, None if turn.is_question else turn.criterion_ids)

    def _item(self, state: State, turn: Turn) -> AnswerToJudge:
        role = self._role(state)
        question = role.pack.question(turn.question_id)
        return AnswerToJudge(
            question=turn.prompt if turn.is_question else f"{question.prompt}\n\n{turn.prompt}",
            answer=turn.answer or "",
            rubric=role.rubrics[question.id],
            reference=question.model_answer or None,
            level=state.setup.level if turn.is_question else None,
            criterion_ids=None if turn.is_question else turn.criterion_ids,
            bands=role.bands(question.id),
            asides=self._shown(state, turn),
        )

    @staticmethod
    def _shown(state: State, turn: Turn) -> tuple[str, ...]:
        """What the interviewer said in this thread beside the prompt: repeating it earns nothing."""
        first = _opening(state, turn)
        return tuple(
            line.text
            for line in state.lines
            if line.speaker == "interviewer"
            and line.turn is not None
            and first <= line.turn <= turn.index
            and line.utterance in _ASIDES
        )

    async def _choose_next(self, state: State, elapsed_s: float) -> Payload:
        move = next_move(state, self._role(state), elapsed_s)
        leaves = not isinstance(move, AskFollowUp) and state.reviewed < len(state.threads)
        if leaves and state.setup.mode is Mode.STUDY:
            return Said(Utterance.REVIEW, review(state, self.role))
        match move:
            case AskQuestion(question=question):
                return self._question(state, question)
            case AskFollowUp() as move:
                return await self._follow_up(state, move)
            case WrapUp(reason=reason):
                return Said(Utterance.WRAP_UP, phrases.wrap_up(reason))

    def _question(self, state: State, question: Question) -> Said:
        if state.setup.paper:
            task = f"{phrases.before_item(state.due, state.setup)}\n\n{question.set_as_item}"
        else:
            lead = phrases.before_question(state.setup, len(state.threads), _left(state.current))
            task = f"{lead}\n\n{question.asked}"
        return Said(
            Utterance.QUESTION,
            task,
            question_id=question.id,
            criterion_ids=tuple(c.id for c in self._role(state).rubrics[question.id].criteria),
            level=question.level,
        )

    async def _follow_up(self, state: State, move: AskFollowUp) -> Said:
        if move.target is None:
            lead = phrases.before_stretch(state.setup, len(state.turns))
            return Said(
                Utterance.FOLLOW_UP,
                f"{lead} {move.step.text}",
                question_id=move.question.id,
                level=move.step.level,
            )
        failed = None
        model = None if move.redirects else self.model_for("follow_ups")
        if model is not None:
            fresh = await self._fresh_follow_up(model, state, move)
            if isinstance(fresh, Said):
                return fresh
            failed = fresh
        return Said(
            Utterance.FOLLOW_UP,
            f"{self._lead(state, move)}{move.step.text}",
            question_id=move.question.id,
            criterion_ids=move.criterion_ids,
            level=move.step.level,
            fallback=failed,
        )

    async def _fresh_follow_up(self, model: ChatModel, state: State, move: AskFollowUp) -> Said | str | None:
        """The model's follow-up; else the reason of its failure, None where the guard admitted none."""
        last = state.turns[-1]
        passages = await self.grounding(move.question, last.answer or "")
        asked = [
            line.text
            for line in state.lines
            if line.speaker == "interviewer" and line.utterance is not Utterance.REVIEW
        ]
        proposed = await propose_follow_ups(
            model,
            self.embedder,
            passages,
            move.question,
            self._role(state).rubrics[move.question.id],
            last.answer or "",
            last.assessment,
            state.setup.level,
            asked,
            1,
            move.target,
        )
        fresh = next((item for item in proposed.followups if item.origin == "model"), None)
        if fresh is None:
            self.metrics.count_fallback("follow_up", proposed.failed or "guard")
            return proposed.failed
        return Said(
            Utterance.FOLLOW_UP,
            fresh.text,
            question_id=move.question.id,
            criterion_ids=move.criterion_ids,
            origin="model",
            grounds=fresh.grounds,
            model=model.name,
            level=move.step.level,
        )

    async def grounding(self, question: Question, answer: str) -> tuple[Passage, ...]:
        """Passages that a fresh follow-up may stand on: notes and guide near the question and the answer."""
        return await computed(self._grounds, _query(question, answer))

    def _grounds(self, query: str) -> tuple[Passage, ...]:
        kinds = (PassageKind.NOTE, PassageKind.GUIDE)
        return tuple(hit.passage for hit in self.retriever.retrieve(query, GROUNDING_PASSAGES, kinds=kinds))

    @staticmethod
    def _lead(state: State, move: AskFollowUp) -> str:
        """Start from the candidate's own words where they touched the target without meeting it."""
        if move.redirects:
            return f"{phrases.redirect(state.setup, len(state.turns))} "
        last = state.turns[-1]
        for item in last.assessment.criteria if last.assessment else ():
            if item.id in move.criterion_ids and item.verdict is Verdict.PARTIAL and item.evidence:
                return phrases.quote_lead(item.evidence[0].text)
        return ""

    async def _react(self, state: State) -> Said:
        """To the tests that failed, or else to the line that costs most; a model that is trusted words the question."""
        turn = state.turns[state.place]
        submission = turn.submission
        assert submission is not None, "code was submitted"
        said = [line for line in state.lines if line.utterance is Utterance.REACTION]
        told = phrases.tests_told(submission)
        plain = phrases.question_about_code(submission, _cost_not_asked(submission.code, said))
        bank = Said(Utterance.REACTION, f"{told} {plain}", question_id=turn.question_id)
        model = self.model_for("code_questions")
        if model is None or submission.error is not None:
            return bank
        role = self._role(state)
        worded = await word_question(
            model,
            self.embedder,
            role.pack.question(turn.question_id),
            role.rubrics[turn.question_id],
            state.setup.level,
            told,
            plain,
            submission.code,
            [line.text for line in said],
        )
        if not worded.text:
            self.metrics.count_fallback("reaction", worded.failed or "guard")
            return replace(bank, fallback=worded.failed)
        return replace(bank, text=f"{told} {worded.text}", origin="model", model=model.name)

    def _hint(self, state: State) -> Said:
        question = self._role(state).pack.question(state.turns[state.place].question_id)
        first = state.thread[0].index
        given = {
            line.text
            for line in state.lines
            if line.utterance is Utterance.HINT
            and line.turn is not None
            and line.turn >= first
            and (not state.setup.paper or line.turn == first)
        }
        hint = next((text for text in question.hints if text not in given), phrases.no_more_hints())
        return Said(Utterance.HINT, hint, question_id=question.id)

    async def _clarify(self, state: State, text: str) -> Said:
        question = self._role(state).pack.question(state.turns[state.place].question_id)
        prepared = [item.asks for item in question.clarifications]
        cosines = await computed(self._cosines, text, prepared) if prepared else [0.0]
        best = int(np.argmax(cosines))
        says = (
            question.clarifications[best].says
            if cosines[best] >= CLARIFICATION_COSINE
            else phrases.no_clarification()
        )
        return Said(Utterance.CLARIFICATION, says, question_id=question.id)

    def _cosines(self, text: str, others: list[str]) -> list[float]:
        vectors = self.embedder.embed_passages(others) @ self.embedder.embed_queries([text])[0]
        return [float(value) for value in vectors]


def _query(question: Question, text: str) -> str:
    return f"{question.title}. {text[:600]}"


def _cost_not_asked(code: str, reactions: Sequence[Line]) -> str | None:
    """The question about the line that costs most and was not asked about yet; a model's wording names the line."""
    return next(
        (
            item.question
            for item in remarks(code)
            if not any(
                item.question in line.text
                or (line.origin == "model" and f"line {item.line}" in line.text.casefold())
                for line in reactions
            )
        ),
        None,
    )


def _opening(state: State, turn: Turn) -> int:
    """Index of the question that a turn belongs to."""
    return next(item.index for item in reversed(state.turns[: turn.index + 1]) if item.is_question)


def _met_before(state: State, turn: Turn) -> frozenset[str]:
    """Ids of the criteria that earlier answers of the thread met."""
    before = state.turns[_opening(state, turn) : turn.index]
    return frozenset(
        item.id for earlier in before for item in verdicts_of(earlier) if item.verdict is Verdict.MET
    )


def _closing(state: State) -> str:
    if state.setup.paper:
        return phrases.paper_closing()
    return phrases.self_assessment_closing() if state.setup.round == SELF_ROUND else phrases.closing()


def _left(last: Turn | None) -> phrases.Left:
    """How a thread was left: a candidate who skips or does not know is spoken to kindly."""
    if last is None:
        return "answered"
    flags = closing_flags(last)
    if last.skipped or "dont_know" in flags:
        return "not known"
    return "nothing said" if flags else "answered"
