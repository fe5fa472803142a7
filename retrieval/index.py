"""The passages' index: opened from disk if it fits, otherwise refreshed or built anew, and kept on disk."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from corpus import GlossaryEntry, Passage
from retrieval.dense import DenseIndex
from retrieval.embedder import Embedder, Progress, Vectors, embed_with_progress
from retrieval.folder import Unusable, locked, read_version, write_version
from retrieval.glossary import Glossary, entry_texts
from retrieval.lexical import LexicalIndex, grams_of
from retrieval.passages import indexed_text, lexical_text

log = logging.getLogger(__name__)

FORMAT = 4  # to be raised with any change to the files, to the indexed texts or to how words are cut
DENSE_FILE = "dense.faiss"
LEXICAL_FOLDER = "bm25"
GRAMS_FOLDER = "grams"
GLOSSARY_FILE = "glossary.faiss"

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Manifest(BaseModel):
    """What an index was made of.

    `passages` are ids and hashes of the indexed text, in row order; `glossary` are hashes of its entries' texts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int
    embedder: str
    dimension: int
    passages: tuple[tuple[str, Sha256], ...]
    glossary: tuple[Sha256, ...]


@dataclass(frozen=True)
class Opening:
    """What it took to open an index: `reason` says why something was made anew, None if nothing was."""

    embedded: int
    reused: int
    reason: str | None


@dataclass(frozen=True)
class PassageIndex:
    """Passages with the indexes over them: meaning, words, letters. A row is a place in `passages`.

    The glossary is what a query is read with.
    """

    passages: tuple[Passage, ...]
    dense: DenseIndex
    lexical: LexicalIndex
    grams: LexicalIndex
    glossary: Glossary
    opening: Opening


def open_index(
    folder: Path,
    passages: Sequence[Passage],
    embedder: Embedder,
    progress: Progress | None = None,
    rebuild: bool = False,
    glossary: Sequence[GlossaryEntry] = (),
) -> PassageIndex:
    """The index of exactly these passages and this glossary, from `folder` as far as it holds them and is sound.

    Only texts that are not there are embedded; another embedder, another format, damage or `rebuild`
    means all of them. `progress` is told how many are done of how many to embed, unless there are none.
    Others who open the same folder wait, and then find the work done.

    Raises ValueError for no passages or an id given twice, IndexFolderError when the folder cannot be written,
    EmbedderError when the model cannot be loaded or gives vectors that are none.
    """
    if not passages:
        raise ValueError("there are no passages to index")
    if len({passage.passage_id for passage in passages}) != len(passages):
        raise ValueError("a passage id is given twice")
    texts = {_hash(text): text for text in map(indexed_text, passages)}
    wanted = _wanted(passages)
    terms = _terms(glossary)
    texts.update(zip(terms, _texts_of(glossary), strict=True))
    with locked(folder):
        known: dict[str, Vectors] = {}
        reason = "a rebuild was asked for"
        if not rebuild:
            try:
                manifest, dense, lexical, grams, said = _load(folder, embedder.name)
                if manifest.passages == wanted and manifest.glossary == terms:
                    opening = Opening(0, len(passages), None)
                    read_with = Glossary(glossary, said.vectors())
                    return PassageIndex(tuple(passages), dense, lexical, grams, read_with, opening)
                reason = "the texts have changed"
                rows = zip(manifest.passages, dense.vectors(), strict=True)
                known = {digest: vector for (_, digest), vector in rows}
                known.update(zip(manifest.glossary, said.vectors(), strict=True))
            except Unusable as error:
                reason = str(error)
        log.info("indexing %d passages: %s", len(passages), reason)
        missing = {digest: text for digest, text in texts.items() if digest not in known}
        vectors = embed_with_progress(embedder, list(missing.values()), progress)
        known.update(zip(missing, vectors, strict=True))
        dense = DenseIndex.build(np.stack([known[digest] for _, digest in wanted]))
        said = DenseIndex.build(
            np.stack([known[digest] for digest in terms])
            if terms
            else np.empty((0, dense.dimension), dtype=np.float32),
            approximate_from=len(terms) + 1,
        )
        words = [lexical_text(passage) for passage in passages]
        lexical, grams = LexicalIndex.build(words), LexicalIndex.build(words, grams_of)
        manifest = Manifest(
            format=FORMAT,
            embedder=embedder.name,
            dimension=dense.dimension,
            passages=wanted,
            glossary=terms,
        )

        def fill(version: Path) -> None:
            dense.save(version / DENSE_FILE)
            lexical.save(version / LEXICAL_FOLDER)
            grams.save(version / GRAMS_FOLDER)
            said.save(version / GLOSSARY_FILE)

        write_version(folder, manifest.model_dump(mode="json"), fill)
    embedded = sum(digest in missing for _, digest in wanted)
    opening = Opening(embedded, len(wanted) - embedded, reason)
    return PassageIndex(tuple(passages), dense, lexical, grams, Glossary(glossary, said.vectors()), opening)


def index_state(
    folder: Path,
    passages: Sequence[Passage],
    embedder: Embedder,
    glossary: Sequence[GlossaryEntry] = (),
) -> str | None:
    """Why opening the index would have to write it; None if it is whole and holds exactly these texts."""
    try:
        manifest = _load(folder, embedder.name)[0]
    except Unusable as error:
        return str(error)
    same = manifest.passages == _wanted(passages) and manifest.glossary == _terms(glossary)
    return None if same else "the texts have changed"


def _wanted(passages: Sequence[Passage]) -> tuple[tuple[str, str], ...]:
    return tuple((passage.passage_id, _hash(indexed_text(passage))) for passage in passages)


def _terms(glossary: Sequence[GlossaryEntry]) -> tuple[str, ...]:
    return tuple(map(_hash, _texts_of(glossary)))


def _texts_of(glossary: Sequence[GlossaryEntry]) -> list[str]:
    return [text for entry in glossary for text in entry_texts(entry)]


def _load(
    folder: Path, embedder_name: str
) -> tuple[Manifest, DenseIndex, LexicalIndex, LexicalIndex, DenseIndex]:
    """What lies in the folder, if it is whole and of this embedder and format. Raises Unusable."""
    version, data = read_version(folder)
    if data.get("format") != FORMAT:
        raise Unusable("the index is of another version of the program")
    try:
        manifest = Manifest.model_validate(data)
        if manifest.embedder != embedder_name:
            raise Unusable(f"the index was made with the embedding model {manifest.embedder}")
        dense = DenseIndex.load(version / DENSE_FILE)
        lexical = LexicalIndex.load(version / LEXICAL_FOLDER)
        grams = LexicalIndex.load(version / GRAMS_FOLDER, grams_of)
        said = DenseIndex.load(version / GLOSSARY_FILE)
    except (
        ValidationError,
        OSError,
        ValueError,
        KeyError,
        TypeError,
        RuntimeError,
        MemoryError,
    ) as error:
        raise Unusable("the index is damaged") from error
    size = len(manifest.passages)
    if {dense.size, lexical.size, grams.size} != {size} or dense.dimension != manifest.dimension:
        raise Unusable("the index is damaged")
    if said.size != len(manifest.glossary) or said.dimension != manifest.dimension or not said.is_exact:
        raise Unusable("the index is damaged")
    return manifest, dense, lexical, grams, said


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
