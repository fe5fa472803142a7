"""How text is cut into words, and what a search for words finds."""

import numpy as np
import pytest

from retrieval.lexical import Cut, LexicalIndex, grams_of, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Caches cached caching cache", ["cach"] * 4),
        ("all-reduce", ["all", "reduc", "allreduc"]),
        ("allreduce", ["allreduc"]),
        ("C++ and C#", ["c++", "c#"]),
        ("H100 SXM5", ["h100", "sxm5"]),
        ("TORCH_NCCL_DUMP_ON_TIMEOUT", ["torch", "nccl", "dump", "timeout"]),
        ("NCCL 2.24", ["nccl", "2", "24", "224"]),
        ("What is the loss?", ["loss"]),
        ("not without no", ["not", "without", "no"]),
        ("Résumé größer", ["résumé", "größer"]),
        ("embedding embeddings embed", ["embed"] * 3),
        ("…!?", []),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert words_of(text) == words


TEXTS = ["the cache is paged", "caching pages of the cache", "stock vests", ""]


def test_search() -> None:
    index = LexicalIndex.build(TEXTS)
    assert index.size == 4
    assert [row for row, _ in index.search("cached pages", 10)] == [1, 0]
    assert [row for row, _ in index.search("cached pages", 1)] == [1]
    assert [row for row, _ in index.search("cached pages", 10, np.array([0, 2]))] == [0]
    assert index.search("unknown words", 10) == []
    assert index.search("the of is", 10) == []


@pytest.mark.parametrize("cut", [words_of, grams_of])
def test_scores_are_those_of_bm25s_to_the_bit(cut: Cut) -> None:
    texts = [f"{some} and {other} over {some}" for some in TEXTS for other in TEXTS]
    index = LexicalIndex.build(texts, cut)
    for query in ("paged cache stock", "stock stock cache unknown", "vest"):
        words = [word for word in cut(query) if word in index._engine.vocab_dict]
        wanted = index._engine.get_scores(words)
        found = index.scores(query)
        assert found.dtype == wanted.dtype
        assert (found == wanted).all()
        assert found.any()


def test_equal_scores_come_in_row_order() -> None:
    index = LexicalIndex.build(["same words", "other", "same words", "same words"])
    found = index.search("same", 10)
    assert [row for row, _ in found] == [0, 2, 3]
    assert len({score for _, score in found}) == 1


def test_a_rarer_word_counts_more() -> None:
    """idf: `gpu` stands in every text, `xid` in one."""
    index = LexicalIndex.build(["gpu gpu one", "gpu two xid", "gpu three four", "gpu five six"])
    assert next(iter(index.search("gpu xid", 10)))[0] == 1
