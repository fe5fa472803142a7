"""What is stored: sessions and their reports."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from interviewer.commands.options import Data, Db, Json, PackDir, settings_from
from interviewer.commands.output import print_json, print_table, progress_bar
from interviewer.commands.running import open_stored, run_with_service, url_of
from interviewer.contests import Claim
from interviewer.errors import BadInput, SetupError
from interviewer.export import render_report
from interviewer.files import read_file
from interviewer.owners import ANYBODY, LOCAL_OWNER
from interviewer.report import VERDICT_WORDS, ContestReport
from interviewer.service import InterviewService
from interviewer.session_file import MAX_FILE_BYTES
from interviewer.session_list import list_sessions
from interviewer.store import EventStore
from interviewer.verify import verify
from interviewer.views import SessionView


def report_command(
    session: str,
    format_name: Annotated[
        str, typer.Option("--format", help="md, json or pdf; several with commas.")
    ] = "md",
    output: Annotated[
        Path | None, typer.Option("-o", help="File; for several formats the suffix is replaced.")
    ] = None,
    data: Data = None,
    pack: PackDir = None,
    db: Db = None,
) -> None:
    """Export a report."""
    formats = [name.strip() for name in format_name.split(",") if name.strip()]
    if not formats or any(name not in ("md", "json", "pdf") for name in formats):
        raise BadInput("--format is md, json or pdf.")
    if output is None and (len(formats) > 1 or formats == ["pdf"]):
        raise BadInput("Name a file with -o for PDF or for several formats.")
    settings = settings_from(data=data, pack=pack, db=db, llm="none")
    report = run_with_service(settings, lambda service: service.report(session, ANYBODY), model=False)
    for name in formats:
        content, _ = render_report(report, name)
        if output is None:
            typer.echo(content.decode())
            continue
        path = output if len(formats) == 1 else output.with_suffix(f".{name}")
        write_file(path, content)


def sessions_list(
    limit: Annotated[int, typer.Option("--limit", help="How many at most.")] = 200,
    before: Annotated[
        str | None, typer.Option("--before", help="List older ones: the mark that the last list ended with.")
    ] = None,
    as_json: Json = False,
    data: Data = None,
    pack: PackDir = None,
    db: Db = None,
) -> None:
    """Stored sessions, latest first."""
    store = EventStore(url_of(settings_from(data=data, pack=pack, db=db, llm="none")))
    try:
        page = list_sessions(store, ANYBODY, limit, before)
    finally:
        store.close()
    if as_json:
        print_json(page.to_json())
        return
    rows = [
        (item.id, item.title, item.updated_at[:16], "finished" if item.finished else "open")
        for item in page.sessions
    ]
    print_table(("id", "title", "last used", "state"), rows, whole="id")
    if page.next is not None:
        typer.echo(f"There are older ones: add --before {page.next}", err=True)


def sessions_show(
    session: str, as_json: Json = False, data: Data = None, pack: PackDir = None, db: Db = None
) -> None:
    """A session's transcript."""
    settings = settings_from(data=data, pack=pack, db=db, llm="none")
    view = run_with_service(settings, lambda service: service.view(session, ANYBODY), model=False)
    if as_json:
        print_json(view)
        return
    for line in view.lines:
        typer.echo(f"{line.speaker}: {line.text}\n")


