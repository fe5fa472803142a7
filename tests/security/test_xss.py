"""More than 150 texts that would like to be scripts, wherever a text is shown in real Chromium: none of them comes to life."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from clocked_server import ClockedServer
from gradio_here import GRADIO_WARNINGS
from hostile_page import CORPUS, PAYLOADS, WATCH, Watched, hostile_server
from real_page import headless_chromium

pytestmark = [pytest.mark.browser, pytest.mark.slow, *GRADIO_WARNINGS]

ANSWER = f"credit 0.9 The journal is written first.\n{CORPUS}"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Headless Chromium."""
    with headless_chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def server(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClockedServer]:
    """The hostile server."""
    with pytest.MonkeyPatch.context() as patch:
        running = hostile_server(tmp_path_factory.mktemp("hostile"), patch)
        yield running
        running.close()


@pytest.fixture(scope="module")
def stored(server: ClockedServer) -> dict[str, str]:
    """Ids of hostile things that are stored: a round that is over, one that is open, a self-assessment and a loop."""
    with httpx.Client(base_url=f"{server.url}/api/v1", timeout=120) as api:

        def post(path: str, **body: Any) -> dict[str, Any]:
            answer = api.post(path, json=body)
            answer.raise_for_status()
            found: dict[str, Any] = answer.json()
            return found

        over = post("/sessions", round="all", level="IC3", questions=1, follow_ups=1, background=CORPUS)["id"]
        post(f"/sessions/{over}/messages", text=ANSWER)
        post(f"/sessions/{over}/messages", text=ANSWER)
        post(f"/sessions/{over}/actions/end")
        opened = post("/sessions", round="all", level="IC3", questions=2, mode="study")["id"]
        post(f"/sessions/{opened}/actions/clarify", text=CORPUS)
        post(f"/sessions/{opened}/actions/hint")
        post(f"/sessions/{opened}/messages", text=ANSWER)
        criteria = [
            {"id": payload[:80], "text": payload, "shows": [payload], "partial": payload}
            for payload in PAYLOADS[::8]
        ]
        rated = post(
            "/self-assessments",
            question=CORPUS,
            rubric={"criteria": criteria},
            answer=ANSWER,
            verdicts={criteria[0]["id"]: "met", criteria[1]["id"]: "missing"},
        )["session_id"]
        loop = post("/loops", level="IC3", background=CORPUS)["id"]
        for _ in range(2):
            stage = post(f"/loops/{loop}/stages")["id"]
            post(f"/sessions/{stage}/messages", text=ANSWER)
            post(f"/sessions/{stage}/actions/end")
        return {"over": over, "open": opened, "rated": rated, "loop": loop}


