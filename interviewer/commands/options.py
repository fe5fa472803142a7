"""The options that commands share, and the settings that they make."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from interviewer.config import Settings
from interviewer.errors import BadInput

Data = Annotated[Path | None, typer.Option("--data", help="Folder of index, database and exports.")]
PackDir = Annotated[
    Path | None, typer.Option("--pack", help="Folder of a pack; the built-in one by default.")
]
Db = Annotated[str | None, typer.Option("--db", help="Database URL; SQLite in the data folder by default.")]
Llm = Annotated[str | None, typer.Option("--llm", help="Language model: auto, server, local or none.")]
LlmUrl = Annotated[str | None, typer.Option("--llm-url", help="An OpenAI-compatible server, such as vLLM.")]
LlmModel = Annotated[str | None, typer.Option("--llm-model", help="Model name, folder, hub id or GGUF file.")]
LlmKey = Annotated[
    str | None, typer.Option("--llm-key", help="Bearer token of the server; never stored or shown.")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]


def settings_from(**options: Any) -> Settings:
    """Environment and defaults, overridden by the options that were given."""
    given = {name: value for name, value in options.items() if value is not None}
    if given.get("llm_url") and "llm" not in given:
        given["llm"] = "server"
    if given.get("llm") not in (None, "auto", "server", "local", "none"):
        raise BadInput("--llm is one of auto, server, local or none.")
    try:
        return Settings(**given)
    except ValidationError as error:
        # The values are left out of the sentence: one of them is a key.
        first = error.errors(include_input=False)[0]
        variable = "_".join(("MOCKROUND", *(str(part) for part in first["loc"]))).upper()
        raise BadInput(f"{variable} cannot be used: {first['msg']}.") from None
