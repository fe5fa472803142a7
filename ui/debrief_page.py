"""From a debrief to HTML that is read in two minutes. Pure formatting; every text is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from interviewer.debrief import Change, Debrief, DimensionResult, Exhibit, StageResult
from interviewer.debrief_words import (
    EXHIBIT_WORDS,
    UNMEASURED,
    exhibit_place,
    goal_sentence,
    headline,
    held_down_title,
    level_lines,
    risk_sentence,
    stage_words,
    standing_sentence,
)
from interviewer.plain_text import short
from ui.render import QUOTED, band_badge, first_reading


def debrief_page(found: Debrief, notes: Mapping[str, str] | None = None) -> str:
    """The whole debrief. `notes` gives the pack's notes as safe HTML, as for a report."""
    return "\n".join(
        (
            '<div class="mr-report mr-debrief">',
            f"<h2>{escape(headline(found))}</h2>",
            f"<p>{escape(standing_sentence(found))}</p>",
            f'<p class="mr-soft">{escape(UNMEASURED)}</p>',
            _downloads(found),
            _levels(found),
            _results(found),
            '<div class="mr-ready">',
            _evidence("Evidence for", found.evidence_for, "Nothing was met with words that show it."),
            _evidence(
                "Evidence against", found.evidence_against, "No fault, and nothing missing that counts."
            ),
            "</div>",
            _changes(found, notes or {}),
            f'<p class="mr-soft">Judge: {escape(found.judge.name)}. {escape(found.notice)}</p>',
            "</div>",
        )
    )


def _downloads(found: Debrief) -> str:
    base = f"/api/v1/loops/{escape(found.loop_id)}/debrief?format="
    return (
        f'<p class="mr-soft">Keep it: <a href="{base}pdf" download>PDF</a> · '
        f'<a href="{base}md" download>Markdown</a> · <a href="{base}json" download="debrief.json">JSON</a></p>'
    )


def _levels(found: Debrief) -> str:
    if not found.levels:
        return ""
    lines = "".join(f"<li>{escape(line)}</li>" for line in level_lines(found))
    return f"<h3>The level</h3><ul>{lines}</ul><p>{escape(risk_sentence(found))}</p>{_held_down(found)}"


def _held_down(found: Debrief) -> str:
    if not found.held_down:
        return ""
    items = "".join(
        f'<li>{escape(item.criterion)} <span class="mr-soft">{escape(exhibit_place(item))}</span></li>'
        for item in found.held_down
    )
    return f"<details><summary>{escape(held_down_title(found))}</summary><ul>{items}</ul></details>"


def _results(found: Debrief) -> str:
    return (
        f'<div class="mr-ready"><div><h3>Stages</h3>{_table("stage", [_stage_row(item) for item in found.stages])}</div>'
        f"<div><h3>Dimensions</h3>{_table('dimension', [_dimension_row(item) for item in found.dimensions])}</div></div>"
    )


def _table(noun: str, rows: Sequence[str]) -> str:
    return (
        f'<table class="mr-table"><thead><tr><th scope="col">{noun}</th><th scope="col">result</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _stage_row(item: StageResult) -> str:
    left = (
        f' <span class="mr-soft">{item.unscored} of {item.questions} questions unscored</span>'
        if item.unscored
        else ""
    )
    shown = (
        band_badge(item.band)
        if item.band is not None
        else f'<span class="mr-soft">{escape(stage_words(item))}</span>'
    )
    return f"<tr><td>{escape(item.title)}{left}</td><td>{shown}{_width(item.uncertainty)}</td></tr>"


def _dimension_row(item: DimensionResult) -> str:
    shown = band_badge(item.band) if item.band is not None else '<span class="mr-soft">not asked</span>'
    return f"<tr><td>{escape(item.title)}</td><td>{shown}{_width(item.uncertainty)}</td></tr>"


def _width(uncertainty: float | None) -> str:
    return "" if uncertainty is None else f' <span class="mr-soft">±&nbsp;{uncertainty:.2f}</span>'


def _evidence(title: str, points: Sequence[Exhibit], nothing: str) -> str:
    items = "".join(_exhibit(item) for item in points)
    body = f"<ul>{items}</ul>" if items else f'<p class="mr-soft">{nothing}</p>'
    return f"<div><h3>{title}</h3>{body}</div>"


def _exhibit(item: Exhibit) -> str:
    quote = f'<br><span class="mr-quote">“{escape(short(item.quote, QUOTED))}”</span>' if item.quote else ""
    return (
        f'<li>{escape(item.criterion)}{quote}<br><span class="mr-soft">{EXHIBIT_WORDS[item.kind].capitalize()} · '
        f"{escape(exhibit_place(item))}</span></li>"
    )


def _changes(found: Debrief, notes: Mapping[str, str]) -> str:
    if not found.changes:
        return ""
    items = "".join(_change(item, notes) for item in found.changes)
    return f"<h3>What would change the result</h3><p>{escape(goal_sentence(found))}</p><ol>{items}</ol>"


def _change(item: Change, notes: Mapping[str, str]) -> str:
    fault = " (a fault, to be avoided)" if item.is_fault else ""
    return (
        f'<li>{escape(item.criterion)}{fault} <span class="mr-soft">Practise “{escape(item.question)}” '
        f"({escape(item.stage)}).</span>{first_reading(item.read, notes)}</li>"
    )
