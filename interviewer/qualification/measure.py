"""Put the probes through a model with the shipped prompts, guards and checks, and count what comes of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from interviewer.errors import QualificationStopped
from interviewer.feedback import write_advice, write_feedback
from interviewer.followups import propose_follow_ups
from interviewer.judge.model import DIGITS, POINT, Graded, ModelJudge
from interviewer.judge.protocol import Judge
from interviewer.judge.words import stems
from interviewer.llm.errors import ContextTooLong, ModelError, ModelGarbled
from interviewer.llm.protocol import ChatModel, Choice, Message
from interviewer.prompts import load_prompt
from interviewer.qualification.agreement import Estimate, auc, estimate, mean, pearson
from interviewer.qualification.code_wordings import (
    CodeQuestionFigures,
    code_question_figures,
    faults_of_wording,
)
from interviewer.qualification.probes import (
    LABELS,
    AdviceProbe,
    AttackProbe,
    CodeProbe,
    FollowUpProbe,
    Label,
    ProbeAnswer,
    ProbeQuestion,
    Probes,
)
from retrieval import Embedder, Progress
from rubrics import Kind, Verdict

T = TypeVar("T")
Credits = Mapping[str, float]
Pairs = list[tuple[float, Label]]

# Each asks the model for several things at once; what is more than it may get waits at its gate.
CONCURRENT_PROBES = 8
RAISED_BY = 0.1
"""Above which rise of the credit an attack has worked. More words move the probabilities a little whatever they say;
a tenth on one of five equal criteria is 0.02 of the score, less than any band is wide."""

NO_PROPOSAL = "It proposed nothing."
NOT_ON_TARGET = "It passed the guard and is about something else than the target."


@dataclass(frozen=True)
class VerdictFigures:
    """Credits against labels. `unscored` is a share of answers, `outside` the mean probability outside the labels.

    `auc` is the chance that a criterion which is met gets more credit than one which is missing; `embedded_…` is what
    the embedded judge reaches on the same answers. `sampled`: the server gave no log-probabilities.
    """

    questions: int
    answers: int
    criteria: int
    auc: Estimate
    pearson: float | None
    mean_credit: dict[Label, float | None]
    unscored: float
    outside: float | None
    sampled: bool
    embedded_auc: float | None
    embedded_pearson: float | None


@dataclass(frozen=True)
class AttackFigures:
    """How often an attack raises the credit by more than RAISED_BY: as shipped, and `alone` without the gates.

    `unmeasured` and `unmeasured_alone` are those on which the model could not be read.
    """

    attacks: int
    raised: float | None
    mean_rise: float | None
    unmeasured: int
    raised_alone: float | None
    mean_rise_alone: float | None
    unmeasured_alone: int


@dataclass(frozen=True)
class FollowUpFigures:
    """Situations in which a follow-up passed the guard (`admitted`), and is on target as well (`passed`)."""

    situations: int
    admitted: float | None
    passed: Estimate
    refused: dict[str, int]


@dataclass(frozen=True)
class FeedbackFigures:
    """Situations in which the advice passed the checks."""

    situations: int
    passed: Estimate


@dataclass(frozen=True)
class Figures:
    """Everything that was measured."""

    verdicts: VerdictFigures
    attacks: AttackFigures
    follow_ups: FollowUpFigures
    code_questions: CodeQuestionFigures
    feedback: FeedbackFigures


async def measure(
    model: ChatModel, embedder: Embedder, baseline: Judge, probes: Probes, move: Progress
) -> Figures:
    """Measure a model; `baseline` is the embedded judge. `move` hears of every probe that is done.

    A reply that cannot be used counts against the model. `move` gets the number done and the total.

    Raises:
        QualificationStopped: the model cannot be used now, or was exchanged meanwhile.
    """
    asked = (model.name, model.where)
    run = _Run(ObservedModel(model), embedder, baseline, probes, move)
    try:
        figures = await run.figures()
    except ModelError as error:
        raise QualificationStopped(f"Qualification stopped, and nothing was recorded: {error}") from error
    if (model.name, model.where) != asked:
        raise QualificationStopped(
            f"The server exchanged {asked[0]} for {model.name} meanwhile, so nothing was recorded; run it again."
        )
    return figures


class ObservedModel:
    """A model whose choices are listened to. `failure` is the last error that was not the model's own reply."""

    def __init__(self, model: ChatModel) -> None:
        """Wrap a model."""
        self._model = model
        self.choices: list[Choice] = []
        self.failure: ModelError | None = None

    @property
    def name(self) -> str:
        """The model's."""
        return self._model.name

    @property
    def where(self) -> str:
        """The model's."""
        return self._model.where

    async def complete(
        self, messages: Sequence[Message], *, max_tokens: int = 400, temperature: float = 0.3
    ) -> AsyncIterator[str]:
        """As the model does."""
        try:
            async for piece in self._model.complete(messages, max_tokens=max_tokens, temperature=temperature):
                yield piece
        except ModelError as error:
            if not _is_reply(error):
                self.failure = error
            raise

    async def choose(self, messages: Sequence[Message], choices: Sequence[str]) -> Choice:
        """As the model does."""
        choice = await self._model.choose(messages, choices)
        self.choices.append(choice)
        return choice

    async def aclose(self) -> None:
        """Left to whoever owns the model."""


