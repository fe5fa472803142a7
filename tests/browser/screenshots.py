"""Pictures of every tab and state of the page in docs/img, and docs/screenshots.md, which shows them (`make screenshots`).

The judge and the index are the real ones; the clock, the answers and the rounds are those of the tour, so that two runs
differ in little but the time that a solution took. With names of states, only their pictures are taken anew:

    python tests/browser/screenshots.py bank bank-nothing
"""

from __future__ import annotations

import argparse
import asyncio
import io
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[1]))

from clocked_server import ClockedServer
from page_tour import Stop, tour
from PIL import Image
from playwright.sync_api import sync_playwright
from real_page import CHROMIUM_FLAGS, DESK, Candidate, find_chromium
from real_server import with_index

from interviewer.config import Settings
from interviewer.judge.embedded import EmbeddedJudge
from interviewer.llm.connect import Connection, connect
from interviewer.packs import BUILT_IN_PACK
from retrieval import default_embedder

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "img"
PAGE = ROOT / "docs" / "screenshots.md"
# Few shades of each colour make small files; with fewer, greys take on a colour.
SHADES = 52
LOOKS = {
    "light": "desktop, light",
    "dark": "desktop, dark",
    "light-phone": "phone, light",
    "dark-phone": "phone, dark",
}
HEAD = """# Every tab and state of the page

Made by `make screenshots`: a tour through the page in headless Chromium, with the built-in pack, the embedded judge, a clock
that stands still and answers from `bench/answers/`. The same tour is what axe-core examines in
`tests/browser/test_accessibility.py`.
"""


def main() -> None:
    """Take the pictures anew, and write the page that shows them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", nargs="*", help="states whose pictures are taken; all of them without a name")
    names = frozenset(parser.parse_args().name)
    embedder = default_embedder()
    status = asyncio.run(connect(Connection(kind="none"))).status
    # The index that `mockround serve` uses takes minutes to make.
    own = Settings().data
    (own / "index").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        data = with_index(Path(folder) / "data", own)
        server = ClockedServer(data, BUILT_IN_PACK, EmbeddedJudge(embedder), embedder, status)
        try:
            stops = shoot(server, names)
        finally:
            server.close()
    PAGE.write_text(gallery(stops), encoding="utf-8")
    size = sum(path.stat().st_size for path in IMAGES.glob("*.webp"))
    print(f"{len(stops)} states, {size / 1e6:.1f} MB in {IMAGES.relative_to(ROOT)}", file=sys.stderr)


def shoot(server: ClockedServer, names: frozenset[str]) -> list[Stop]:
    """A picture of every look of every stop, or of those named; pictures of states that are no more are deleted."""
    IMAGES.mkdir(exist_ok=True)
    stops: list[Stop] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(playwright), args=CHROMIUM_FLAGS)
        me = Candidate(browser.new_context(viewport=DESK).new_page(), server)
        for stop in tour(me, server):
            stops.append(stop)
            if names and stop.name not in names:
                continue
            for look in me.looks(stop.at):
                write(image(stop, look), me.page.screenshot(animations="disabled", caret="hide"))
        browser.close()
    if unknown := names - {stop.name for stop in stops}:
        raise SystemExit(f"There is no such state: {', '.join(sorted(unknown))}.")
    for path in set(IMAGES.glob("*.webp")) - {image(stop, look) for stop in stops for look in LOOKS}:
        path.unlink()
    return stops


def image(stop: Stop, look: str) -> Path:
    """Where the picture of a stop is."""
    return IMAGES / f"{stop.name}-{look}.webp"


def write(path: Path, png: bytes) -> None:
    """The picture in few shades, otherwise without loss."""
    step = 255 / (SHADES - 1)
    picture = (
        Image.open(io.BytesIO(png)).convert("RGB").point(lambda value: round(round(value / step) * step))
    )
    picture.save(path, lossless=True, method=6)


def gallery(stops: Sequence[Stop]) -> str:
    """docs/screenshots.md: the light desktop of every state, and links to its other looks."""
    parts = [HEAD]
    for stop in stops:
        name = image(stop, "light").name
        others = " · ".join(
            f"[{words}](img/{image(stop, look).name})" for look, words in LOOKS.items() if look != "light"
        )
        parts.append(f"## {stop.shows}\n\n![{stop.shows}](img/{name})\n\n{others}\n")
    return "\n".join(parts)


if __name__ == "__main__":
    main()
