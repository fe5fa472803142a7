"""How soon the page is there, and how soon it answers a hand, measured in headless Chromium.

`first_paint` is the browser's own first contentful paint, `ready` the moment at which a round can be started; `cold` is a
browser that was never here, `again` one that was. The alternative is the least page that Gradio makes: a chat and a
textbox, by the same version, on the same machine, visited in turn. An interaction is measured from the event's own time
stamp to the frame after the first change in the part of the page that answers; for a filter of the bank, after what was
found is said anew, as a sign of work is no answer there. Each is measured in a phone's window as well. No language model is connected, and what is waited for comes before
anything is judged.

    python bench/page.py
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import httpx
import numpy as np
from playwright.sync_api import sync_playwright

from bench.common import Row, bootstrap, free_port, write_results
from interviewer.config import Settings
from interviewer.packs import BUILT_IN_PACK, load_role_pack

ROOT = Path(__file__).parent.parent
START_S = 300.0
VISITS = 10
ROUND = 10
# Its questions are short: less is waited for between two measurements.
PLAYED = "recruiter"
DESK = {"width": 1280, "height": 800}
PHONE = {"width": 375, "height": 812}
BARE = """
import sys
import gradio as gr
with gr.Blocks(analytics_enabled=False) as page:
    chat = gr.Chatbot()
    said = gr.Textbox()
    said.submit(lambda text, lines: [*lines, {"role": "user", "content": text}], [said, chat], chat)
system = gr.themes.Default(font=["system-ui"], font_mono=["monospace"])  # nothing from another host
page.launch(server_port=int(sys.argv[1]), ssr_mode=False, quiet=True, theme=system)
"""
# From the next press until the frame after the first change within `where`; a choice is made when the button goes down.
WATCH = """([where, said]) => {
    const before = said && document.querySelector(said).innerText;
    window.answered = new Promise((resolve) => {
        const begin = (event) => {
            const watch = new MutationObserver(() => {
                if (said && document.querySelector(said)?.innerText === before) return;
                watch.disconnect();
                requestAnimationFrame(() => resolve(performance.now() - event.timeStamp));
            });
            for (const node of document.querySelectorAll(where)) {
                watch.observe(node, { subtree: true, childList: true, attributes: true, characterData: true });
            }
        };
        document.addEventListener("pointerdown", begin, { capture: true, once: true });
    });
}"""
HEARD = "() => document.querySelectorAll('#mr-chat [data-testid=bot]').length"
PAINT = """async () => {
    const found = () => performance.getEntriesByName("first-contentful-paint")[0];
    while (!found()) await new Promise((resolve) => setTimeout(resolve, 20));
    return found().startTime;
}"""
LOADED = """() => {
    const all = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
    return [all.length, all.reduce((sum, item) => sum + item.transferSize, 0)];
}"""


def main() -> None:
    """Measure, and write bench/results/page.json."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-n", type=int, default=VISITS, help="visits of each page, cold and again")
    options = parser.parse_args()
    data = Settings().data
    with sync_playwright() as playwright:
        browser = chromium(playwright)
    if browser is None:
        print("Skipped: no Chromium was found.")
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(ours(data, Path(folder)), "/readyz") as page,
        serving(lambda port: [sys.executable, "-c", BARE, str(port)], "/") as bare,
        sync_playwright() as playwright,
    ):
        running = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        rows = paints(running, page, bare, options.n)
        for name, size in (("", DESK), ("phone.", PHONE)):
            rows += [
                row(f"response.{name}{what}_ms", found) for what, found in interactions(running, page, size)
            ]
        rows.append(load())
        running.close()
    write_results("page", rows)


def ours(data: Path, folder: Path) -> Any:
    """The command that serves the page on a port; the index of `data` is made where it is not there yet."""
    (data / "index").mkdir(parents=True, exist_ok=True)
    (folder / "index").symlink_to(data / "index")

    def command(port: int) -> list[str]:
        serve = [sys.executable, "-m", "interviewer.cli", "serve", "--llm", "none", "--port", str(port)]
        return [*serve, "--data", str(folder)]

    return command