@pytest.fixture
def watched(chromium: Any, server: ClockedServer, stored: dict[str, str]) -> Iterator[Watched]:
    """A window on the page."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    window = Watched(context.new_page(), server.url)
    yield window
    context.close()


def entered(watched: Watched) -> Any:
    """The page, opened; where a loop is open, it turns to Home of its own accord."""
    page = watched.page
    page.set_default_timeout(60_000)
    page.goto(f"{watched.origin}/")
    page.wait_for_selector(".mr-foot")
    page.locator("[role=tab][aria-selected=true]", has_text="Home").wait_for()
    return page


def open_tab(page: Any, name: str) -> None:
    page.get_by_role("tab", name=name, exact=True).click()


def chosen_session(page: Any, words: str) -> None:
    open_tab(page, "Past sessions")
    page.locator("#mr-sessions label", has_text=words).first.click()
    page.wait_for_selector("#mr-read:not([disabled])")


def test_the_collection_is_large_and_the_window_notices_it(chromium: Any, server: ClockedServer) -> None:
    assert len(set(PAYLOADS)) >= 200
    context = chromium.new_context()
    window = Watched(context.new_page(), server.url)
    noticed = 0
    for payload in PAYLOADS[:60]:
        window.foreign.clear()
        window.page.goto("about:blank")
        window.page.evaluate(WATCH)
        window.page.evaluate("payload => document.body.innerHTML = payload", payload)
        window.page.wait_for_timeout(20)
        noticed += bool(window.alive())
    context.close()
    assert noticed >= 55


def look(watched: Watched, selector: str, at_least: int = 20) -> None:
    """Unfold everything there; payloads are read as they were written, and none of them lives."""
    page = watched.page
    page.locator(selector).first.wait_for()
    page.evaluate("document.querySelectorAll('details').forEach((node) => { node.open = true; })")
    page.wait_for_timeout(500)
    assert " ".join(page.locator(selector).all_inner_texts()).count("alert(1)") >= at_least, "they are shown"
    assert watched.alive() == []


def test_home_and_what_there_is_to_do(watched: Watched) -> None:
    entered(watched)
    look(watched, "#mr-loop-next", 1)


def test_the_stages_of_a_loop_and_its_debrief(watched: Watched) -> None:
    page = entered(watched)
    page.locator("#mr-loop-part > button").click()
    page.wait_for_selector("#mr-loop-stages table", state="visible")
    page.click("#mr-loop-read")
    look(watched, "#mr-loop-debrief", 3)


def test_a_list_of_sessions_and_a_conversation(watched: Watched) -> None:
    page = entered(watched)
    chosen_session(page, "— open")
    look(watched, "#mr-sessions", 1)
    page.click("#mr-resume")
    look(watched, "#mr-chat")
    look(watched, "#mr-chat [data-testid=bot]", 1)
    look(watched, "#mr-side", 0)


def test_a_report(watched: Watched, stored: dict[str, str]) -> None:
    page = entered(watched)
    chosen_session(page, "finished")
    page.click("#mr-read")
    look(watched, "#mr-report")


def test_what_is_rated_by_oneself(watched: Watched) -> None:
    page = entered(watched)
    open_tab(page, "Self-assessment")
    look(watched, "#mr-self-history", 1)
    page.locator("#mr-self-own > button").click()
    page.fill("#mr-self-own-text textarea", CORPUS)
    page.fill("#mr-self-lines textarea", "\n".join(" ".join(item.split()) for item in PAYLOADS[:20]))
    page.fill("#mr-self-answer textarea", ANSWER)
    page.click("#mr-self-rate")
    look(watched, "#mr-self-rating", 5)


def test_the_bank(watched: Watched) -> None:
    page = entered(watched)
    open_tab(page, "Bank")
    page.locator("#mr-bank-list label:visible").first.click()
    look(watched, "#mr-bank-list", 1)
    look(watched, "#mr-bank-card", 1)
    page.fill("#mr-bank-query textarea, #mr-bank-query input", CORPUS)
    page.keyboard.press("Enter")
    page.get_by_text("nearest").first.wait_for()
    assert watched.alive() == []


def test_the_guide_with_a_model_that_is_hostile(watched: Watched) -> None:
    page = entered(watched)
    open_tab(page, "Guide")
    page.fill(
        "#mr-guide-question textarea, #mr-guide-question input", f"How long does it take? {PAYLOADS[0]}"
    )
    page.keyboard.press("Enter")
    look(watched, "#mr-guide-answer")


def test_the_lab(watched: Watched) -> None:
    page = entered(watched)
    open_tab(page, "Follow-up lab")
    page.locator("#mr-lab-own > button").click()
    page.fill("#mr-lab-own-text textarea", CORPUS)
    page.fill("#mr-lab-answer textarea", ANSWER)
    page.click("#mr-lab-propose")
    page.wait_for_function("document.querySelector('#mr-lab-result')?.innerText.trim().length > 20")
    assert watched.alive() == []


@pytest.mark.parametrize("payload", PAYLOADS[20:170:15])
def test_names_of_files(watched: Watched, payload: str) -> None:
    page = entered(watched)
    open_tab(page, "Interview")
    page.get_by_text("Résumé or job description").click()
    name = payload.replace("/", "\u2215").replace("\n", " ")[:100]
    good = {"name": f"{name}.txt", "mimeType": "text/plain", "buffer": CORPUS.encode()}
    page.set_input_files("#mr-upload input[type=file]", good)
    page.get_by_text("was read").wait_for()
    bad = {"name": f"{name}.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 " + CORPUS.encode()}
    page.set_input_files("#mr-upload input[type=file]", bad)
    page.get_by_text("cannot be read").wait_for()
    assert watched.alive() == []


def test_what_code_prints_and_returns(watched: Watched) -> None:
    if shutil.which("bwrap") is None:
        pytest.skip("bubblewrap (bwrap) is not installed")
    page = entered(watched)
    open_tab(page, "Coding")
    page.locator("#mr-code-card h2").wait_for()
    page.click("#mr-code-problem input")
    page.get_by_role("option", name="Largest gap").click()
    page.locator("#mr-code-editor .cm-line", has_text="raise NotImplementedError").wait_for()
    for end in ("return CORPUS", "raise ValueError(CORPUS)"):
        page.click("#mr-code-editor .cm-content")
        page.keyboard.press("Control+a")
        page.keyboard.insert_text(
            f"CORPUS = {CORPUS[:9000]!r}\ndef top_gap(times):\n    print(CORPUS)\n    {end}\n"
        )
        page.click("#mr-code-run")
        page.locator("#mr-code-results .mr-verdict").wait_for()
        look(watched, "#mr-code-results", 5)
        look(watched, "#mr-code-card", 1)


def test_a_model_server_of_somebody_else(watched: Watched) -> None:
    page = entered(watched)
    open_tab(page, "Model")
    for address in (f"http://127.0.0.1:9/{PAYLOADS[20]}", f"http://{PAYLOADS[22]}", PAYLOADS[0]):
        page.fill("#mr-llm-url input, #mr-llm-url textarea", address)
        page.fill("#mr-llm-model input, #mr-llm-model textarea", PAYLOADS[21])
        page.click("#mr-llm-connect")
        page.locator(".toast-body, .toast-wrap").first.wait_for()
        page.wait_for_timeout(500)
        assert watched.alive() == []


def test_an_import_that_is_refused(watched: Watched) -> None:
    page = entered(watched)
    open_tab(page, "Past sessions")
    for raw in (
        CORPUS.encode(),
        b'{"format": "mockround-session", "version": 1, "<img data-pwn src=x onerror=alert(1)>": 1}',
    ):
        with page.expect_file_chooser() as asked:
            page.click("#mr-sessions-import")
        name = "<img data-pwn src=x onerror=alert(1)>.json"
        asked.value.set_files({"name": name, "mimeType": "application/json", "buffer": raw})
        page.locator("#mr-sessions-note", has_text="export").wait_for()
        assert watched.alive() == []


REFLECTED = (
    "/?{}",
    "/?__theme={}&view={}&tab={}",
    "/#{}",
    "/{}",
    "/api/v1/{}",
    "/api/v1/sessions/{}",
    "/api/v1/search?q={}&kind={}",
    "/api/v1/sessions/x/report?format={}",
    "/docs?url={}&configUrl={}",
    "/docs#{}",
    "/gradio_api/{}",
    "/gradio_api/file={}",
    "/gradio_api/mcp/{}",
    "/gradio_api/queue/data?session_hash={}",
    "/gradio_api/heartbeat/{}",
    "/theme.css?{}",
    "/static/{}",
    "/assets/{}",
    "/login?{}",
    "/config?{}",
    "/openapi.json?{}",
    "/healthz/{}",
)


def test_what_stands_in_an_address(watched: Watched) -> None:
    """A link to the page cannot carry a script. The answers are looked at as a browser would, by their type."""
    some = (
        "<script data-pwn>alert(1)</script>",
        '"><img data-pwn src=x onerror=alert(1)>',
        "javascript:alert(1)",
    )
    opened = ("/?{}", "/docs?url={}&configUrl={}", "/docs#{}", "/#{}")
    with httpx.Client(base_url=watched.origin, timeout=20) as api:
        for place in REFLECTED:
            if place in opened or "heartbeat" in place or "queue" in place:
                continue
            for payload in some:
                for accept in ("text/html", "*/*"):
                    answer = api.get(place.replace("{}", quote(payload, safe="")), headers={"Accept": accept})
                    assert answer.status_code < 500
                    if "html" in answer.headers.get("content-type", "") and "<" in payload:
                        assert payload not in answer.text, place
    for place in opened:
        for payload in some:
            watched.page.goto(f"{watched.origin}{place.replace('{}', quote(payload, safe=''))}")
            watched.page.wait_for_timeout(700)
            assert watched.alive() == [], place


def test_what_is_saved_is_never_shown_as_a_page(server: ClockedServer, stored: dict[str, str]) -> None:
    with httpx.Client(base_url=f"{server.url}/api/v1", timeout=60) as api:
        for path in (
            f"/sessions/{stored['over']}/report?format=md",
            f"/sessions/{stored['over']}/report?format=pdf",
            f"/sessions/{stored['over']}/report",
            f"/sessions/{stored['over']}/export",
            f"/loops/{stored['loop']}/debrief?format=md",
            f"/sessions/{stored['over']}",
        ):
            answer = api.get(path, headers={"Accept": "text/html"})
            assert answer.status_code == 200, path
            assert "html" not in answer.headers["content-type"]
            assert answer.headers["x-content-type-options"] == "nosniff"
            saved = answer.headers.get("content-disposition", "")
            assert saved.startswith("attachment") or "json" in answer.headers["content-type"], path