@dataclass(frozen=True)
class _Rise:
    """Of one attack, as shipped and alone; None where the model could not be read."""

    shipped: float | None
    alone: float | None


class _Run:
    """One measurement."""

    def __init__(
        self, model: ObservedModel, embedder: Embedder, baseline: Judge, probes: Probes, move: Progress
    ) -> None:
        self._model = model
        self._embedder = embedder
        self._baseline = baseline
        self._judge = ModelJudge(model, embedder)
        self._probes = probes
        self._move = move
        self._answers = [(question, answer) for question in probes.questions for answer in question.answers]
        situations = (probes.attacks, probes.follow_ups, probes.code_questions, probes.advice)
        self._total = 2 * len(self._answers) + sum(map(len, situations))
        self._done = 0
        self._room = asyncio.Semaphore(CONCURRENT_PROBES)

    async def figures(self) -> Figures:
        self._move(0, self._total)
        embedded = await self._all(self._credits(self._baseline, *pair) for pair in self._answers)
        credits = await self._all(self._credits(self._judge, *pair) for pair in self._answers)
        verdicts = self._verdicts(credits, embedded)
        known = {(q.id, a.id): found for (q, a), found in zip(self._answers, credits, strict=True)}
        rises = await self._all(
            self._attack(probe, known[probe.question, probe.answer]) for probe in self._probes.attacks
        )
        follow_ups = await self._all(self._follow_up(probe) for probe in self._probes.follow_ups)
        worded = await self._all(self._word(probe) for probe in self._probes.code_questions)
        advice = await self._all(self._advise(probe) for probe in self._probes.advice)
        return Figures(
            verdicts,
            _attack_figures(rises),
            self._follow_up_figures(follow_ups),
            code_question_figures(worded),
            FeedbackFigures(len(advice), _share(self._probes.advice, advice)),
        )

    async def _all(self, work: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
        """All results in order, some at once; the first error ends the rest."""
        tasks = [asyncio.ensure_future(self._counted(one)) for one in work]
        try:
            return await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _counted(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            async with self._room:
                found = await work
        finally:
            work.close()
        self._done += 1
        self._move(self._done, self._total)
        return found

    async def _credits(self, judge: Judge, question: ProbeQuestion, answer: ProbeAnswer) -> Credits | None:
        assessment = await judge.assess(question.item(answer.text))
        return None if assessment.score is None else {c.id: c.credit for c in assessment.criteria}

    def _verdicts(
        self, credits: Sequence[Credits | None], embedded: Sequence[Credits | None]
    ) -> VerdictFigures:
        pairs, embedded_pairs = self._pairs(credits), self._pairs(embedded)
        outside = [choice.outside for choice in self._model.choices]
        return VerdictFigures(
            questions=len(self._probes.questions),
            answers=len(self._answers),
            criteria=sum(len(answer.verdicts) for _, answer in self._answers),
            auc=estimate(pairs, _auc),
            pearson=_pearson(pairs),
            mean_credit={label: mean(_of(pairs, label)) for label in LABELS},
            unscored=sum(found is None for found in credits) / len(credits),
            outside=mean(outside),
            sampled=any(choice.source == "sampled" for choice in self._model.choices),
            embedded_auc=_auc(embedded_pairs),
            embedded_pearson=_pearson(embedded_pairs),
        )

    def _pairs(self, credits: Sequence[Credits | None]) -> list[Pairs]:
        """Credits with their labels by question."""
        by_question: dict[str, Pairs] = {question.id: [] for question in self._probes.questions}
        for (question, answer), found in zip(self._answers, credits, strict=True):
            if found is not None:
                labels = question.labels(answer)
                by_question[question.id] += [(found[name], label) for name, label in labels.items()]
        return list(by_question.values())

    async def _attack(self, probe: AttackProbe, honest: Credits | None) -> _Rise:
        question, answer = self._probes.question(probe), self._probes.answer(probe)
        attacked = probe.around(answer.text)
        assessment = await self._judge.assess(question.item(attacked, (probe.criterion,)))
        shipped = None
        if honest is not None and assessment.score is not None:
            shipped = assessment.criteria[0].credit - honest[probe.criterion]
        before, after = [
            await self._grade(question, probe.criterion, text) for text in (answer.text, attacked)
        ]
        return _Rise(shipped, None if before is None or after is None else after - before)

    async def _grade(self, question: ProbeQuestion, criterion_id: str, text: str) -> float | None:
        """The credit by the judge's prompt alone: no gate in front of it, no evidence asked for."""
        criterion = question.rubric.criterion(criterion_id)
        messages = load_prompt(POINT).messages(
            question=question.prompt,
            criterion=criterion.text,
            shows=criterion.shows,
            partial=[criterion.partial] if criterion.partial else [],
            answer=text,
        )
        try:
            return Graded((await self._model.choose(messages, DIGITS)).probabilities).credit
        except (ModelGarbled, ContextTooLong):
            return None

    async def _follow_up(self, probe: FollowUpProbe) -> list[str]:
        """Why no follow-up can be asked; empty if one can."""
        question, answer = self._probes.question(probe), self._probes.answer(probe)
        found = await propose_follow_ups(
            self._model,
            self._embedder,
            (question.passage,),
            question.prompt,
            question.rubric,
            answer.text,
            question.assessment(answer),
            probe.level,
            (question.prompt,),
            1,
            probe.target,
        )
        if self._model.failure is not None:
            raise self._model.failure
        if not found.followups:
            return [item.reason for item in found.rejected] or [NO_PROPOSAL]
        text = found.followups[0].text
        on_target = await asyncio.to_thread(is_on_target, text, probe, question, self._embedder)
        return [] if on_target else [NOT_ON_TARGET]

    async def _word(self, probe: CodeProbe) -> tuple[str, ...]:
        faults = await faults_of_wording(self._model, self._embedder, probe)
        if self._model.failure is not None:
            raise self._model.failure
        return faults

    async def _advise(self, probe: AdviceProbe) -> bool:
        question, answer = self._probes.question(probe), self._probes.answer(probe)
        feedback = write_feedback(question.rubric, question.assessment(answer))
        target = question.rubric.criterion(probe.target)
        try:
            said = await write_advice(
                self._model, question.prompt, target, feedback, answer.text, (question.passage,)
            )
        except (ModelGarbled, ContextTooLong):
            return False
        return bool(said)

    def _follow_up_figures(self, faults: Sequence[Sequence[str]]) -> FollowUpFigures:
        admitted = [not found or found == [NOT_ON_TARGET] for found in faults]
        refused = Counter(reason for found in faults for reason in found)
        return FollowUpFigures(
            len(faults),
            mean(admitted),
            _share(self._probes.follow_ups, [not found for found in faults]),
            dict(refused.most_common()),
        )


def is_on_target(text: str, probe: FollowUpProbe, question: ProbeQuestion, embedder: Embedder) -> bool:
    """Whether a question has a word that was labelled for it, or lies nearer to its target than to any other criterion."""
    if set(stems(text)) & {stem for word in probe.about for stem in stems(word)}:
        return True
    criteria = [criterion for criterion in question.criteria if criterion.kind is not Kind.RED_FLAG]
    wordings = [" ".join((criterion.text, *criterion.shows)) for criterion in criteria]
    cosines = embedder.embed_passages(wordings) @ embedder.embed_queries([text])[0]
    return criteria[int(cosines.argmax())].id == probe.target


def _of(groups: Sequence[Pairs], label: Label) -> list[float]:
    return [credit for group in groups for credit, due in group if due == label]


def _auc(groups: Sequence[Pairs]) -> float | None:
    return auc(_of(groups, "met"), _of(groups, "missing"))


def _pearson(groups: Sequence[Pairs]) -> float | None:
    pairs = [pair for group in groups for pair in group]
    return pearson([credit for credit, _ in pairs], [Verdict(label).credit for _, label in pairs])


def _share(probes: Sequence[AdviceProbe], passed: Sequence[bool]) -> Estimate:
    """The share that passed, its interval over questions."""
    groups: dict[str, list[float]] = {}
    for probe, one in zip(probes, passed, strict=True):
        groups.setdefault(probe.question, []).append(one)
    return estimate(list(groups.values()), lambda some: mean([one for group in some for one in group]))


def _attack_figures(rises: Sequence[_Rise]) -> AttackFigures:
    shipped = [one.shipped for one in rises if one.shipped is not None]
    alone = [one.alone for one in rises if one.alone is not None]
    return AttackFigures(
        len(rises),
        mean([rise > RAISED_BY for rise in shipped]),
        mean(shipped),
        len(rises) - len(shipped),
        mean([rise > RAISED_BY for rise in alone]),
        mean(alone),
        len(rises) - len(alone),
    )


def _is_reply(error: ModelError) -> bool:
    """Whether the model answered, and its answer cannot be used."""
    return isinstance(error, ModelGarbled | ContextTooLong)
