"""How well passages are found: fused ranking against dense alone and BM25 alone, and what searching and refreshing cost.

Queries and graded judgments are in bench/queries.yaml. nDCG@10 and recall@5 are of items, each counted once, on the
half of the queries that fusion was never tuned on; the `.all` rows are of all queries, the `.first_judged` ones of that half
without the judgments that were added when retrieval changed, and `failure.` names the queries of that half that are far
from their best. Intervals are bootstrapped over queries. `million.*` is the dense index alone over a million vectors, the pack's own, each perturbed many times, against
comparing with every one of them.

    .venv/bin/python bench/retrieval.py
"""

from __future__ import annotations

import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

sys.path[0] = str(Path(__file__).parent.parent)

import numpy as np
import yaml
from numpy.typing import NDArray

from bench.common import Row, bootstrap, write_results
from corpus import Passage
from interviewer.packs import load_role_pack
from retrieval import (
    Embedder,
    Mode,
    Retriever,
    build_passages,
    default_embedder,
    open_retriever,
    search_items,
)
from retrieval.dense import DenseIndex
from retrieval.embedder import Vectors
from retrieval.metrics import ndcg, recall
from retrieval.passages import indexed_text

QUERIES = Path(__file__).parent / "queries.yaml"
MODES: tuple[Mode, ...] = ("fused", "dense", "bm25")
Measure = Callable[[Sequence[str], Mapping[str, int], int], float]
HELD_OUT = "test"
FAILED_BELOW = 0.4
REPEATS = 5
MILLION = 1_000_000
# Vectors are turned by about 27 degrees: as near to each other as passages on one subject are.
PERTURBED_BY = 0.5
SEARCH_DEPTH = 200  # what fusion takes from a ranking


@dataclass(frozen=True)
class JudgedQuery:
    """A query with its relevant items, `kind:item id` to grade (2 answers it, 1 helps).

    `first_grades` are those of the first readers, without what was judged when retrieval had changed.
    """

    text: str
    style: str
    split: str
    grades: dict[str, int]
    first_grades: dict[str, int]


def read_queries(path: Path, known: set[str]) -> list[JudgedQuery]:
    """The judged queries. Raises ValueError for an item that the pack does not have: the judgment is stale."""
    queries = []
    for item in yaml.safe_load(path.read_text(encoding="utf-8")):
        first: dict[str, int] = item["relevant"]
        grades = first | item.get("pooled", {})
        stale = set(grades) - known
        if stale:
            raise ValueError(f"{item['query']!r} names {sorted(stale)[0]!r}, which is not in the pack")
        if first:  # the bank has nothing for the others, and no ranking can be right
            queries.append(JudgedQuery(item["query"], item["style"], item["split"], grades, dict(first)))
    return queries


def main() -> None:
    """Measure and write."""
    role = load_role_pack()
    passages = build_passages(role.pack, role.rubrics)
    queries = read_queries(QUERIES, {_item(passage) for passage in passages})
    with tempfile.TemporaryDirectory() as folder:
        embedder = default_embedder()
        retriever = open_retriever(Path(folder), passages, embedder, glossary=role.pack.glossary)
        rows = [
            *quality_rows(retriever, queries),
            *latency_rows(retriever, queries, embedder),
            *refresh_rows(partial(open_retriever, Path(folder), glossary=role.pack.glossary), passages),
        ]
        vectors = embedder.embed_passages([indexed_text(passage) for passage in passages])
        asked = embedder.embed_queries([query.text for query in queries])
        rows += million_rows(vectors, asked, Path(folder))
    write_results("retrieval", rows)


# Quality


def quality_rows(retriever: Retriever, queries: Sequence[JudgedQuery]) -> list[Row]:
    """nDCG@10 and recall@5 of each ranking, with paired differences of fused to the other two."""
    rows = []
    rankings = {mode: [_ranking(retriever, query.text, mode) for query in queries] for mode in MODES}
    held_out = np.array([query.split == HELD_OUT for query in queries])
    groups: dict[str, NDArray[np.bool_]] = {"": held_out, ".all": np.ones(len(queries), dtype=np.bool_)}
    for style in dict.fromkeys(query.style for query in queries):
        groups[f".{style}"] = np.array([query.style == style for query in queries])
    measures: tuple[tuple[str, Measure, int], ...] = (("ndcg10", ndcg, 10), ("recall5", recall, 5))
    for name, measure, k in measures:
        first, values = (
            {
                mode: np.array([measure(*pair, k) for pair in zip(rankings[mode], grades, strict=True)])
                for mode in MODES
            }
            for grades in (
                [query.first_grades for query in queries],
                [query.grades for query in queries],
            )
        )
        for suffix, chosen in groups.items():
            rows += _compared(name, suffix, {mode: values[mode][chosen] for mode in MODES})
        rows += _compared(name, ".first_judged", {mode: first[mode][held_out] for mode in MODES})
        if name == "ndcg10":
            rows += [
                Row(f"failure.{query.text}", float(value), "0..1")
                for query, value, chosen in zip(queries, values["fused"], held_out, strict=True)
                if chosen and value < FAILED_BELOW
            ]
    return rows


def _compared(name: str, suffix: str, values: Mapping[Mode, NDArray[np.float64]]) -> list[Row]:
    rows = [_mean_row(f"{name}.{mode}{suffix}", values[mode]) for mode in MODES]
    others: tuple[Mode, ...] = ("dense", "bm25")
    for other in others:
        difference = values["fused"] - values[other]
        rows.append(_mean_row(f"{name}.fused_minus_{other}{suffix}", difference))
    return rows


