"""Work on the bank without a session: index, search, scoring in bulk, follow-ups."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from interviewer.commands.options import (
    Data,
    Json,
    Llm,
    LlmKey,
    LlmModel,
    LlmUrl,
    PackDir,
    settings_from,
)
from interviewer.commands.output import console, print_json, print_table, progress_bar
from interviewer.commands.running import parts_of, run_with_service
from interviewer.errors import BadInput, SetupError
from interviewer.files import read_text_file
from interviewer.judge.protocol import Judge
from interviewer.service import InterviewService


def index(
    pack: PackDir = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Embed everything again.")] = False,
    data: Data = None,
) -> None:
    """Build or refresh the search index; only changed passages are embedded again."""
    parts = parts_of(settings_from(pack=pack, data=data, llm="none"), model=False, rebuild=rebuild)
    console.print(f"The index holds {len(parts.passages)} passages.")


def search(
    query: str,
    k: Annotated[int, typer.Option("-k", help="How many results.")] = 10,
    kind: Annotated[str, typer.Option(help="question, guide, note, rubric; several with commas.")] = "",
    as_json: Json = False,
    data: Data = None,
    pack: PackDir = None,
) -> None:
    """Search guide, notes, questions and rubrics."""
    settings = settings_from(data=data, pack=pack, llm="none")
    found = run_with_service(
        settings, lambda s: s.library.search(query, k, kind.split(",")), store_url="sqlite://", model=False
    )
    if as_json:
        print_json(found)
        return
    rows = [(str(hit.rank), hit.kind, hit.id, hit.title, f"{hit.score:.3f}") for hit in found.hits]
    print_table(("#", "kind", "item", "title", "score"), rows, whole="item")


def assess(
    input_file: Annotated[Path, typer.Option("--input", help="JSON lines: one answer each.")],
    output_file: Annotated[Path, typer.Option("--output", help="JSON lines: one assessment each.")],
    judge_name: Annotated[
        str, typer.Option("--judge", help="Who judges: embedded, or model (not calibrated).")
    ] = "embedded",
    data: Data = None,
    pack: PackDir = None,
    llm: Llm = None,
    llm_url: LlmUrl = None,
    llm_model: LlmModel = None,
    llm_key: LlmKey = None,
) -> None:
    """Score answers in bulk; rows that the output has already are skipped."""
    from interviewer.judge.bulk import CONCURRENT_ROWS, CONCURRENT_ROWS_OF_A_MODEL, assess_file

    if judge_name not in ("embedded", "model"):
        raise BadInput("--judge is embedded or model.")
    settings = settings_from(
        data=data, pack=pack, llm=llm, llm_url=llm_url, llm_model=llm_model, llm_key=llm_key
    )

    if output_file.exists() and not output_file.is_file():
        raise BadInput(
            f"{output_file} is not a file that rows can be added to; choose another with --output."
        )

    async def work(service: InterviewService) -> None:
        judge, at_once = service.interviewer.judge, CONCURRENT_ROWS
        if judge_name == "model":
            judge, at_once = _model_judge(service), CONCURRENT_ROWS_OF_A_MODEL
        with progress_bar("Assessing") as move:
            await assess_file(input_file, output_file, judge, service.library.lookup, move, at_once)

    run_with_service(settings, work, store_url="sqlite://")


def _model_judge(service: InterviewService) -> Judge:
    """The connected model as a judge that keeps what it said. Raises SetupError without a model that answers."""
    from interviewer.judge.model import ModelJudge
    from interviewer.judge.stored import StoredJudge

    status, model = service.model.status, service.interviewer.model
    if model is None or not status.answers:
        raise SetupError(f"--judge model needs a language model: {status.sentence} Give --llm-url.")
    judge = ModelJudge(model, service.interviewer.embedder)
    folder = service.settings.data / "assessments"
    return StoredJudge(judge, judge.record, folder, service.versions["mockround"])


def followups(
    question: Annotated[str, typer.Option(help="A bank id, or the question's text.")],
    answer_file: Annotated[Path, typer.Option(help="File with the answer.")],
    n: Annotated[int, typer.Option("-n", help="How many.")] = 3,
    level: Annotated[str, typer.Option(help="IC1 to IC5.")] = "IC3",
    as_json: Json = False,
    data: Data = None,
    pack: PackDir = None,
    llm: Llm = None,
    llm_url: LlmUrl = None,
    llm_model: LlmModel = None,
    llm_key: LlmKey = None,
) -> None:
    """Fresh follow-up questions to an answer, grounded in the pack."""
    answer = read_text_file(answer_file)
    settings = settings_from(
        data=data, pack=pack, llm=llm, llm_url=llm_url, llm_model=llm_model, llm_key=llm_key
    )
    found = run_with_service(
        settings, lambda s: s.library.follow_ups(question, answer, n, level), store_url="sqlite://"
    )
    if as_json:
        print_json(found)
        return
    for number, item in enumerate(found.followups, 1):
        typer.echo(f"{number}. {item.text}  [{item.origin}; {', '.join(item.targets) or 'open'}]")
    for rejected in found.rejected:
        typer.echo(f"rejected: {rejected.text}  ({rejected.reason})", err=True)
