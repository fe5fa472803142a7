"""The one function through which text enters a prompt."""

from __future__ import annotations

import re

from interviewer.characters import without_control

# Tags of our own layout; a text that writes one gets its brackets exchanged for look-alikes.
TAGS = (
    "question",
    "target",
    "passages",
    "passage",
    "asked",
    "answer",
    "feedback",
    "instructions",
    "criterion",
)

_OUR_TAG = re.compile(rf"<(\s*/?\s*(?:{'|'.join(TAGS)})\b[^<>]*)>", re.IGNORECASE)
# Marks by which chat templates tell who speaks or where thinking begins: <|im_start|>, [INST], <<SYS>>, <s>,
# <start_of_turn>, <think>, <｜User｜> and their closing forms.
_TEMPLATE_MARK = re.compile(
    r"<\s*[|｜]([^<>\n]{0,60}?)[|｜]\s*>"
    r"|<\s*(/?\s*(?:s|think|thinking|start_of_turn|end_of_turn|bos|eos|unk|pad|tool_call|system|assistant|user))\s*>"
    r"|\[\s*(/?\s*(?:INST|SYS|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|THINK))\s*\]"
    r"|<<\s*(/?\s*SYS)\s*>>",
    re.IGNORECASE,
)
_ROLE_LINE = re.compile(
    r"^([\s#*>\-]*)(system|assistant|user|human|developer|tool|instructions?|interviewer|examiner|grader)(\s*[*_]*\s*:)",
    re.IGNORECASE | re.MULTILINE,
)
# Formatting characters, which cannot be seen, lone surrogates, private and unassigned ones.
_INVISIBLE = ("Cf", "Cs", "Co", "Cn")
_BREAKS = re.compile(r"\n{3,}")


def neutralise(text: str) -> str:
    """The text as it may stand in a prompt: readable as before, but unable to pose as a part of the prompt.

    Control and invisible characters go, our tags and the marks of chat templates lose their brackets, and a line
    that begins like another speaker's is quoted. Ordinary text, formulas and code stay as they are.
    """
    plain = without_control(text, also=_INVISIBLE)
    before = ""
    while before != plain:  # what is taken apart may have held another mark together
        before = plain
        plain = _TEMPLATE_MARK.sub(_parenthesised, plain)
        plain = _OUR_TAG.sub(r"‹\1›", plain)
    plain = _ROLE_LINE.sub(r"\1“\2”\3", plain)
    return _BREAKS.sub("\n\n", plain).strip()


def clip(text: str, max_chars: int) -> str:
    """At most about `max_chars` characters: the beginning and the end, with a mark where something is left out."""
    if len(text) <= max_chars:
        return text
    head = text[: max_chars * 2 // 3].rsplit(" ", 1)[0]
    tail = text[-(max_chars // 3) :].split(" ", 1)[-1]
    return f"{head} […] {tail}"


def _parenthesised(mark: re.Match[str]) -> str:
    inner = next(group for group in mark.groups() if group is not None)
    return f"({inner.strip()})"
