"""The database as a file: a copy of it, and the way back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from interviewer.backup import back_up
from interviewer.backup import restore as put_back
from interviewer.commands.options import Data, Db, settings_from
from interviewer.commands.running import url_of

Force = Annotated[bool, typer.Option("--force", help="Replace what is there.")]


def backup(file: Path, force: Force = False, data: Data = None, db: Db = None) -> None:
    """Copy the SQLite database, as it is at this moment, into a file; also while a server writes."""
    size = back_up(url_of(settings_from(data=data, db=db, llm="none")), file, force)
    typer.echo(f"Wrote {file}: {size / 1e6:.1f} MB.", err=True)


def restore(file: Path, force: Force = False, data: Data = None, db: Db = None) -> None:
    """Put a backup in place of the SQLite database, after it was verified. Stop the server first."""
    url = url_of(settings_from(data=data, db=db, llm="none"))
    sessions = put_back(file, url, force)
    typer.echo(f"Restored {sessions} session{'' if sessions == 1 else 's'} from {file}.", err=True)
