"""PDF files that cost a reader more than they weigh, written by hand object by object."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
FONTS = b"/Font << /F1 5 0 R >>"
PAGE_BOX = b"/MediaBox [0 0 612 792]"


def pdf(objects: Mapping[int, bytes], trailer: bytes = b"") -> bytes:
    """A file of these objects; the first is its catalogue."""
    out, places = bytearray(b"%PDF-1.7\n"), {}
    for number, body in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    at, size = len(out), max(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size
    for number in range(1, size):
        out += b"%010d 00000 n \n" % places.get(number, 0)
    out += b"trailer\n<< /Size %d /Root 1 0 R %b>>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, at)
    return bytes(out)


def stream(data: bytes, entries: bytes = b"") -> bytes:
    """A stream as it is."""
    return b"<< /Length %d %b>>\nstream\n%b\nendstream" % (len(data), entries, data)


def packed(data: bytes, entries: bytes = b"") -> bytes:
    """A compressed stream."""
    return stream(zlib.compress(data, 9), b"/Filter /FlateDecode " + entries)


def pages(
    content: bytes, times: int = 1, fonts: bytes = FONTS, more: Mapping[int, bytes] | None = None
) -> bytes:
    """A file that shows the same page so many times."""
    kids = b"3 0 R " * times
    page = b"<< /Type /Page /Parent 2 0 R %b /Contents 4 0 R /Resources << %b >> >>" % (PAGE_BOX, fonts)
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [%b] /Count %d >>" % (kids, times),
        3: page,
        4: content,
        5: FONT,
    }
    return pdf(objects | dict(more or {}))


def _tree(*kids: bytes) -> bytes:
    """A file whose tree of pages has these nodes, from object 2 on."""
    catalogue = {1: b"<< /Type /Catalog /Pages 2 0 R >>"}
    return pdf(catalogue | dict(enumerate(kids, 2)))


def _doubling(depth: int) -> list[bytes]:
    nodes = [b"<< /Type /Pages /Kids [%d 0 R %d 0 R] /Count 9 >>" % (n + 3, n + 3) for n in range(depth)]
    return [*nodes, b"<< /Type /Page >>"]


def _forms(depth: int) -> dict[int, bytes]:
    """Drawings, each of which shows the next one twice."""
    shown = b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X %d 0 R >> >> "
    return {6 + n: stream(b"/X Do /X Do", shown % (7 + n)) for n in range(depth)}


def _character_map(ranges: bytes) -> bytes:
    font = b"<< /Type /Font /Subtype /Type0 /BaseFont /X /ToUnicode 7 0 R /Encoding /Identity-H >>"
    text = stream(b"BT /F1 12 Tf (a) Tj ET")
    begin = b"/CIDInit /ProcSet findresource begin 1 begincodespacerange <0000> <ffff> endcodespacerange\n"
    return pages(text, 1, b"/Font << /F1 6 0 R >>", {6: font, 7: stream(begin + ranges + b"endcmap")})


def hello() -> bytes:
    """A file as it should be."""
    return pages(stream(b"BT /F1 12 Tf (hello) Tj ET"))


def slow() -> bytes:
    """A file within the limit of size that keeps pypdf busy for a minute and more: a long page without text, 30 times."""
    return pages(packed(b"BT /F1 12 Tf " + b"( ) Tj " * 250_000 + b"ET"), 30)


def hostile() -> dict[str, bytes]:
    """Files by what is wrong with them; each of at most two megabytes."""
    plain = hello()
    megabytes = b" " * 300_000_000
    return {
        "unpacks to 300 MB": pages(packed(megabytes)),
        "unpacks twice": pages(
            stream(zlib.compress(zlib.compress(megabytes, 9), 9), b"/Filter [/FlateDecode /FlateDecode] ")
        ),
        "a hundred thousand filters": pages(
            stream(b"x", b"/Filter [" + b"/ASCIIHexDecode " * 100_000 + b"] ")
        ),
        "run lengths": pages(
            stream(zlib.compress(b"\x81 " * 30_000_000, 9), b"/Filter [/FlateDecode /RunLengthDecode] ")
        ),
        "a row of a billion columns": pages(
            packed(b" " * 1_000_000, b"/DecodeParms << /Predictor 12 /Columns 1000000000 >> ")
        ),
        "twenty million rows": pages(
            packed(b"\x02\x01" * 20_000_000, b"/DecodeParms << /Predictor 12 /Columns 1 >> ")
        ),
        "nested dictionaries": pdf({1: b"<< /A " * 100_000 + b"1" + b">> " * 100_000}),
        "nested arrays": _tree(b"[" * 500_000 + b"]" * 500_000),
        "arrays in a page": pages(stream(b"[" * 1_900_000)),
        "a tree that is its own child": _tree(b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"),
        "two trees, each the other's child": _tree(
            b"<< /Type /Pages /Kids [3 0 R 3 0 R] /Count 1 >>",
            b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 1 >>",
        ),
        "a tree that doubles forty times": _tree(*_doubling(40)),
        "two hundred thousand pages": pages(stream(b""), 200_000),
        "a billion pages that are not there": _tree(b"<< /Type /Pages /Kids [] /Count 1000000000 >>"),
        "drawings that double": pages(stream(b"/X Do"), 1, b"/XObject << /X 6 0 R >>", _forms(40)),
        "a table that leads to itself": plain.replace(
            b"trailer\n<<", b"trailer\n<< /Prev %d " % plain.index(b"xref\n")
        ),
        "a length that is itself": pages(b"<< /Length 4 0 R >>\nstream\nBT ET\nendstream"),
        "objects that refer to each other": pdf({1: b"2 0 R", 2: b"1 0 R"}),
        "no table": b"%PDF-1.7\n" + b"1 0 obj\n<<>>\nendobj\n" * 80_000,
        "no end": b"%PDF-1.7\n" + b"\n" * 1_900_000,
        "a start of five thousand digits": b"%PDF-1.7\nstartxref\n" + b"9" * 5000 + b"\n%%EOF",
        "a table of a hundred million": plain.replace(b"0 6\n", b"0 99999999\n", 1),
        "an open bracket": pages(stream(b"BT " + b"(" * 900_000)),
        "four billion characters": _character_map(
            b"1 beginbfrange <00000000> <ffffffff> <0041> endbfrange\n"
        ),
        "character maps": _character_map(
            b"100 beginbfrange\n" + b"<0000> <ffff> <0041>\n" * 60_000 + b"endbfrange\n"
        ),
        "a billion objects in one": _tree(
            b"<< /Type /ObjStm /N 1000000000 /First 10 /Length 3 >>\nstream\n1 0\nendstream"
        ),
        "a page also": b"%PDF-1.7\n<html><script>alert(1)</script>",
        "an archive also": b"%PDF-1.7\nPK\x03\x04" + b"\0" * 1000,
    }
