"""Slips of the pen in a query, mended by the words of the indexed texts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

# A word of plain letters: neither a name in capitals, nor a part of an identifier.
_WORD = re.compile(r"(?<![\w.-])[A-Za-z]?[a-z]{4,}(?![\w])")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Spelling:
    """The words of a body of text with their counts."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._counts = Counter(word.lower() for text in texts for word in re.findall(r"[A-Za-z]+", text))

    def mended(self, query: str) -> str:
        """The query with each word that no text has replaced by the most frequent one that is a slip away.

        A slip is a letter too many, too few, another one, or two that changed places (Damerau 1964,
        doi:10.1145/363958.363994), not in the first letter. Words of four letters and less stay.
        """
        return _WORD.sub(lambda match: self._nearest(match.group()), query)

    def _nearest(self, word: str) -> str:
        plain = word.lower()
        if plain in self._counts:
            return word
        known = [near for near in _slips(plain) if near in self._counts]
        return min(known, key=lambda near: (-self._counts[near], near), default=word)


def _slips(word: str) -> Iterator[str]:
    for at in range(1, len(word) + 1):
        head, tail = word[:at], word[at:]
        yield from (head + letter + tail for letter in _LETTERS)
        if tail:
            yield head + tail[1:]
            yield from (head + letter + tail[1:] for letter in _LETTERS)
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
