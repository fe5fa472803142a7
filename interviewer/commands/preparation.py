"""Between two rounds: what is due, how it is going, and how ready somebody is."""

from __future__ import annotations

from datetime import date
from typing import Annotated

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
from interviewer.commands.output import print_json, print_table
from interviewer.commands.running import run_with_service
from interviewer.errors import BadInput
from interviewer.owners import LOCAL_OWNER
from interviewer.preparation import Practice
from interviewer.progress import Course, Progress
from interviewer.readiness import CLAIMS, Readiness
from interviewer.report import BAND_NAMES
from interviewer.service import InterviewService, StartRequest

_CHANGES = {None: "", "up": "up", "down": "down", "unclear": "not clear yet"}


def practice(
    start: Annotated[bool, typer.Option("--start", help="Play a short round of what is due, here.")] = False,
    as_json: Json = False,
    data: Data = None,
    pack: PackDir = None,
    db: Db = None,
    llm: Llm = None,
    llm_url: LlmUrl = None,
    llm_model: LlmModel = None,
    llm_key: LlmKey = None,
) -> None:
    """What is due for practice today; --start begins with it."""
    if start and as_json:
        raise BadInput("--start plays a round in the terminal; leave --json out.")
    chosen = {"llm": llm, "llm_url": llm_url, "llm_model": llm_model, "llm_key": llm_key}
    settings = settings_from(db=db, data=data, pack=pack, **(chosen if start else {"llm": "none"}))

    async def work(service: InterviewService) -> Practice:
        found = await service.preparation.practice(LOCAL_OWNER)
        if start and found.round is not None:
            from interviewer.terminal import chat_in_terminal

            await chat_in_terminal(service, StartRequest.of(found.round))
        return found

    found = run_with_service(settings, work, model=start)
    if as_json:
        print_json(found)
    elif not found.due:
        typer.echo(_nothing_due(found), err=True)
    elif not start:
        rows = [(item.id, item.title, str(item.points), f"{item.minutes} min") for item in found.questions]
        print_table(("id", "question", "points due", "time"), rows, whole="id")
        typer.echo("Play a short round of them with: mockround practice --start", err=True)


def progress(as_json: Json = False, data: Data = None, pack: PackDir = None, db: Db = None) -> None:
    """How it is going, by area and dimension."""
    settings = settings_from(data=data, pack=pack, db=db, llm="none")
    found = run_with_service(settings, lambda service: service.preparation.progress(LOCAL_OWNER), model=False)
    if as_json:
        print_json(found)
        return
    if not found.answers:
        typer.echo("Nothing was scored yet. Play a round: mockround chat", err=True)
    else:
        rows = [_course_row(item) for item in (*found.areas, *found.dimensions)]
        print_table(("id", "now", "answers", "days", "change"), rows, whole="id")
    typer.echo(_habit(found), err=True)


def readiness(
    interview_on: Annotated[
        str | None,
        typer.Option("--interview-on", help="The interview's date, as 2026-12-01; 'none' clears it."),
    ] = None,
    level: Annotated[str | None, typer.Option(help="The level that you interview for.")] = None,
    rate: Annotated[
        list[str] | None,
        typer.Option(help="Your own rating of an area, as mlops=3 (0 not yet … 4 strong); may be repeated."),
    ] = None,
    as_json: Json = False,
    data: Data = None,
    pack: PackDir = None,
    db: Db = None,
) -> None:
    """Claimed against shown for every area, and the plan to the interview."""
    ratings = dict(_rating(item) for item in rate or ())
    settings = settings_from(data=data, pack=pack, db=db, llm="none")
    said = interview_on is not None
    on = None if interview_on in (None, "none") else _date(interview_on)

    async def work(service: InterviewService) -> Readiness:
        if not said and level is None and not ratings:
            return await service.preparation.readiness(LOCAL_OWNER)
        return await service.preparation.change(
            LOCAL_OWNER, interview_on=on if said else "as it was", level=level, ratings=ratings
        )

    found = run_with_service(settings, work, model=False)
    if as_json:
        print_json(found)
        return
    rows = [
        (
            item.id,
            "" if item.claimed is None else CLAIMS[item.claimed].lower(),
            "" if item.shown is None else BAND_NAMES[round(item.shown)],
            str(item.answers),
        )
        for item in found.areas
    ]
    print_table(("area", "you say", "you showed", "answers"), rows, whole="area")
    for day in found.plan:
        done = ", ".join(f"{item.title}{' (done)' if item.done else ''}" for item in day.areas)
        cards = f"; {day.cards} points due" if day.cards else ""
        typer.echo(f"{day.day:%a %d %b}  {done or 'what is due, and rest'}{cards}")
    if not found.plan:
        typer.echo("For a dated plan, say when the interview is: --interview-on 2026-12-01", err=True)


def _nothing_due(found: Practice) -> str:
    if not found.cards:
        return "Nothing was weak so far, so nothing is due. Play a round: mockround chat"
    return f"Nothing is due today. {found.next_count} points come back on {found.next_day:%A %d %B}."


def _course_row(course: Course) -> tuple[str, str, str, str, str]:
    now = f"{BAND_NAMES[course.now.band]} ({course.now.score:.2f} ± {course.now.uncertainty:.2f})"
    return (course.id, now, str(course.answers), str(len(course.days)), _CHANGES[course.change])


def _habit(found: Progress) -> str:
    unscored = f" {found.unscored} could not be scored and count for nothing." if found.unscored else ""
    return f"Practised on {len(found.practised)} of the last 28 days.{unscored}"


def _rating(text: str) -> tuple[str, int]:
    area, _, figure = text.partition("=")
    if not area or not figure.isdecimal():
        raise BadInput(f"{text!r} is no rating; write an area and a figure from 0 to 4, as mlops=3.")
    return area, int(figure)


def _date(text: str | None) -> date:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        raise BadInput(f"{text!r} is no date; write it as 2026-12-01.") from None
