"""Formulas in a text: where they are, and how they reach the two places that draw them with the KaTeX that Gradio carries.

The chat draws what stands between marks that no text can hold; elsewhere `formulas.js` draws what is in an element of class
`mr-math`. What is no formula beyond doubt stays text: amounts of money above all, and code. KaTeX trusts nothing (no links,
no HTML), and what could paint outside of its place or define a command is not handed to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

# Code points that Unicode keeps for a program's own use; `without_marks` takes them out of anybody's text.
_INLINE, _DISPLAY = ("\ufdd0", "\ufdd1"), ("\ufdd2", "\ufdd3")
DISPLAY_END = _DISPLAY[1]
CHAT_DELIMITERS: list[dict[str, str | bool]] = [
    {"left": left, "right": right, "display": display}
    for (left, right), display in ((_INLINE, False), (_DISPLAY, True))
]
_MARKS = re.compile("[\ufdd0-\ufdd3]")
MARKED = re.compile("([\ufdd0\ufdd2][^\ufdd0-\ufdd3]*[\ufdd1\ufdd3])")

_LONGEST = 1000
_FORMULA = re.compile(
    r"(?P<code>```.*?(?:```|\Z)|`[^`\n]+`)"
    r"|(?<!\\)\\\((?P<round>.+?)\\\)"
    r"|(?<!\\)\\\[(?P<square>.+?)\\\]"
    r"|(?<![\\$\w])\$\$(?!\$)(?P<dollars>[^$]+?)\$\$(?![$\w])"
    # As Pandoc reads a single dollar, and neither `$5` nor `${name}`, `$(name)`.
    r"|(?<![\\$\w])\$(?P<dollar>[^\s$](?:[^$\n]*[^\s$\\])?)\$(?![$\w{(])",
    re.DOTALL,
)
_SIGN = re.compile(r"[\\^_={}<>+*/|-]")
_NUMBERED_SIGN = re.compile(r"[\\^_=]")
# What moves, sizes or defines: a formula may not cover the page or take a browser's time.
_REFUSED = re.compile(
    r"\\(?:[a-zA-Z]*(?:def|let|kern|skip|space\*?|lap|box)|rule|smash|[hv]?phantom|(?:re)?newcommand|providecommand"
    r"|futurelet|global|long|href|url|html[a-zA-Z]*|includegraphics|h?char|raisebox|tag)(?![a-zA-Z])"
)


@dataclass(frozen=True)
class Formula:
    """LaTeX without its delimiters; `display` puts it on a line of its own."""

    source: str
    display: bool


def pieces(text: str) -> Iterator[str | Formula]:
    """The text in order: what stays text, and the formulas in it."""
    at = 0
    for found in _FORMULA.finditer(text):
        if formula := _read(found):
            if found.start() > at:
                yield text[at : found.start()]
            yield formula
            at = found.end()
    if at < len(text):
        yield text[at:]


def formula_at(text: str, place: int) -> tuple[Formula, int] | None:
    """The formula that begins at this place, and where it ends."""
    found = _FORMULA.match(text, place)
    formula = _read(found) if found else None
    return (formula, found.end()) if found and formula else None


def formulas_html(text: str) -> str:
    """Escaped HTML of plain text, its formulas ready to be drawn."""
    return "".join(
        drawn_html(piece) if isinstance(piece, Formula) else escape(piece) for piece in pieces(text)
    )


def drawn_html(formula: Formula) -> str:
    """A formula for `formulas.js`; without it, the LaTeX can be read."""
    display = ' data-mr-display="1"' if formula.display else ""
    return f'<span class="mr-math"{display}>{escape(formula.source)}</span>'


def marked(text: str) -> str:
    """The text with its formulas between the chat's marks, each on one line, and nothing else between them."""
    return "".join(
        _between_marks(piece) if isinstance(piece, Formula) else piece
        for piece in pieces(_MARKS.sub("\N{REPLACEMENT CHARACTER}", text))
    )


def _between_marks(formula: Formula) -> str:
    left, right = _DISPLAY if formula.display else _INLINE
    source = " ".join(formula.source.split())
    # Not even by mistake a tag: KaTeX has words for both signs.
    return left + source.replace("<", r"\lt ").replace(">", r"\gt ") + right


def _read(found: re.Match[str]) -> Formula | None:
    source = found[found.lastgroup or 0].strip()
    if found.lastgroup == "code":
        return None
    by_dollars = found.lastgroup in ("dollar", "dollars")
    if not source or len(source) > _LONGEST or not _balanced(source) or _REFUSED.search(source):
        return None
    if by_dollars and not _is_math(source):
        return None
    return Formula(source, found.lastgroup in ("square", "dollars"))


def _is_math(source: str) -> bool:
    """Whether what stands between dollars is more than an amount or a word."""
    if source[0].isdigit():
        return _NUMBERED_SIGN.search(source) is not None
    return len(source) <= 2 or _SIGN.search(source) is not None


def _balanced(source: str) -> bool:
    depth = 0
    for brace in re.findall(r"\\.|[{}]", source, re.DOTALL):
        depth += {"{": 1, "}": -1}.get(brace, 0)
        if depth < 0:
            return False
    return depth == 0
