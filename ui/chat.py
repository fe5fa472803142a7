"""From a session's view to chat messages and the panel at the side. Every text is shown as it was typed."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from interviewer.modes import Mode
from interviewer.plain_text import plain_options
from interviewer.views import SessionLine, SessionView
from ui.formulas import DISPLAY_END, MARKED, marked
from ui.words import place_of

Messages = list[dict[str, Any]]

_FENCE = re.compile(r"^ {0,3}(?P<marks>`{3,}|~{3,})[ \t]*(?P<rest>[^`]*)$")
_LANGUAGES = frozenset({"bash", "c", "cpp", "json", "python", "sql", "yaml"})
_CODE_LINE = re.compile(
    r"^(?:(?: {4}|\t)\s*\S"
    r"|(?:async )?def \w+\(|class \w+.*:$|import [\w.]+(?: as \w+)?$|from [\w.]+ import |@\w+"
    r"|(?:for|while|if|elif|else|try|except|finally|with)\b.*:$"
    r"|[A-Za-z_][\w.]* [-+*/]?= \S|#include |[})\]]+;?$)"
)
_MARKDOWN = re.compile(r"[\\`*_{}\[\]#|~$=]")


def chat_messages(view: SessionView) -> Messages:
    """The transcript as chat messages."""
    return [
        message(
            "assistant" if line.speaker == "interviewer" else "user", line.text, fresh=line.origin == "model"
        )
        for line in view.lines
    ]


def message(role: str, text: str, fresh: bool = False) -> dict[str, Any]:
    """One chat message; `fresh` marks words that a language model chose."""
    shown = as_typed(text, find_code=True) if role == "user" else as_typed(plain_options(text))
    data: dict[str, Any] = {"role": role, "content": shown}
    if fresh:
        data["metadata"] = {"title": "fresh follow-up"}
    return data


def as_typed(text: str, find_code: bool = False) -> str:
    """Markdown that shows `text` as it was typed, with code blocks set apart and formulas marked to be drawn.

    No HTML, image, link or heading in it comes to life, so a hostile text stays text and nothing is fetched.
    `find_code` also sets apart code that was pasted without a fence.
    """
    parts: list[str] = []
    prose: list[str] = []

    def end_prose() -> None:
        for is_code, lines in _runs(prose) if find_code else [(False, list(prose))]:
            if is_code:
                parts.append(_code(lines, ""))
            elif any(line.strip() for line in lines):
                parts.append(_prose(lines))
        prose.clear()

    lines = text.split("\n")
    at = 0
    while at < len(lines):
        opening = _FENCE.match(lines[at])
        if opening is None:
            prose.append(lines[at])
            at += 1
            continue
        end_prose()
        marks = opening["marks"]
        end = at + 1
        while end < len(lines) and not _closes(lines[end], marks):
            end += 1
        parts.append(_code(lines[at + 1 : end], opening["rest"].strip().lower()))
        at = end + 1
    end_prose()
    return "\n\n".join(parts)


def _closes(line: str, marks: str) -> bool:
    bare = line.strip()
    return len(bare) >= len(marks) and set(bare) == {marks[0]}


def _code(lines: list[str], language: str) -> str:
    body = "\n".join(lines)
    longest = max((len(run) for run in re.findall(r"`+", body)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language if language in _LANGUAGES else ''}\n{body}\n{fence}"


def _prose(lines: list[str]) -> str:
    shown = []
    for line in marked("\n".join(lines)).split("\n"):
        bare = line.lstrip(" \t")
        indent = "&nbsp;" * len(line[: len(line) - len(bare)].expandtabs(4))
        # Every second part is a formula.
        parts = [part if place % 2 else _safe(part) for place, part in enumerate(MARKED.split(bare))]
        # What would begin a list or a rule of its own accord.
        parts[0] = re.sub(
            r"^([-+]|\d+(?=[.)]))", lambda m: "\\" + m[0] if m[0] in "-+" else m[0] + "\\", parts[0]
        )
        shown.append(indent + "".join(parts))
    while shown and not shown[0]:
        shown.pop(0)
    while shown and not shown[-1]:
        shown.pop()
    broken = "  \n".join(line or "&nbsp;" for line in shown)
    # A formula on a line of its own ends that line itself.
    return broken.replace(f"{DISPLAY_END}  \n", f"{DISPLAY_END}\n")


def _safe(text: str) -> str:
    """Nothing in it is markup, and no address becomes a link."""
    escaped = _MARKDOWN.sub(lambda found: "\\" + found[0], escape(text, quote=False))
    return escaped.replace("://", "\\://").replace("www.", "www\\.")


def _runs(lines: list[str]) -> list[tuple[bool, list[str]]]:
    """The lines in runs of code (at least two lines; blank lines inside belong to it) and of anything else."""
    is_code = [_CODE_LINE.match(line) is not None for line in lines]
    runs: list[tuple[bool, list[str]]] = []
    at = 0
    while at < len(lines):
        end = at
        if is_code[at]:
            while end < len(lines) and (is_code[end] or not lines[end].strip()):
                end += 1
            while not is_code[end - 1]:
                end -= 1
        code = end - at >= 2
        if not code:
            end = at + 1
        if runs and not code and not runs[-1][0]:
            runs[-1][1].extend(lines[at:end])
        else:
            runs.append((code, lines[at:end]))
        at = end
    return runs


def side_panel(view: SessionView) -> str:
    """Time, progress and coverage of a round."""
    # A study round takes the time that it takes: its clock counts up.
    up = view.mode is Mode.STUDY
    shown = view.elapsed_s if up else view.minutes * 60 - view.elapsed_s
    step = 0 if view.paused or view.finished else 1 if up else -1
    ends = ' data-ends="1"' if view.items and not view.finished else ""
    clock = f'<dd class="mr-clock" data-shown="{shown:.0f}" data-step="{step}" data-up="{up:d}"{ends}>{_clock(shown)}</dd>'
    state = " (finished)" if view.finished else " (paused)" if view.paused else ""
    items = [f"<div><dt>Time {'used' if up else 'left'}{state}</dt>{clock}</div>", _place(view)]
    if view.pending and view.phase != "answered":
        items.append(f"<div><dt>Waiting to be scored</dt><dd>{view.pending}</dd></div>")
    covered = "".join(
        f'<li class="mr-cover"><span class="mr-dot{" on" if item.asked else ""}" aria-hidden="true"></span>'
        f"<span>{escape(item.title)}: {item.asked or 'not yet'}</span></li>"
        for item in view.coverage
    )
    asked = "" if view.items else f"<div><dt>Questions asked</dt><dd><ul>{covered}</ul></dd></div>"
    return (
        f'<div class="mr-card mr-side"><b>{escape(view.round_title)} · {escape(view.level)}</b><dl>'
        f"{''.join(items)}{asked}</dl></div>"
    )


def _clock(left_s: float) -> str:
    """Time left as minutes and seconds, with hours where there are any; `+` is time beyond the round's. As in clock.js."""
    minutes, seconds = divmod(round(abs(left_s)), 60)
    shown = f"{minutes // 60}:{minutes % 60:02d}" if minutes >= 60 else str(minutes)
    return f"{'+' if left_s < 0 else ''}{shown}:{seconds:02d}"


def _place(view: SessionView) -> str:
    of = place_of(view.question_number, view.questions)
    match view.phase:
        case _ if view.items:
            words = (
                ("Items", str(view.questions))
                if view.finished
                else ("Item", f"{view.question_number} of {view.questions}")
            )
        case "finished":
            words = ("Questions", str(view.question_number))
        case "closing_questions":
            words = ("Now", "your own questions")
        case _ if view.reviewing:
            words = ("Now", f"a look at question {of}")
        case _ if view.turn_kind == "follow_up":
            words = ("Question", f'{of}, <span class="mr-whole">follow-up</span>')
        case _:
            words = ("Question", of)
    return f"<div><dt>{words[0]}</dt><dd>{words[1]}</dd></div>"


def session_label(item: SessionLine) -> str:
    """A stored session in one line."""
    state = "finished" if item.finished else "open"
    return f"{item.title}  —  {item.updated_at[:10]} {item.updated_at[11:16]} UTC  —  {state}"
