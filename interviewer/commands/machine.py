"""The machine: what is installed and reachable."""

from __future__ import annotations

from dataclasses import asdict

import typer

from interviewer.commands.options import (
    Data,
    Db,
    Json,
    Llm,
    LlmKey,
    LlmModel,
    LlmUrl,
    PackDir,
    settings_from,
)
from interviewer.commands.output import print_json


def doctor(
    as_json: Json = False,
    data: Data = None,
    pack: PackDir = None,
    db: Db = None,
    llm: Llm = None,
    llm_url: LlmUrl = None,
    llm_model: LlmModel = None,
    llm_key: LlmKey = None,
) -> None:
    """What is installed, reachable and indexed, and what to do about what is not."""
    from interviewer.doctor import examine

    settings = settings_from(
        db=db, data=data, pack=pack, llm=llm, llm_url=llm_url, llm_model=llm_model, llm_key=llm_key
    )
    findings = examine(settings)
    if as_json:
        print_json({"findings": [asdict(item) for item in findings]})
    else:
        for item in findings:
            typer.echo(
                f"{'ok  ' if item.ok else 'FAIL' if item.needed else 'note'} {item.what}: {item.found}"
            )
            if item.advice:
                typer.echo(f"     {item.advice}")
    raise typer.Exit(0 if all(item.ok or not item.needed for item in findings) else 1)
