"""Texts that go through the network together get the bits that they get alone, or they do not go together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel, DistilBertConfig, DistilBertModel

from retrieval.packed_bert import can_pack, hidden_states, is_exact
from retrieval.sentence_transformer import SentenceTransformerEmbedder

TEXTS = [
    "One rank waits in the all-reduce and the others are in the next step already, as the flight recorder shows.",
    "Stock vests over four years.",
    "No.",
    "",
    "The loss is a NaN from step 812 on; before that the gradient's norm doubles "
    + "again and " * 40
    + "again.",
    "word " * 500,
    "你好",
    "x",
]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """As the embedder's own threads compute."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def bert() -> BertModel:
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=100, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64
    )
    return BertModel(config).eval()


def test_vectors_are_those_of_the_model_bit_for_bit() -> None:
    """Also where this machine's arithmetic would move bits: there each text goes alone."""
    embedder = SentenceTransformerEmbedder.packaged()
    loaded = embedder._load()
    go_together = loaded.grouped(TEXTS[:5]) != [[text] for text in TEXTS[:5]]
    assert go_together == loaded._packs
    single = SentenceTransformerEmbedder.packaged()
    single._load()._packs = False
    alone = [single.embed_passages([text])[0] for text in TEXTS]
    assert np.array_equal(embedder.embed_passages(TEXTS), alone)


def test_each_text_attends_to_itself_alone_and_counts_its_own_places(bert: BertModel) -> None:
    ids = torch.arange(1, 21)
    lengths = [7, 4, 9]
    with torch.inference_mode():
        together = torch.split(hidden_states(bert, ids, lengths), lengths)
        for text, states in zip(torch.split(ids, lengths), together, strict=True):
            assert torch.allclose(states, bert(text[None]).last_hidden_state[0], atol=1e-5)


def test_texts_do_not_go_together_where_that_would_move_a_bit(
    bert: BertModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = torch.nn.functional.linear

    def by_the_number_of_rows(rows: torch.Tensor, *others: torch.Tensor) -> torch.Tensor:
        return plain(rows, *others) + (1e-7 if rows.shape[-2] > 100 else 0.0)

    monkeypatch.setattr(torch.nn.functional, "linear", by_the_number_of_rows)
    assert not is_exact(bert)


def test_texts_do_not_go_together_through_a_network_that_computes_something_else(
    bert: BertModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert is_exact(bert)
    forward = BertModel.forward

    def shifted(self: BertModel, **given: Any) -> Any:
        found = forward(self, **given)
        found.last_hidden_state += 1e-3
        return found

    with monkeypatch.context() as patch:
        patch.setattr(BertModel, "forward", shifted)
        assert not is_exact(bert)
    monkeypatch.delattr(type(bert.encoder.layer[0]), "feed_forward_chunk")
    assert not is_exact(bert)


def test_only_a_network_that_is_known_is_packed(bert: BertModel) -> None:
    assert can_pack(bert)
    other = DistilBertConfig(vocab_size=100, dim=32, n_layers=1, n_heads=4, hidden_dim=64)
    assert not can_pack(DistilBertModel(other))


def test_every_text_is_in_one_group_and_no_worker_without_one() -> None:
    loaded = SentenceTransformerEmbedder.packaged()._load()
    texts = [f"text {number}" for number in range(40)]
    groups = loaded.grouped(texts)
    assert sorted(text for group in groups for text in group) == sorted(texts)
    assert max(map(len, groups)) <= 8
    assert loaded.grouped([]) == []
    loaded._packs = False
    assert loaded.grouped(texts[:3]) == [[text] for text in texts[:3]]
