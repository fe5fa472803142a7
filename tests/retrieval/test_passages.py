"""What of a pack becomes a passage, with which ids, and where it belongs."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus import PassageKind
from interviewer.packs import RolePack, load_role_pack
from retrieval import build_passages
from retrieval.passages import MAX_WORDS, slugify, split_text

TINY = Path(__file__).parents[1] / "packs" / "tiny"


@pytest.fixture(scope="module")
def role() -> RolePack:
    return load_role_pack(TINY)


def test_every_kind_with_its_ids(role: RolePack) -> None:
    found = build_passages(role.pack, role.rubrics)
    assert [(item.kind.value, item.passage_id, item.item_id, item.source) for item in found] == [
        *(("question", f"question:{name}", name, f"questions#{name}") for name in QUESTIONS),
        *(
            ("rubric", f"rubric:{part}", part.split("~")[0], f"rubrics#{part.split('~')[0]}")
            for part in RUBRICS
        ),
        ("guide", "guide:guide/process.md#the-process", "guide/process.md#the-process", "guide/process.md:1"),
        (
            "guide",
            "guide:guide/process.md#how-long-does-the-process-take",
            "guide/process.md#how-long-does-the-process-take",
            "guide/process.md:4",
        ),
        (
            "guide",
            "guide:guide/process.md#what-the-team-works-on",
            "guide/process.md#what-the-team-works-on",
            "guide/process.md:7",
        ),
        *(
            (
                "note",
                f"note:notes/kv-cache.md#{slug}",
                f"notes/kv-cache.md#{slug}",
                f"notes/kv-cache.md:{line}",
            )
            for slug, line in NOTE_SECTIONS
        ),
    ]


RUBRICS = ("kv-cache", "kv-cache~2", "idle-gpu", "checkpoint", "checkpoint~2", "variance", "variance~2")
QUESTIONS = ("kv-cache", "idle-gpu", "checkpoint", "variance")
NOTE_SECTIONS = (
    ("the-key-value-cache", 5),
    ("size-of-a-key-value-cache", 8),
    ("paging-a-key-value-cache", 11),
)


def test_where_a_passage_belongs(role: RolePack) -> None:
    found = {item.passage_id: item for item in build_passages(role.pack, role.rubrics)}
    question, rubric = found["question:kv-cache"], found["rubric:kv-cache"]
    assert question.category == rubric.category == "systems"
    assert question.level == rubric.level == "IC3"
    assert question.rounds == rubric.rounds == ("systems", "all")
    assert question.topics == rubric.topics == ("inference", "gpu")
    assert found["question:variance"].rounds == ("all",)

    note = found["note:notes/kv-cache.md#paging-a-key-value-cache"]
    assert (note.category, note.level, note.topics) == ("systems", None, ("inference", "gpu"))
    assert note.rounds == ("systems", "all"), "a note belongs to the rounds that draw from its category"

    guide = found["guide:guide/process.md#what-the-team-works-on"]
    assert (guide.category, guide.level, guide.rounds) == (None, None, ())


def test_a_round_that_no_question_names_is_that_of_its_categories(role: RolePack) -> None:
    loop = role.pack.round("all").model_copy(update={"id": "loop"})
    info = role.pack.info.model_copy(update={"rounds": (*role.pack.info.rounds, loop)})
    pack = type(role.pack)(role.pack.root, info, role.pack.questions, role.pack.guide, role.pack.notes)
    found = {item.passage_id: item.rounds for item in build_passages(pack, role.rubrics)}
    assert found["question:kv-cache"] == ("systems", "all", "loop")
    assert found["rubric:variance"] == ("all", "loop")


def test_titles_and_texts(role: RolePack) -> None:
    found = {item.passage_id: item for item in build_passages(role.pack, role.rubrics)}
    assert found["question:kv-cache"].title == "Size of a KV cache"
    assert found["question:kv-cache"].text.endswith("What do you look at?\nTopics: inference, gpu")
    assert found["rubric:kv-cache"].title == "Rubric: Size of a KV cache"
    assert found["guide:guide/process.md#the-process"].title == "The process"
    assert found["note:notes/kv-cache.md#paging-a-key-value-cache"].title == (
        "The key-value cache: Paging a key-value cache"
    )
    assert found["rubric:kv-cache"].text.startswith("- Explains that the key-value cache grows linearly")
    assert found["rubric:kv-cache~2"].title == "Rubric: Size of a KV cache"
    assert (
        "\n- Red flag: Says that restarting the machine is the fix." in f"\n{found['rubric:kv-cache~2'].text}"
    )


def test_only_a_rubric_answers_its_question(role: RolePack) -> None:
    """Whoever searches questions, guide and notes is not shown what a criterion asks for, nor the model answer."""
    found = build_passages(role.pack, role.rubrics)
    for question in role.pack.questions:
        secrets = [question.model_answer, *(c.text for c in role.rubrics[question.id].criteria)]
        for item in found:
            if item.kind is not PassageKind.RUBRIC:
                assert not any(secret in item.text for secret in secrets)
    assert not any(q.model_answer in item.text for item in found for q in role.pack.questions)


def test_a_question_without_a_rubric_has_no_rubric_passage(role: RolePack) -> None:
    some = {name: rubric for name, rubric in role.rubrics.items() if name != "variance"}
    ids = {item.passage_id for item in build_passages(role.pack, some)}
    assert "question:variance" in ids
    assert "rubric:variance" not in ids


def test_long_text_is_cut_and_sources_are_left_out(tmp_path: Path) -> None:
    root = _pack_with_note(
        tmp_path, f"## Long\n{SENTENCES}\n\n## Long\nShort.\n\n## Sources\n- [A](https://a.org)\n"
    )
    role = load_role_pack(root)
    notes = [item for item in build_passages(role.pack, role.rubrics) if item.kind is PassageKind.NOTE]
    added = [item for item in notes if item.item_id.startswith("notes/added.md")]
    assert [item.passage_id for item in added] == [
        "note:notes/added.md#added",
        "note:notes/added.md#long",
        "note:notes/added.md#long~2",
        "note:notes/added.md#long-2",
    ]
    assert {item.item_id for item in added} == {
        "notes/added.md#added",
        "notes/added.md#long",
        "notes/added.md#long-2",
    }
    assert all(len(item.text.split()) <= MAX_WORDS for item in added)


SENTENCES = " ".join(f"Sentence number {index} has exactly seven words." for index in range(30))


def _pack_with_note(folder: Path, body: str) -> Path:
    root = Path(shutil.copytree(TINY, folder / "pack"))
    text = f"---\ncategory: systems\n---\n# Added\nOne.\n\n{body}"
    (root / "notes" / "added.md").write_text(text, encoding="utf-8")
    return root


@pytest.mark.parametrize(
    ("heading", "slug"),
    [
        ("Size of a cache", "size-of-a-cache"),
        ("What is `all_reduce`?", "what-is-all-reduce"),
        ("Résumé: 2/3", "resume-2-3"),
        ("…", "section"),
    ],
)
def test_slugs(heading: str, slug: str) -> None:
    assert slugify(heading) == slug


def test_a_cut_keeps_what_a_statement_refers_to() -> None:
    """Four words a sentence, ten a part, four carried over: each part begins with the sentence before the cut."""
    text = "One is the first. Two is the second. Three is the third. Four is the fourth. Five is the fifth."
    assert split_text(text, max_words=10, overlap_words=4) == (
        "One is the first. Two is the second.",
        "Two is the second. Three is the third.",
        "Three is the third. Four is the fourth.",
        "Four is the fourth. Five is the fifth.",
    )


def test_a_cut_is_between_items_and_rows() -> None:
    text = "- one two three\n- four five six\n- seven eight nine"
    assert split_text(text, max_words=8, overlap_words=0) == (
        "- one two three\n- four five six",
        "- seven eight nine",
    )


@given(
    st.lists(st.sampled_from(["word", "Ends.", "- item", "| a | b |", "\n", "\n\n", "x" * 40]), max_size=80),
    st.integers(1, 20),
)
def test_parts_are_short_and_lose_no_word(pieces: list[str], max_words: int) -> None:
    text = " ".join(pieces)
    parts = split_text(text, max_words=max_words, overlap_words=0)
    assert all(len(part.split()) <= max_words for part in parts)
    assert " ".join(parts).split() == text.split()
