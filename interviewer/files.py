"""Text files that somebody names, and files that are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from interviewer.errors import BadInput


def read_text_file(path: Path) -> str:
    """A text file's content. Raises BadInput."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8 text.") from error


def replace_file(path: Path, content: bytes) -> None:
    """Write a file in place of what is there; whoever reads meanwhile gets the old one. Its folder is made.

    Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=path.parent, suffix=".part")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    os.replace(part, path)
