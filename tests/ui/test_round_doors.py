"""Every button that opens a round in the page ends the one that is still being spoken there."""

from __future__ import annotations

import gradio as gr
import pytest
from tab_world import Services

from ui.app import build_page

DOORS = (
    "mr-resume",
    "mr-home-continue",
    "mr-home-practise",
    "mr-bank-practise",
    "mr-code-practise",
    "mr-again",
    "mr-ready-probe",
)


def events_of(page: gr.Blocks, elem_id: str) -> list[int]:
    (place,) = (at for at, block in page.blocks.items() if getattr(block, "elem_id", None) == elem_id)
    return [at for at, event in page.fns.items() if any(target[0] == place for target in event.targets)]


@pytest.mark.parametrize("door", DOORS)
async def test_a_round_that_speaks_is_ended_before_another_is_shown(services: Services, door: str) -> None:
    page = build_page(services())
    pressed = {event for button in ("mr-send", "mr-skip") for event in events_of(page, button)}
    speaking = {event for event in pressed if page.fns[event].fn is not None}
    assert len(speaking) == 2
    ended = {at for event in events_of(page, door) for at in page.fns[event].cancels}
    assert speaking <= ended
