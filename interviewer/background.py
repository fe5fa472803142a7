"""A résumé or job description as the candidate gives it: text or a file, in; plain text, out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from corpus import Question
from interviewer.characters import shown_name, without_control
from interviewer.errors import BadInput
from interviewer.pdf_text import Unreadable, read_pdf
from retrieval import Retriever

MAX_FILE_BYTES = 2_000_000
MAX_TEXT_CHARS = 40_000
MAX_PDF_PAGES = 30
_CHUNK_WORDS = 60
_MAX_CHUNKS = 40


def clean_text(text: str) -> str:
    """The text without control characters (newline and tab stay) and lone surrogates, newlines normalised."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return without_control(text, also=("Cs",))


def check_background(text: str, limit: int) -> str:
    """The text as it is kept. Raises BadInput for more than `limit` characters."""
    background = clean_text(text).strip()
    if len(background) > limit:
        raise BadInput(
            f"The background has {len(background):,} characters; the limit is {limit:,}. Shorten it."
        )
    return background


def read_background(name: str, raw: bytes) -> str:
    """The text of an uploaded file: PDF, or plain text in UTF-8. Raises BadInput with one sentence."""
    name = shown_name(name)
    if len(raw) > MAX_FILE_BYTES:
        raise BadInput(
            f"{name} has {len(raw) / 1e6:.1f} MB; the limit is {MAX_FILE_BYTES / 1e6:.0f} MB. Paste the text instead."
        )
    if raw.startswith(b"%PDF-"):
        try:
            text = read_pdf(raw, MAX_PDF_PAGES, MAX_TEXT_CHARS)
        except Unreadable as error:
            raise BadInput(f"{name} {error}.") from error
    else:
        if b"\0" in raw:
            raise BadInput(f"{name} is not a text or PDF file; save it as PDF or paste the text instead.")
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise BadInput(
                f"{name} is not UTF-8 text or a PDF file; save it as PDF or paste the text instead."
            ) from error
    text = clean_text(text).strip()
    if not text:
        raise BadInput(f"No text was found in {name}; if it is a scan, paste the text instead.")
    return text[:MAX_TEXT_CHARS]


def relevance(
    text: str, questions: Sequence[Question], retriever: Retriever, said: Sequence[str] = ()
) -> dict[str, float]:
    """Question id -> 0..1: how near the background comes to each question, relative to the others.

    The nearest chunk of the background counts, so that one line of a long résumé is enough. What was `said` counts
    beside it, each of the two up to the same length.
    """
    chunks = [chunk for words in (text, "\n\n".join(said)) for chunk in list(_chunks(words))[:_MAX_CHUNKS]]
    if not chunks or not questions:
        return {}
    nearest = retriever.question_cosines(chunks, [question.id for question in questions]).max(axis=0)
    low, high = float(nearest.min()), float(nearest.max())
    if high - low < 1e-6:
        return {}
    return {
        q.id: round((float(value) - low) / (high - low), 4)
        for q, value in zip(questions, nearest, strict=True)
    }


def _chunks(text: str) -> Iterable[str]:
    for block in re.split(r"\n\s*\n|\n(?=\s*[-•*])", text):
        words = block.split()
        for start in range(0, len(words), _CHUNK_WORDS):
            yield " ".join(words[start : start + _CHUNK_WORDS])
