"""A4 pages of a PDF to show: text in our own fonts, headings that stay with what they head, a radar of dimensions."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from pathlib import Path

from fpdf import FPDF, XPos, YPos
from fpdf.enums import MethodReturnValue, TableBordersLayout, WrapMode

from interviewer.plain_text import short
from interviewer.report import BAND_NAMES, Bounds
from interviewer.spokes import MIN_SPOKES, Spokes, name_lines
from rubrics import DEFAULT_BANDS

Color = tuple[int, int, int]
INK: Color = (33, 37, 41)
SOFT: Color = (104, 112, 120)
ACCENT: Color = (54, 107, 20)
RULE: Color = (214, 219, 224)
# A title, its score 0..1 or None where nothing was asked, and the result in words.
Row = tuple[str, float | None, str]

_FONTS = Path(__file__).parent / "fonts"
_RADIUS, _RADAR_HEIGHT, _TABLE_WIDTH = 21.0, 64.0, 88.0
_FOOTER_CHARS = 115
# So many lines of a paragraph, or of code, stay together; of longer ones at least two stand on either page.
_WHOLE, _WHOLE_CODE = 4, 8
# A part begins on the page before where so much of it is left.
_PART = 100.0
_ADDRESS_SIZE, _LEAST_SIZE = 8.5, 6.0
# Two places of two lines each.
_TWO_PLACES = 18.0
_NAME_CHARS, _NAME_SIZE, _NAME_HEIGHT = 15, 7.0, 3.0
# A heading, and as many lines under it as make it worth its place.
_KEPT_TOGETHER = 22.0
# As the chat reads a fence: on a line of its own, closed or not.
_FENCED = re.compile(r"^ {0,3}```[^\n`]*\n(.*?)(?:^ {0,3}```[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_EMPTY_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
# Subsetting a font logs every table that it leaves out.
logging.getLogger("fontTools").setLevel(logging.ERROR)


class Page(FPDF):
    """A document; every text of a person or a model may be handed to it."""

    def __init__(self, title: str, footer_text: str) -> None:
        """Begin the first page."""
        super().__init__(format="A4")
        self._footer_text = _whole_sentences(footer_text, _FOOTER_CHARS)
        for style, name in (("", "DejaVuSans"), ("B", "DejaVuSans-Bold")):
            self.add_font("text", style, _FONTS / f"{name}.ttf")
        self.add_font("code", "", _FONTS / "DejaVuSansMono.ttf")
        self.set_margins(18, 16, 18)
        self.set_auto_page_break(True, 18)
        self.set_title(title)
        self.add_page()

    def footer(self) -> None:
        """The notice and the page's number."""
        self.set_y(-13)
        self.set_font("text", size=7)
        self.set_text_color(*SOFT)
        self.cell(0, 4, f"{self._footer_text}   {self.page_no()}/{{nb}}", align="C")

    def write_text(self, text: str, size: float = 9.5, bold: bool = False, color: Color = INK) -> None:
        """A paragraph over the whole width."""
        for place, paragraph in enumerate(_EMPTY_LINES.split(text)):
            self.gap(1.5 if place else 0)
            self._write("text", paragraph, size, color, bold)

    def write_code(self, text: str, size: float = 8) -> None:
        """Code, its columns under each other; long lines are broken."""
        self._write("code", text, size, INK, whole=_WHOLE_CODE)

    def write_places(self, places: Sequence[tuple[str, str]]) -> None:
        """What there is to read, and where; the last does not stand on a page alone."""
        for number, (title, where) in enumerate(places):
            if number == len(places) - 2:
                self.keep(_TWO_PLACES)
            self._write_place(title, where)

    def _write_place(self, title: str, where: str) -> None:
        """What to read, and where in a line of its own where both take more than one; no address is broken."""
        address = where if where.startswith("https://") else ""
        self.set_font("text", size=_ADDRESS_SIZE)
        room = self.epw - 2 * self.c_margin
        if self.get_string_width(f"• {title}: {where}") <= room:
            self._write("text", f"• {title}: {where}", _ADDRESS_SIZE, INK, link=address)
            return
        self.keep(10)
        self._write("text", f"• {title}:", _ADDRESS_SIZE, INK)
        fitting = _ADDRESS_SIZE * min(1.0, room / self.get_string_width(where))
        self._write("text", where, max(fitting, _LEAST_SIZE), INK, link=address)

    def write_answer(self, text: str, size: float = 9.5) -> None:
        """A text in which code may stand between fences."""
        for place, part in enumerate(_FENCED.split(text)):
            if part.strip():
                self.gap(1 if place else 0)
                (self.write_code(part.strip("\n")) if place % 2 else self.write_text(part.strip("\n"), size))

    def _write(
        self,
        font: str,
        text: str,
        size: float,
        color: Color,
        bold: bool = False,
        whole: int = _WHOLE,
        link: str = "",
    ) -> None:
        self.set_font(font, "B" if bold else "", size)
        self.set_text_color(*color)
        # Characters that the font lacks would be silent gaps; a visible sign is honest.
        known = "".join(ch if ch in "\n\t" or self.current_font.cmap.get(ord(ch)) else "□" for ch in text)  # type: ignore[union-attr]
        height = size * 0.52
        lines = self.multi_cell(
            0, height, known, align="L", wrapmode=WrapMode.WORD, dry_run=True, output=MethodReturnValue.LINES
        )
        assert isinstance(lines, list), "the lines were asked for"
        here = self._lines_here(len(lines), height, whole)
        for place, line in enumerate(lines):
            if place == here:
                self.add_page()
            self.cell(0, height, line, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L", link=link)

    def _lines_here(self, lines: int, height: float, whole: int) -> int:
        """How many lines of a paragraph stand on this page, where not all do: neither the first nor the last stands alone."""
        room = int((self.page_break_trigger - self.y) / height + 0.001)
        if lines <= room:
            return lines
        kept = min(room, lines - 2)
        return 0 if lines <= whole or kept < 2 else kept

    def gap(self, height: float = 2.5) -> None:
        """Room below."""
        self.ln(height)

    def heading(self, text: str, below: float = _KEPT_TOGETHER) -> None:
        """A heading, on the next page where less than `below` is left for it and what it heads."""
        self.gap(4)
        self.keep(below)
        self.write_text(text, 11, bold=True)
        self.gap(1)

    def begin_part(self) -> None:
        """A rule below what is there, or a new page where too little of this one is left."""
        self.gap(4)
        if self.will_page_break(_PART):
            self.add_page()
            return
        self.set_draw_color(*RULE)
        self.line(self.l_margin, self.y, self.w - self.r_margin, self.y)
        self.gap(5)

    def keep(self, height: float) -> None:
        """Begin a page where less than `height` is left of this one."""
        if self.will_page_break(height):
            self.add_page()

    def dimensions(self, rows: Sequence[Row], bounds: Bounds = DEFAULT_BANDS) -> None:
        """The dimensions in a table, a radar of them beside it where they span one; `bounds` are those of the bands."""
        drawn = sum(score is not None for _, score, _ in rows) >= MIN_SPOKES
        self.heading("Dimensions", below=_RADAR_HEIGHT + 10)
        top, first_page = self.get_y(), self.page
        self.set_font("text", size=9)
        self.set_text_color(*INK)
        self.set_draw_color(*RULE)
        with self.table(
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            col_widths=(3, 2),
            first_row_as_headings=False,
            line_height=5,
            width=_TABLE_WIDTH if drawn else None,
            align="LEFT" if drawn else "CENTER",
        ) as table:
            for title, _, words in rows:
                table.row((title, words))
        if drawn and self.page == first_page:
            below = self.get_y()
            self._radar(rows, top, bounds)
            self.set_y(max(below, top + _RADAR_HEIGHT + 3))

    def _radar(self, rows: Sequence[Row], top: float, bounds: Bounds) -> None:
        """The rings are the bounds of the bands, as on the page."""
        left = self.l_margin + _TABLE_WIDTH
        middle = (left + (self.w - self.r_margin - left) / 2, top + _RADAR_HEIGHT / 2)
        spokes = Spokes(middle, _RADIUS, len(rows))
        self.set_line_width(0.2)
        self.set_draw_color(*RULE)
        for bound in (*bounds, 1.0):
            self.polygon(spokes.ring(bound), style="D")
        for end in spokes.ring(1.0):
            self.line(*middle, *end)
        shown = [spokes.place(index, score) for index, (_, score, _) in enumerate(rows) if score is not None]
        self.set_draw_color(*ACCENT)
        self.set_fill_color(*ACCENT)
        with self.local_context(fill_opacity=0.2, line_width=0.5):
            self.polygon(shown, style="DF")
        for x, y in shown:
            self.circle(x, y, 0.8, style="F")
        for index, (title, score, _) in enumerate(rows):
            self._spoke_name(spokes, index, title, score)
        self.set_xy(left, top + _RADAR_HEIGHT - 2)
        self.set_font("text", size=6.5)
        self.set_text_color(*SOFT)
        self.cell(self.w - self.r_margin - left, 3, "The rings are the bounds of the bands.", align="C")

    def _spoke_name(self, spokes: Spokes, index: int, title: str, score: float | None) -> None:
        x, y = spokes.place(index, 1.13)
        aside, below = x - spokes.middle[0], y - spokes.middle[1]
        lines = [*name_lines(title, _NAME_CHARS), *(() if score is not None else ("not asked",))]
        self.set_font("text", size=_NAME_SIZE)
        self.set_text_color(*(INK if score is not None else SOFT))
        centred = abs(aside) < 1
        # Over the first spoke the last line stands at its end, under the lowest the first; beside, the middle one.
        raised = len(lines) - 1 if centred and below < 0 else 0 if centred else (len(lines) - 1) / 2
        for row, line in enumerate(lines):
            width = self.get_string_width(line)
            start = x - width / 2 if centred else x if aside > 0 else x - width
            self.text(start, y + (row - raised) * _NAME_HEIGHT + (0 if centred and below < 0 else 1), line)


def band_words(band: int | None) -> str:
    """A band as a result."""
    return "Unscored" if band is None else BAND_NAMES[band].capitalize()


def _whole_sentences(text: str, most: int) -> str:
    """As many sentences from the first on as `most` characters hold; a part of the first where it is longer."""
    fitting = [match.end() for match in re.finditer(r"[.!?](?=\s|$)", text) if match.end() <= most]
    return text[: fitting[-1]] if fitting else short(text, most)
