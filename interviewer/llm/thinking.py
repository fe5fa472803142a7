"""Keeps a model's thinking away from the reader while its reply streams in.

Models think first, so only blocks at the very beginning of a reply are taken out: a reply may well speak of
`<think>` later on. Where the chat template itself opens the block, the reply begins inside it (`opened`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

# Opening and closing marks: Qwen3, DeepSeek-R1, QwQ and others; Magistral; Kimi; Seed-OSS; gpt-oss unparsed.
BLOCKS = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
    ("<seed:think>", "</seed:think>"),
    ("<|channel|>analysis", "<|channel|>final<|message|>"),
)
_CLOSES = tuple(close for _, close in BLOCKS)

# Models whose template opens the block for them. Only a hint for servers that cannot show their template.
_OPENED_BY_TEMPLATE = re.compile(r"deepseek-?r1|qwq|-thinking\b|-reasoner\b", re.IGNORECASE)


def opens_by_name(model: str) -> bool:
    """Whether models of this name are known to have their thinking opened by the chat template."""
    return bool(_OPENED_BY_TEMPLATE.search(model))


def begins_thinking(tokens: Sequence[str]) -> bool:
    """Whether any of these first tokens opens a block of thinking."""
    heads = ("<|channel|>", *(opening for opening, _ in BLOCKS))
    return any(text and text in heads for text in (token.strip() for token in tokens))


def opens_thinking(prompt: str) -> bool:
    """Whether a rendered prompt ends inside a block of thinking."""
    return any(prompt.rfind(opening) > prompt.rfind(close) for opening, close in BLOCKS[:5])


class ThinkFilter:
    """Takes the pieces of one reply and gives back what the reader may see.

    `thought` says whether thinking was taken out. `leaked` says that thinking was shown because nothing announced
    it: a closing mark came without an opening one.
    """

    def __init__(self, opened: bool = False) -> None:
        """`opened`: the reply may begin inside a block; nothing is shown before its closing mark."""
        self.thought = False
        self.leaked = False
        self._held = ""
        self._state = "opened" if opened else "start"
        self._close = ""
        self._seen = ""

    def feed(self, piece: str) -> str:
        """The next piece; returns text to show, often all of it, sometimes nothing yet."""
        if self._state == "text":
            return self._text(piece)
        self._held += piece
        shown = ""
        while True:
            before = (self._state, len(self._held))
            if self._state == "opened":
                self._skip(_CLOSES)
            elif self._state == "inside":
                self._skip((self._close,))
            elif self._state == "start":
                shown += self._begin()
            if (self._state, len(self._held)) == before:
                return shown

    def finish(self) -> str:
        """The reply has ended; returns what was held back and is no thinking.

        A reply that began inside a block which never closed is returned whole: whether it was thinking, only the
        reason for its end can tell.
        """
        held, self._held = self._held, ""
        return "" if self._state == "inside" else held.strip()

    @property
    def undecided(self) -> bool:
        """Whether everything so far may have been thinking."""
        return self._state in ("opened", "inside")

    def _skip(self, closes: Sequence[str]) -> None:
        ends = [(self._held.find(close), close) for close in closes if close in self._held]
        if ends:
            at, close = min(ends)
            self._held = self._held[at + len(close) :]
            self._state = "start"
            self.thought = True
        elif self._state == "inside":
            self._held = self._held[-len(self._close) :]

    def _begin(self) -> str:
        self._held = self._held.lstrip()
        for opening, close in BLOCKS:
            if self._held.startswith(opening):
                self._held = self._held[len(opening) :]
                self._state, self._close, self.thought = "inside", close, True
                return ""
            if opening.startswith(self._held):
                return ""  # may still become an opening mark
        shown, self._held, self._state = self._held, "", "text"
        return self._text(shown)

    def _text(self, piece: str) -> str:
        if not self.thought:
            self._seen = (self._seen + piece)[-4000:]
            if any(close in self._seen and opening not in self._seen for opening, close in BLOCKS[:5]):
                self.leaked = True
        return piece
