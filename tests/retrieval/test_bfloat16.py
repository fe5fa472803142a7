"""Embeddings in bfloat16: near those in float32, the same bits again, and said where the processor is no good at it."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import numpy as np
import pytest
import torch

from interviewer.judge.embedded import EmbeddedJudge
from interviewer.judge.protocol import AnswerToJudge
from retrieval import Embedder, default_embedder, is_native
from rubrics import Criterion, Rubric

pytestmark = pytest.mark.slow

TEXTS = ("An all-reduce that never ends.", "Stock vests over four years.", "", "word " * 300)


@pytest.fixture(scope="module")
def exact() -> Embedder:
    return default_embedder()


@pytest.fixture(scope="module")
def narrow() -> Embedder:
    return default_embedder(precision="bfloat16")


def capable(monkeypatch: pytest.MonkeyPatch, capabilities: Mapping[str, object]) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)


def test_vectors_are_near_those_of_float32(exact: Embedder, narrow: Embedder) -> None:
    vectors, wanted = narrow.embed_passages(TEXTS), exact.embed_passages(TEXTS)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-6), "normalised in float32"
    cosines = (vectors * wanted).sum(axis=1)
    assert (cosines > 0.999).all()
    assert (cosines < 1 - 1e-6).all(), "computed in bfloat16"


def test_spans_are_near_those_of_float32(exact: Embedder, narrow: Embedder) -> None:
    spans = [(0, 6), (7, 12), (18, 22)]
    vectors, wanted = narrow.embed_spans(TEXTS[1], spans), exact.embed_spans(TEXTS[1], spans)
    assert vectors.dtype == np.float32
    assert ((vectors * wanted).sum(axis=1) > 0.999).all()


def test_the_same_text_has_the_same_bits_whatever_its_neighbours(narrow: Embedder) -> None:
    fresh = default_embedder(precision="bfloat16")
    assert (fresh.embed_passages(TEXTS[::-1])[::-1] == narrow.embed_passages(TEXTS)).all()
    alone = default_embedder(precision="bfloat16")
    assert (alone.embed_passages(TEXTS[:1]) == narrow.embed_passages(TEXTS)[:1]).all()
    spans = [(0, 5), (6, 10)]
    assert (fresh.embed_spans(TEXTS[1], spans) == narrow.embed_spans(TEXTS[1], spans)).all()


def test_an_index_knows_which_precision_it_was_made_with(exact: Embedder, narrow: Embedder) -> None:
    assert narrow.name == f"{exact.name}-bfloat16"


def test_the_shipped_judge_scores_with_it(exact: Embedder, narrow: Embedder) -> None:
    item = AnswerToJudge(
        "Why does decoding slow down with long prompts?",
        "The key-value cache grows with the sequence, so each token reads more memory. I would measure it.",
        Rubric(
            criteria=(
                Criterion(
                    id="cache", text="The key-value cache grows with the sequence.", shows=["KV cache"]
                ),
                Criterion(id="batch", text="A larger batch shares the reads of the weights."),
            )
        ),
    )
    before, after = (EmbeddedJudge(embedder).assess_sync(item) for embedder in (exact, narrow))
    assert before.judge is not None
    assert after.judge is not None
    assert after.judge.calibration == before.judge.calibration
    assert after.judge.model == narrow.name, "a report says what it was scored with"
    assert after.score == pytest.approx(before.score, abs=0.02)


@pytest.mark.parametrize(
    ("capabilities", "native"),
    [
        ({"architecture": "x86_64", "avx512_f": True, "avx512_bf16": False, "amx_bf16": False}, False),
        ({"architecture": "x86_64", "avx512_bf16": True}, True),
        ({"architecture": "aarch64", "neon": True, "bf16": True}, True),
        ({}, False),
    ],
)
def test_a_processor_without_instructions_for_it_is_told_apart(
    monkeypatch: pytest.MonkeyPatch, capabilities: Mapping[str, object], native: bool
) -> None:
    capable(monkeypatch, capabilities)
    assert is_native("bfloat16") is native
    assert is_native("float32")


@pytest.mark.parametrize(("capabilities", "told"), [({"avx512_bf16": True}, 0), ({"avx2": True}, 1)])
def test_where_it_is_slower_a_line_says_so(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capabilities: Mapping[str, object],
    told: int,
) -> None:
    capable(monkeypatch, capabilities)
    with caplog.at_level(logging.WARNING, "retrieval"):
        assert default_embedder(precision="bfloat16").dimension == 384
    assert caplog.text.count("float32 is faster here") == told
