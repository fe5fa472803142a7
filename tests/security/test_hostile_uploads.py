"""Files that somebody uploads as a résumé: each is read or refused in one sentence, within bounds of time and memory."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from hostile_pdfs import hello, hostile, packed, pages, slow

from interviewer import pdf_text
from interviewer.background import MAX_FILE_BYTES, read_background
from interviewer.errors import BadInput

HOSTILE = hostile()


def one_sentence(name: str, raw: bytes) -> str:
    """Why a file is refused."""
    with pytest.raises(BadInput) as caught:
        read_background(name, raw)
    said = str(caught.value)
    assert said.endswith(".")
    assert len(said.splitlines()) == 1
    return said


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_pdf_is_read_or_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_text, "CPU_S", 3)
    raw = HOSTILE[name]
    assert len(raw) <= MAX_FILE_BYTES
    try:
        said = read_background("cv.pdf", raw)
    except BadInput as error:
        said = str(error)
    assert said == "hello" or re.fullmatch(r"(cv\.pdf is a PDF that |No text was found in cv\.pdf).*\.", said)


def test_what_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_text, "CPU_S", 2)
    raw = slow()
    assert len(raw) <= MAX_FILE_BYTES
    assert "takes too long or too much memory" in one_sentence("cv.pdf", raw)


def test_the_reader_has_a_limit_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = pages(packed(b" " * 60_000_000))
    assert "No text was found" in one_sentence("cv.pdf", raw)
    monkeypatch.setattr(pdf_text, "MEMORY_BYTES", 60_000_000)
    assert "cv.pdf is a PDF that" in one_sentence("cv.pdf", raw)


def test_pages_beyond_what_is_kept_are_not_read() -> None:
    assert pdf_text.text_of(hello(), 30, 5) == "hello"


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * 100_000_000)
    return out.getvalue()


@pytest.mark.parametrize(
    "raw",
    [
        bomb(),
        b"\x1f\x8b\x08\0" + b"\0" * 100,
        b"GIF89a/*" + b"\0" * 10 + b"*/=alert(1)",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
        b"MZ" + b"\0" * 100,
        b"{\\rtf1\\object\xff}",
        b"\xd0\xcf\x11\xe0" + b"\0" * 100,
    ],
    ids=["zip bomb", "gzip", "GIF and script", "PNG", "program", "RTF", "old Word"],
)
@pytest.mark.parametrize("name", ["cv.pdf", "cv.docx", "cv.txt"])
def test_what_is_no_text_is_refused_whatever_its_name(name: str, raw: bytes) -> None:
    assert "text or" in one_sentence(name, raw)


@pytest.mark.parametrize(
    "name", ["a\nb.pdf", "\x1b[31mred.pdf", "a\u202egpj.pdf", "\ud800.pdf", "x" * 5000 + ".pdf"]
)
def test_a_name_cannot_break_the_sentence(name: str) -> None:
    said = one_sentence(name, b"\0")
    assert said.isprintable()
    assert len(said) < 300
