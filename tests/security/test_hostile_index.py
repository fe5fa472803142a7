"""Index folders that somebody else made, checksums and all: they are made anew, and nothing in them is run or believed."""

from __future__ import annotations

import io
import json
import os
import pickle
import random
import struct
from collections.abc import Callable
from pathlib import Path

import faiss
import numpy as np
import pytest

from corpus import Passage, PassageKind
from retrieval import HashEmbedder, index_state, open_retriever
from retrieval.dense import DenseIndex
from retrieval.folder import _canonical, _seal, read_version, write_version

TEXTS = ("A watchdog names the rank that is late.", "The cache grows with every token.", "Stock vests.")
PASSAGES = tuple(
    Passage(f"note:{n}", f"n{n}", PassageKind.NOTE, f"Note {n}", text, f"n{n}:1")
    for n, text in enumerate(TEXTS)
)
REASON = "the index is damaged"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A whole index."""
    open_retriever(tmp_path / "index", PASSAGES, HashEmbedder())
    return tmp_path / "index"


def forge(folder: Path, change: Callable[[Path], object]) -> None:
    """Change the files of the index and seal them as the program would."""
    version, manifest = read_version(folder)
    kept = {path.relative_to(version): path.read_bytes() for path in version.rglob("*") if path.is_file()}

    def fill(building: Path) -> None:
        for name, content in kept.items():
            if name.name != "manifest.json":
                (building / name).parent.mkdir(exist_ok=True)
                (building / name).write_bytes(content)
        change(building)

    write_version(folder, manifest, fill)


def edit(folder: Path, change: Callable[[dict[str, object]], object]) -> None:
    """Change the manifest and seal it."""
    version, _ = read_version(folder)
    manifest = json.loads((version / "manifest.json").read_bytes())
    manifest.pop("sha256")
    change(manifest)
    (version / "manifest.json").write_bytes(_canonical(manifest | {"sha256": _seal(manifest)}))


class Runs:
    """Leaves a file behind where it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.mark),)


def pickled(mark: Path) -> bytes:
    """An array file of NumPy's that holds an object."""
    out = io.BytesIO()
    np.save(out, np.array([Runs(mark)], dtype=object), allow_pickle=True)
    return out.getvalue()


ARRAYS = [
    f"{part}/{name}.csc.index.npy" for part in ("bm25", "grams") for name in ("data", "indices", "indptr")
]


@pytest.mark.parametrize("name", ["dense.faiss", "glossary.faiss", *ARRAYS])
@pytest.mark.parametrize("make", [pickled, lambda mark: pickle.dumps(Runs(mark))], ids=["array", "plain"])
def test_nothing_is_unpickled(folder: Path, tmp_path: Path, name: str, make: Callable[[Path], bytes]) -> None:
    mark = tmp_path / "was-run"
    forge(folder, lambda building: (building / name).write_bytes(make(mark)))
    assert index_state(folder, PASSAGES, HashEmbedder()) == REASON
    assert not mark.exists()
    np.load(io.BytesIO(make(mark)), allow_pickle=True)
    assert mark.exists(), "the trap is one"


def overwrite(name: str, at: int, form: str, value: float) -> Callable[[Path], object]:
    def change(building: Path) -> None:
        raw = bytearray((building / name).read_bytes())
        struct.pack_into(form, raw, at, value)
        (building / name).write_bytes(bytes(raw))

    return change


def other_index(engine: object) -> Callable[[Path], object]:
    return lambda building: (building / "dense.faiss").write_bytes(faiss.serialize_index(engine).tobytes())


def huge_array(building: Path) -> None:
    """A header that announces an array of petabytes."""
    out = io.BytesIO()
    np.lib.format.write_array_header_1_0(out, {"descr": "<i4", "fortran_order": False, "shape": (2**50,)})
    (building / ARRAYS[1]).write_bytes(out.getvalue())


def parameters(**changes: object) -> Callable[[Path], object]:
    def change(building: Path) -> None:
        path = building / "bm25" / "params.index.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return change


def arrays(**changes: Callable[[np.ndarray], np.ndarray]) -> Callable[[Path], object]:
    def change(building: Path) -> None:
        for name, make in changes.items():
            path = building / "bm25" / f"{name}.csc.index.npy"
            np.save(path, make(np.load(path)))

    return change


