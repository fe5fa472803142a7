"""A question, its model answer, and passages, as HTML. Pure formatting; every text is escaped or rendered without HTML of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from interviewer.library import PassageCard, QuestionCard
from ui.formulas import formulas_html
from ui.notes import render_markdown


def question_card(card: QuestionCard, categories: Mapping[str, str]) -> str:
    """The question as it is asked. `categories` is category id -> title."""
    facts = (card.level, categories.get(card.category, card.category), f"{card.minutes} min")
    topics = " ".join(f'<span class="mr-chip">{escape(topic)}</span>' for topic in card.topics)
    return (
        f'<article class="mr-card mr-prompt"><h2>{escape(card.title)}</h2>'
        f'<p class="mr-soft">{escape(" · ".join(facts))}</p>{render_markdown(card.prompt)}'
        f'<p class="mr-chips">{topics}</p></article>'
    )


def passage_cards(passages: Sequence[PassageCard], unfolded: bool = True) -> str:
    """The passages with their numbers, from 1, and where they stand."""
    return "".join(
        f'<details class="mr-card mr-passage"{" open" if unfolded else ""}>'
        f"<summary><b>{number}. {escape(item.title)}</b> {_place(item)}</summary>"
        f'<div class="mr-note-text">{render_markdown(item.text)}</div></details>'
        for number, item in enumerate(passages, 1)
    )


def model_answer(text: str) -> str:
    """A model answer, folded; empty where there is none."""
    return (
        f'<details class="mr-model"><summary><b>Model answer</b></summary><pre>{formulas_html(text)}</pre></details>'
        if text
        else ""
    )


def citation(number: int, passage: PassageCard) -> str:
    """Where a numbered passage stands, in one line."""
    return f"{number}. {escape(passage.title)} {_place(passage)}"


def _place(passage: PassageCard) -> str:
    return f'<span class="mr-soft"><code>{escape(passage.file)}</code></span>'
