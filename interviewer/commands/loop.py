"""A whole loop in the terminal: begun once, continued stage by stage over days, decided at the end."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from interviewer.background import MAX_FILE_BYTES, read_background
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
from interviewer.commands.output import print_json, print_table
from interviewer.commands.running import run_with_service
from interviewer.commands.sessions import write_file
from interviewer.debrief import Debrief
from interviewer.errors import BadInput, UnknownThing
from interviewer.export import FORMATS, render_debrief
from interviewer.files import read_file
from interviewer.loops import LoopView
from interviewer.owners import LOCAL_OWNER
from interviewer.service import InterviewService

Which = Annotated[str | None, typer.Argument(help="The loop's id; by default the one to go on with.")]

_STATES = {"later": "", "next": "next", "open": "open", "finished": "finished"}


def loop_begin(
    level: Annotated[str, typer.Option(help="IC1 to IC5.")] = "IC3",
    background_file: Annotated[
        Path | None,
        typer.Option(help="A résumé or job description (text or PDF): steers which questions are chosen."),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed chooses the same questions.")] = None,
    as_json: Json = False,
    data: Data = None,
    pack: PackDir = None,
    db: Db = None,
) -> None:
    """Begin a loop: from the recruiter to the onsite, over days."""
    background = "" if background_file is None else _background(background_file)

    async def work(service: InterviewService) -> LoopView:
        return await service.loops.begin(LOCAL_OWNER, level, background, seed)

    settings = settings_from(data=data, pack=pack, db=db, llm="none")
    _show(run_with_service(settings, work, model=False), as_json)


def loop_list(as_json: Json = False, data: Data = None, pack: PackDir = None, db: Db = None) -> None:
    """Loops that were begun, the one used last first."""
    settings = settings_from(data=data, pack=pack, db=db, llm="none")
    found = run_with_service(settings, lambda service: service.loops.list(LOCAL_OWNER), model=False)
    if as_json:
        print_json({"loops": [item.to_json() for item in found]})
        return
    rows = [
        (item.id, item.level, item.begun_at[:10], f"{item.finished} of {item.planned}", item.state)
        for item in found
    ]
    print_table(("id", "level", "begun", "stages", "state"), rows, whole="id")


def loop_show(
    loop: Which = None, as_json: Json = False, data: Data = None, pack: PackDir = None, db: Db = None
) -> None:
    """A loop's stages, and which one comes next."""

    async def work(service: InterviewService) -> LoopView:
        return await service.loops.look(LOCAL_OWNER, await _which(service, loop))

    settings = settings_from(data=data, pack=pack, db=db, llm="none")
    _show(run_with_service(settings, work, model=False), as_json)


def loop_continue(
    loop: Which = None,
    stage: Annotated[str | None, typer.Option(help="Take this finished stage again.")] = None,
    data: Data = None,
    pack: PackDir = None,
    db: Db = None,
    llm: Llm = None,
    llm_url: LlmUrl = None,
    llm_model: LlmModel = None,
    llm_key: LlmKey = None,
) -> None:
    """Play the next stage here, or go on with the one that is open."""
    from interviewer.terminal import chat_in_terminal

    settings = settings_from(
        db=db, data=data, pack=pack, llm=llm, llm_url=llm_url, llm_model=llm_model, llm_key=llm_key
    )

    async def work(service: InterviewService) -> LoopView:
        loop_id = await _which(service, loop)
        view = await service.loops.start(LOCAL_OWNER, loop_id, stage)
        await chat_in_terminal(service, view.id)
        return await service.loops.look(LOCAL_OWNER, loop_id)

    view = run_with_service(settings, work)
    if view.next is not None:
        typer.echo(
            f"Next: {view.stage(view.next).title}. Whenever you are ready: mockround loop continue", err=True
        )
    else:
        typer.echo("Every stage is finished. Read the debrief: mockround loop debrief", err=True)


def loop_decide(
    loop: Which = None, as_json: Json = False, data: Data = None, pack: PackDir = None, db: Db = None
) -> None:
    """Decide a loop: the debrief, and no stage is taken again after it."""
    name = "json" if as_json else "md"
    _print_debrief(loop, name, None, True, settings_from(data=data, pack=pack, db=db, llm="none"))


def loop_debrief(
    loop: Which = None,
    format_name: Annotated[str, typer.Option("--format", help="md, json or pdf.")] = "md",
    as_json: Json = False,
    output: Annotated[Path | None, typer.Option("-o", help="Write it to this file.")] = None,
    data: Data = None,
    pack: PackDir = None,
    db: Db = None,
) -> None:
    """The committee's debrief as the stages stand."""
    name = "json" if as_json else format_name
    if name not in FORMATS:
        raise BadInput("--format is md, json or pdf.")
    if name == "pdf" and output is None:
        raise BadInput("Name a file with -o for PDF.")
    _print_debrief(loop, name, output, False, settings_from(data=data, pack=pack, db=db, llm="none"))


def loop_delete(
    loop: Annotated[str, typer.Argument(help="The loop's id.")],
    with_sessions: Annotated[
        bool, typer.Option("--with-sessions", help="Delete the sessions of its stages too.")
    ] = False,
    data: Data = None,
    pack: PackDir = None,
    db: Db = None,
) -> None:
    """Delete a loop for good; the sessions of its stages stay, unless you say so."""
    settings = settings_from(data=data, pack=pack, db=db, llm="none")
    run_with_service(
        settings, lambda service: service.loops.delete(LOCAL_OWNER, loop, with_sessions), model=False
    )
    typer.echo(f"Deleted loop {loop}.", err=True)


def _print_debrief(
    loop: str | None, format_name: str, output: Path | None, decide: bool, settings: Any
) -> None:
    async def work(service: InterviewService) -> Debrief:
        loop_id = await _which(service, loop)
        door = service.loops.decide if decide else service.loops.debrief
        return await door(LOCAL_OWNER, loop_id)

    content, _ = render_debrief(run_with_service(settings, work, model=False), format_name)
    if output is None:
        typer.echo(content.decode().removesuffix("\n"))
    else:
        write_file(output, content)


async def _which(service: InterviewService, loop: str | None) -> str:
    if loop is not None:
        return loop
    latest = await service.loops.latest(LOCAL_OWNER)
    if latest is None:
        raise UnknownThing("No loop was begun yet; begin one with: mockround loop begin.")
    return latest.id


def _show(view: LoopView, as_json: bool) -> None:
    if as_json:
        print_json(view.to_json())
        return
    rows = [
        (item.id, item.title, f"{item.minutes} min", str(item.questions), _STATES[item.state], item.looks_for)
        for item in view.stages
    ]
    print_table(("stage", "title", "time", "questions", "state", "looks for"), rows, whole="stage")
    typer.echo(f"Loop {view.id} at {view.level}: {view.state}.", err=True)


def _background(path: Path) -> str:
    return read_background(path.name, read_file(path, MAX_FILE_BYTES))
