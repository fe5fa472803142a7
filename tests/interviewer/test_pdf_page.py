"""How text is laid on the pages of a PDF."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from interviewer.export.pdf_page import Page

LINE = "a line of ten words that fills the width of paper, "


def pages_of(page: Page) -> list[str]:
    return [found.extract_text() for found in PdfReader(io.BytesIO(bytes(page.output()))).pages]


def page_with_room(lines: int, notice: str = "Nobody's.") -> Page:
    """A page on which that many lines are left."""
    page = Page("Title", notice)
    page.set_y(page.page_break_trigger - (lines + 0.5) * 9.5 * 0.52)
    return page


@pytest.mark.parametrize(
    ("room", "lines", "here"),
    [(4, 4, 4), (3, 4, 0), (9, 10, 8), (6, 10, 6), (1, 10, 0), (0, 10, 0)],
    ids=["fits", "short: whole", "no widow", "parted", "no orphan", "full"],
)
def test_no_line_of_a_paragraph_stands_alone(room: int, lines: int, here: int) -> None:
    page = page_with_room(room)
    page.write_text("\n".join(f"line{number}." for number in range(lines)))
    shown = [text.count("line") for text in pages_of(page)]
    assert shown == [here, lines - here][: len(shown)]
    assert sum(shown) == lines


def test_short_code_is_not_parted() -> None:
    page = page_with_room(5)
    page.write_answer("```\n" + "\n".join(f"x{number} = 1" for number in range(8)) + "\n```")
    assert [text.count(" = 1") for text in pages_of(page)] == [0, 8]


def test_a_part_begins_on_the_same_page_where_there_is_room() -> None:
    for room, count in ((30, 1), (15, 2)):
        page = page_with_room(room)
        page.begin_part()
        page.write_text("The next part.")
        assert len(pages_of(page)) == count


def test_an_address_is_whole_and_leads_there() -> None:
    page = Page("Title", "Nobody's.")
    address = f"https://example.org/{'long/' * 20}end"
    page.write_places([("Where it is said", address), ("A note", "notes/short.md")])
    (found,) = PdfReader(io.BytesIO(bytes(page.output()))).pages
    assert address in found.extract_text().split()
    assert "• A note: notes/short.md" in found.extract_text()
    assert [str(item.get_object()["/A"]["/URI"]) for item in found["/Annots"]] == [address]


@pytest.mark.parametrize(("room", "here"), [(2, 1), (3, 1), (5, 3)])
def test_the_last_place_to_read_does_not_stand_alone(room: int, here: int) -> None:
    page = page_with_room(room)
    page.write_places([(f"Note {number}", "notes/short.md") for number in range(3)])
    shown = [text.count("•") for text in pages_of(page)]
    assert shown == [here, 3 - here][: len(shown)]


def test_the_footer_ends_with_a_sentence() -> None:
    notice = f"mockround · Not affiliated. {LINE * 3}end."
    (text,) = pages_of(Page("Title", notice))
    assert "mockround · Not affiliated." in text
    assert "a line" not in text
    assert "…" not in text
