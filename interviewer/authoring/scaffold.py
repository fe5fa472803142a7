"""A pack to begin with: `template/` is a small pack without a fault, and a new pack is a copy of it under another name."""

from __future__ import annotations

import json
import re
from datetime import datetime
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from corpus.model import Slug
from interviewer.errors import BadInput

# In the template's pack.yaml, each on a line of its own.
_NAMED = {"id": "id: new-role", "title": "title: New role", "as_of": 'as_of: "2026-01"'}
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")


def template() -> Traversable:
    """The template's folder."""
    return resources.files("interviewer.authoring") / "template"


def new_pack(folder: Path, pack_id: str, title: str, today: datetime) -> None:
    """Write the template to `folder`, made if missing, under this id, title and month.

    Raises:
        BadInput: the folder holds something or is none, or id or title cannot be used. Nothing was written.
        OSError: the folder cannot be written.
    """
    try:
        TypeAdapter(Slug).validate_python(pack_id)
    except ValidationError as error:
        raise BadInput(f"--id: {error.errors()[0]['ctx']['error']}.") from None
    title = title.strip()
    if not title or _UNPRINTABLE.search(title):
        raise BadInput("--title is the role's name on one line; give it some words.")
    if folder.is_dir():
        if any(folder.iterdir()):
            raise BadInput(
                f"{folder} is not empty; name a folder that is not there yet, so that nothing is overwritten."
            )
    elif folder.exists() or folder.is_symlink():
        raise BadInput(f"{folder} is not a folder; name one that is not there yet.")
    _copy(template(), folder)
    info = folder / "pack.yaml"
    text = info.read_text(encoding="utf-8")
    # JSON's strings are YAML's as well.
    values = {"id": pack_id, "title": title, "as_of": f"{today:%Y-%m}"}
    for key, line in _NAMED.items():
        text = text.replace(f"{line}\n", f"{key}: {json.dumps(values[key], ensure_ascii=False)}\n", 1)
    info.write_text(text, encoding="utf-8")


def _copy(source: Traversable, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for item in source.iterdir():
        if item.is_dir():
            _copy(item, target / item.name)
        else:
            (target / item.name).write_bytes(item.read_bytes())
