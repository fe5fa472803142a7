"""The pack's notes as HTML that is safe to show: no raw HTML, no images, nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from ui.formulas import drawn_html, formula_at


class NoteSection(Protocol):
    """A heading of a note with the Markdown under it."""

    @property
    def heading(self) -> str: ...
    @property
    def text(self) -> str: ...


class Note(Protocol):
    """A note of the pack. Its first heading is its title."""

    @property
    def name(self) -> str: ...
    @property
    def sections(self) -> Sequence[NoteSection]: ...


def render_notes(notes: Iterable[Note]) -> dict[str, str]:
    """Where a report says that a note is -> the note as HTML, without its title."""
    return {f"notes/{note.name}.md": _render(note) for note in notes}


def render_markdown(text: str) -> str:
    """Markdown as HTML; HTML in it is shown as text, images become links' plain text. Wide tables scroll, by keys too."""
    return str(_parser().render(text))


def _render(note: Note) -> str:
    parts = []
    for place, section in enumerate(note.sections):
        if place:
            parts.append(f"<h4>{_parser().renderInline(section.heading)}</h4>")
        parts.append(render_markdown(section.text))
    return "".join(parts)


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    parser.inline.ruler.before("escape", "formula", _formula)
    parser.add_render_rule("formula", _draw)
    parser.add_render_rule("link_open", _open_elsewhere)
    parser.add_render_rule("table_open", _open_wide)
    parser.add_render_rule("table_close", _close_wide)
    return parser


def _formula(state: StateInline, silent: bool) -> bool:
    found = formula_at(state.src, state.pos)
    if found is None:
        return False
    formula, end = found
    if not silent:
        state.push("formula", "", 0).meta = {"formula": formula}
    state.pos = end
    return True


def _draw(self: Any, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    return drawn_html(tokens[at].meta["formula"])


def _open_elsewhere(self: Any, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    tokens[at].attrSet("target", "_blank")
    tokens[at].attrSet("rel", "noopener noreferrer")
    return str(self.renderToken(tokens, at, options, env))


def _open_wide(self: Any, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    return f'<div class="mr-wide" tabindex="0">{self.renderToken(tokens, at, options, env)}'


def _close_wide(self: Any, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    return f"{self.renderToken(tokens, at, options, env)}</div>"