@contextmanager
def serving(command: Any, ready: str) -> Iterator[str]:
    """The address of a server that runs as a process of its own."""
    port = free_port()
    process = subprocess.Popen(command(port), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        wait(url + ready, process)
        yield url
    finally:
        process.terminate()
        process.wait()


def wait(url: str, process: subprocess.Popen[bytes]) -> None:
    """Until the server answers. Raises RuntimeError where it ends, or takes longer than START_S."""
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(url, timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise RuntimeError(f"{url} does not answer")


def chromium(playwright: Any) -> str | None:
    """As the tests of the page find it."""
    sys.path.insert(0, str(ROOT / "tests"))
    sys.path.insert(0, str(ROOT / "tests" / "browser"))
    from real_page import find_chromium

    return find_chromium(playwright)


def paints(browser: Any, page: str, bare: str, visits: int) -> list[Row]:
    """Both pages visited in turn, each by a browser that was never there and once more by the same one."""
    there = {"page": (page, "#mr-start-button"), "bare": (bare, "textarea")}
    times: dict[str, list[float]] = {}
    size: dict[str, tuple[int, int]] = {}
    for _ in range(visits):
        for name, (url, usable) in there.items():
            context = browser.new_context(viewport=DESK)
            tab = context.new_page()
            for visit in ("cold", "again"):
                began = time.perf_counter()
                tab.goto(url, wait_until="commit")
                tab.wait_for_selector(usable)
                ready = 1000 * (time.perf_counter() - began)
                times.setdefault(f"{name}.{visit}.first_paint_ms", []).append(tab.evaluate(PAINT))
                times.setdefault(f"{name}.{visit}.ready_ms", []).append(ready)
                if visit == "cold":
                    tab.wait_for_timeout(1000)
                    size[name] = tab.evaluate(LOADED)
            context.close()
    rows = []
    for visit in ("cold", "again"):
        for what in ("first_paint_ms", "ready_ms"):
            base = row(f"bare.{visit}.{what}", times[f"bare.{visit}.{what}"])
            mine = times[f"page.{visit}.{what}"]
            rows += [row(f"page.{visit}.{what}", mine, base), base]
    for what, place, unit, scale in (("requests", 0, "requests", 1), ("transferred", 1, "KiB", 1024)):
        mine, base = (size[name][place] / scale for name in ("page", "bare"))
        rows += [Row(f"page.cold.{what}", mine, unit, f"bare.cold.{what}", mine / base)]
        rows += [Row(f"bare.cold.{what}", base, unit)]
    return rows


def interactions(browser: Any, url: str, size: dict[str, int]) -> list[tuple[str, list[float]]]:
    """Filters of the bank; tabs; a round in which every question is answered with a hint and a sentence."""
    context = browser.new_context(viewport=DESK)
    tab = context.new_page()
    tab.set_default_timeout(120_000)
    tab.goto(url)
    # Not seen where a round of before is open: Home comes first then.
    tab.wait_for_selector("#mr-start-button", state="attached")
    times: dict[str, list[float]] = {"hint": [], "send": [], "tab": [], "filter": []}
    # On a phone this tab is in a menu.
    tab.click("button[role=tab]:text-is('Bank')")
    tab.set_viewport_size(size)
    tab.wait_for_selector("#mr-bank-list label:visible")
    for place in range(ROUND):
        tab.click("#mr-bank-level input")
        option = f"[role=option]:has-text('{'Any' if place % 2 else 'IC2'}')"
        times["filter"].append(click(tab, option, "#mr-bank-found", "#mr-bank-found p"))
        tab.wait_for_timeout(1000)
    for _ in range(ROUND // 2):
        for name in ("Home", "Interview"):
            times["tab"].append(click(tab, f"button[role=tab]:text-is('{name}')", ".tabs"))
            tab.wait_for_timeout(500)
    start_round(tab)
    for _ in range(ROUND):
        for name in ("hint", "send"):
            if name == "send":
                tab.fill("#mr-answer textarea", "I don't know.")
            before = tab.evaluate(HEARD)
            times[name].append(click(tab, f"#mr-{name}", "#mr-chat, #mr-note"))
            idle(tab, before)
    context.close()
    return list(times.items())


def start_round(tab: Any) -> None:
    """Begin a round of ROUND questions, and wait for the first."""
    played = load_role_pack(BUILT_IN_PACK).pack.round(PLAYED)
    tab.click("#mr-round input")
    tab.click(f"[role=option]:has-text('{played.title}')")
    # The server sets both lengths to the round's own, whatever was filled in before it did.
    tab.wait_for_function(
        "minutes => document.querySelector('#mr-minutes input[type=number]').value === minutes",
        arg=str(played.minutes),
    )
    tab.fill("#mr-questions input[type=number]", str(ROUND))
    tab.keyboard.press("Tab")
    tab.click("#mr-start-button")
    idle(tab, 0)


def load() -> Row:
    """How busy the machine was with this and anything else: above the number of its cores, every figure is too high."""
    return Row("load_15_min", os.getloadavg()[2], "running processes")


def idle(tab: Any, before: int) -> None:
    """Until the interviewer said more than that and waits for an answer."""
    tab.wait_for_function(
        f"before => ({HEARD})() > before && !document.querySelector('#mr-note .mr-busy')", arg=before
    )
    tab.wait_for_selector("#mr-send:not([disabled])")


def click(tab: Any, button: str, where: str, said: str | None = None) -> float:
    """Milliseconds from a click to what it changes within `where`; with `said`, until that says something else."""
    tab.evaluate(WATCH, [where, said])
    tab.click(button)
    return float(tab.evaluate("window.answered"))


def row(metric: str, values: Sequence[float], against: Row | None = None) -> Row:
    """The median, with its interval."""
    median = statistics.median(values)
    low, high = bootstrap(np.array(values), lambda drawn: float(np.median(drawn)))
    if against is None or against.value is None:
        return Row(metric, median, "ms", low=low, high=high, n=len(values))
    return Row(metric, median, "ms", against.metric, median / against.value, low, high, len(values))


if __name__ == "__main__":
    main()
