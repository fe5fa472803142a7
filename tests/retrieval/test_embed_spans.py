"""Words in context: every span has a vector, wherever it stands in a text of any length."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from retrieval import Embedder, HashEmbedder, default_embedder


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return default_embedder()


def words(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in re.finditer(r"\w+", text)]


def test_a_word_means_something_else_in_another_context(embedder: Embedder) -> None:
    texts = ["The bank of the river is steep.", "The bank of this stream erodes.", "The bank lends us money."]
    river, stream, money = (embedder.embed_spans(text, [(4, 8)])[0] for text in texts)
    assert river @ stream > river @ money + 0.1


@pytest.mark.parametrize(
    "text",
    ["", "  \n spaces around \n ", "𝛁θ ≈ naïve 🚀 gradient", "a\ud800b surrogate", "x" * 5000, "word " * 900],
    ids=["empty", "spaces", "unicode", "surrogate", "one-long-word", "long"],
)
def test_every_span_has_a_vector_of_length_one(embedder: Embedder, text: str) -> None:
    spans = words(text)
    found = embedder.embed_spans(text, spans)
    assert found.shape == (len(spans), embedder.dimension)
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)


def test_a_text_beyond_the_window_is_read_to_its_end(embedder: Embedder) -> None:
    filler = "We logged the step time of every rank and kept the slowest. " * 60
    text = f"{filler}A frozen watchdog aborts the communicator."
    last = words(text)[-1]
    alone = "A frozen watchdog aborts the communicator."
    far = embedder.embed_spans(text, words(text))[-1]
    near = embedder.embed_spans(alone, words(alone))[-1]
    assert text[slice(*last)] == "communicator"
    assert far @ near > 0.7


def test_vectors_do_not_depend_on_who_asks_at_the_same_time(embedder: Embedder) -> None:
    texts = [f"Rank {i} waits for the all-reduce of step {i * i}." for i in range(12)]
    one = [default_embedder().embed_spans(text, words(text)) for text in texts[:3]]
    with ThreadPoolExecutor(6) as pool:
        many = list(pool.map(lambda text: embedder.embed_spans(text, words(text)), texts))
    assert all(np.array_equal(a, b) for a, b in zip(one, many, strict=False))


def test_the_fake_knows_words_but_no_context() -> None:
    fake = HashEmbedder(64)
    text = "clip the gradient"
    assert np.array_equal(fake.embed_spans(text, [(0, 4)]), fake.embed_queries(["clip"]))
    assert fake.embed_spans(text, []).shape == (0, 64)
