"""A candidate plays rounds on the real page in a real browser."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from real_page import PHONE, Candidate
from real_server import Server

from corpus import Question
from interviewer.packs import load_role_pack
from interviewer.report import BAND_NAMES

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HOSTILE = '<img src="http://evil.example/x.png" onerror="window.hacked=1"><script>window.hacked=1</script>'
CODE = "def kv_bytes(layers, heads, size):\n    # two of them: keys and values\n    return 2 * layers * heads * size * 2"
# Pixels: the top of the conversation's window in the page, and what was said last in that window: top, height, room below.
PLACES = """() => {
    const view = document.querySelector("#mr-chat .bubble-wrap");
    const [place, row] = [view, [...view.querySelectorAll(".message-row")].at(-1)].map((node) => node.getBoundingClientRect());
    return [place.top, row.top - place.top, row.height, place.bottom - row.bottom].map(Math.round);
}"""
VERDICTS = {"met", "partly", "missing", "contradicted", "red flag"}


def question_of(prompt: str) -> Question:
    """The bank's question that the interviewer put."""
    plain = " ".join(prompt.split())
    bank = load_role_pack().pack.questions
    return next(item for item in bank if " ".join(item.prompt.split())[:80] in plain)


def beginning(text: str) -> str:
    """Enough for some criteria to be met, and for others to be asked about."""
    return " ".join(re.split(r"(?<=\.)\s+", text)[:3])


def choose_session(page: Any, place: int = 0) -> None:
    page.locator("#mr-sessions label").nth(place).click()
    page.wait_for_selector("#mr-read:not([disabled])")


def test_a_whole_round_from_start_to_report(page: Any, server: Server) -> None:
    me = Candidate(page, server)
    me.open()

    # Nothing is there yet, and the page says so.
    me.open_tab("Report")
    page.get_by_text("Play a round, or open one").wait_for()
    me.open_tab("Past sessions")
    page.get_by_text("No session is stored yet").wait_for()
    assert not page.is_visible("#mr-resume")
    me.open_tab("Interview")
    assert "judge" in page.inner_text("#mr-status").lower()
    me.shoot("1-start")

    # The ML systems round is chosen already; its own figures are set.
    me.start()
    assert me.question_number == 1
    assert "of up to 4" in me.panel
    assert page.get_by_label("Clear").count() == 0 or not page.get_by_label("Clear").first.is_visible()
    question = question_of(me.heard[-1])

    # A hint, a clarification, a repetition; an empty clarification is explained.
    hints = page.inner_text("#mr-hint")
    me.press("hint")
    assert page.inner_text("#mr-hint") != hints
    page.click("#mr-clarify")
    page.get_by_text("Write what you want to have clarified first.").wait_for()
    me.type("How long are the prompts?")
    me.press("clarify")
    assert me.said[-1] == "How long are the prompts?"
    assert page.input_value("#mr-answer textarea") == ""
    me.press("repeat")

    # An answer of several lines with code and hostile text, sent by the keyboard.
    answer = f"{beginning(question.model_answer)}\n{HOSTILE}\n```python\n{CODE}\n```"
    me.say(answer, keys="Control+Enter")
    assert HOSTILE in me.said[-1]
    assert page.locator("#mr-chat pre code").last.inner_text().strip() == CODE
    assert "follow-up" in me.panel
    me.shoot("2-follow-up")

    # Enter is a new line; what was typed and not sent outlives a reload, and so does the round.
    page.click("#mr-answer textarea")
    page.keyboard.type("A draft")
    page.keyboard.press("Enter")
    page.keyboard.type("of two lines")
    heard, said = me.heard, me.said
    page.reload()
    me.wait_turn()
    page.wait_for_function("document.querySelector('#mr-answer textarea').value === 'A draft\\nof two lines'")
    assert (me.heard, me.said) == (heard, said)

    # Paused, nothing can be sent; resumed, the round goes on.
    page.click("#mr-pause")
    page.get_by_role("button", name="Resume").wait_for()
    assert page.is_disabled("#mr-send")
    assert "paused" in me.panel
    page.click("#mr-pause")
    page.get_by_role("button", name="Pause").wait_for()
    me.wait_turn()

    me.say("The longest prompts set the tail, so I would measure the gap between tokens.", keys="Shift+Enter")
    while me.question_number == 1:
        me.press("skip")
    me.press("skip")
    assert me.question_number == 3
    me.say("I don't know.")
    assert me.question_number == 4
    me.say(question_of(me.heard[-1]).model_answer)
    while not me.asks_for_own_questions:
        me.press("skip")

    # The candidate's own question, and the end.
    assert page.is_disabled("#mr-skip")
    me.say("What does the team work on next?")
    page.click("#mr-end")
    page.wait_for_selector("#mr-to-report", state="visible")
    assert not page.is_visible("#mr-send")
    assert not page.is_visible("#mr-answer textarea")
    me.shoot("3-finished")

    # The report.
    page.click("#mr-to-report")
    report = page.locator(".mr-report")
    report.wait_for()
    assert report.locator("h1 .mr-band").inner_text() in BAND_NAMES
    verdicts = {re.sub(r"^\d+\. ", "", word) for word in report.locator(".mr-v").all_inner_texts()}
    assert {"met", "missing"} <= verdicts <= VERDICTS
    marks = report.locator(".mr-answer mark")
    assert marks.count() > 0
    assert re.match(r"\d+\. .+\((met|partly)\)", marks.first.get_attribute("title") or "")
    assert marks.first.locator("sup").or_(report.locator(".mr-answer mark sup")).first.is_visible()
    shown = report.locator(".mr-answer").first.evaluate(
        "node => { const copy = node.cloneNode(true); copy.querySelectorAll('sup').forEach(n => n.remove()); return copy.textContent }"
    )
    assert shown == answer
    model = report.locator(".mr-model").first
    assert not model.locator("pre").is_visible()
    model.locator("summary").click()
    assert " ".join(question.model_answer.split()) in " ".join(model.inner_text().split())
    note = report.locator(".mr-card .mr-note").first
    note.locator("summary").click()
    assert len(note.locator(".mr-note-text").inner_text()) > 100
    page.wait_for_timeout(200)
    me.shoot("4-report")

    # It is in the list; its report and its conversation open again.
    me.open_tab("Past sessions")
    page.locator("#mr-sessions label").first.wait_for()
    assert "finished" in page.inner_text("#mr-sessions")
    me.shoot("5-sessions")
    choose_session(page)
    page.click("#mr-read")
    report.wait_for()
    me.open_tab("Past sessions")
    choose_session(page)
    page.click("#mr-resume")
    page.wait_for_selector("#mr-to-report", state="visible")
    assert HOSTILE in "\n".join(me.said)

    # Another round starts from the start page.
    page.click("#mr-new")
    page.wait_for_selector("#mr-start-button", state="visible")

    assert page.evaluate("window.hacked") is None
    assert me.errors == []
    assert me.foreign == []


