"""The debrief of a loop as a PDF: the recommendation first, then what it rests on."""

from __future__ import annotations

from datetime import datetime

from interviewer.debrief import Change, Debrief, Exhibit
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
from interviewer.export.pdf_page import SOFT, Page
from interviewer.plain_text import short


def debrief_pdf(found: Debrief) -> bytes:
    """The PDF's bytes."""
    page = Page(f"Debrief of the loop · {found.level}", f"mockround · {found.notice}")
    finished = [item.finished_at for item in found.stages if item.finished_at]
    if dated := found.decided_at or max(finished, default=None):
        page.set_creation_date(datetime.fromisoformat(dated))
    page.write_text(f"Debrief of the loop · {found.level}", 18, bold=True)
    page.gap(1)
    page.write_text(f"{found.pack_title}{f' · {dated[:10]}' if dated else ''}", 9, color=SOFT)
    page.gap(4)
    page.write_text(headline(found), 14, bold=True)
    page.gap(1)
    page.write_text(standing_sentence(found))
    page.gap(1)
    page.write_text(UNMEASURED, 8.5, color=SOFT)
    _levels(page, found)
    page.heading("Stages")
    for item in found.stages:
        sure = "" if item.uncertainty is None else f" (± {item.uncertainty:.2f})"
        page.write_text(f"• {item.title}: {stage_words(item)}{sure}")
        page.gap(0.8)
    page.dimensions(
        [(item.title, item.score, (item.band_name or "not asked").capitalize()) for item in found.dimensions]
    )
    for title, points in (("Evidence for", found.evidence_for), ("Evidence against", found.evidence_against)):
        if points:
            page.heading(title)
        for point in points:
            _exhibit(page, point)
    if found.changes:
        page.heading("What would change the result")
        page.write_text(goal_sentence(found))
        page.gap(1)
    for number, change in enumerate(found.changes, 1):
        _change(page, number, change)
    page.gap(3)
    page.write_text(f"Judge: {found.judge.name}. {found.notice}", 8, color=SOFT)
    return bytes(page.output())


def _levels(page: Page, found: Debrief) -> None:
    if not found.levels:
        return
    page.heading("The level")
    for line in level_lines(found):
        page.write_text(f"• {line}")
        page.gap(0.8)
    page.write_text(risk_sentence(found))
    if found.held_down:
        page.gap(1)
        page.write_text(f"{held_down_title(found)}:", 9, bold=True)
    for item in found.held_down:
        page.write_text(f"• {item.criterion} ({exhibit_place(item)})", 9)
        page.gap(0.8)


def _exhibit(page: Page, item: Exhibit) -> None:
    page.keep(14)
    page.write_text(f"• {item.criterion}", 9)
    page.write_text(f"{EXHIBIT_WORDS[item.kind].capitalize()}; {exhibit_place(item)}", 8, color=SOFT)
    if item.quote:
        page.write_text(f"“{short(item.quote)}”", 8.5, color=SOFT)
    page.gap(1)


def _change(page: Page, number: int, item: Change) -> None:
    fault = " (a fault, to be avoided)" if item.is_fault else ""
    page.keep(14)
    page.write_text(f"{number}. {item.criterion}{fault}", 9)
    page.write_text(f"Practise “{item.question}” ({item.stage})", 8, color=SOFT)
    if item.read:
        page.write_text(f"Read {item.read[0].title} ({item.read[0].where})", 8, color=SOFT)
    page.gap(1)
