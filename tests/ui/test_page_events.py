"""How the page's events are bound: what one costs must not grow with the page."""

from __future__ import annotations

from tab_world import Services

from ui.app import build_page


async def test_no_event_has_a_spinner_over_a_part_of_the_page(services: Services) -> None:
    """With every event, Gradio's page copies whatever ever had a spinner, hidden or not, with all that is inside of it."""
    page = build_page(services())
    containers = {number for number, block in page.blocks.items() if getattr(block, "children", None)}
    for event in page.fns.values():
        spun = event.outputs if event.show_progress_on is None else event.show_progress_on
        if event.api_visibility == "private":
            assert not containers & {item._id for item in spun}, event.name
            assert event.show_progress != "hidden" or not spun, event.name


async def test_the_browser_itself_says_that_a_press_was_heard(services: Services) -> None:
    """The server's first word takes some 100 ms; nobody who pressed a button should wonder for so long."""
    page = build_page(services())
    told = [event for event in page.fns.values() if event.fn is None and "about to speak" in str(event.js)]
    pressed = {getattr(page.blocks[target], "elem_id", None) for event in told for target, _ in event.targets}
    assert pressed == {"mr-send", "mr-hint", "mr-clarify", "mr-repeat", "mr-skip", "mr-answer"}
    assert [item.elem_id for event in told for item in event.outputs] == ["mr-note"]