def _ranking(retriever: Retriever, query: str, mode: Mode) -> list[str]:
    return [_item(hit.passage) for hit in search_items(retriever, query, 10, mode=mode)]


def _item(passage: Passage) -> str:
    return f"{passage.kind.value}:{passage.item_id}"


def _mean_row(metric: str, values: NDArray[np.float64]) -> Row:
    low, high = bootstrap(values)
    return Row(metric, float(values.mean()), "0..1", low=low, high=high, n=len(values))


# Cost


def latency_rows(retriever: Retriever, queries: Sequence[JudgedQuery], embedder: Embedder) -> list[Row]:
    """A search by item against embedding its query alone, one after the other; medians over queries and repeats.

    Every text is new to the embedder's cache: more spaces at its end make another text of the same tokens.
    """
    embedding_s, search_s = [], []
    for repeat in range(REPEATS):
        for query in queries:
            texts = [query.text + " " * (2 * repeat + more) for more in (1, 2)]
            embedding_s.append(_seconds(partial(embedder.embed_queries, texts[:1])))
            search_s.append(_seconds(partial(search_items, retriever, texts[1], 10)))
    ratios = np.array(search_s) / np.array(embedding_s)
    low, high = bootstrap(ratios, lambda values: float(np.median(values)), resamples=2_000)
    count = len(ratios)
    return [
        Row("embedding_ms", statistics.median(embedding_s) * 1000, "ms", n=count),
        Row("search_ms", statistics.median(search_s) * 1000, "ms", n=count),
        Row(
            "search_over_embedding_ratio",
            float(np.median(ratios)),
            "times",
            against="embedding the query",
            low=low,
            high=high,
            n=count,
        ),
    ]


def refresh_rows(open_index: Callable[..., Retriever], passages: Sequence[Passage]) -> list[Row]:
    """Opening the index after one passage has changed against building all of it anew.

    The model is loaded before the clock starts, and each embedder is a new one, so that no vector is remembered.
    """
    rebuild_s = _seconds(partial(open_index, passages, _warm_embedder(), rebuild=True))
    refresh_s = []
    random = np.random.default_rng(0)
    for changed in random.choice(len(passages), size=REPEATS, replace=False):
        texts = list(passages)
        texts[changed] = replace(texts[changed], text=f"{texts[changed].text} This sentence is new.")
        refresh_s.append(_seconds(partial(open_index, texts, _warm_embedder())))
    one_change_s = statistics.median(refresh_s)
    return [
        Row("rebuild_s", rebuild_s, "s", n=len(passages)),
        Row("reindex_one_change_s", one_change_s, "s", n=REPEATS),
        Row(
            "reindex_one_change_ratio",
            one_change_s / rebuild_s,
            "times",
            against="building all of it",
            n=REPEATS,
        ),
    ]


def million_rows(vectors: Vectors, queries: Vectors, folder: Path) -> list[Row]:
    """The approximate index over MILLION vectors near the given ones: how much of the ten nearest it finds, and its cost."""
    chance = np.random.default_rng(0)
    many = vectors[chance.integers(0, len(vectors), MILLION)]
    noise = chance.standard_normal(many.shape, dtype=np.float32)
    many += PERTURBED_BY * noise / np.linalg.norm(noise, axis=1, keepdims=True)
    del noise
    many /= np.linalg.norm(many, axis=1, keepdims=True)
    exact = DenseIndex.build(many, approximate_from=MILLION + 1)
    nearest = [{row for row, _ in exact.search(query, 10)} for query in queries]
    exact_s = [_seconds(partial(exact.search, query, SEARCH_DEPTH)) for query in queries]
    del exact
    before = _resident_bytes()
    began = time.perf_counter()
    index = DenseIndex.build(many)
    build_s = time.perf_counter() - began
    memory = _resident_bytes() - before
    found = [{row for row, _ in index.search(query, 10)} for query in queries]
    recalls = np.array([len(some & all_) / 10 for some, all_ in zip(found, nearest, strict=True)])
    search_s = [
        _seconds(partial(index.search, query, SEARCH_DEPTH)) for _ in range(REPEATS) for query in queries
    ]
    index.save(folder / "million.faiss")
    low, high = bootstrap(recalls)
    count = len(search_s)
    return [
        Row("million.recall10", float(recalls.mean()), "0..1", "exact search", None, low, high, len(recalls)),
        Row("million.p50_ms", 1e3 * float(np.quantile(search_s, 0.5)), "ms", n=count),
        Row(
            "million.p99_ms",
            1e3 * float(np.quantile(search_s, 0.99)),
            "ms",
            against="exact search",
            ratio=float(np.quantile(search_s, 0.99) / np.quantile(exact_s, 0.99)),
            n=count,
        ),
        Row("million.exact_p50_ms", 1e3 * float(np.quantile(exact_s, 0.5)), "ms", n=len(exact_s)),
        Row("million.build_s", build_s, "s", n=MILLION),
        Row("million.memory_mib", memory / 2**20, "MiB", n=MILLION),
        Row("million.disk_mib", (folder / "million.faiss").stat().st_size / 2**20, "MiB", n=MILLION),
    ]


def _resident_bytes() -> int:
    """What this process holds in memory now (Linux)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


def _warm_embedder() -> Embedder:
    embedder = default_embedder()
    embedder.embed_passages(["warm up"])
    return embedder


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
