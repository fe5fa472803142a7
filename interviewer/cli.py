"""The command `mockround`: the composition root."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from interviewer.packs import BUILT_IN_PACK, check_role_pack

app = typer.Typer(help="A self-hosted mock interviewer.", no_args_is_help=True)
corpus_app = typer.Typer(help="Work with packs (role guide, question bank, rubrics).", no_args_is_help=True)
app.add_typer(corpus_app, name="corpus")


@corpus_app.command("check")
def corpus_check(directory: Annotated[Path, typer.Argument()] = BUILT_IN_PACK) -> None:
    """Report every fault of a pack with file and line."""
    role, faults = check_role_pack(directory)
    for fault in faults:
        typer.echo(str(fault))
    if role is not None:
        pack = role.pack
        typer.echo(
            f"{pack.info.id}: {len(pack.questions)} questions, {len(role.rubrics)} rubrics, "
            f"{len(pack.notes)} notes, {len(pack.guide)} guide files, {len(faults)} faults",
            err=True,
        )
    raise typer.Exit(2 if faults else 0)


@corpus_app.callback()
def _corpus() -> None:
    """Work with packs (role guide, question bank, rubrics)."""


def main() -> None:
    """Entry point of the console script."""
    app()
