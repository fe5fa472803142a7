"""Begin a round of named questions from any tab with one click."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import gradio as gr

from interviewer.errors import MockroundError
from interviewer.practice import NamedRound
from interviewer.service import StartRequest
from ui.events import Changes, busy, notice
from ui.interview_tab import InterviewTab
from ui.words import counted


async def begin_named(
    find: Callable[[], Awaitable[NamedRound | None]],
    button: gr.Button,
    note: gr.HTML,
    interview: InterviewTab,
    request: gr.Request,
    current: str,
) -> AsyncIterator[Changes]:
    """Start the round that is found and show it; `current` is the session that was open in this page. Problems stay in this tab."""
    yield {button: gr.Button(interactive=False), note: busy("Preparing the round.")}
    ready: Changes = {button: gr.Button(interactive=True)}
    try:
        found = await find()
        if found is None:
            yield {**ready, note: notice("There is nothing to ask here any more.")}
            return
        first: Changes = {**ready, note: "", interview.tabs: gr.Tabs(selected="interview")}
        start = StartRequest(None, found.level, question_ids=found.question_ids, follow_ups=found.follow_ups)
        async for out in interview.begin(start, request, current):
            yield {**first, **out}
            first = {}
    except MockroundError as error:
        yield {**ready, note: notice(str(error))}


def about(found: NamedRound) -> str:
    """How long a round is, in words."""
    return f"{counted(len(found.question_ids), 'question')}, about {found.minutes} min"
