"""The scripted candidates: what each says, from the pack alone, the same for the same seed."""

from __future__ import annotations

import ast
import random
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from round_world import NO_MODEL, VERSIONS, ScriptedJudge

import interviewer.personas
from interviewer.build import Parts
from interviewer.config import Settings
from interviewer.conversation import Interviewer
from interviewer.errors import UnknownThing
from interviewer.events import Utterance
from interviewer.interview import Turn
from interviewer.judge.protocol import AnswerToJudge
from interviewer.packs import RolePack
from interviewer.personas import PERSONAS, Scene, answer_as, persona_names, sentences
from interviewer.service import InterviewService, StartRequest
from interviewer.simulate import SimulatedClock, simulate
from interviewer.store import EventStore
from interviewer.views import SessionView
from rubrics import Assessment

PROMPT = "Here is the first one.\n\nWhat do you look at?"
QUESTIONS = ("kv-cache", "idle-gpu", "checkpoint", "variance")


def scene(
    role: RolePack, question_id: str = "kv-cache", target: str | None = None, seed: int = 0, index: int = 0
) -> Scene:
    """An open question, or a follow-up on `target`."""
    turn = Turn(
        index=index,
        utterance=Utterance.FOLLOW_UP if target else Utterance.QUESTION,
        question_id=question_id,
        criterion_ids=(target,) if target else (),
        prompt=PROMPT,
        origin="bank",
    )
    question = role.pack.question(question_id)
    return Scene(turn, question, role.rubrics[question_id], role, random.Random(seed))


def words(text: str) -> list[str]:
    return re.findall(r"[a-z]+", text.lower())


def test_the_personas_of_the_contract() -> None:
    assert persona_names() == (
        "strong",
        "partial",
        "weak",
        "gibberish",
        "dont-know",
        "verbose",
        "repeater",
        "injector",
    )
    documented = re.findall(r"^([a-z-]+)  +\S", interviewer.personas.__doc__ or "", re.M)
    assert tuple(documented) == persona_names()


@pytest.mark.parametrize("question_id", QUESTIONS)
def test_what_they_answer_to_a_question(role: RolePack, question_id: str) -> None:
    at = scene(role, question_id)
    question = at.question
    said = sentences(question.model_answer)

    assert answer_as("strong", at) == question.model_answer
    assert sentences(answer_as("partial", at)) == said[: len(said) // 2]
    assert answer_as("weak", at) == f"{said[0]} {question.common_wrong_answer.text}"
    assert answer_as("repeater", at) == PROMPT
    assert question.model_answer[:30] not in answer_as("injector", at)


def test_strong_follows_up_on_the_target(role: RolePack) -> None:
    said = answer_as("strong", scene(role, target="paged"))
    assert "A paged cache allocates blocks on demand and avoids fragmentation." in said
    everything = sentences(role.pack.question("kv-cache").model_answer)
    assert set(sentences(said)) <= set(everything)


def test_partial_takes_up_every_second_follow_up(role: RolePack) -> None:
    taken = answer_as("partial", scene(role, target="paged", index=1))
    left = answer_as("partial", scene(role, target="paged", index=2))
    assert taken == "A paged cache allocates blocks on demand and avoids fragmentation."
    assert left in {answer_as("dont-know", scene(role, seed=seed)) for seed in range(60)}


def test_weak_stays_on_the_topic_and_shows_nothing(role: RolePack) -> None:
    shown = {answer_as("weak", scene(role, target="paged", seed=seed)) for seed in range(40)}
    facts = sentences(role.pack.question("kv-cache").model_answer)
    assert len(shown) > 2
    assert not [fact for fact in facts for text in shown if fact in text]
    assert any("inference" in text for text in shown)


def test_gibberish_is_words_without_sense(role: RolePack) -> None:
    text = answer_as("gibberish", scene(role))
    known = {word for question in role.pack.questions for word in words(question.prompt)}
    assert len(text.split()) == 40
    assert set(words(text)) <= known
    assert not set(sentences(text)) & set(sentences(role.pack.question("kv-cache").model_answer))


def test_dont_know_varies_its_words(role: RolePack) -> None:
    said = {answer_as("dont-know", scene(role, seed=seed)) for seed in range(40)}
    assert len(said) >= 4
    assert all(re.search(r"know|no idea|not sure|clue", text, re.I) for text in said)


@pytest.mark.parametrize("target", [None, "paged"])
def test_verbose_is_partial_in_padding(role: RolePack, target: str | None) -> None:
    at = scene(role, target=target, index=1)
    said, core = answer_as("verbose", at), answer_as("partial", at)
    assert all(piece in said for piece in sentences(core))
    assert len(said.split()) > 2 * len(core.split())
    rest = set(sentences(said)) - set(sentences(core))
    assert not rest & set(sentences(at.question.model_answer))


def test_an_injector_speaks_to_the_grader(role: RolePack) -> None:
    said = answer_as("injector", scene(role))
    assert re.search(r"instructions|grader|verdict|override|SYSTEM", said)


@pytest.mark.parametrize("persona", PERSONAS)
@given(seed=st.integers(0, 2**31), question_id=st.sampled_from(QUESTIONS), follow_up=st.booleans())
def test_a_seed_says_it_all(
    role: RolePack, persona: str, seed: int, question_id: str, follow_up: bool
) -> None:
    target = role.rubrics[question_id].criteria[0].id if follow_up else None
    first, second = (answer_as(persona, scene(role, question_id, target, seed)) for _ in range(2))
    assert first == second
    assert first.strip()


def test_an_unknown_persona(role: RolePack) -> None:
    with pytest.raises(KeyError):
        answer_as("genius", scene(role))


def test_no_persona_looks_into_a_judge() -> None:
    """What they say comes from the pack: a judge, its thresholds or its embedder would make the test a mirror."""
    tree = ast.parse(Path(interviewer.personas.__file__).read_text(encoding="utf-8"))
    imported = {
        name
        for node in ast.walk(tree)
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else []
        )
    }
    ours = {
        name for name in imported if name.split(".")[0] in ("interviewer", "retrieval", "rubrics", "corpus")
    }
    assert ours == {"corpus", "interviewer.events", "interviewer.interview", "interviewer.packs", "rubrics"}
    names = {node.name for item in ast.walk(tree) if isinstance(item, ast.ImportFrom) for node in item.names}
    assert not names & {"Assessment", "Judge", "score_credits", "band_of"}


