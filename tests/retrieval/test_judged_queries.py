"""The judged queries of the retrieval benchmark fit the pack that they were judged on."""

from collections import Counter
from pathlib import Path

import pytest
import yaml

from interviewer.packs import load_role_pack
from retrieval import build_passages

QUERIES = Path(__file__).parents[2] / "bench" / "queries.yaml"


@pytest.fixture(scope="module")
def queries() -> list[dict[str, object]]:
    loaded: list[dict[str, object]] = yaml.safe_load(QUERIES.read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def categories() -> dict[str, str | None]:
    """Every item of the built-in pack as the judgments name it, with its category."""
    role = load_role_pack()
    passages = build_passages(role.pack, role.rubrics)
    return {f"{item.kind.value}:{item.item_id}": item.category for item in passages}


def judged(query: dict[str, dict[str, int]]) -> dict[str, int]:
    return query["relevant"] | query.get("pooled", {})


def test_every_judged_item_is_in_the_pack(
    queries: list[dict[str, dict[str, int]]], categories: dict[str, str | None]
) -> None:
    stale = {item for query in queries for item in judged(query) if item not in categories}
    assert stale == set()


def test_they_are_enough_and_spread_over_the_pack(
    queries: list[dict[str, dict[str, int]]], categories: dict[str, str | None]
) -> None:
    assert len({query["query"] for query in queries}) == len(queries) >= 200  # type: ignore[type-var]
    judged = [item for query in queries for item in query["relevant"]]
    assert {item.split(":")[0] for item in judged} == {"question", "rubric", "note", "guide"}
    assert {categories[item] for item in judged} == set(categories.values())


def test_each_is_judged_and_in_one_half(queries: list[dict[str, object]]) -> None:
    for query in queries:
        assert set(query) - {"pooled"} == {"query", "style", "split", "relevant"}
        grades = query["relevant"]
        assert isinstance(grades, dict)
        assert set(grades.values()) <= {1, 2}
        added = query.get("pooled", {})
        assert isinstance(added, dict)
        assert set(added.values()) <= {1, 2}
        assert grades or not added, "a gap of the bank stays one"
        assert not grades.keys() & added.keys(), "judged twice"
    assert sum(not query["relevant"] for query in queries) <= 0.02 * len(queries), "the bank's gaps"
    halves = Counter(query["split"] for query in queries)
    assert set(halves) == {"development", "test"}
    assert min(halves.values()) >= 30
    styles = Counter(query["style"] for query in queries)
    assert set(styles) == {"paraphrase", "terms", "symptom", "acronym", "typo", "question", "guide"}
