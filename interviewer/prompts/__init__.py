"""Prompts are files, one task each: `<id>.j2` with a block `system` and a block `user`.

Whatever is put into a prompt passes `neutralise`, and the whole `seal`; only the file's own text can contain our tags. A variable that is
missing is an error. Prompt id and SHA-256 are kept with everything that a model says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Undefined

from interviewer.llm.protocol import Message
from interviewer.prompts.untrusted import clip, neutralise, seal

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Prompt:
    """A prompt file. `sha256` is of its bytes."""

    id: str
    sha256: str

    def messages(self, **variables: Any) -> tuple[Message, Message]:
        """The system and the user message.

        Raises:
            jinja2.UndefinedError: a variable of the file is not given.
        """
        template = _environment().get_template(f"{self.id}.j2")
        context = template.new_context(variables)
        system, user = ("".join(template.blocks[name](context)).strip() for name in ("system", "user"))
        return Message("system", system), Message("user", seal(user))


@cache
def load_prompt(prompt_id: str) -> Prompt:
    """The prompt of that id. Raises KeyError if there is none."""
    path = FOLDER / f"{prompt_id}.j2"
    if not path.is_file():
        raise KeyError(prompt_id)
    return Prompt(prompt_id, hashlib.sha256(path.read_bytes()).hexdigest())


def prompt_ids() -> tuple[str, ...]:
    """The ids of all prompts, sorted."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.j2")))


def joint_sha256(prompt_ids: Sequence[str]) -> str:
    """One SHA-256 for several prompts that work together: of their own, in the order given."""
    joined = "\n".join(load_prompt(prompt_id).sha256 for prompt_id in prompt_ids)
    return hashlib.sha256(joined.encode()).hexdigest()


def messages_for(prompt_id: str, **variables: Any) -> tuple[Message, Message]:
    """The messages of a prompt; see `Prompt.messages`."""
    return load_prompt(prompt_id).messages(**variables)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        finalize=_neutralised,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )


def _neutralised(value: Any) -> Any:
    if isinstance(value, Undefined):
        return value  # fails when it is written
    if isinstance(value, Mapping):
        raise TypeError("a prompt prints text, not a mapping")
    return neutralise(str(value))


__all__ = ["Prompt", "clip", "joint_sha256", "load_prompt", "messages_for", "neutralise", "prompt_ids"]
