"""What the pack offers to choose from, as a dropdown's `(label, value)` pairs; and the level's dropdown."""

from __future__ import annotations

from collections import Counter

import gradio as gr

from interviewer.service import InterviewService

Choices = list[tuple[str, str]]

ANY = ""
_PREFERRED_LEVEL = "IC3"


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
        value=_PREFERRED_LEVEL if _PREFERRED_LEVEL in levels else levels[0],
        label=label,
        filterable=False,
        min_width=min_width,
        scale=scale,
        elem_id=elem_id,
    )


def category_choices(service: InterviewService) -> Choices:
    """The pack's categories, in its order."""
    return [(item.title, item.id) for item in service.role.pack.info.categories]


def topic_choices(service: InterviewService, category: str = ANY) -> Choices:
    """The topics of a category, or of the whole bank, by name, each with its number of questions."""
    cards = service.library.questions(category or None)
    counts = Counter(topic for card in cards for topic in card.topics)
    return [(f"{topic} ({counts[topic]})", topic) for topic in sorted(counts)]


def with_any(label: str, choices: Choices) -> Choices:
    """The choices after one that restricts nothing."""
    return [(label, ANY), *choices]
