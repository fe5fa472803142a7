"""Begin a round from any tab with one click."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import gradio as gr

from interviewer.errors import MockroundError
from interviewer.practice import NamedRound
from interviewer.service import StartRequest
from ui.events import Changes, busy, notice
from ui.interview_tab import InterviewTab
from ui.words import counted

PREPARING_QUESTION = "Preparing the question."


async def begin(
    find: Callable[[], Awaitable[StartRequest | None]],
    button: gr.Button,
    note: gr.HTML,
    interview: InterviewTab,
    request: gr.Request,
    current: str,
    waiting: str = "Preparing the round.",
) -> AsyncIterator[Changes]:
    """Start what is found and show it; `current` is the session that was open in this page. Problems stay in this tab."""
    yield {button: gr.Button(interactive=False), note: busy(waiting)}
    ready: Changes = {button: gr.Button(interactive=True)}
    try:
        wanted = await find()
        if wanted is None:
            yield {**ready, note: notice("There is nothing to ask here any more.")}
            return
        first: Changes = {**ready, note: "", interview.tabs: gr.Tabs(selected="interview")}
        async for out in interview.begin(wanted, request, current):
            yield {**first, **out}
            first = {}
    except MockroundError as error:
        yield {**ready, note: notice(str(error))}


async def begin_named(
    find: Callable[[], Awaitable[NamedRound | None]],
    button: gr.Button,
    note: gr.HTML,
    interview: InterviewTab,
    request: gr.Request,
    current: str,
) -> AsyncIterator[Changes]:
    """Start the round of named questions that is found, as `begin` does."""

    async def wanted() -> StartRequest | None:
        found = await find()
        return None if found is None else StartRequest.of(found)

    async for out in begin(wanted, button, note, interview, request, current):
        yield out


def about(found: NamedRound) -> str:
    """How long a round is, in words."""
    return f"{counted(len(found.question_ids), 'question')}, about {found.minutes} min"
