"""Characters that no text of a person needs: taken out before a text is stored, judged or put into a prompt."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

# Control characters of ASCII but newline and tab.
ASCII_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")

_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")


def without_control(text: str, also: Collection[str]) -> str:
    """The text without control characters but newline and tab, and without the Unicode categories `also`.

    ASCII is left to two searches, because most of what is written here has little else.
    """
    plain = ASCII_CONTROL.sub("", text)
    if plain.isascii():
        return plain
    unwanted = {"Cc", *also}

    def wanted(run: re.Match[str]) -> str:
        return "".join(c for c in run.group() if unicodedata.category(c) not in unwanted)

    return _NOT_ASCII.sub(wanted, plain)


def shown_name(name: str, max_chars: int = 80) -> str:
    """A file's name as it may stand in a sentence: on one line, no longer than that, its end kept."""
    plain = "".join(c if c.isprintable() else "�" for c in name)
    return plain if len(plain) <= max_chars else f"{plain[: max_chars - 9]}…{plain[-8:]}"
