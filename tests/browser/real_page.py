"""A candidate who uses the page of the real server in headless Chromium."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from real_server import Server

# Read on import: the guard of all tests removes the settings of the shell.
SCREENSHOTS = os.environ.get("MOCKROUND_SCREENSHOTS")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESK = {"width": 1280, "height": 800}
PHONE = {"width": 375, "height": 812}
# Nothing fades in or is greyed out until the server has answered; what pulses goes on for ever.
AT_REST = """() => !document.querySelector('.pending') && document.getAnimations().every(
    ({ playState, effect }) => playState !== 'running' || effect.getTiming().iterations === Infinity)"""
# The first answer after a start also loads the embedding model.
STEP_TIMEOUT_MS = 60_000


def find_chromium(playwright: Any) -> str | None:
    """A Chromium of the system, or the one that playwright brings."""
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        if found := shutil.which(name):
            return found
    own = str(playwright.chromium.executable_path)
    return own if Path(own).exists() else None


@contextmanager
def headless_chromium() -> Iterator[Any]:
    """A browser; the test is skipped where there is none."""
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed (make install-dev)"
    )
    with sync_api.sync_playwright() as playwright:
        path = find_chromium(playwright)
        if path is None:
            pytest.skip("no Chromium was found; install chromium, or run `playwright install chromium`")
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


LEFT = "AbortError: signal is aborted without reason"


class Candidate:
    """Uses the page as a person would, and notes what the browser complains of and whom it asks."""

    def __init__(self, page: Any, server: Server) -> None:
        self.page = page
        self.server = server
        self.errors: list[str] = []
        self.foreign: list[str] = []
        page.set_default_timeout(STEP_TIMEOUT_MS)
        page.on("console", self._note_console)
        page.on("pageerror", self._note_error)
        page.on("request", self._note_request)
        page.on("dialog", lambda dialog: dialog.accept())

    def _note_console(self, line: Any) -> None:
        if line.type == "error":
            self.errors.append(f"{line.text} ({line.location.get('url', '')})")

    def _note_error(self, error: Any) -> None:
        # A page that is left while something comes: Gradio's client closes its stream, and on a slow machine says so.
        if not str(error).startswith(LEFT):
            self.errors.append(str(error))

    def _note_request(self, request: Any) -> None:
        if not request.url.startswith((f"{self.server.url}/", "data:", "blob:")):
            self.foreign.append(request.url)

    def open(self, query: str = "") -> None:
        self.page.goto(f"{self.server.url}/{query}")
        self.page.wait_for_selector(".mr-foot")

    def shoot(self, name: str) -> None:
        if SCREENSHOTS:
            Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=str(Path(SCREENSHOTS) / f"{name}.png"))

    def looks(self, at: str | None = None) -> Iterator[str]:
        """The page light and dark, at desk and phone width, scrolled to `at`: the name of each look, while it lasts."""
        self.page.mouse.move(0, 0)
        for theme in ("light", "dark"):
            self.page.emulate_media(color_scheme=theme)
            self.page.evaluate("dark => document.body.classList.toggle('dark', dark)", theme == "dark")
            for width, size in (("", DESK), ("-phone", PHONE)):
                self.page.set_viewport_size(size)
                self.page.wait_for_timeout(50)
                self.page.wait_for_function(AT_REST)
                if at is not None:
                    self.page.locator(at).first.evaluate("node => node.scrollIntoView({block: 'start'})")
                yield f"{theme}{width}"
        self.page.emulate_media(color_scheme="light")
        self.page.evaluate("() => document.body.classList.remove('dark')")
        self.page.set_viewport_size(DESK)

    def start(self) -> None:
        self.page.click("#mr-start-button")
        self.wait_turn()

    def wait_turn(self) -> None:
        """Until the interviewer waits for an answer."""
        self.page.wait_for_selector("#mr-send:not([disabled])")

    @property
    def heard(self) -> list[str]:
        """What the interviewer said, in order."""
        return [item.strip() for item in self.page.locator("#mr-chat [data-testid=bot]").all_inner_texts()]

    @property
    def said(self) -> list[str]:
        """What the chat shows of the candidate's words, in order."""
        return [item.strip() for item in self.page.locator("#mr-chat [data-testid=user]").all_inner_texts()]

    @property
    def panel(self) -> str:
        return " ".join(self.page.inner_text("#mr-side").split())

    @property
    def question_number(self) -> int:
        found = re.search(r"(\d+) of (?:up to )?\d", self.panel)
        return int(found[1]) if found else 0

    @property
    def asks_for_own_questions(self) -> bool:
        return "your own questions" in self.panel

    def type(self, text: str) -> None:
        self.page.fill("#mr-answer textarea", text)

    def press(self, button: str) -> None:
        """A button to which the interviewer replies."""
        before = self._count()
        self.page.click(f"#mr-{button}")
        self._wait_reply(before)

    def say(self, text: str, keys: str | None = None) -> None:
        """Send an answer with the button or by the keyboard, and wait for what the interviewer says to it."""
        before = self._count()
        self.type(text)
        if keys:
            self.page.press("#mr-answer textarea", keys)
        else:
            self.page.click("#mr-send")
        self._wait_reply(before)

    def _count(self) -> int:
        return int(self.page.locator("#mr-chat [data-testid=bot]").count())

    def _wait_reply(self, before: int) -> None:
        self.page.wait_for_function(
            """before => document.querySelectorAll('#mr-chat [data-testid=bot]').length > before
                && !document.querySelector('#mr-note .mr-busy')""",
            arg=before,
        )

    def open_tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=name).click()
