"""Playing a round: in the terminal, or by a scripted candidate."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

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
from interviewer.commands.running import run_with_service
from interviewer.modes import Mode
from interviewer.service import InterviewService, StartRequest
from interviewer.simulate import SimulatedClock, simulate

_USUAL_ROUND = "ml-systems"


def chat(
    round_id: Annotated[
        str | None, typer.Option("--round", help="Which round.", show_default=_USUAL_ROUND)
    ] = None,
    level: Annotated[str, typer.Option(help="IC1 to IC5.")] = "IC3",
    questions: Annotated[int | None, typer.Option(help="How many questions.")] = None,
    question: Annotated[
        list[str] | None, typer.Option(help="Ask this question of the bank, by its id; may be repeated.")
    ] = None,
    minutes: Annotated[int | None, typer.Option(help="How long.")] = None,
    session: Annotated[str | None, typer.Option(help="Continue this session.")] = None,
    again: Annotated[
        str | None,
        typer.Option(help="Answer this earlier session's questions again (or one of them: --question)."),
    ] = None,
    mode: Annotated[
        Mode,
        typer.Option(
            help="practice: hints, pauses, the report at the end; study: a review of each question as well; "
            "real: against the clock, without hints or pauses."
        ),
    ] = Mode.PRACTICE,
    data: Data = None,
    pack: PackDir = None,
    db: Db = None,
    llm: Llm = None,
    llm_url: LlmUrl = None,
    llm_model: LlmModel = None,
    llm_key: LlmKey = None,
) -> None:
    """One round in the terminal."""
    from interviewer.terminal import chat_in_terminal

    settings = settings_from(
        db=db, data=data, pack=pack, llm=llm, llm_url=llm_url, llm_model=llm_model, llm_key=llm_key
    )
    named = tuple(question or ())
    wanted = round_id if round_id is not None or named or again else _USUAL_ROUND
    request = StartRequest(wanted, level, minutes, questions, question_ids=named, again=again, mode=mode)
    run_with_service(settings, lambda service: chat_in_terminal(service, session or request))


def simulate_command(
    persona: Annotated[
        str, typer.Option(help="strong partial weak gibberish dont-know verbose repeater injector")
    ],
    round_id: Annotated[str, typer.Option("--round", help="Which round.")],
    level: Annotated[str, typer.Option(help="IC1 to IC5.")] = "IC3",
    questions: Annotated[int | None, typer.Option(help="How many questions.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same round.")] = 0,
    as_json: Json = False,
    data: Data = None,
    pack: PackDir = None,
    llm: Llm = None,
    llm_url: LlmUrl = None,
    llm_model: LlmModel = None,
    llm_key: LlmKey = None,
) -> None:
    """A scripted candidate plays a whole round; nothing is stored."""
    settings = settings_from(
        data=data, pack=pack, llm=llm, llm_url=llm_url, llm_model=llm_model, llm_key=llm_key
    )
    clock = SimulatedClock()
    request = StartRequest(round_id, level, None, questions, seed=seed)

    async def work(service: InterviewService) -> dict[str, Any]:
        report, view = await simulate(service, clock, persona, request)
        return {**asdict(report), "transcript": [asdict(line) for line in view.lines]}

    report = run_with_service(settings, work, store_url="sqlite://", clock=clock)
    if as_json:
        print_json(report)
    else:
        shown = "unscored" if report["score"] is None else f"{report['band_name']} (band {report['band']})"
        typer.echo(f"{persona}: {shown}, {len(report['questions'])} questions, {len(report['turns'])} turns")