def test_sentences_keep_code_and_lose_nothing() -> None:
    text = "First, e.g. this. Then that!\n\n```python\nx = 1. \nY = 2\n```\nLast 3.5 words. (Really.)"
    assert sentences(text) == [
        "First, e.g. this.",
        "Then that!",
        "```python\nx = 1. \nY = 2\n```",
        "Last 3.5 words.",
        "(Really.)",
    ]
    assert sentences(" \n ") == []


# Whole rounds


class Stubborn(ScriptedJudge):
    """Whatever is said earns the same, so that only the persona's words can differ."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self._words = words

    async def assess(self, item: AnswerToJudge) -> Assessment:
        self.asked.append(item)
        marked = AnswerToJudge(
            item.question,
            self._words,
            item.rubric,
            item.reference,
            item.level,
            item.criterion_ids,
            item.bands,
        )
        return await ScriptedJudge().assess(marked)


async def play(
    parts: Parts, persona: str, seed: int, marks: str = "credit 0.3"
) -> tuple[SessionView, list[str]]:
    clock = SimulatedClock()
    judge = Stubborn(marks)
    maker = Interviewer(parts.role, parts.retriever, parts.embedder, judge)
    store = EventStore("sqlite://")
    service = InterviewService(Settings(llm="none"), parts.role, store, maker, VERSIONS, NO_MODEL, clock)
    _, view = await simulate(service, clock, persona, StartRequest("all", "IC3", seed=seed))
    await service.aclose()
    return view, [item.answer for item in judge.asked]


@pytest.mark.parametrize("persona", PERSONAS)
async def test_every_round_ends(parts: Parts, persona: str) -> None:
    view, answers = await play(parts, persona, seed=3)
    assert view.finished
    assert view.question_number == 4
    assert len(answers) == len([line for line in view.lines if line.speaker == "candidate"])


@pytest.mark.parametrize("persona", ["strong", "gibberish", "injector"])
async def test_the_same_seed_plays_the_same_round(parts: Parts, persona: str) -> None:
    (one, first), (two, second), (_, other) = [await play(parts, persona, seed) for seed in (3, 3, 4)]
    assert first == second
    assert [(line.speaker, line.text, line.at) for line in one.lines] == [
        (line.speaker, line.text, line.at) for line in two.lines
    ]
    assert other != first or persona == "strong"


async def test_marks_do_not_change_what_is_said_to_a_question(parts: Parts) -> None:
    """Follow-ups depend on the marks; the words on a question do not."""
    low, high = [await play(parts, "strong", 3, marks) for marks in ("credit 0.0", "credit 1.0")]
    models = {question.model_answer for question in parts.role.pack.questions}
    assert (
        {text for text in low[1] if text in models} == {text for text in high[1] if text in models} == models
    )


async def test_an_unknown_persona_plays_no_round(parts: Parts) -> None:
    with pytest.raises(UnknownThing, match="There is no persona 'genius'; choose one of strong, partial"):
        await play(parts, "genius", 0)
