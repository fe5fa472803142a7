"""Gradio's page and what it keeps of every page that is open, without work and memory that grow with the page's size.

Gradio makes every output of an event anew whenever the event says something, also those of which it says nothing, and
keeps the configuration of all components once more for each page that was opened, for links to a page's state (closed
by `gradio_door`). With some thirty outputs and words that appear one by one, that was most of what a turn cost.
"""

from __future__ import annotations

from copy import copy
from types import SimpleNamespace
from typing import Any

import gradio as gr
from fastapi import FastAPI
from gradio.block_function import BlockFunction
from gradio.routes import App
from gradio.state_holder import SessionState, StateHolder
from starlette.routing import Mount

# A page in use has some thirty components that events changed, 3 KB each. Gradio keeps 10,000 pages, and those that were closed too.
MAX_PAGES = 1000


class LeanPage(gr.Blocks):
    """As `gr.Blocks`; components that an event leaves as they are are not touched."""

    async def postprocess_data(
        self, block_fn: BlockFunction, predictions: list[Any] | dict[Any, Any], state: SessionState | None
    ) -> list[Any]:
        """What is sent for each output of an event."""
        if not isinstance(predictions, dict) or not predictions.keys() <= set(block_fn.outputs):
            return await super().postprocess_data(block_fn, predictions, state)
        named = {block: value for block, value in predictions.items() if value != gr.skip()}
        told: dict[Any, Any] = {}
        if named:
            few = copy(block_fn)
            few.outputs = list(named)
            told = dict(zip(named, await super().postprocess_data(few, named, state), strict=True))
        return [told[block] if block in told else gr.skip() for block in block_fn.outputs]


class LeanSession(SessionState):
    """What an open page has changed of its components, without a copy of their configuration."""

    def __init__(self, page: gr.Blocks) -> None:
        """Nothing is changed yet."""
        # All that is read of the page; a component that is no part of it is not copied.
        bare: Any = SimpleNamespace(default_config=page.default_config, blocks={})
        super().__init__(bare)
        self._of_page = page.default_config.blocks

    def __setitem__(self, key: int, value: Any) -> None:
        """Keep a component as it is now, or the value of a `gr.State`."""
        if isinstance(value, gr.blocks.Block):
            # A component that an event changed is made anew with an id of its own, and Gradio keeps it under that one as well
            # as soon as it is given a value: one more with every turn, for as long as the page is known.
            if key in self._of_page:
                self.blocks_config.blocks[key] = value
        else:
            super().__setitem__(key, value)

    def _update_config(self, key: int) -> None:
        """There is none."""

    def _update_value_in_config(self, key: int, value: Any) -> None:
        """There is none."""


class LeanSessions(StateHolder):
    """The pages that are open, by Gradio's id of them; the least recently used go first."""

    def __getitem__(self, session_id: str) -> SessionState:
        """What a page has changed; nothing yet for one that is new."""
        if session_id not in self.session_data:
            self.session_data[session_id] = LeanSession(self.blocks)
        return super().__getitem__(session_id)


def use_lean_sessions(app: FastAPI, page: gr.Blocks) -> None:
    """Let Gradio's application, mounted on `app`, keep as little of each open page as it can."""
    mounted = next(
        route.app for route in app.routes if isinstance(route, Mount) and isinstance(route.app, App)
    )
    mounted.state_holder = LeanSessions()  # type: ignore[no-untyped-call]  # Gradio's own has no types
    mounted.state_holder.set_blocks(page)
    mounted.state_holder.capacity = MAX_PAGES
