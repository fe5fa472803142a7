"""The index folder: what is kept, what is embedded again, and what makes all of it anew."""

import json
import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from index_world import TEXTS, CountingEmbedder, passage, passages

from corpus import GlossaryEntry, Passage
from retrieval import (
    EmbedderError,
    IndexFolderError,
    Opening,
    Retriever,
    Vectors,
    index_state,
    open_retriever,
)
from retrieval.dense import DenseIndex
from retrieval.folder import locked, read_version, write_version


def opened(folder: Path, texts: tuple[Passage, ...], embedder: CountingEmbedder | None = None) -> Retriever:
    return open_retriever(folder, texts, embedder or CountingEmbedder())


def finds(retriever: Retriever) -> bool:
    """Whether each text is found by its own words."""
    return all(retriever.retrieve(text, 1)[0].passage.item_id == name for name, text in TEXTS.items())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An index of the four passages."""
    opened(tmp_path / "index", passages())
    return tmp_path / "index"


def version_of(folder: Path) -> Path:
    return folder / (folder / "current").read_text(encoding="ascii")


# What is written


def test_a_first_opening_embeds_everything(tmp_path: Path) -> None:
    embedder = CountingEmbedder()
    retriever = open_retriever(tmp_path / "new" / "index", passages(), embedder)
    assert retriever.opening == Opening(4, 0, "there is no index yet")
    assert embedder.embedded == [f"About {name}\n{text}" for name, text in TEXTS.items()]
    assert finds(retriever)


def test_the_manifest_says_what_the_index_is_of(folder: Path) -> None:
    _, manifest = read_version(folder)
    assert manifest["embedder"] == "hash-256"
    assert manifest["dimension"] == 256
    assert [name for name, _ in manifest["passages"]] == [f"note:{name}" for name in TEXTS]
    sealed = json.loads((version_of(folder) / "manifest.json").read_text())
    assert "dense.faiss" in sealed["files"]


def test_a_folder_holds_one_version_and_nothing_half_done(folder: Path) -> None:
    opened(folder, passages(nccl="Other words."))
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["current", "lock", version_of(folder).name]


def test_the_same_passages_give_the_same_bytes(tmp_path: Path) -> None:
    contents = []
    for name in ("one", "two"):
        opened(tmp_path / name, passages())
        version = version_of(tmp_path / name)
        contents.append(
            {path.relative_to(version): path.read_bytes() for path in version.rglob("*") if path.is_file()}
        )
    assert contents[0] == contents[1]


def test_what_is_not_ours_is_left_alone(folder: Path) -> None:
    (folder / "notes.txt").write_text("mine")
    (folder / "v-mine").mkdir()
    opened(folder, passages(nccl="Other words."))
    assert (folder / "notes.txt").read_text() == "mine"
    assert (folder / "v-mine").is_dir()


# What is embedded again


@pytest.mark.parametrize(
    ("texts", "embedded"),
    [
        pytest.param(passages(), [], id="nothing changed"),
        pytest.param(passages(nccl="Other words."), ["About nccl\nOther words."], id="one text"),
        pytest.param(passages()[1:], [], id="one is gone"),
        pytest.param(passages()[::-1], [], id="another order"),
        pytest.param((*passages(), passage("new", "A fifth.")), ["About new\nA fifth."], id="one more"),
        pytest.param(
            tuple(passage(name, text, passage_id=f"guide:{name}") for name, text in TEXTS.items()),
            [],
            id="other ids of the same texts",
        ),
        pytest.param(
            (passage("nccl", TEXTS["nccl"], title="Other"), *passages()[1:]),
            [f"Other\n{TEXTS['nccl']}"],
            id="a title is part of the text",
        ),
        pytest.param(
            tuple(passage(name, text, category="maths", level="IC3") for name, text in TEXTS.items()),
            [],
            id="what is not embedded",
        ),
        pytest.param(
            (*passages(), passage("a", "Twice.", title="T"), passage("b", "Twice.", title="T")),
            ["T\nTwice."],
            id="one text of two passages is embedded once",
        ),
    ],
)
def test_only_what_changed_is_embedded(folder: Path, texts: tuple[Passage, ...], embedded: list[str]) -> None:
    embedder = CountingEmbedder()
    retriever = open_retriever(folder, texts, embedder)
    assert embedder.embedded == embedded
    assert retriever.opening.embedded + retriever.opening.reused == len(texts)
    assert retriever.passages == texts
    assert retriever.retrieve("share price vests", 1)[0].passage.item_id == "offer"
    again = CountingEmbedder()
    assert open_retriever(folder, texts, again).opening == Opening(0, len(texts), None)
    assert again.embedded == []


def test_a_glossary_is_embedded_as_far_as_it_changed(folder: Path) -> None:
    terms = [GlossaryEntry(term="key-value cache", also=("KV",), plain=("what is remembered",))]
    for glossary, embedded in (
        (terms, ["key-value cache, KV", "key-value cache", "KV", "what is remembered"]),
        (terms, []),
        ([*terms, GlossaryEntry(term="offer", plain=("a letter",))], ["offer", "a letter"]),
    ):
        embedder = CountingEmbedder()
        state = index_state(folder, passages(), embedder, glossary)
        assert state == ("the texts have changed" if embedded else None)
        opening = open_retriever(folder, passages(), embedder, glossary=glossary).opening
        assert (opening.embedded, opening.reused, opening.reason) == (0, 4, state)
        assert embedder.embedded == embedded


def test_a_refreshed_index_ranks_like_a_new_one(folder: Path, tmp_path: Path) -> None:
    changed = (*passages(nccl="Ranks wait for a page of the cache.")[::-1], passage("new", "A fifth."))
    refreshed, new = opened(folder, changed), opened(tmp_path / "new", changed)
    for query in (*TEXTS.values(), "cache page", "fifth rank"):
        assert refreshed.retrieve(query, 5) == new.retrieve(query, 5)


def test_a_rebuild_embeds_everything(folder: Path) -> None:
    embedder = CountingEmbedder()
    retriever = open_retriever(folder, passages(), embedder, rebuild=True)
    assert retriever.opening == Opening(4, 0, "a rebuild was asked for")
    assert len(embedder.embedded) == 4


def test_progress_counts_what_is_embedded(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    many = tuple(passage(f"p{index}", f"Text {index}.") for index in range(70))
    open_retriever(tmp_path, many, CountingEmbedder(), progress=lambda done, of: told.append((done, of)))
    assert told[-1] == (70, 70)
    assert [done for done, _ in told] == sorted({done for done, _ in told})
    told.clear()
    open_retriever(tmp_path, many, CountingEmbedder(), progress=lambda done, of: told.append((done, of)))
    assert told == []


# What makes all of it anew


def _flip_a_byte(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 0x55
    path.write_bytes(bytes(raw))


def _cut_in_half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _point(folder: Path, text: str) -> None:
    (folder / "current").write_text(text)


def _edit_manifest(folder: Path, edit: Callable[[dict[str, object]], None]) -> None:
    path = version_of(folder) / "manifest.json"
    data = json.loads(path.read_text())
    edit(data)
    path.write_text(json.dumps(data))


DAMAGES: dict[str, Callable[[Path], None]] = {
    "a byte of the vectors": lambda folder: _flip_a_byte(version_of(folder) / "dense.faiss"),
    "vectors cut short": lambda folder: _cut_in_half(version_of(folder) / "dense.faiss"),
    "no vectors": lambda folder: (version_of(folder) / "dense.faiss").unlink(),
    "no words": lambda folder: shutil.rmtree(version_of(folder) / "bm25"),
    "a byte of the words": lambda folder: _flip_a_byte(next((version_of(folder) / "bm25").glob("*.npy"))),
    "no manifest": lambda folder: (version_of(folder) / "manifest.json").unlink(),
    "a manifest cut short": lambda folder: _cut_in_half(version_of(folder) / "manifest.json"),
    "an empty manifest": lambda folder: (version_of(folder) / "manifest.json").write_text(""),
    "a manifest that is a list": lambda folder: (version_of(folder) / "manifest.json").write_text("[]"),
    "an edited manifest": lambda folder: _edit_manifest(folder, lambda data: data.update(dimension=3)),
    "an empty pointer": lambda folder: _point(folder, ""),
    "a pointer to nothing": lambda folder: _point(folder, f"v-{'0' * 32}"),
    "a pointer out of the folder": lambda folder: _point(folder, "../elsewhere"),
    "a pointer that is no text": lambda folder: (folder / "current").write_bytes(b"\xff\xfe"),
    "no version": lambda folder: shutil.rmtree(version_of(folder)),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_damage_is_noticed_and_repaired(folder: Path, damage: Callable[[Path], None]) -> None:
    damage(folder)
    reason = index_state(folder, passages(), CountingEmbedder())
    assert reason is not None
    assert reason.startswith("the index")
    retriever = opened(folder, passages())
    assert retriever.opening == Opening(4, 0, reason)
    assert finds(retriever)
    assert index_state(folder, passages(), CountingEmbedder()) is None


def test_an_index_of_another_model_is_made_anew(folder: Path) -> None:
    embedder = CountingEmbedder(64)
    retriever = open_retriever(folder, passages(), embedder)
    assert retriever.opening == Opening(4, 0, "the index was made with the embedding model hash-256")
    assert finds(retriever)


@pytest.mark.parametrize("number", [0, 99])
def test_an_index_of_another_version_of_the_program_is_made_anew(folder: Path, number: int) -> None:
    _, manifest = read_version(folder)
    write_version(folder, manifest | {"format": number, "something": "new"}, lambda version: None)
    retriever = opened(folder, passages())
    assert retriever.opening == Opening(4, 0, "the index is of another version of the program")
    assert finds(retriever)


def test_files_of_another_index_with_right_checksums_are_noticed(folder: Path) -> None:
    """A sealed manifest that does not fit its files: four passages, vectors of one."""
    _, manifest = read_version(folder)
    fewer = CountingEmbedder().embed_passages(["one"])
    write_version(folder, manifest, lambda version: DenseIndex.build(fewer).save(version / "dense.faiss"))
    retriever = opened(folder, passages())
    assert retriever.opening == Opening(4, 0, "the index is damaged")


def test_why_an_index_is_made_anew_is_logged(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        opened(folder, passages(nccl="Other words."))
    assert "indexing 4 passages: the texts have changed" in caplog.messages


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        (passages(), None),
        (passages()[1:], "the texts have changed"),
        (passages(nccl="x"), "the texts have changed"),
    ],
)
def test_the_state_of_an_index_is_told_without_writing(
    folder: Path, texts: tuple[Passage, ...], reason: str | None
) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert index_state(folder, texts, CountingEmbedder()) == reason
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
    assert index_state(folder.parent / "none", texts, CountingEmbedder()) == "there is no index yet"
    assert not (folder.parent / "none").exists()


# What cannot be indexed


def test_no_passages_and_ids_given_twice_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="there are no passages"):
        opened(tmp_path, ())
    with pytest.raises(ValueError, match="a passage id is given twice"):
        opened(tmp_path, (*passages(), passages()[0]))


class BrokenEmbedder(CountingEmbedder):
    """Gives vectors that are none."""

    def embed_passages(self, texts: object) -> Vectors:
        """One that is not a number."""
        vectors = super().embed_passages(list(TEXTS.values()))
        vectors[0, 0] = float("nan")
        return vectors


def test_vectors_that_are_none_are_refused_and_the_old_index_stays(folder: Path) -> None:
    with pytest.raises(EmbedderError, match="hash-256 gave no usable vectors"):
        open_retriever(folder, passages(), BrokenEmbedder(), rebuild=True)
    assert index_state(folder, passages(), CountingEmbedder()) is None


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "index").write_text("no folder")
    with pytest.raises(IndexFolderError, match="cannot be written"):
        opened(tmp_path / "index", passages())


def test_waiting_for_another_program_ends(folder: Path) -> None:
    with (
        locked(folder),
        pytest.raises(IndexFolderError, match="Another program"),
        locked(folder, timeout_s=0.0),
    ):
        pass
