"""The page as Gradio would serve it, without the work and the memory that grow with its size."""

from __future__ import annotations

from typing import Any

import gradio as gr
import pytest
from fastapi import FastAPI
from gradio.block_function import BlockFunction
from gradio.routes import App
from gradio.state_holder import SessionState
from tab_world import Services

from interviewer.api import create_api
from ui.app import mount_page
from ui.lean_page import MAX_PAGES, LeanPage, LeanSession, LeanSessions


class Small:
    """A page of a chat, a button and a text; `said` is the event that may change all three."""

    def __init__(self, kind: type[gr.Blocks]) -> None:
        with kind() as self.page:
            self.chat, self.button, self.text = gr.Chatbot(), gr.Button("Send"), gr.Textbox()
            self.button.click(lambda: None, None, [self.chat, self.button, self.text])
        self.said: BlockFunction = self.page.fns[0]

    async def tell(self, changes: dict[Any, Any], session: SessionState) -> list[Any]:
        return await self.page.postprocess_data(self.said, changes, session)


CHANGES = (
    lambda small: {small.text: "Hello"},
    lambda small: {small.chat: [{"role": "user", "content": "Hello"}], small.button: gr.Button("Wait")},
    lambda small: {small.button: gr.Button(interactive=False), small.chat: gr.skip()},
    lambda small: {small.text: gr.skip()},
    lambda small: {small.chat: [], small.button: gr.Button("Go"), small.text: gr.Textbox("x", label="y")},
)


@pytest.mark.parametrize("changes", CHANGES)
async def test_a_browser_is_told_what_gradio_would_tell_it(changes: Any) -> None:
    lean, plain = Small(LeanPage), Small(gr.Blocks)
    told = await lean.tell(changes(lean), LeanSession(lean.page))
    assert told == await plain.tell(changes(plain), SessionState(plain.page))


async def test_a_list_of_values_is_told_as_gradio_does() -> None:
    lean = Small(LeanPage)
    told = await lean.page.postprocess_data(lean.said, [[], gr.skip(), "Hello"], LeanSession(lean.page))
    assert [told[0], told[2]] == [[], "Hello"]


async def test_a_component_of_another_event_is_refused() -> None:
    lean = Small(LeanPage)
    with lean.page:
        stranger = gr.Textbox()
    with pytest.raises(ValueError, match="not specified as output"):
        await lean.tell({stranger: "Hello"}, LeanSession(lean.page))


async def test_only_what_is_named_is_made_anew() -> None:
    lean = Small(LeanPage)
    session = LeanSession(lean.page)
    await lean.tell({lean.text: "Hello", lean.button: gr.Button(interactive=False)}, session)
    assert session[lean.chat._id] is lean.chat
    assert session[lean.text._id] is lean.text
    assert session[lean.button._id] is not lean.button


async def test_what_a_page_changed_is_remembered_for_it_alone() -> None:
    lean = Small(LeanPage)
    mine, theirs = LeanSession(lean.page), LeanSession(lean.page)
    await lean.tell({lean.button: gr.Button(interactive=False)}, mine)
    await lean.tell({lean.button: gr.Button(variant="primary")}, mine)
    assert (mine[lean.button._id].interactive, mine[lean.button._id].variant) == (False, "primary")
    assert theirs[lean.button._id] is lean.button


async def test_a_page_keeps_its_own_components_and_no_others_however_often_they_change() -> None:
    lean, plain = Small(LeanPage), Small(gr.Blocks)
    sessions = {lean: LeanSession(lean.page), plain: SessionState(plain.page)}  # type: ignore[no-untyped-call]
    for small, session in sessions.items():
        for turn in range(3):
            await small.tell({small.text: gr.Textbox(label=f"Turn {turn}")}, session)
            await small.tell({small.text: "", small.chat: gr.skip(), small.button: gr.skip()}, session)
        assert session[small.text._id].label == "Turn 2"
    assert len(sessions[lean].blocks_config.blocks) == len(lean.page.blocks)
    assert len(sessions[plain].blocks_config.blocks) > len(plain.page.blocks), (
        "Gradio keeps each; is ours still needed?"
    )


async def test_an_open_page_keeps_no_copy_of_the_whole(services: Services) -> None:
    service = services()
    app = mount_page(create_api(service), service)
    holder = _mounted(app).state_holder
    assert isinstance(holder, LeanSessions)
    assert holder.capacity == MAX_PAGES
    holder["one page"]
    assert holder["one page"] is holder["one page"]
    assert holder["one page"].config_values == {}
    assert holder["one page"].blocks_config.blocks.keys() == holder.blocks.blocks.keys()


async def test_the_pages_used_longest_ago_are_forgotten() -> None:
    holder = LeanSessions()  # type: ignore[no-untyped-call]
    holder.set_blocks(Small(LeanPage).page)
    holder.capacity = 2
    first = holder["first"]
    for name in ("second", "first", "third"):
        holder[name]
    assert holder["first"] is first
    assert "second" not in holder


def _mounted(app: FastAPI) -> App:
    return next(route.app for route in app.routes if isinstance(getattr(route, "app", None), App))
