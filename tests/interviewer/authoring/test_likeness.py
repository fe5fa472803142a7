"""Which texts are near to each other: cosines worked by hand, and the examples by which thresholds were set."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from interviewer.authoring import likeness
from interviewer.authoring.likeness import (
    NOTES_FROM,
    PROMPTS_FROM,
    Pair,
    alike_texts,
    alike_titles,
    close_vectors,
    repeats,
)
from interviewer.packs import load_role_pack
from retrieval import default_embedder

REWORDED: dict[str, dict[str, str]] = yaml.safe_load(
    (Path(__file__).parent / "reworded.yaml").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def bank() -> dict[str, str]:
    """The prompts of the built-in pack."""
    return {question.id: question.prompt for question in load_role_pack().pack.questions}


def test_a_cosine_worked_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two titles share one word of two, as if among 100: with w = log(101/2.5) / log(101/1.5) it is w^2 / (1 + w^2)."""
    weight = math.log(101 / 2.5) / math.log(101 / 1.5)
    cosine = weight**2 / (1 + weight**2)
    assert cosine == pytest.approx(0.4357, abs=1e-4)
    monkeypatch.setattr(likeness, "TITLES_FROM", 0.43)
    (found,) = alike_titles(["slow kernels", "slow tokens", "offers"])
    assert found.cosine == pytest.approx(cosine, abs=1e-6)
    monkeypatch.undo()
    assert alike_titles(["slow kernels", "slow tokens", "offers"]) == []
    same = alike_titles(["slow kernels", "kernels slow", "offers"])
    assert [(pair.first, pair.second) for pair in same] == [(0, 1)]
    assert same[0].cosine == pytest.approx(1.0, abs=1e-6)


def test_pairs_are_given_once_nearest_first() -> None:
    vectors = np.array([[1, 0], [0.8, 0.6], [1, 0], [0, 1]], dtype=np.float32)
    assert [(p.first, p.second) for p in close_vectors(vectors, 0.7)] == [(0, 2), (0, 1), (1, 2)]


def found_with(bank: dict[str, str], how: str) -> list[str]:
    """The questions whose reworded form is taken for a copy; nothing else may be taken for one."""
    found = []
    for question_id, texts in REWORDED.items():
        pairs = alike_texts([*bank.values(), texts[how]], PROMPTS_FROM)
        assert all(pair.second == len(bank) for pair in pairs)
        assert [list(bank)[pair.first] for pair in pairs] in ([], [question_id])
        found += [question_id for _ in pairs]
    return found


def test_copies_of_questions_are_found_by_their_words(bank: dict[str, str]) -> None:
    """One of the eight may drift away with the pack's other texts."""
    assert len(found_with(bank, "copy")) >= len(REWORDED) - 1


def test_a_general_question_about_the_same_subject_is_no_copy(bank: dict[str, str]) -> None:
    assert found_with(bank, "general") == []


def test_half_of_the_rewordings_are_found_by_their_meaning(bank: dict[str, str]) -> None:
    embedder = default_embedder()
    texts = [
        text for question_id in REWORDED for text in (bank[question_id], REWORDED[question_id]["reworded"])
    ]
    pairs = {(pair.first, pair.second) for pair in close_vectors(embedder.embed_passages(texts))}
    assert pairs <= {(place, place + 1) for place in range(0, len(texts), 2)}
    assert len(pairs) >= len(REWORDED) // 2


def test_few_common_words_are_no_likeness() -> None:
    assert alike_texts(["Paging", "Paging", "Sharding of weights"], NOTES_FROM) == []


@pytest.mark.parametrize("texts", [[], ["one text alone"], ["", "…"]])
def test_there_may_be_nothing_to_compare(texts: list[str]) -> None:
    assert alike_titles(texts) == alike_texts(texts, 0.5) == []


@given(st.lists(st.text(alphabet="abc ", max_size=12), max_size=6))
def test_order_changes_nothing(titles: list[str]) -> None:
    found = {(pair.first, pair.second) for pair in alike_titles(titles)}
    last = len(titles) - 1
    backwards = {(last - pair.second, last - pair.first) for pair in alike_titles(titles[::-1])}
    assert found == backwards


@pytest.mark.parametrize(
    ("phrase", "text", "repeated"),
    [
        ("gives precision 40 percent", "Gives precision 40 percent and recall.", True),
        ("the error falls with the root of n", "The error falls with the root of n.", True),
        ("four times as many prompts halve it", "The error falls with the root of n.", False),
        (
            "honestly, I would go to a checkpoint before the spike and skip some batches, then look",
            "Rolls back to a checkpoint before the spike and skips the batches around it, as was published.",
            False,
        ),
        (
            "well, I tell them plainly that the new employer would have to file a petition, and then we see about it",
            "States the status, including that the new employer would have to file a petition.",
            True,
        ),
        ("", "Anything.", False),
    ],
)
def test_a_phrase_that_repeats_its_criterion(phrase: str, text: str, repeated: bool) -> None:
    assert repeats(phrase, text) is repeated


def test_no_phrase_of_the_built_in_pack_repeats_its_criterion() -> None:
    found = [
        (question_id, criterion.id, phrase)
        for question_id, rubric in load_role_pack().rubrics.items()
        for criterion in rubric.criteria
        for phrase in criterion.shows
        if repeats(phrase, criterion.text)
    ]
    assert found == []


def test_a_pair_says_which_and_how_near() -> None:
    (pair,) = close_vectors(np.eye(2, dtype=np.float32)[[0, 0]], 0.5)
    assert pair == Pair(0, 1, 1.0)
