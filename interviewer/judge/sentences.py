"""An answer as numbered statements with exact offsets.

A statement is a sentence, a list item, a line of its own, or a block of code. Every character that is not white
space belongs to exactly one of them. Long run-on text is cut at a space, so that an embedder sees all of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_SENTENCE_CHARS = 600
# A shorter line that ends without a full stop was ended on purpose; a longer one was wrapped by an editor.
WRAP_COLUMN = 60
# Lines of a list are shorter than this even where each starts with a small letter.
LIST_COLUMN = 25

_FENCE = re.compile(r"^[ \t]*(```|~~~)[^\n]*\n.*?(?:^[ \t]*\1[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_ITEM = re.compile(r"\s*(?:[-*+•●▪–—]|\(?\d{1,2}[.)]|\(?[a-zA-Z][.)]|#{1,6}|\|)\s+")
_MARK = re.compile(r"(?:[-*+•●▪–—]|\(?\d{1,2}[.)]|\(?[a-zA-Z][.)]|#{1,6})$")
_BOUNDARY = re.compile(r"(?:(?<![.!?…])[.!?…]++[\"'”’)\]]*+(?=\s|$))|[。！？]++")
MAX_MARK_CHARS = 6
MAX_ABBREVIATION_CHARS = 12
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|approx|resp|fig|eq|eqs|sec|no|nos|vol|ca|al|dr|mr|mrs|ms|prof|st|jr|inc|ltd|dept|est"
    r"|a\.k\.a|w\.r\.t|u\.s|p\.s)|(?-i:\b[A-Z]))\.$",
    re.IGNORECASE,
)
_FINAL_ABBREVIATION = re.compile(r"\b(?:etc|al|inc|ltd)\.$", re.IGNORECASE)


@dataclass(frozen=True)
class Sentence:
    """`text[start:end] == self.text` for the text that was split; `index` counts from 0."""

    index: int
    start: int
    end: int
    text: str


def split_sentences(text: str) -> tuple[Sentence, ...]:
    """The statements of a text in order, without white space around them."""
    spans: list[tuple[int, int]] = []
    at = 0
    for fence in _FENCE.finditer(text):
        spans.extend(_prose(text, at, fence.start()))
        spans.append((fence.start(), fence.end()))
        at = fence.end()
    spans.extend(_prose(text, at, len(text)))
    short = [piece for start, end in spans for piece in _cut(text, *_trim(text, start, end))]
    return tuple(
        Sentence(index, start, end, text[start:end])
        for index, (start, end) in enumerate(span for span in short if span[0] < span[1])
    )


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _prose(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Sentences of text without code: first by lines that belong together, then by punctuation."""
    spans: list[tuple[int, int]] = []
    block = start
    at = start
    while at < end:
        stop = text.find("\n", at, end)
        stop = end if stop < 0 else stop
        following = stop + 1
        if following >= end or not _wrapped(text[at:stop], _line(text, following, end)):
            spans.extend(_sentences(text, block, stop))
            block = following
        at = following
    return spans


def _line(text: str, start: int, end: int) -> str:
    stop = text.find("\n", start, end)
    return text[start : end if stop < 0 else stop]


def _wrapped(line: str, following: str) -> bool:
    """Whether a line goes on in the next one."""
    line, bare = line.strip(), following.strip()
    if not line or not bare or _ITEM.match(following) or line.endswith(":"):
        return False
    return len(line) >= (LIST_COLUMN if bare[0].islower() else WRAP_COLUMN)


def _sentences(text: str, start: int, end: int) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    at, end = _trim(text, start, end)
    for match in _BOUNDARY.finditer(text, at, end):
        if match.end() < end and not _ends_sentence(text, at, match.start(), match.end(), end):
            continue
        spans.append((at, match.end()))
        at, _ = _trim(text, match.end(), end)
    spans.append((at, end))
    return spans


def _ends_sentence(text: str, start: int, stop: int, after: int, end: int) -> bool:
    if text[stop] in "。！？":
        return True
    if stop - start < MAX_MARK_CHARS and _MARK.match(text, start, stop + 1):
        return False
    following, _ = _trim(text, after, end)
    follows_lower = text[following : following + 1].islower() and following < end
    tail = max(start, stop - MAX_ABBREVIATION_CHARS)
    if text[stop] == "." and _ABBREVIATION.search(text, tail, stop + 1):
        return bool(_FINAL_ABBREVIATION.search(text, tail, stop + 1)) and not follows_lower
    # A lower-case start after a full stop is how hurried people type; after an ellipsis it goes on.
    return not (follows_lower and text[stop] == "…")


def _cut(text: str, start: int, end: int) -> list[tuple[int, int]]:
    pieces: list[tuple[int, int]] = []
    while end - start > MAX_SENTENCE_CHARS:
        limit = start + MAX_SENTENCE_CHARS
        at = max(text.rfind(mark, start + MAX_SENTENCE_CHARS // 2, limit) for mark in ("\n", ";", ",", " "))
        at = limit if at < 0 else at + 1
        pieces.append(_trim(text, start, at))
        start = at
    pieces.append(_trim(text, start, end))
    return pieces