def sessions_delete(
    session: Annotated[str | None, typer.Argument(help="Which one.")] = None,
    everything: Annotated[
        bool,
        typer.Option("--all", help="Everything that is stored: sessions, loops, interview date and ratings."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before deleting everything.")] = False,
    data: Data = None,
    pack: PackDir = None,
    db: Db = None,
) -> None:
    """Delete a session, or everything, for good."""
    if (session is None) is not everything:
        raise BadInput("Name the session, or say --all.")
    settings = settings_from(data=data, pack=pack, db=db, llm="none")
    if session is not None:
        run_with_service(settings, lambda service: service.delete(session, ANYBODY), model=False)
        typer.echo(f"Deleted session {session}.", err=True)
        return
    if not yes:
        typer.confirm("Delete every session, loop, interview date and rating for good?", abort=True, err=True)
    gone = run_with_service(settings, lambda service: service.delete_all(LOCAL_OWNER), model=False)
    typer.echo(f"Deleted everything: {gone} session{'s' if gone != 1 else ''}.", err=True)


def sessions_export(
    session: str,
    output: Annotated[Path | None, typer.Option("-o", help="File; stdout without it.")] = None,
    data: Data = None,
    pack: PackDir = None,
    db: Db = None,
) -> None:
    """A session as a file that another mockround imports: everything stored of it, a résumé included."""
    settings = settings_from(data=data, pack=pack, db=db, llm="none")
    content = run_with_service(
        settings, lambda service: service.exchange.export(session, ANYBODY), model=False
    )
    if output is None:
        typer.echo(content.decode())
    else:
        write_file(output, content)


def sessions_import(
    file: Path, as_json: Json = False, data: Data = None, pack: PackDir = None, db: Db = None
) -> None:
    """Take in an exported session; one that is stored already is left as it is."""
    raw = read_file(file, MAX_FILE_BYTES)
    settings = settings_from(data=data, pack=pack, db=db, llm="none")

    async def work(service: InterviewService) -> SessionView:
        return await service.exchange.take_in(raw, LOCAL_OWNER)

    view = run_with_service(settings, work, model=False)
    if as_json:
        print_json(view)
    typer.echo(f"Imported session {view.id}: {view.title}.", err=True)


def sessions_verify(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="Which ones; everything without.")
    ] = None,
    as_json: Json = False,
    data: Data = None,
    db: Db = None,
) -> None:
    """Prove that what is stored is whole: every event there, unchanged, readable and in its place.

    Also while a server writes. Exit 0 without faults; otherwise 1, with a sentence for each.
    """
    store = open_stored(settings_from(data=data, db=db, llm="none"))
    try:
        with progress_bar("Verifying") as move:
            found = verify(store, names or (), move)
    finally:
        store.close()
    if as_json:
        print_json(found)
    else:
        for finding in (*found.faults, *found.remarks):
            typer.echo(finding.text)
    faults, remarks = len(found.faults), len(found.remarks)
    typer.echo(
        f"{_count(found.sessions, 'session')} with {_count(found.events, 'event')}: "
        f"{_count(faults, 'fault')}, {_count(remarks, 'remark')}.",
        err=True,
    )
    if faults:
        raise typer.Exit(1)


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def sessions_contest(
    session: str,
    turn: Annotated[int, typer.Option(help="Which answer of the report, from 0.")],
    criterion: Annotated[str, typer.Option(help="The criterion whose verdict is contested.")],
    words: Annotated[str, typer.Option(help="The words of the answer that met it.")],
    as_json: Json = False,
    data: Data = None,
    pack: PackDir = None,
    db: Db = None,
) -> None:
    """Contest a verdict: the judge reads the words again, and both verdicts are kept."""
    settings = settings_from(data=data, pack=pack, db=db, llm="none")

    async def work(service: InterviewService) -> ContestReport:
        async for _ in await service.contest(session, ANYBODY, Claim(turn, criterion, quote=words)):
            pass
        contests = (await service.report(session, ANYBODY)).turns[turn].contests
        return next(item for item in contests if item.criterion_id == criterion)

    found = run_with_service(settings, work, model=False)
    if as_json:
        print_json(found)
        return
    if found.second is None:
        typer.echo(f"Not judged yet: {found.failed}")
        return
    first = "not asked" if found.first is None else VERDICT_WORDS[found.first.verdict]
    which = "The second counts." if found.counts else "The first verdict stands."
    typer.echo(f"First: {first}. Second: {VERDICT_WORDS[found.second.verdict]}. {which}")


def write_file(path: Path, content: bytes) -> None:
    """Write a file and say so on stderr. Raises SetupError."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise SetupError(f"{path} cannot be written: {error.strerror or error}.") from error
    typer.echo(f"Wrote {path}", err=True)
