"""Texts where no Markdown is read: in the chat, on paper, and as a quotation on one line."""

from __future__ import annotations

import re

# The line that opens or closes a block of code; sentences of an answer may begin or end with one.
_FENCE = re.compile(r"(?:^|(?<=\s))(?:`{3,}|~{3,})[\w+-]*", re.MULTILINE)
# As `Question.asked` lists its choices.
_OPTION = re.compile(r"^- \*\*([A-J])\*\* ", re.MULTILINE)


def plain_options(text: str) -> str:
    """A task with its choices as lines of their own, `A. …`."""
    return _OPTION.sub(r"\1. ", text)


def short(text: str, limit: int = 160) -> str:
    """A quotation on one line of at most `limit` characters, without the fences of code."""
    flat = " ".join(_FENCE.sub(" ", text).split())
    if len(flat) <= limit:
        return flat
    cut = flat[:limit]
    # Never within a word, unless it is a very long one.
    kept = cut[: cut.rfind(" ")] if cut.rfind(" ") > limit // 2 else cut[:-1]
    return kept.rstrip(" ,;:") + "…"
