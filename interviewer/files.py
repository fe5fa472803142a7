"""Files that are read within bounds, and written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from errno import EEXIST
from pathlib import Path

from interviewer.errors import BadInput

# Text that a person writes or a program that they hand in; bulk scoring and sessions have limits of their own.
MAX_TEXT_BYTES = 1_000_000


def read_text_file(path: Path) -> str:
    """A text file's content. Raises BadInput."""
    try:
        return read_file(path, MAX_TEXT_BYTES).decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8 text.") from error


def replace_file(path: Path, content: bytes) -> None:
    """Write a file in place of what is there; whoever reads meanwhile gets the old one. Its folder is made.

    Raises OSError, also where something else than a file stands there, such as a device.
    """
    expect_replaceable(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=path.parent, suffix=".part")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    os.replace(part, path)


def expect_replaceable(path: Path) -> None:
    """Raises OSError for what is there and is no file: a name given to a new file would take a device's place for good."""
    if path.exists() and not path.is_file():
        raise FileExistsError(EEXIST, "it is no file", str(path))


def read_file(path: Path, max_bytes: int) -> bytes:
    """A file's content. No more than `max_bytes` are read, whatever stands there, such as a device that has no end.

    Raises BadInput where there is more, and where it cannot be read.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(max_bytes + 1)
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror or error}.") from error
    if len(raw) > max_bytes:
        raise BadInput(f"{path} has more than {max_bytes:,} bytes, which is the most that is read.")
    return raw
