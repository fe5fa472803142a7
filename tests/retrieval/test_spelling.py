"""Which words of a query are taken for slips of the pen, and of what."""

import pytest

from retrieval.spelling import Spelling

SPELLING = Spelling(
    ["The attention cache, a table of latency.", "Attention and attentive readers; latent heads."]
)


@pytest.mark.parametrize(
    ("query", "mended"),
    [
        pytest.param("atention", "attention", id="a letter too few"),
        pytest.param("laytency", "latency", id="a letter too many"),
        pytest.param("tabel", "table", id="two that changed places"),
        pytest.param("cashe", "cache", id="another letter"),
        pytest.param("Atention?", "attention?", id="a capital"),
        pytest.param("attentive", "attentive", id="a word that is there"),
        pytest.param("attntin", "attntin", id="two slips"),
        pytest.param("eads", "eads", id="a short word"),
        pytest.param("mattention", "mattention", id="the first letter"),
        pytest.param(
            "LATENCI NCCL_TABEL tabel_x pre-tabel", "LATENCI NCCL_TABEL tabel_x pre-tabel", id="names"
        ),
    ],
)
def test_mended(query: str, mended: str) -> None:
    assert SPELLING.mended(query) == mended


def test_the_most_frequent_word_is_meant() -> None:
    assert Spelling(["spine", "shire shire"]).mended("shine") == "shire"