def test_what_was_said_last_is_in_view_on_a_phone(page: Any, server: Server) -> None:
    page.set_viewport_size(PHONE)
    me = Candidate(page, server)
    me.open()
    me.start()
    # A question that is longer than the window is seen from its beginning, with its window.
    window = page.locator("#mr-chat .bubble-wrap")
    top, begins, height, _ = page.evaluate(PLACES)
    assert height > window.evaluate("view => view.clientHeight")
    assert (top >= 0, begins) == (True, 0)

    # A hint fits in, and is seen whole although the button is far below the window.
    page.locator("#mr-skip").evaluate("button => button.scrollIntoView({ block: 'start' })")
    assert page.evaluate(PLACES)[0] < 0
    me.press("hint")
    top, begins, _, below = page.evaluate(PLACES)
    assert min(top, begins, below) >= 0

    # Whoever scrolls back is left there until somebody speaks again.
    window.evaluate("view => view.scrollTo(0, 0)")
    page.set_viewport_size({**PHONE, "height": PHONE["height"] + 80})
    page.wait_for_timeout(200)
    assert window.evaluate("view => view.scrollTop") == 0
    me.press("repeat")
    assert page.evaluate(PLACES)[1] == 0

    # Nothing is left open for who comes next.
    page.click("#mr-end")
    page.get_by_role("button", name="Open the report").wait_for()


