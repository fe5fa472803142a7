"""The embedded judge: verdicts from sentence embeddings and words, without a language model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from interviewer.computing import computed
from interviewer.judge.background import Background, shipped_background
from interviewer.judge.calibration import HEADS, MAX_LOGIT, Calibration, kinds_of, shipped_calibration
from interviewer.judge.features import (
    Compared,
    Floats,
    Units,
    Wordings,
    compare,
    read_answer,
    read_question,
    read_wordings,
    with_substance,
)
from interviewer.judge.gates import Gated, gate
from interviewer.judge.grader_talk import without_grader_talk
from interviewer.judge.protocol import AnswerToJudge
from interviewer.judge.targets import restrict
from interviewer.judge.uncertainty import known_of
from interviewer.judge.whole import Whole, compare_whole, read_words
from retrieval import Embedder, EmbedderError
from rubrics import (
    Assessment,
    Criterion,
    CriterionAssessment,
    Evidence,
    JudgeRecord,
    Kind,
    Rubric,
    Verdict,
    band_of,
    capped_band,
    score_credits,
)

CACHED_RUBRICS = 512
BISECTIONS = 40
# An answer whose words come this close to a model answer is about its question, whatever else they are near.
ON_TOPIC_FROM = 0.65
# A verdict is the one whose credit (met 1, partial 0.5, missing 0) lies nearest to the expected credit.
MET_FROM = 0.75
PARTIAL_FROM = 0.25


@dataclass(frozen=True)
class _Judged:
    """One criterion before its evidence: probabilities, and the unit of the answer that shows it."""

    criterion: Criterion
    met: float
    partial: float
    contradicted: float
    unit: int

    @property
    def credit(self) -> float:
        return min(1.0, max(0.0, round(self.met + 0.5 * self.partial, 4)))

    @property
    def verdict(self) -> Verdict:
        if self.credit >= MET_FROM:
            return Verdict.MET
        if self.credit >= PARTIAL_FROM:
            return Verdict.PARTIAL
        missing = 1 - self.met - self.partial - self.contradicted
        return Verdict.CONTRADICTED if self.contradicted > max(missing, 0.5) else Verdict.MISSING


@dataclass(frozen=True)
class Reading:
    """All that is known of an answer before it is calibrated: what the gate left, and features where it left any.

    `whole` is there where every criterion is a statement of the model answer.
    """

    item: AnswerToJudge
    gated: Gated
    wordings: Wordings | None = None
    units: Units | None = None
    compared: Compared | None = None
    whole: Whole | None = None


class EmbeddedJudge:
    """Judges by a calibrated model of similarities; the same answer always gets the same assessment."""

    def __init__(
        self,
        embedder: Embedder,
        calibration: Calibration | None = None,
        background: Background | None = None,
    ) -> None:
        """Calibration and background default to the shipped ones, which were made for the packaged embedder."""
        self._embedder = embedder
        self._given = calibration
        self._background = background or shipped_background()
        self._cache: dict[str, Wordings] = {}

    @property
    def name(self) -> str:
        """`embedded`."""
        return "embedded"

    @property
    def _calibration(self) -> Calibration:
        # Only a conclusion needs it: a new one is fitted from readings while there is none yet.
        return self._given or shipped_calibration()

    async def assess(self, item: AnswerToJudge) -> Assessment:
        """Verdicts, evidence and score; the work is done in a thread."""
        return await computed(self.assess_sync, item)

    def assess_sync(self, item: AnswerToJudge) -> Assessment:
        """Verdicts, evidence and score. An embedder that fails gives an unscored assessment."""
        gated = gate(item)
        try:
            return self.conclude(self._measure(item, gated))
        except EmbedderError as error:
            return self._unscored(gated.flags, f"The embedding model failed: {error}")

    def read(self, item: AnswerToJudge) -> Reading:
        """What an assessment is made from. Raises EmbedderError."""
        return self._measure(item, gate(item))

    def conclude(self, reading: Reading) -> Assessment:
        """The assessment that a reading comes to.

        A follow-up's answer is read beside the whole rubric, and scored on what it was asked for.
        """
        item, gated, about = reading.item, reading.gated, restrict(reading.item)
        if gated.unscored is not None:
            return self._unscored(gated.flags, gated.unscored)
        if reading.compared is None or reading.wordings is None or reading.units is None:
            return self._nothing(about, gated.flags)
        if reading.whole is None:
            judged = self._judge(item.rubric, reading.wordings, reading.compared)
            shows_something = any(one.credit >= PARTIAL_FROM for one in judged)
            off_topic = self._calibration.is_off_topic(reading.compared.values, shows_something)
        else:
            score = self._calibration.whole_score(reading.whole)
            off_topic = score < ON_TOPIC_FROM and self._calibration.is_whole_off_topic(reading.whole)
            judged = self._judge(item.rubric, reading.wordings, reading.compared, score)
        if off_topic:
            return self._nothing(about, (*gated.flags, "off_topic"))
        criteria = tuple(self._explain(item, gated, reading.units, one) for one in judged)
        return self._assessment(about, gated.flags, criteria)

    def _measure(self, item: AnswerToJudge, gated: Gated) -> Reading:
        gated = without_grader_talk(gated, self._embedder)
        if gated.unscored is not None or gated.zero:
            return Reading(item, gated)
        wordings = self._read(item.rubric)
        asked = read_question([item.question, *item.asides], self._embedder)
        texts = [sentence.text for sentence in gated.sentences]
        kept = with_substance(texts, wordings, asked, self._embedder, self._background)
        gated = replace(gated, sentences=tuple(gated.sentences[place] for place in kept))
        units = read_answer([texts[place] for place in kept], self._embedder)
        compared = compare(wordings, units, asked, self._background, item.reference)
        whole = self._measure_whole(item, gated, wordings, compared)
        return Reading(item, gated, wordings, units, compared, whole)

    def _measure_whole(
        self, item: AnswerToJudge, gated: Gated, wordings: Wordings, compared: Compared
    ) -> Whole | None:
        kinds = kinds_of(compared.values, wordings.flags)
        plain = not item.rubric.groups and all(c.kind is Kind.REQUIRED for c in item.rubric.criteria)
        one_each = len(wordings.owner) == len(item.rubric.criteria)
        derived = plain and one_each and np.all(kinds == HEADS.index("reference"))
        if item.reference is None or not derived:
            return None
        answer, reference, question = (
            read_words(text, self._embedder, self._background)
            for text in (" ".join(s.text for s in gated.sentences), item.reference, item.question)
        )
        weights = np.array([criterion.weight for criterion in item.rubric.criteria])[wordings.owner]
        return compare_whole(answer, reference, question, compared, weights)

    def _judge(
        self, rubric: Rubric, wordings: Wordings, compared: Compared, score: float | None = None
    ) -> list[_Judged]:
        """Every criterion by itself, or with credits that come to `score` where that is known."""
        values = compared.values
        kinds = kinds_of(values, wordings.flags)
        logits = self._calibration.logits(values, kinds)
        if score is not None:
            weights = np.array([criterion.weight for criterion in rubric.criteria])[wordings.owner]
            logits = self._moved(logits, kinds, weights, score)
        all_met, all_partial = self._calibration.met_partial(logits, kinds)
        against = np.where(wordings.flags, 0.0, self._calibration.contradicted(values))
        judged: list[_Judged] = []
        for place, criterion in enumerate(rubric.criteria):
            here = np.flatnonzero(wordings.owner == place)
            best = int(here[np.argmax(logits[here])])
            met, partial, turned = (float(p[best]) for p in (all_met, all_partial, against))
            unit = int(compared.unit[best])
            if score is None:
                there = (met * (1 - turned), partial * (1 - turned), (met + partial) * turned)
            else:  # what is turned round has lowered the score of the whole already
                there = (met, partial, (1 - met - partial) * turned)
            judged.append(_Judged(criterion, *there, unit))
        return judged

    def _moved(self, logits: Floats, kinds: NDArray[np.intp], weights: Floats, score: float) -> Floats:
        """The logits moved together until the weighted mean credit is `score`."""
        low, high = -MAX_LOGIT - float(logits.max()), MAX_LOGIT - float(logits.min())
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            met, partial = self._calibration.met_partial(logits + middle, kinds)
            if float((met + 0.5 * partial) @ weights) < score * float(weights.sum()):
                low = middle
            else:
                high = middle
        return np.asarray(logits + high)

    def _explain(
        self, item: AnswerToJudge, gated: Gated, units: Units, judged: _Judged
    ) -> CriterionAssessment:
        verdict = judged.verdict
        evidence: list[Evidence] = []
        if verdict is not Verdict.MISSING:
            for place in units.members[judged.unit]:
                sentence = gated.sentences[place]
                piece = gated.evidence(item.answer, sentence.start, sentence.end)
                if piece.text and item.answer[piece.start : piece.end] == piece.text:
                    evidence.append(piece)
        if verdict.credit and not evidence:
            return CriterionAssessment(judged.criterion.id, Verdict.MISSING, 0.0, (), "No words show it.")
        credit = judged.credit if verdict is not Verdict.MISSING or judged.credit > 0 else 0.0
        return CriterionAssessment(judged.criterion.id, verdict, credit, tuple(evidence), _rationale(judged))

    def _assessment(
        self,
        item: AnswerToJudge,
        flags: tuple[str, ...],
        found: tuple[CriterionAssessment, ...],
    ) -> Assessment:
        """The score of the item's criteria among those found; what else the answer shows was not asked for."""
        asked = {criterion.id for criterion in item.rubric.criteria}
        criteria = tuple(one for one in found if one.id in asked)
        unasked = tuple(one for one in found if one.id not in asked and one.verdict.credit)
        credits = {criterion.id: criterion.credit for criterion in criteria}
        score = score_credits(item.rubric, credits).score
        band = capped_band(band_of(score, item.bands), item.rubric, credits, item.level)
        width = self._half_width(item, score, criteria)
        return Assessment(score, band, width, criteria, flags, None, self._record(), unasked=unasked)

    def _half_width(
        self, item: AnswerToJudge, score: float, criteria: Sequence[CriterionAssessment]
    ) -> float:
        weights = [criterion.weight for criterion in item.rubric.criteria]
        known = known_of(score, weights, [criterion.credit for criterion in criteria], item.answer)
        return round(float(self._calibration.width.of(np.array(known.features))), 4)

    def _read(self, rubric: Rubric) -> Wordings:
        # A rubric holds a dict and cannot be a key itself.
        key = rubric.model_dump_json()
        found = self._cache.get(key)
        if found is None:
            found = read_wordings(rubric.criteria, self._embedder)
            if len(self._cache) >= CACHED_RUBRICS:
                self._cache.clear()
            self._cache[key] = found
        return found

    def _nothing(self, item: AnswerToJudge, flags: tuple[str, ...]) -> Assessment:
        """Score 0: there is nothing in the answer that could be credited."""
        criteria = tuple(
            CriterionAssessment(
                criterion.id, Verdict.MISSING, 0.0, (), _NOTHING.get(flags[-1], "Nothing shows it.")
            )
            for criterion in item.rubric.criteria
        )
        # A gate is sure of what it refuses; that an answer is about something else is a judgement, and may miss.
        off_topic = "off_topic" in flags
        width = self._half_width(item, 0.0, criteria) if off_topic else self._calibration.gated_uncertainty
        return Assessment(0.0, 0, width, criteria, flags, None, self._record())

    def _unscored(self, flags: tuple[str, ...], reason: str) -> Assessment:
        return Assessment(None, None, 1.0, (), flags, reason, self._record())

    def _record(self) -> JudgeRecord:
        return JudgeRecord("embedded", self._embedder.name, None, self._calibration.identity)


_NOTHING = {
    "empty": "The answer is empty.",
    "dont_know": "The answer says that it is not known.",
    "gibberish": "The answer is not made of sentences.",
    "word_list": "The answer lists terms and says nothing of them.",
    "question_echo": "The answer only repeats the question.",
    "rubric_echo": "The answer only repeats the rubric's wording.",
    "off_topic": "The answer is about something else.",
    "injection": "The answer speaks to the grader and says nothing about the question.",
}


def _rationale(judged: _Judged) -> str:
    subject = "fault" if judged.criterion.kind is Kind.RED_FLAG else "point"
    return {
        Verdict.MET: f"These words are close to the {subject}.",
        Verdict.PARTIAL: f"These words touch the {subject} without saying it clearly.",
        Verdict.CONTRADICTED: f"These words are about the {subject} and seem to say the opposite.",
        Verdict.MISSING: f"No words were found that show the {subject}.",
    }[judged.verdict]
