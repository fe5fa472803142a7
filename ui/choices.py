"""What the pack offers to choose from, as a dropdown's `(label, value)` pairs; and the dropdowns that several tabs have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Protocol

import gradio as gr

from interviewer.preparation import PREFERRED_LEVEL
from interviewer.service import InterviewService

Choices = list[tuple[str, str]]

ANY = ""


class WithTopics(Protocol):
    """A card of the bank or of the coding problems."""

    @property
    def topics(self) -> Sequence[str]: ...


def round_choices(service: InterviewService) -> Choices:
    """The pack's rounds, in its order."""
    return [(item.title, item.id) for item in service.role.pack.info.rounds]


def level_choices(service: InterviewService) -> Choices:
    """The pack's levels, lowest first."""
    return [(f"{level.id} · {level.title}", level.id) for level in service.role.pack.info.levels]


def level_dropdown(
    service: InterviewService,
    elem_id: str,
    label: str = "Level",
    min_width: int = 260,
    scale: int | None = None,
) -> gr.Dropdown:
    """The candidate's level, inside the current Gradio context; there is one before anybody chose."""
    levels = [item.id for item in service.role.pack.info.levels]
    return gr.Dropdown(
        level_choices(service),
        value=PREFERRED_LEVEL if PREFERRED_LEVEL in levels else levels[0],
        label=label,
        filterable=False,
        min_width=min_width,
        scale=scale,
        elem_id=elem_id,
    )


def question_dropdown(service: InterviewService, elem_id: str) -> gr.Dropdown:
    """A question of the bank, inside the current Gradio context; none is chosen."""
    return gr.Dropdown(
        [(f"{card.title} ({card.level})", card.id) for card in service.library.questions()],
        value=None,
        label="A question of the bank (type to find one)",
        min_width=260,
        scale=2,
        elem_id=elem_id,
    )


def category_choices(service: InterviewService) -> Choices:
    """The pack's categories, in its order."""
    return [(item.title, item.id) for item in service.role.pack.info.categories]


def topic_choices(service: InterviewService, category: str = ANY) -> Choices:
    """The topics of a category, or of the whole bank, by name, each with its number of questions."""
    return counted_topics(service.library.questions(category or None))


def counted_topics(cards: Iterable[WithTopics]) -> Choices:
    """The topics of questions or problems, by name, each with how many have it."""
    counts = Counter(topic for card in cards for topic in card.topics)
    return [(f"{topic} ({counts[topic]})", topic) for topic in sorted(counts)]


def with_any(label: str, choices: Choices) -> Choices:
    """The choices after one that restricts nothing."""
    return [(label, ANY), *choices]
