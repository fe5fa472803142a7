"""Text with a memory of where every character came from, so that evidence points into the answer as given."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

# Invisible characters that carry no meaning in English prose: zero width, joiners, directions, soft hyphen, tags.
_TAGS = range(0xE0000, 0xE0080)
_INVISIBLE = frozenset(
    code
    for first, last in (
        (0x00AD, 0x00AD),
        (0x034F, 0x034F),
        (0x061C, 0x061C),
        (0x115F, 0x1160),
        (0x17B4, 0x17B5),
        (0x180B, 0x180E),
        (0x200B, 0x200F),
        (0x202A, 0x202E),
        (0x2060, 0x206F),
        (0x3164, 0x3164),
        (0xFE00, 0xFE0F),
        (0xFEFF, 0xFEFF),
        (0xFFA0, 0xFFA0),
        (0xFFF0, 0xFFFB),
        (0xE0000, 0xE007F),
        (0xE0100, 0xE01EF),
    )
    for code in range(first, last + 1)
)


@dataclass(frozen=True)
class CleanText:
    """`text[i]` came from the answer's character `origin[i]`; origins never fall.

    `cuts` are the positions in `text` in front of which something visible was taken out.
    """

    text: str
    origin: tuple[int, ...]
    cuts: frozenset[int] = frozenset()

    def without(self, spans: Iterable[tuple[int, int]]) -> CleanText:
        """The text with spans of it taken out; a line that is emptied goes with its line break."""
        keep = bytearray(b"\x01" * len(self.text))
        for start, end in spans:
            keep[start:end] = bytes(end - start)
        at = 0
        for line in self.text.splitlines(keepends=True):
            stop = at + len(line)
            touched = not all(keep[at:stop])
            if touched and not any(keep[i] and not self.text[i].isspace() for i in range(at, stop)):
                keep[at:stop] = bytes(stop - at)
            at = stop
        kept = [index for index, flag in enumerate(keep) if flag]
        cuts = {
            new
            for new, old in enumerate(kept)
            if old in self.cuts or (new > 0 and old != kept[new - 1] + 1) or (new == 0 and old > 0)
        }
        text = "".join(self.text[i] for i in kept)
        return CleanText(text, tuple(self.origin[i] for i in kept), frozenset(cuts))

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the answer behind `text[start:end]`: its longest run without a cut."""
        bounds = [start, *(cut for cut in sorted(self.cuts) if start < cut < end), end]
        first, last = max(itertools.pairwise(bounds), key=lambda run: run[1] - run[0])
        while last - first > 1 and self.text[last - 1].isspace():
            last -= 1
        while last - first > 1 and self.text[first].isspace():
            first += 1
        return self.origin[first], self.origin[last - 1] + 1


def clean(answer: str) -> CleanText:
    """An answer as it is judged: compatibility forms unified, invisible and control characters gone."""
    characters: list[str] = []
    origin: list[int] = []
    for index, character in enumerate(answer):
        code = ord(character)
        if code < 0x80:
            if code >= 0x20 or character in "\n\t":
                characters.append(character)
                origin.append(index)
            elif character == "\r" and answer[index + 1 : index + 2] != "\n":
                characters.append("\n")
                origin.append(index)
            continue
        if code in _INVISIBLE or unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn"):
            continue
        if code in (0x2028, 0x2029, 0x85):
            character = "\n"
        unified = unicodedata.normalize("NFKC", character) if _compatibility(code) else character
        for piece in unified:
            characters.append(piece)
            origin.append(index)
    return CleanText("".join(characters), tuple(origin))


def hidden_text(answer: str) -> str:
    """ASCII written in invisible tag characters, as used to smuggle instructions past a reader."""
    return "".join(
        chr(ord(c) - 0xE0000) for c in answer if ord(c) in _TAGS and 0x20 <= ord(c) - 0xE0000 < 0x7F
    )


def _compatibility(code: int) -> bool:
    """Full-width and styled letters, ligatures, odd spaces; formula signs such as ² and ½ stay as they are."""
    return (
        0xFF01 <= code <= 0xFF5E
        or 0x1D400 <= code <= 0x1D7FF
        or 0xFB00 <= code <= 0xFB06
        or 0x2460 <= code <= 0x24FF
        or 0x1F100 <= code <= 0x1F1FF
        or code in (0xA0, 0x2007, 0x202F, 0x3000)
        or 0x2000 <= code <= 0x200A
    )
