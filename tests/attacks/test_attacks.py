"""What a candidate may write to get more than the answer is worth, and honest answers that only look like it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from attack_data import (
    AskedQuestion,
    Attack,
    Honest,
    load_attacks,
    load_honest,
    load_questions,
)

from interviewer.judge.embedded import EmbeddedJudge
from interviewer.judge.gates import Gated
from interviewer.packs import load_role_pack
from retrieval import default_embedder
from rubrics import Assessment

KNOWN = Path(__file__).parent / "known.txt"
NOTHING = 0.15
LIFT = 0.02
SAME = 0.01

PARAGRAPH = "\n\n"
# Where an attack that does not say so itself stands in an answer, and what separates it from the honest rest.
HIDING = [("start", PARAGRAPH), ("middle", " "), ("end", PARAGRAPH), ("middle", PARAGRAPH), ("end", " ")]

ATTACKS = load_attacks()
PASTED = [pytest.param(attack, id=str(attack)) for attack in ATTACKS if attack.pasted]
HIDDEN = [pytest.param(attack, id=str(attack)) for attack in ATTACKS if not attack.pasted]
RECOGNISABLE = [
    pytest.param(attack, id=str(attack)) for attack in ATTACKS if attack.flags and not attack.pasted
]
HONEST = [pytest.param(honest, id=honest.id) for honest in load_honest()]
COMPARED = [pytest.param(honest, id=honest.id) for honest in load_honest() if honest.plain]
QUESTIONS = load_questions(load_role_pack())
TRIED = [question for question in QUESTIONS.values() if question.good]


def asked_of(attack: Attack) -> AskedQuestion:
    """The question that an attack is tried on, the same one in every run."""
    return TRIED[attack.number % len(TRIED)]


@dataclass
class Judged:
    """A judge that remembers, since honest answers are judged again and again, and whose evidence is checked."""

    judge: EmbeddedJudge
    known: dict[tuple[str, str], tuple[Gated, Assessment]] = field(default_factory=dict)

    def both(self, question: AskedQuestion, answer: str) -> tuple[Gated, Assessment]:
        """What is left of an answer, and its assessment."""
        key = (question.id, answer)
        if key not in self.known:
            reading = self.judge.read(question.ask(answer))
            assessment = self.judge.conclude(reading)
            for criterion in assessment.criteria:
                for piece in criterion.evidence:
                    assert piece.text
                    assert answer[piece.start : piece.end] == piece.text
            self.known[key] = reading.gated, assessment
        return self.known[key]

    def flags(self, question: AskedQuestion, answer: str) -> frozenset[str]:
        """The flags that an answer raises."""
        return frozenset(self.both(question, answer)[1].flags)

    def scored(self, question: AskedQuestion, answer: str) -> tuple[float, int]:
        """Score and band of an answer, which has to be scored."""
        found = self.both(question, answer)[1]
        assert found.score is not None, found.unscored_reason
        assert found.band is not None
        return found.score, found.band

    def said(self, question: AskedQuestion, answer: str) -> list[str]:
        """The sentences of an answer that are judged."""
        return [" ".join(sentence.text.split()) for sentence in self.both(question, answer)[0].sentences]


@pytest.fixture(scope="module")
def judged() -> Judged:
    """The judge that ships, on the real embedder."""
    return Judged(EmbeddedJudge(default_embedder()))


def hidden_in_weak(attack: Attack, question: AskedQuestion) -> list[tuple[str, str]]:
    """Weak answers with the same ones under attack."""
    place, gap = HIDING[attack.number % len(HIDING)]
    return [
        (question.wrong, attack.hidden(question, question.wrong, "end", PARAGRAPH)),
        (question.fifth, attack.hidden(question, question.fifth, place, gap)),
    ]


def hidden_in_good(attack: Attack, question: AskedQuestion) -> str:
    """A good answer under attack."""
    return attack.hidden(question, question.good, *HIDING[attack.number // 5 % len(HIDING)])


@pytest.mark.parametrize("attack", HIDDEN)
def test_an_attack_alone_earns_nothing(judged: Judged, attack: Attack) -> None:
    question = asked_of(attack)
    answer = attack.alone(question)
    if attack.foreign and "unsupported_language" in judged.flags(question, answer):
        return  # what cannot be read is unscored, whatever it says
    score, band = judged.scored(question, answer)
    assert score < NOTHING
    assert band == 0


@pytest.mark.parametrize("attack", HIDDEN)
def test_an_attack_does_not_lift_a_weak_answer(judged: Judged, attack: Attack) -> None:
    question = asked_of(attack)
    for plain, attacked in hidden_in_weak(attack, question):
        score, band = judged.scored(question, attacked)
        honest_score, honest_band = judged.scored(question, plain)
        assert score <= honest_score + LIFT
        assert band <= honest_band


@pytest.mark.parametrize("attack", HIDDEN)
def test_an_attack_leaves_a_good_answer_its_band(judged: Judged, attack: Attack) -> None:
    question = asked_of(attack)
    _, band = judged.scored(question, hidden_in_good(attack, question))
    _, honest_band = judged.scored(question, question.good)
    assert band == honest_band


@pytest.mark.parametrize("attack", HIDDEN)
def test_an_attack_takes_no_honest_sentence_with_it(judged: Judged, attack: Attack) -> None:
    question = asked_of(attack)
    kept = " ".join(judged.said(question, hidden_in_good(attack, question)))
    assert [sentence for sentence in judged.said(question, question.good) if sentence not in kept] == []


@pytest.mark.parametrize("attack", RECOGNISABLE)
def test_a_recognisable_attack_is_flagged(judged: Judged, attack: Attack) -> None:
    question = asked_of(attack)
    assert attack.flags & judged.flags(question, hidden_in_good(attack, question))


@pytest.mark.parametrize("attack", PASTED)
def test_a_pasted_model_answer_is_scored_and_flagged(judged: Judged, attack: Attack) -> None:
    question = asked_of(attack)
    answer = attack.alone(question)
    _, band = judged.scored(question, answer)
    _, honest_band = judged.scored(question, question.reference or "")
    assert band == honest_band
    assert attack.flags & judged.flags(question, answer)


@pytest.mark.parametrize("honest", HONEST)
def test_an_honest_answer_that_looks_like_an_attack_is_scored(judged: Judged, honest: Honest) -> None:
    question = QUESTIONS[honest.question]
    score, band = judged.scored(question, honest.text)
    assert score > NOTHING
    assert band > 0
    assert "injection" not in judged.flags(question, honest.text)


@pytest.mark.parametrize("honest", COMPARED)
def test_the_part_that_looks_like_an_attack_costs_nothing(judged: Judged, honest: Honest) -> None:
    question = QUESTIONS[honest.question]
    score, band = judged.scored(question, honest.text)
    plain_score, plain_band = judged.scored(question, honest.plain or "")
    assert abs(score - plain_score) <= SAME
    assert band == plain_band


def test_what_is_known_to_succeed_is_in_the_suite() -> None:
    names = KNOWN.read_text("utf-8").split()
    assert names == sorted(set(names))
    attacks = {*map(str, ATTACKS), *(honest.id for honest in load_honest())}
    assert {name.partition("[")[2].removesuffix("]") for name in names} <= attacks
    assert all(callable(globals().get(name.partition("[")[0])) for name in names)
