"""The bank as a list of which the browser shows what the filters leave (bank.js). Pure formatting; every text is escaped."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from html import escape

from interviewer.library import MAX_RESULTS, QuestionCard

# What bank.js looks for: where it says how many were found, and what is chosen.
COUNT = '<p class="mr-soft" role="status"></p>'
CHOSEN = "mr-bank-chosen"


def bank_list(
    cards: Sequence[QuestionCard], rounds: Mapping[str, Collection[str]], categories: Mapping[str, str]
) -> str:
    """Every question, hidden until bank.js shows it. `rounds` is round id -> ids of what it may ask, `categories` id -> title."""
    rows = "".join(_row(card, rounds, categories) for card in cards)
    return (
        f'<fieldset class="mr-bank-rows" data-nearest="{MAX_RESULTS}"><legend>Questions</legend>{rows}</fieldset>'
        '<button type="button" class="mr-do" hidden></button>'
    )


def _row(card: QuestionCard, rounds: Mapping[str, Collection[str]], categories: Mapping[str, str]) -> str:
    facets = {
        "round": [name for name, asked in rounds.items() if card.id in asked],
        "level": [card.level],
        "category": [card.category],
        "topic": card.topics,
    }
    facts = (card.level, categories.get(card.category, card.category), f"{card.minutes} min")
    return (
        f'<label hidden data-facets="{escape(json.dumps(facets))}">'
        f'<input type="radio" name="mr-bank" value="{escape(card.id)}" disabled>'
        f'<span>{escape(card.title)} <span class="mr-soft">{escape(" · ".join(facts))}</span></span></label>'
    )
