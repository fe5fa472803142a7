"""The list of past sessions: fifty at first, older ones on request."""

from __future__ import annotations

from typing import Any, cast

import gradio as gr
import pytest

from interviewer.config import Settings
from interviewer.owners import LOCAL_OWNER
from interviewer.service import InterviewService
from interviewer.session_list import SessionPage
from interviewer.views import SessionLine
from ui.sessions_tab import SessionsTab

TIME = "2026-03-02T10:15:00+00:00"


class Stored:
    """The one method of the service that the list needs."""

    def __init__(self, count: int) -> None:
        self.settings = Settings()
        self.lines = tuple(SessionLine(f"s{n}", f"Round {n}", TIME, TIME, n == 1) for n in range(count))

    async def session_page(self, owner: str, limit: int) -> SessionPage:
        assert owner == LOCAL_OWNER
        return SessionPage(self.lines[:limit], "mark" if len(self.lines) > limit else None)


def tab_on(count: int) -> SessionsTab:
    with gr.Blocks():
        return SessionsTab(cast(InterviewService, Stored(count)))


@pytest.mark.parametrize(
    ("count", "shown", "listed", "older"),
    [(0, 50, 0, False), (50, 50, 50, False), (51, 50, 50, True), (51, 100, 51, False)],
)
async def test_older_sessions_are_offered_while_there_are_any(
    count: int, shown: int, listed: int, older: bool
) -> None:
    tab = tab_on(count)
    changes: dict[Any, Any] = await tab.refresh(None, shown)
    assert [value for _, value in changes[tab.choice].choices] == [f"s{n}" for n in range(listed)]
    assert changes[tab.older].visible is older
    assert changes[tab.actions].visible is (count > 0), "there is nothing to do with none"


async def test_what_was_chosen_stays_chosen_while_it_is_listed() -> None:
    tab = tab_on(60)
    assert (await tab.refresh("s55", 100))[tab.choice].value == "s55"
    assert (await tab.refresh("s55"))[tab.choice].value is None


@pytest.mark.parametrize(
    ("chosen", "resume", "primary"),
    [("s0", "Continue", "mr-resume"), ("s1", "Read the conversation", "mr-read")],
)
async def test_a_finished_round_is_read_and_an_open_one_continued(
    chosen: str, resume: str, primary: str
) -> None:
    tab = tab_on(2)
    listed = await tab.refresh(chosen)
    for changes in (listed, tab._choose(chosen, listed[tab.finished])):
        assert changes[tab.resume].value == resume
        assert [
            button.elem_id for button in (tab.resume, tab.read) if changes[button].variant == "primary"
        ] == [primary]
