"""A résumé as people have them: PDF, text, scans, protected and broken files; and what it does to the questions."""

from __future__ import annotations

import random
from io import BytesIO

import pytest
from fpdf import FPDF
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ByteStringObject, DictionaryObject, NameObject, NumberObject

from interviewer.background import (
    MAX_FILE_BYTES,
    MAX_PDF_PAGES,
    MAX_TEXT_CHARS,
    clean_text,
    read_background,
    relevance,
)
from interviewer.build import Parts
from interviewer.errors import BadInput
from interviewer.packs import RolePack
from interviewer.pdf_text import Unreadable, text_of


def pdf_of(*pages: str) -> bytes:
    document = FPDF()
    document.set_font("helvetica", size=11)
    for words in pages:
        document.add_page()
        if words:
            document.multi_cell(0, 6, words)
    return bytes(document.output())


def protected(password: str) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf_of("Secret kernels"))))
    writer.encrypt(user_password=password, owner_password="owner", algorithm="RC4-128")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def protected_by_aes() -> bytes:
    """A file whose trailer asks for AES-256, as Acrobat writes it."""
    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf_of("Secret kernels"))))
    crypt_filter = DictionaryObject({NameObject("/CFM"): NameObject("/AESV3")})
    keys = {name: ByteStringObject(bytes(48)) for name in ("/O", "/U")}
    keys |= {name: ByteStringObject(bytes(32)) for name in ("/OE", "/UE")}
    entry = DictionaryObject(
        {
            NameObject("/Filter"): NameObject("/Standard"),
            NameObject("/V"): NumberObject(5),
            NameObject("/R"): NumberObject(6),
            NameObject("/Length"): NumberObject(256),
            NameObject("/P"): NumberObject(-4),
            NameObject("/CF"): DictionaryObject({NameObject("/StdCF"): crypt_filter}),
            NameObject("/StmF"): NameObject("/StdCF"),
            NameObject("/StrF"): NameObject("/StdCF"),
            NameObject("/Perms"): ByteStringObject(bytes(16)),
            **{NameObject(name): value for name, value in keys.items()},
        }
    )
    out = BytesIO()
    writer.write(out)
    plain = out.getvalue()
    body = BytesIO()
    entry.write_to_stream(body)
    return plain.replace(b"trailer\n<<", b"trailer\n<<\n/Encrypt " + body.getvalue(), 1)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"I tune kernels.\n", "I tune kernels."),
        ("\ufeffDrei Jahre für Übungen — naïve Ω".encode(), "Drei Jahre für Übungen — naïve Ω"),
        (b"one\r\ntwo\rthree\x07\x1b[31m", "one\ntwo\nthree[31m"),
        (b"x" * (MAX_TEXT_CHARS + 1), "x" * MAX_TEXT_CHARS),
    ],
    ids=["plain", "byte order mark", "control characters", "too long"],
)
def test_text_is_read(raw: bytes, expected: str) -> None:
    assert read_background("cv.txt", raw) == expected


def test_a_pdf_is_read_whatever_its_name() -> None:
    text = read_background("cv", pdf_of("I tune kernels", "and checkpoints"))
    assert text.split() == ["I", "tune", "kernels", "and", "checkpoints"]


def test_only_the_first_pages_of_a_book_are_read() -> None:
    text = read_background("book.pdf", pdf_of(*(f"page{n}." for n in range(MAX_PDF_PAGES + 2))))
    assert f"page{MAX_PDF_PAGES - 1}." in text
    assert f"page{MAX_PDF_PAGES}." not in text


def test_a_pdf_without_a_password_to_open_is_read() -> None:
    assert read_background("cv.pdf", protected("")).strip() == "Secret kernels"


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "No text was found in cv"),
        (b" \n\t ", "No text was found in cv"),
        (b"\x00\x01binary", "not a text or PDF file"),
        (b"\xff\xfeU\x00T\x00F\x00", "not a text or PDF file"),
        ("Größe".encode("latin-1"), "not UTF-8 text or a PDF file"),
        (b"PK\x03\x04\xd0\xcfword", "not UTF-8 text or a PDF file"),
        (b"x" * (MAX_FILE_BYTES + 1), r"has 2\.0 MB; the limit is 2 MB"),
        (b"%PDF-1.7\n", "cannot be read"),
        (pdf_of("cut off")[:300], "cannot be read"),
        (pdf_of(""), "if it is a scan, paste the text"),
        (protected("1234"), "protected by a password"),
        # Which of the two depends on whether the package that could decrypt it is installed.
        (protected_by_aes(), "protected by (encryption|a password)"),
    ],
    ids=[
        "empty",
        "blank",
        "binary",
        "UTF-16",
        "Latin-1",
        "zip",
        "too large",
        "head of a PDF",
        "cut off PDF",
        "scan",
        "password",
        "AES",
    ],
)
def test_what_cannot_be_read_is_one_sentence(raw: bytes, says: str) -> None:
    with pytest.raises(BadInput, match=says) as caught:
        read_background("cv", raw)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


WHOLE = pdf_of("I tune kernels for large models.", "Then I profile.")


@settings(max_examples=150)
@given(st.integers(0, 2**32), st.integers(1, 40))
def test_a_damaged_pdf_is_read_or_refused(seed: int, faults: int) -> None:
    rng = random.Random(seed)
    raw = bytearray(WHOLE)
    for _ in range(faults):
        at = rng.randrange(8, len(raw))
        match rng.randrange(3):
            case 0:
                raw[at] = rng.randrange(256)
            case 1:
                del raw[at : at + rng.randrange(1, 30)]
            case _:
                raw[at:at] = rng.choice([b"9", b"0", b"<<", b">>", b"[", b" R", b"/", b"obj", b"("])
    try:
        said = text_of(bytes(raw), MAX_PDF_PAGES, MAX_TEXT_CHARS) or "nothing"
    except Unreadable as error:
        said = str(error)
    assert said


@given(st.text())
def test_cleaned_text_can_be_stored_and_stays_so(text: str) -> None:
    cleaned = clean_text(text)
    assert cleaned.encode().decode() == cleaned
    assert "\0" not in cleaned
    assert clean_text(cleaned) == cleaned


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("Wrote a paged key-value cache for an inference server.", "kv-cache"),
        ("Ran fault-tolerant training with checkpoints on a thousand GPUs.", "checkpoint"),
        ("Designed A/B tests and confidence intervals for evaluation.", "variance"),
    ],
)
def test_the_background_leans_towards_what_it_is_about(
    role: RolePack, real_parts: Parts, text: str, nearest: str
) -> None:
    résumé = f"Hobbies: hiking and chess.\n\n{text}\n\n- References on request"
    near = relevance(résumé, role.pack.questions, real_parts.retriever)
    assert max(near, key=lambda name: near[name]) == nearest
    assert near[nearest] == 1.0
    assert min(near.values()) == 0.0
    assert near.keys() == {question.id for question in role.pack.questions}


def test_nothing_leans_without_a_background(role: RolePack, parts: Parts) -> None:
    assert relevance("", role.pack.questions, parts.retriever) == {}
    assert relevance(" \n \n", role.pack.questions, parts.retriever) == {}
    assert relevance("kernels", (), parts.retriever) == {}
    assert relevance("kernels", role.pack.questions[:1], parts.retriever) == {}