def test_the_page_goes_on_after_the_server_was_restarted(page: Any, tiny_server: Server) -> None:
    me = Candidate(page, tiny_server)
    me.open()
    me.start()
    me.say("The cache holds keys and values of every layer, so it grows with the length.")
    heard, said = me.heard, me.said

    # While the page waits for the candidate: what was typed is there when the server is, and is sent then.
    tiny_server.kill()
    text = "It takes two numbers per head and layer."
    me.type(text)
    page.click("#mr-send")
    page.get_by_text("Connection to the server was lost").wait_for()
    assert page.input_value("#mr-answer textarea") == text
    tiny_server.start()
    page.get_by_text("Connection to the server was lost").wait_for(state="hidden")
    me.wait_turn()
    page.wait_for_function("text => document.querySelector('#mr-answer textarea').value === text", arg=text)
    assert (me.heard, me.said) == (heard, said)
    me.press("send")
    assert me.said == [*said, text]

    # While an answer is being judged: the page catches up by itself, the answer is there once.
    before = len(me.heard)
    me.type("Grouped heads make it smaller.")
    page.click("#mr-send")
    page.wait_for_selector("#mr-note .mr-busy")
    page.get_by_text("Grouped heads make it smaller.").first.wait_for()
    tiny_server.kill()
    tiny_server.start()
    page.wait_for_function(
        """before => document.querySelectorAll('#mr-chat [data-testid=bot]').length > before
            && !document.querySelector('#mr-note .mr-busy')""",
        arg=before,
    )
    assert me.said.count("Grouped heads make it smaller.") == 1
    page.reload()
    page.wait_for_selector("#mr-chat [data-testid=user]")
    assert me.said.count("Grouped heads make it smaller.") == 1
    assert me.foreign == []


def test_the_start_page_follows_the_round_and_reads_a_file(page: Any, server: Server, tmp_path: Path) -> None:
    me = Candidate(page, server)
    me.open()
    numbers = page.locator("#mr-questions input[type=number], #mr-minutes input[type=number]")
    pack = load_role_pack().pack
    for wanted in (pack.round("recruiter"), pack.round("loop")):
        page.click("#mr-round input")
        page.get_by_role("option", name=wanted.title, exact=True).click()
        page.wait_for_function(
            "minutes => document.querySelector('#mr-minutes input[type=number]').value === minutes",
            arg=str(wanted.minutes),
        )
        assert [item.input_value() for item in numbers.all()] == [str(wanted.questions), str(wanted.minutes)]
        assert {item.get_attribute("min") for item in numbers.all()} == {"1"}

    page.get_by_text("Résumé or job description").click()
    for name, raw, words in (
        ("photo.txt", b"\0\1\2", "photo.txt is not a text or PDF file"),
        ("cv.md", f"I write CUDA. {HOSTILE}".encode(), "cv.md was read"),
    ):
        (tmp_path / name).write_bytes(raw)
        page.set_input_files("#mr-upload input[type=file]", str(tmp_path / name))
        page.locator("#mr-file-note").get_by_text(words).wait_for()
    assert page.input_value("#mr-background textarea") == f"I write CUDA. {HOSTILE}"
    assert page.evaluate("window.hacked") is None
    assert me.errors == []
    assert me.foreign == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_start_page_is_readable_and_fits_a_phone(page: Any, server: Server, theme: str) -> None:
    me = Candidate(page, server)
    page.set_viewport_size({"width": 390, "height": 844})
    me.open(f"?__theme={theme}")
    page.wait_for_selector("#mr-start-button")
    me.shoot(f"6-phone-{theme}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for selector in (
        "#mr-start-button",
        "#mr-round [data-testid=block-info]",
        "#mr-questions label span",
        "#mr-start p",
        "#mr-status p",
        ".mr-foot",
        "[role=tab][aria-selected=true]",
    ):
        assert page.locator(selector).first.evaluate(CONTRAST) >= 4.5, selector


# WCAG 2.2 contrast ratio of an element's text against the nearest background that is not see-through.
CONTRAST = """node => {
    const parse = (text) => {
        const canvas = document.createElement('canvas').getContext('2d');
        canvas.fillStyle = text;
        canvas.fillRect(0, 0, 1, 1);
        return canvas.getImageData(0, 0, 1, 1).data;
    };
    const luminance = (rgb) => {
        const [r, g, b] = [...rgb.slice(0, 3)].map((v) => v / 255)
            .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    let behind = node;
    while (behind.parentElement && parse(getComputedStyle(behind).backgroundColor)[3] < 255) behind = behind.parentElement;
    const text = luminance(parse(getComputedStyle(node).color));
    const ground = luminance(parse(getComputedStyle(behind).backgroundColor));
    return (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05);
}"""
