"""Text with a memory of where every character came from, so that evidence points into the answer as given."""

from __future__ import annotations

import html
import itertools
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from interviewer.characters import ASCII_CONTROL

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
# Strokes and rings laid over a letter, which is read all the same.
_OVERLAYS = frozenset([*range(0x0334, 0x0339), *range(0x20D2, 0x20E5)])
_SMALL_CAPITAL = re.compile(r"LATIN LETTER SMALL CAPITAL ([A-Z])")

# Letters that look like Latin ones.
_CYRILLIC = dict(zip("асеорхуіѕјһԁмтвнкАСЕОРХУІЅЈМТВНК", "aceopxyisjhdmtbhkACEOPXYISJMTBHK", strict=True))
_GREEK = dict(zip("αιορτυνχΑΒΕΗΙΚΜΝΟΡΤΧΥΖ", "aioptuvxABEHIKMNOPTXYZ", strict=True))
_POSING = str.maketrans(_CYRILLIC | _GREEK)
_FOREIGN_LETTER = re.compile(r"[Ͱ-ϿЀ-ԯ]")
_ONLY_POSING = re.compile(f"[{''.join(_CYRILLIC)}]+|[{''.join(_GREEK)}]{{2,}}")

# Letters written as HTML entities, in percent-encoding or as escapes of a programming language.
_ESCAPE = re.compile(r"&#?\w{1,10};|%[2-7][0-9A-Fa-f]|\\u00[2-7][0-9A-Fa-f]|\\x[2-7][0-9A-Fa-f]")
# Single letters with the same mark between any two of them.
_SPELLED = re.compile(r"(?<!\w)[^\W\d_]([ .\-])[^\W\d_](?!\w)(?:\1[^\W\d_](?!\w))++")

_PARAGRAPH = "\n\n"


@dataclass(frozen=True)
class CleanText:
    """`text[i]` came from the answer's character `origin[i]`; origins never fall.

    `cuts` are the positions in `text` in front of which something visible was taken out. `ends` says where in the
    answer a character ends that takes up more than one there, by its origin.
    """

    text: str
    origin: tuple[int, ...]
    cuts: frozenset[int] = frozenset()
    ends: Mapping[int, int] = field(default_factory=dict)

    def without(self, spans: Iterable[tuple[int, int]]) -> CleanText:
        """The text with spans of it taken out, and an empty line between what stood around them.

        A line that is emptied goes with its line break.
        """
        spans = tuple(spans)
        if not spans:
            return self
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
        characters: list[str] = []
        origin: list[int] = []
        cuts: set[int] = set()
        for index in (index for index, flag in enumerate(keep) if flag):
            if index > 0 and not keep[index - 1]:
                if characters:
                    characters += _PARAGRAPH
                    origin += [self.origin[index - 1]] * len(_PARAGRAPH)
                cuts.add(len(characters))
            elif index in self.cuts:
                cuts.add(len(characters))
            characters.append(self.text[index])
            origin.append(self.origin[index])
        return CleanText("".join(characters), tuple(origin), frozenset(cuts), self.ends)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the answer behind `text[start:end]`: its longest run without a cut."""
        bounds = [start, *(cut for cut in sorted(self.cuts) if start < cut < end), end]
        first, last = max(itertools.pairwise(bounds), key=lambda run: run[1] - run[0])
        while last - first > 1 and self.text[last - 1].isspace():
            last -= 1
        while last - first > 1 and self.text[first].isspace():
            first += 1
        end = self.origin[last - 1]
        return self.origin[first], self.ends.get(end, end + 1)

    def revealed(self) -> CleanText:
        """The text with escaped letters decoded and spelled words joined, as a reader would who looks for a message."""
        return self._decoded()._joined()

    def _decoded(self) -> CleanText:
        characters: list[str] = []
        origin: list[int] = []
        ends = dict(self.ends)
        at = 0
        for match in _ESCAPE.finditer(self.text):
            letter = _unescaped(match.group())
            if letter is None:
                continue
            start, end = match.span()
            characters += [*self.text[at:start], letter]
            origin += [*self.origin[at:start], self.origin[start]]
            ends[self.origin[start]] = self.origin[end - 1] + 1
            at = end
        characters += self.text[at:]
        origin += self.origin[at:]
        return CleanText("".join(characters), tuple(origin), frozenset(), ends)

    def _joined(self) -> CleanText:
        keep = bytearray(b"\x01" * len(self.text))
        for match in _SPELLED.finditer(self.text):
            keep[match.start() + 1 : match.end() : 2] = bytes(len(match.group()) // 2)
        kept = [index for index, flag in enumerate(keep) if flag]
        text = "".join(self.text[index] for index in kept)
        return CleanText(text, tuple(self.origin[index] for index in kept), frozenset(), self.ends)


def clean(answer: str) -> CleanText:
    """An answer as it is judged: compatibility forms unified, invisible and control characters gone.

    Letters of other scripts that pose as Latin ones are read as those.
    """
    if answer.isascii() and not ASCII_CONTROL.search(answer):
        return CleanText(answer, tuple(range(len(answer))))
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
        if code in _OVERLAYS and characters and characters[-1].isalpha():
            continue
        if code in _INVISIBLE or unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn"):
            continue
        if code in (0x2028, 0x2029, 0x85):
            character = "\n"
        unified = unicodedata.normalize("NFKC", character) if _compatibility(code) else character
        if len(unified) == 1 and not unified.isascii():
            small = _SMALL_CAPITAL.fullmatch(unicodedata.name(unified, ""))
            unified = small[1].lower() if small else unified
        for piece in unified:
            characters.append(piece)
            origin.append(index)
    return CleanText(_without_posing("".join(characters)), tuple(origin))


def _without_posing(text: str) -> str:
    """The text with look-alikes of Latin letters replaced by those, letter by letter.

    In words with Latin letters they pose; a word of nothing else does only where no word of its script stands.
    """
    if not _FOREIGN_LETTER.search(text):
        return text
    genuine = any(c not in _CYRILLIC and c not in _GREEK for c in _FOREIGN_LETTER.findall(text))

    def read(match: re.Match[str]) -> str:
        word = match.group()
        latin = sum(c.isascii() and c.isalpha() for c in word)
        others = _FOREIGN_LETTER.findall(word)
        if not others:
            return word
        if latin:
            # One Latin letter beside Greek ones is a formula.
            posing = latin > 1 or all(c in _CYRILLIC for c in others)
        else:
            posing = not genuine and _ONLY_POSING.fullmatch(word) is not None
        return word.translate(_POSING) if posing else word

    return re.sub(r"\w+", read, text)


def _unescaped(escape: str) -> str | None:
    """The character that is meant, if it is a single one that can be seen or a space."""
    letter = html.unescape(escape) if escape[0] == "&" else chr(int(escape[-2:], 16))
    return letter if len(letter) == 1 and letter.isprintable() else None


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
