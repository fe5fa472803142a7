"""The one way by which text enters a prompt."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

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

# A tag that is not closed counts too, and so does a bracket at the very end: what stands behind it in the prompt would
# complete it.
_OUR_TAG = re.compile(rf"<(\s*/?\s*(?:{'|'.join(TAGS)})(?![\w-])[^<>]*)(>?)|<(\s*/?\s*)$", re.IGNORECASE)
# Marks by which chat templates tell who speaks or where thinking begins: <|im_start|>, [INST], <<SYS>>, <s>,
# <start_of_turn>, <think>, <｜User｜>, [|user|] and their closing forms.
_TEMPLATE_MARK = re.compile(
    r"<\s*[|｜]([^<>\n]{0,60}?)[|｜]\s*>"
    r"|\[\s*\|([^\[\]\n]{0,60}?)\|\s*\]"
    r"|<\s*(/?\s*(?:s|think|thinking|reasoning|bos|eos|unk|pad|mask|eoa|eoh|eot|human|bot|model|developer"
    r"|(?:system|assistant|user)(?:[ _-](?:prompt|message|turn))?|(?:start|end|begin)_of_\w{1,30}"
    r"|tools?(?:_\w{1,30})?|functions?(?:_\w{1,30})?|(?:reserved|unused|extra_id)_?\d{1,6}))\s*>"
    r"|\[\s*(/?\s*(?:INST|SYS|SYSTEM|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT|THINK"
    r"|UNUSED_TOKEN_\d{1,6}))\s*\]"
    r"|<<\s*(/?\s*SYS)\s*>>",
    re.IGNORECASE,
)
_ROLE_LINE = re.compile(
    r"^([\s#*>\-_`|=~•\[({]*)"
    r"(system|assistant|user|human|developer|tool|instructions?|response|interviewer|examiner|grader)"
    r"([\])}]?\s*[*_`]*\s*:)",
    re.IGNORECASE | re.MULTILINE,
)
# Formatting characters, which cannot be seen, lone surrogates, private and unassigned ones.
_INVISIBLE = ("Cf", "Cs", "Co", "Cn")
# What Unicode calls ignorable beside them (DerivedCoreProperties, Default_Ignorable_Code_Point), and the blank of Braille.
_IGNORABLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_LINE_ENDS = re.compile("\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_BREAKS = re.compile(r"\n{3,}")


def neutralise(text: str) -> str:
    """The text as it may stand in a prompt: readable as before, but unable to pose as a part of the prompt.

    Control and invisible characters go, our tags and the marks of chat templates lose their brackets, and a line
    that begins like another speaker's is quoted, in whatever width or style of letters they are written. Ordinary text,
    formulas and code stay as they are.
    """
    plain = _IGNORABLE.sub("", without_control(_LINE_ENDS.sub("\n", text), also=_INVISIBLE))
    before = ""
    while before != plain:  # what is taken apart may have held another mark together
        before = plain
        plain = _replaced(_TEMPLATE_MARK, _parenthesised, plain)
        plain = _replaced(_OUR_TAG, _pointed, plain)
    plain = _replaced(_ROLE_LINE, _quoted, plain)
    return _BREAKS.sub("\n\n", plain).strip()


def seal(prompt: str) -> str:
    """A prompt that is put together: what became a mark of a chat template or another speaker's line only by what stands
    beside it, such as a title in brackets, is neutralised too. Our own tags stay.
    """
    return _replaced(_ROLE_LINE, _quoted, _replaced(_TEMPLATE_MARK, _parenthesised, prompt))


def clip(text: str, max_chars: int) -> str:
    """At most about `max_chars` characters: the beginning and the end, with a mark where something is left out."""
    if len(text) <= max_chars:
        return text
    head = text[: max_chars * 2 // 3].rsplit(" ", 1)[0]
    tail = text[-(max_chars // 3) :].split(" ", 1)[-1]
    return f"{head} […] {tail}"


def _replaced(pattern: re.Pattern[str], made: Callable[[re.Match[str]], str], text: str) -> str:
    """The text with what is found in its folded form replaced."""
    pieces, end = [], 0
    for found in pattern.finditer(_folded(text)):
        pieces += [text[end : found.start()], made(found)]
        end = found.end()
    return "".join([*pieces, text[end:]])


def _folded(text: str) -> str:
    """The text as tokenizers that normalise read it (NFKC), where that leaves a character at its place."""
    return _NOT_ASCII.sub(lambda found: _folded_char(found[0]), text)


@lru_cache(maxsize=4096)
def _folded_char(char: str) -> str:
    plain = unicodedata.normalize("NFKC", char)
    return plain if len(plain) == 1 else char


def _parenthesised(mark: re.Match[str]) -> str:
    inner = next(group for group in mark.groups() if group is not None)
    return f"({inner.strip()})"


def _pointed(tag: re.Match[str]) -> str:
    return f"‹{tag[3]}" if tag[1] is None else f"‹{tag[1]}{'›' if tag[2] else ''}"


def _quoted(line: re.Match[str]) -> str:
    return f"{line[1]}“{line[2]}”{line[3]}"
