"""What a search returns: filters, modes, fusion, and each item once."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from index_world import CountingEmbedder, passage

from corpus import GlossaryEntry, Passage, PassageKind
from interviewer.packs import load_role_pack
from retrieval import HashEmbedder, Hit, Retriever, build_passages, open_retriever, search_items

TINY = Path(__file__).parents[1] / "packs" / "tiny"
QUERY = "key-value cache memory of a batch"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Retriever:
    role = load_role_pack(TINY)
    passages = build_passages(role.pack, role.rubrics)
    return open_retriever(tmp_path_factory.mktemp("tiny"), passages, HashEmbedder())


def made(folder: Path, *passages: Passage) -> Retriever:
    return open_retriever(folder, passages, CountingEmbedder())


def ids(hits: list[Hit]) -> list[str]:
    return [hit.passage.passage_id for hit in hits]


# Filters


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        pytest.param({}, lambda p: True, id="none"),
        pytest.param({"kinds": ["note"]}, lambda p: p.kind is PassageKind.NOTE, id="a kind"),
        pytest.param(
            {"kinds": (PassageKind.NOTE, "guide")},
            lambda p: p.kind.value in ("note", "guide"),
            id="two kinds",
        ),
        pytest.param({"categories": {"math"}}, lambda p: p.category == "math", id="a category"),
        pytest.param({"levels": ["IC1"]}, lambda p: p.level == "IC1", id="a level"),
        pytest.param({"levels": ["IC1", "IC5"]}, lambda p: p.level in ("IC1", "IC5"), id="two levels"),
        pytest.param({"rounds": ["systems"]}, lambda p: "systems" in p.rounds, id="a round"),
        pytest.param(
            {"kinds": ["question"], "rounds": ["all"], "categories": ["systems"], "levels": ["IC3"]},
            lambda p: p.passage_id == "question:kv-cache",
            id="all together",
        ),
        pytest.param({"categories": ["cooking"]}, lambda p: False, id="a value that nothing has"),
        pytest.param({"kinds": []}, lambda p: False, id="no value at all"),
    ],
)
@pytest.mark.parametrize("mode", ["fused", "dense"])
def test_a_filter_keeps_all_that_carry_its_value(
    tiny: Retriever, mode: str, filters: dict[str, object], expected: object
) -> None:
    hits = tiny.retrieve(QUERY, 100, mode=mode, **filters)  # type: ignore[arg-type]
    assert sorted(ids(hits)) == sorted(p.passage_id for p in tiny.passages if expected(p))  # type: ignore[operator]
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))


def test_a_filter_is_applied_before_ranking(tiny: Retriever) -> None:
    """As many as were asked for are found, however far behind they are among all passages."""
    assert ids(tiny.retrieve("standard error of a mean", 3, kinds=["guide"], mode="dense")) != []
    assert len(tiny.retrieve("standard error of a mean", 3, kinds=["guide"])) == 3


def test_the_guide_has_no_category_level_or_round(tiny: Retriever) -> None:
    query = "how long does the process take"
    assert ids(tiny.retrieve(query, 1)) == ["guide:guide/process.md#how-long-does-the-process-take"]
    for filters in ({"categories": ["systems"]}, {"levels": ["IC1"]}, {"rounds": ["systems"]}):
        hits = tiny.retrieve(query, 50, **filters)  # type: ignore[arg-type]
        assert PassageKind.GUIDE not in {hit.passage.kind for hit in hits}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"k": 0}, "k is at least 1"),
        ({"mode": "both"}, "a mode is fused, dense or bm25, not 'both'"),
        ({"kinds": ["poem"]}, "'poem' is not a valid PassageKind"),
        ({"kinds": "note"}, "a filter is a collection of values, not the text 'note'"),
        ({"levels": "IC1"}, "a filter is a collection of values, not the text 'IC1'"),
    ],
)
def test_bad_arguments_are_refused(tiny: Retriever, arguments: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        tiny.retrieve("words", **arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("query", ["", "  \n\t"])
@pytest.mark.parametrize("mode", ["fused", "dense", "bm25"])
def test_a_blank_query_finds_nothing(tiny: Retriever, query: str, mode: str) -> None:
    assert tiny.retrieve(query, 5, mode=mode) == []  # type: ignore[arg-type]


def test_words_that_nothing_has(tiny: Retriever) -> None:
    assert tiny.retrieve("zyzzyva quux", 5, mode="bm25") == []
    assert len(tiny.retrieve("zyzzyva quux", 5)) == 5, "the nearest by meaning remain"


# Fusion


def test_fused_is_the_cosine_and_shares_of_the_best_and_of_what_they_are_about(tmp_path: Path) -> None:
    retriever = made(
        tmp_path, passage("one", "A cache of pages."), passage("two", "Cached words, paged out.")
    )
    index = retriever._index
    words, letters = index.lexical.scores(QUERY), index.grams.scores(QUERY)
    found = retriever.retrieve(QUERY, 100)
    assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)
    rows = [retriever.passages.index(hit.passage) for hit in found]
    expected = np.array([retriever.cosine(QUERY, hit.passage) for hit in found])
    expected += 0.3 * words[rows] / words.max() + 0.3 * letters[rows] / letters.max()
    # Neither has a topic, and both are among the first ten: they divide the say by the tenths that they are apart.
    say = np.exp((expected - expected[0]) / 0.1)
    vectors = index.dense.vectors()[rows]
    near = vectors @ (say @ vectors)
    expected += 0.4 * near / near.max()
    assert [hit.score for hit in found] == pytest.approx(expected, abs=1e-5)


def test_what_is_about_the_same_as_the_first_is_found_without_a_word_of_the_query(tmp_path: Path) -> None:
    texts = [
        passage("watchdog", "The watchdog names the rank.", topics=("collectives", "debugging")),
        passage("offer", "Stock vests over four years.", topics=("offer",)),
        passage("recorder", "A buffer keeps recent operations.", topics=("collectives", "debugging")),
    ]
    found = made(tmp_path, *texts).retrieve("watchdog", 3)
    assert [hit.passage.item_id for hit in found] == ["watchdog", "recorder", "offer"]
    plain = [replace(text, topics=()) for text in texts]
    assert found[1].score > made(tmp_path / "plain", *plain).retrieve("watchdog", 3)[1].score + 0.15


def test_a_filter_leaves_scores_as_they_are(tiny: Retriever) -> None:
    everything = tiny.retrieve(QUERY, 100)
    notes = tiny.retrieve(QUERY, 100, kinds=["note"])
    kept = [hit for hit in everything if hit.passage.kind is PassageKind.NOTE]
    assert [(hit.passage, hit.score) for hit in notes] == [(hit.passage, hit.score) for hit in kept]


@pytest.mark.parametrize(("query", "word"), [("chekpoint intervall", "checkpoint"), ("KVcache", "cache")])
def test_a_slip_of_the_pen_or_another_spelling_still_meets_the_word(
    tiny: Retriever, query: str, word: str
) -> None:
    row, _ = tiny._index.grams.search(query, 1)[0]
    assert word in tiny.passages[row].text.lower()


GLOSSARY = (
    GlossaryEntry(
        term="activation checkpointing", also=("recompute",), plain=("throw away results and redo them",)
    ),
    GlossaryEntry(term="stragglers", plain=("one slow machine",)),
)


def test_a_query_in_plain_words_finds_what_the_term_is_about(tmp_path: Path) -> None:
    texts = [
        passage("machines", "How to buy a machine: prices, slow and fast."),
        passage("memory", "Activation checkpointing saves memory.", title="Training memory"),
        passage("late", "Stragglers delay a step.", title="Late"),
    ]
    query = "results that we throw away and redo later"
    plain = made(tmp_path / "plain", *texts).retrieve(query, 3)
    assert plain[0].passage.item_id != "memory"
    read = open_retriever(tmp_path / "read", texts, CountingEmbedder(), glossary=GLOSSARY)
    assert read.retrieve(query, 1)[0].passage.item_id == "memory"


@pytest.mark.parametrize("query", ["zyzzyva quux", "vesting of stock"])
def test_a_query_about_no_entry_is_read_without_the_glossary(tmp_path: Path, query: str) -> None:
    texts = [passage("offer", "Stock vests."), passage("late", "Stragglers delay a step.")]
    scores = [
        [(hit.passage.item_id, hit.score) for hit in retriever.retrieve(query, 2)]
        for retriever in (
            made(tmp_path / "plain", *texts),
            open_retriever(tmp_path / "read", texts, CountingEmbedder(), glossary=GLOSSARY),
        )
    ]
    assert scores[0] == scores[1]


def test_a_slip_is_mended_before_the_query_is_embedded(tiny: Retriever) -> None:
    right, wrong = (tiny.retrieve(query, 5) for query in ("checkpoint interval", "chekpoint intervall"))
    assert [(hit.passage, hit.score) for hit in right] == [(hit.passage, hit.score) for hit in wrong]


def test_a_title_counts_more_than_a_mention(tmp_path: Path) -> None:
    """Both texts say the word once; in one of them it is the title."""
    filler = "Some more words that say little about anything at all."
    found = made(
        tmp_path,
        passage("mention", f"Stragglers appear. {filler}", title="Something else"),
        passage("title", f"{filler} Nothing appears.", title="Stragglers"),
    ).retrieve("stragglers", 2, mode="bm25")
    assert ids(found) == ["note:title", "note:mention"]


# Items


def test_each_item_once_by_its_best_passage(tmp_path: Path) -> None:
    retriever = made(
        tmp_path,
        passage("long", "Nothing of interest.", item_id="long"),
        passage("long~2", "Paged cache blocks.", item_id="long"),
        passage("long~3", "Paged cache blocks and more words.", item_id="long"),
        passage("short", "A cache."),
    )
    hits = search_items(retriever, "paged cache blocks", 10)
    assert [(hit.passage.passage_id, hit.rank) for hit in hits] == [("note:long~2", 1), ("note:short", 2)]


def test_a_question_and_its_rubric_are_two_items(tiny: Retriever) -> None:
    hits = search_items(tiny, "KV cache size of a 7B model", 20)
    found = [(hit.passage.kind, hit.passage.item_id) for hit in hits]
    assert len(found) == len(set(found))
    assert (PassageKind.QUESTION, "kv-cache") in found
    assert (PassageKind.RUBRIC, "kv-cache") in found


def test_the_sections_of_one_document_leave_room(tmp_path: Path) -> None:
    sections = [passage(f"long#{n}", text=f"watchdog timeout {'watchdog ' * n}") for n in range(1, 6)]
    others = [passage(f"other{n}#start", text=f"watchdog and much else {n}") for n in range(3)]
    retriever = made(tmp_path, *sections, *others)
    documents = [name.split("#")[0] for name in ids(search_items(retriever, "watchdog timeout", 4))]
    assert documents[:2] == ["note:long", "note:long"]
    assert {"note:other0", "note:other1", "note:other2"} >= set(documents[2:])
    every = ids(search_items(retriever, "watchdog timeout", 8))
    assert set(every) == {p.passage_id for p in (*sections, *others)}
    only = made(tmp_path / "only", *sections)
    assert len(search_items(only, "watchdog timeout", 4)) == 4


def test_as_many_items_as_there_are(tmp_path: Path) -> None:
    """Many passages of one item do not crowd out the others."""
    crowd = [passage(f"big~{index}", "cache cache cache", item_id="big") for index in range(300)]
    others = [passage(f"small{index}", "A cache among many other words here.") for index in range(5)]
    hits = search_items(made(tmp_path, *crowd, *others), "cache", 6)
    assert hits[0].passage.item_id == "big"
    assert {hit.passage.item_id for hit in hits[1:]} == {f"small{index}" for index in range(5)}


def test_k_and_filters_of_items(tiny: Retriever) -> None:
    assert len(search_items(tiny, QUERY, 2)) == 2
    hits = search_items(tiny, QUERY, 10, kinds=["note"], rounds=["systems"])
    assert {hit.passage.kind for hit in hits} == {PassageKind.NOTE}
    assert len(hits) == 3


def test_cosine_of_an_indexed_passage(tiny: Retriever) -> None:
    first = tiny.retrieve(QUERY, 1, mode="dense")[0]
    assert tiny.cosine(QUERY, first.passage) == pytest.approx(first.score, abs=1e-6)
    with pytest.raises(KeyError):
        tiny.cosine(QUERY, passage("other", "Not indexed."))


def test_cosines_of_questions_come_from_the_index(tiny: Retriever) -> None:
    names = ["variance", "kv-cache"]
    found = tiny.question_cosines([QUERY, "standard error"], names)
    asked = {item.item_id: item for item in tiny.passages if item.kind is PassageKind.QUESTION}
    for row, query in enumerate((QUERY, "standard error")):
        assert found[row] == pytest.approx([tiny.cosine(query, asked[name]) for name in names], abs=1e-6)
    with pytest.raises(KeyError):
        tiny.question_cosines([QUERY], ["nowhere"])


def test_a_hit_says_where_it_is_from(tiny: Retriever) -> None:
    hit = tiny.retrieve("paging a key-value cache", 1, kinds=["note"])[0]
    assert hit.source == "notes/kv-cache.md:11"
