"""The text of a PDF that a stranger made, read by a process of its own with little time and memory.

A file of two megabytes can keep a reader busy for minutes, with one page shown thirty times or streams that unpack to a
thousand times their size. `python -m interviewer.pdf_text` reads a file from stdin and writes what it found as JSON.
"""

from __future__ import annotations

import io
import json
import logging
import resource
import subprocess
import sys
import zlib

from pypdf import PdfReader
from pypdf.errors import DependencyError, PyPdfError

CPU_S = 10
# Waited for on a machine that is busy with other things.
WALL_S = 30
MEMORY_BYTES = 1_000_000_000

_INSTEAD = "paste the text instead"
_TOO_MUCH = f"is a PDF that takes too long or too much memory to read; {_INSTEAD}"

# What pypdf raises on damaged files beside its own errors, found by damaging files at random.
_FAULTS = (
    PyPdfError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    zlib.error,
)


class Unreadable(Exception):
    """There is no text to be had; the message is what is said of the file, with what to do instead."""


def text_of(raw: bytes, max_pages: int, max_chars: int) -> str:
    """The text of the first pages, up to about `max_chars` characters; read here, without limits. Raises Unreadable."""
    # pypdf logs every oddity of a file at length; what matters is whether text came out.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(io.BytesIO(raw))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable(f"is protected by a password; save it without one or {_INSTEAD}")
        pages: list[str] = []
        for page in reader.pages[:max_pages]:
            pages.append(page.extract_text())
            if sum(map(len, pages)) >= max_chars:
                break
    except DependencyError as error:
        raise Unreadable(f"is protected by encryption; save it without protection or {_INSTEAD}") from error
    except _FAULTS as error:
        raise Unreadable(f"is a PDF that cannot be read; {_INSTEAD}") from error
    return "\n".join(pages)


def read_pdf(raw: bytes, max_pages: int, max_chars: int) -> str:
    """As `text_of`, in a process with CPU_S seconds and MEMORY_BYTES. Raises Unreadable."""
    limits = (max_pages, max_chars, CPU_S, MEMORY_BYTES)
    command = [sys.executable, "-P", "-m", "interviewer.pdf_text", *map(str, limits)]
    try:
        done = subprocess.run(command, input=raw, capture_output=True, timeout=WALL_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise Unreadable(_TOO_MUCH) from error
    if done.returncode != 0:
        raise Unreadable(_TOO_MUCH)
    found: dict[str, str] = json.loads(done.stdout)
    if "fault" in found:
        raise Unreadable(found["fault"])
    return found["text"]


def _main() -> None:
    max_pages, max_chars, cpu_s, memory_bytes = map(int, sys.argv[1:])
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    try:
        found = {"text": text_of(sys.stdin.buffer.read(), max_pages, max_chars)}
    except Unreadable as error:
        found = {"fault": str(error)}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    _main()
