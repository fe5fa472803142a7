"""Prose of a pack file without the line breaks that only the file's width gave it.

A person wraps long text in a YAML block; a chat shows every one of those breaks. Inside a paragraph or a list item
they become spaces. What Markdown reads line by line keeps its lines: fenced and indented code, list items, quotes,
headings, tables, blank lines, and breaks that were asked for by a backslash or two spaces at the end of a line
(CommonMark 0.31, spec.commonmark.org).
"""

from __future__ import annotations

import re

_FENCE = re.compile(r"\s*(?P<mark>`{3,}(?=[^`]*$)|~{3,})")
_CODE = re.compile(r" {4}|\t| {1,3}\t")
_BULLET = re.compile(r"\s*[-*+](\s|$)")
_NUMBER = re.compile(r"\s*(?P<number>\d{1,9})[.)](\s|$)")
# Lines that neither continue the line before nor are continued: headings, tables with outer bars, rules, `$$`.
_ALONE = re.compile(r"\s*(#{1,6}(\s|$)|\||([-*_=]\s*){3,}$|\$\$)")
_QUOTE = re.compile(r"\s*>")
# The line under a table's head; it makes the whole paragraph a table, outer bars or not.
_DELIMITER_ROW = re.compile(r"\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)+\|?\s*$")


def unwrap(text: str) -> str:
    """`text` with the line breaks inside paragraphs and list items turned into spaces; nothing else is changed.

    Unwrapping twice changes nothing more, and no word is lost or moved.
    """
    done: list[str] = []
    lines = text.replace("\r\n", "\n").split("\n")
    at = 0
    while at < len(lines):
        end = at + 1
        fence = _FENCE.match(lines[at])
        if fence is not None:
            while end < len(lines) and not _closes(lines[end], fence["mark"]):
                end += 1
            end = min(end + 1, len(lines))
            done.extend(lines[at:end])
        elif not lines[at].strip():
            done.append("")
        else:
            while end < len(lines) and lines[end].strip() and not _FENCE.match(lines[end]):
                end += 1
            done.extend(_unwrap_block(lines[at:end]))
        at = end
    return "\n".join(done)


def _closes(line: str, mark: str) -> bool:
    bare = line.strip()
    return len(bare) >= len(mark) and not bare.strip(mark[0])


def _unwrap_block(lines: list[str]) -> list[str]:
    """Lines without a blank one or a fence among them."""
    if any(_DELIMITER_ROW.match(line) for line in lines):
        return lines
    done: list[str] = []
    in_list = False
    open_line = False  # whether the next line may continue the last one of `done`
    for line in lines:
        starts_item = _starts_item(line, in_list or not done)
        if _CODE.match(line) and not in_list:
            done.append(line)
            open_line = False
        elif _ALONE.match(line) and not starts_item:
            done.append(line.rstrip())
            open_line = in_list = False
        elif starts_item or _QUOTE.match(line) or not open_line:
            done.append(line)
            in_list, open_line = in_list or starts_item, True
        elif done[-1].endswith(("  ", "\\")):
            done.append(line)
        else:
            done[-1] = f"{done[-1].rstrip()} {line.lstrip()}"
    return [line if _CODE.match(line) or line.endswith("  ") else line.rstrip() for line in done]


def _starts_item(line: str, may_start_anywhere: bool) -> bool:
    """Whether the line is a list item; within a paragraph a number is one only if it is 1."""
    if _BULLET.match(line):
        return True
    number = _NUMBER.match(line)
    return number is not None and (may_start_anywhere or int(number["number"]) == 1)