D = HashEmbedder().embed_passages(["x"]).shape[1]
FORGED: dict[str, Callable[[Path], object]] = {
    "a billion dimensions": overwrite("dense.faiss", 4, "<i", 2**30),
    "a negative dimension": overwrite("dense.faiss", 4, "<i", -1),
    "petabytes of vectors": overwrite("dense.faiss", 8, "<q", 2**50),
    "eight gigabytes of numbers": overwrite("dense.faiss", 37, "<Q", 2**31 - 1),
    "numbers that are missing": overwrite("dense.faiss", 37, "<Q", 10_000_000),
    "an index of another kind": other_index(faiss.index_factory(D, "HNSW4", faiss.METRIC_INNER_PRODUCT)),
    "an index of distances": other_index(faiss.IndexFlatL2(D)),
    "a transform before the index": other_index(
        faiss.index_factory(D, "L2norm,Flat", faiss.METRIC_INNER_PRODUCT)
    ),
    "petabytes of postings": huge_array,
    "places beyond the passages": arrays(indices=lambda array: array + 1_000_000),
    "places before the passages": arrays(indices=lambda array: array - 1_000_000),
    "words beyond the postings": arrays(indptr=lambda array: array * 1000),
    "numbers that are text": arrays(data=lambda array: array.astype("U8")),
    "a table for a list": arrays(indices=lambda array: array.reshape(-1, 1)),
    "a million documents": parameters(num_docs=1_000_000_000_000),
    "documents that are text": parameters(num_docs="many"),
    "parameters that nobody knows": parameters(backend="os.system", more=1),
    "a vocabulary that is a list": lambda building: (building / "bm25" / "vocab.index.json").write_text(
        "[1]"
    ),
    "a vocabulary of other words": lambda building: (building / "bm25" / "vocab.index.json").write_text(
        '{"cache": 100000, "grow": -5}'
    ),
    "a deep vocabulary": lambda building: (building / "bm25" / "vocab.index.json").write_text("[" * 100_000),
    "a glossary of other texts": lambda building: DenseIndex.build(np.eye(D, dtype=np.float32)).save(
        building / "glossary.faiss"
    ),
    "no postings": lambda building: (building / ARRAYS[0]).unlink(),
}


@pytest.mark.parametrize("change", FORGED.values(), ids=FORGED.keys())
def test_a_forged_file_is_not_believed(folder: Path, change: Callable[[Path], object]) -> None:
    forge(folder, change)
    assert index_state(folder, PASSAGES, HashEmbedder()) == REASON
    made = open_retriever(folder, PASSAGES, HashEmbedder())
    assert made.opening.reason == REASON
    assert made.retrieve("cache token", 1)[0].passage.item_id == "n1"


@pytest.mark.parametrize(
    "name", ["../current", "../../secret", "/dev/zero", "/etc/passwd", "pipe", "link", "bm25", "\0", ""]
)
def test_a_manifest_cannot_name_what_is_not_a_file_of_the_index(
    folder: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / "secret").write_text("secret")
    version, _ = read_version(folder)
    os.mkfifo(version / "pipe")
    (version / "link").symlink_to("/dev/zero")
    edit(folder, lambda manifest: manifest["files"].update({name: "0" * 64}))
    assert index_state(folder, PASSAGES, HashEmbedder()) == REASON


def test_a_file_that_is_not_in_the_manifest_is_not_read(folder: Path) -> None:
    edit(folder, lambda manifest: manifest.update(files={}))
    assert index_state(folder, PASSAGES, HashEmbedder()) == REASON


def test_bytes_changed_at_random_are_noticed_or_harmless(folder: Path) -> None:
    dice = random.Random(0)
    version, _ = read_version(folder)
    names = sorted(
        path.relative_to(version) for path in version.rglob("*") if path.suffix != ".json" and path.is_file()
    )
    for _ in range(60):
        name = dice.choice(names)

        def change(building: Path, name: Path = name) -> None:
            raw = bytearray((building / name).read_bytes())
            for _ in range(dice.randrange(1, 6)):
                raw[dice.randrange(min(len(raw), 200))] = dice.choice((0, 1, 0x7F, 0xFF, dice.randrange(256)))
            (building / name).write_bytes(bytes(raw[: dice.choice((len(raw), dice.randrange(1, len(raw))))]))

        forge(folder, change)
        assert index_state(folder, PASSAGES, HashEmbedder()) in (None, REASON)
        made = open_retriever(folder, PASSAGES, HashEmbedder())
        assert len(made.retrieve("cache token", 3)) <= 3
        open_retriever(folder, PASSAGES, HashEmbedder(), rebuild=True)


def test_a_file_of_vectors_takes_no_more_memory_than_it_has_bytes(tmp_path: Path) -> None:
    path = tmp_path / "dense.faiss"
    DenseIndex.build(np.eye(8, dtype=np.float32)).save(path)
    overwrite("dense.faiss", 37, "<Q", 100_000_000)(tmp_path)
    with pytest.raises((RuntimeError, ValueError)):
        DenseIndex.load(path)
    assert faiss.get_deserialization_vector_byte_limit() > 2**30, "the limit holds for that file alone"
