"""The judge on the built-in bank: answers to the question are credited, answers to other questions are not.

The shipped calibration has seen these questions; how it does on questions that it has not is measured by
bench/judge.py.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from corpus import Question
from interviewer.judge.embedded import EmbeddedJudge
from interviewer.judge.protocol import AnswerToJudge
from interviewer.judge.sentences import split_sentences
from interviewer.packs import RolePack, load_role_pack
from rubrics import Assessment

TECHNICAL = ("dl-genai", "ml-systems", "mlops", "algorithms", "math-stats")


@dataclass(frozen=True)
class Asked:
    """Questions of several categories with a judge for them."""

    role: RolePack
    questions: tuple[Question, ...]
    judge: EmbeddedJudge

    def judged(self, question: Question, answer: str) -> Assessment:
        """The assessment of an answer to a question."""
        rubric = self.role.rubrics[question.id]
        return self.judge.assess_sync(
            AnswerToJudge(question.prompt, answer, rubric, question.model_answer, level=None)
        )

    def mean(self, answers: list[str]) -> float:
        """The mean score of one answer to each question."""
        scores = [self.judged(q, a).score for q, a in zip(self.questions, answers, strict=True)]
        assert None not in scores
        return sum(score or 0.0 for score in scores) / len(scores)

    def to_others(self, same: bool) -> list[Assessment]:
        """For each question the answers to five others of its category, or to the other ones of the list."""
        found = []
        for question in self.questions:
            others = [
                other
                for other in (self.role.pack.questions if same else self.questions)
                if other.id != question.id and (other.category == question.category) == same
            ]
            found += [self.judged(question, other.model_answer) for other in others[:5]]
        return found


@pytest.fixture(scope="module")
def asked(judge: EmbeddedJudge) -> Asked:
    """A question of every technical category."""
    role = load_role_pack()
    questions = [next(q for q in role.pack.questions if q.category == c) for c in TECHNICAL]
    return Asked(role, tuple(questions), judge)


def test_answers_are_ranked_by_what_they_show(asked: Asked) -> None:
    whole = [q.model_answer for q in asked.questions]
    half = []
    for text in whole:
        said = [s.text for s in split_sentences(text)]
        half.append(" ".join(said[: len(said) // 2]))
    best, middle, wrong = (
        asked.mean(answers)
        for answers in (whole, half, [q.common_wrong_answer.text for q in asked.questions])
    )
    assert best >= 0.75
    assert best > middle + 0.15
    assert middle > wrong + 0.15
    assert wrong < 0.25


@pytest.mark.parametrize(("same", "share", "mean"), [(True, 0.7, 0.12), (False, 0.85, 0.06)])
def test_the_answer_to_another_question_earns_nothing(
    asked: Asked, same: bool, share: float, mean: float
) -> None:
    """Neighbouring questions share some criteria (a memory formula, a ladder of percentiles), which are then met."""
    found = asked.to_others(same)
    assert len(found) >= 20
    assert sum(one.band == 0 for one in found) >= share * len(found)
    assert max(one.band or 0 for one in found) <= 2
    assert sum(one.score or 0.0 for one in found) / len(found) < mean


def test_a_phrase_that_shows_a_criterion_is_its_evidence(asked: Asked) -> None:
    hits = total = 0
    for question in asked.questions:
        for criterion in asked.role.rubrics[question.id].criteria[:4]:
            for phrase in criterion.shows[:1]:
                answer = f"Let me think about that for a moment. {phrase[:1].upper()}{phrase[1:]}."
                found = asked.judged(question, answer)
                verdict = next(c for c in found.criteria if c.id == criterion.id)
                total += 1
                hits += any(phrase[1:] in piece.text for piece in verdict.evidence)
    assert hits >= 0.8 * total
