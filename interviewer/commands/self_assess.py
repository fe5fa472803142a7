"""Rating an answer oneself, before the judge does."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from interviewer.commands.options import Data, Db, Json, PackDir, settings_from
from interviewer.commands.output import print_json, print_table
from interviewer.commands.running import run_with_service
from interviewer.errors import BadInput
from interviewer.files import read_text_file
from interviewer.own_questions import rubric_of_lines
from interviewer.own_verdicts import READING_WORDS, Overview, RatedCriterion, SelfAssessed
from interviewer.owners import LOCAL_OWNER
from interviewer.report import BAND_NAMES, VERDICT_WORDS
from interviewer.self_assessment import SelfRequest, Subject, SubjectCard
from interviewer.service import InterviewService
from rubrics import Kind, Verdict

_WORDS = {
    "met": Verdict.MET,
    "partly": Verdict.PARTIAL,
    "partial": Verdict.PARTIAL,
    "missing": Verdict.MISSING,
}
_SHORT = {"m": Verdict.MET, "p": Verdict.PARTIAL, "n": Verdict.MISSING}


def self_assess(
    question: Annotated[str | None, typer.Option(help="A question of the bank, by its id.")] = None,
    own: Annotated[str | None, typer.Option(help="Or a question of your own: its text.")] = None,
    rubric_file: Annotated[
        Path | None,
        typer.Option(help="What its answers are judged by: one point a line, `bonus:` and `fault:` allowed."),
    ] = None,
    reference_file: Annotated[Path | None, typer.Option(help="Or a model answer to it.")] = None,
    answer_file: Annotated[Path | None, typer.Option(help="File with your answer.")] = None,
    verdict: Annotated[
        list[str] | None,
        typer.Option(help="CRITERION=met, partly or missing; repeat it. Asked for in a terminal."),
    ] = None,
    level: Annotated[str, typer.Option(help="IC1 to IC5.")] = "IC3",
    overview: Annotated[
        bool, typer.Option("--overview", help="Show where you over- and underrate yourself instead.")
    ] = False,
    as_json: Json = False,
    data: Data = None,
    pack: PackDir = None,
    db: Db = None,
) -> None:
    """Rate an answer yourself, criterion by criterion, then see the judge's view beside yours."""
    settings = settings_from(data=data, pack=pack, db=db, llm="none")
    if overview:
        found = run_with_service(settings, lambda s: s.self_assessments.overview(LOCAL_OWNER), model=False)
        print_json(asdict(found)) if as_json else _print_overview(found)
        return
    if answer_file is None:
        raise BadInput("Name the file with your answer: --answer-file FILE.")
    answer = read_text_file(answer_file)
    given = dict(_verdict(word) for word in verdict or ())
    subject = Subject(
        question,
        own or "",
        None if rubric_file is None else rubric_of_lines(read_text_file(rubric_file)),
        "" if reference_file is None else read_text_file(reference_file),
    )

    async def work(service: InterviewService) -> SelfAssessed:
        card = service.self_assessments.card(subject)
        verdicts = given
        if not given and sys.stdin.isatty():
            verdicts = _ask(card)
        return await service.self_assessments.submit(
            SelfRequest(subject, answer, verdicts, level), LOCAL_OWNER
        )

    result = run_with_service(settings, work, model=False)
    print_json(asdict(result)) if as_json else _print_result(result)


def _verdict(word: str) -> tuple[str, Verdict]:
    name, equals, value = word.partition("=")
    if not equals or value.strip().lower() not in _WORDS:
        raise BadInput(f"--verdict is CRITERION=met, partly or missing, not {word!r}.")
    return name.strip(), _WORDS[value.strip().lower()]


def _ask(card: SubjectCard) -> dict[str, Verdict]:
    """The candidate's verdict on every criterion, asked for on stderr, where no data goes."""
    typer.echo(f"{card.prompt}\n", err=True)
    verdicts: dict[str, Verdict] = {}
    for item in card.criteria:
        lead = "A fault, if it is there" if item.kind is Kind.RED_FLAG else "Does your answer show it?"
        typer.echo(f"{item.text}  ({lead})", err=True)
        said = ""
        while said not in _SHORT and said not in _WORDS:
            said = typer.prompt("  met (m), partly (p) or missing (n)", err=True).strip().lower()
        verdicts[item.id] = _SHORT.get(said) or _WORDS[said]
    return verdicts


def _print_result(result: SelfAssessed) -> None:
    if result.score is None:
        typer.echo(f"Not scored: {result.unscored_reason}")
    else:
        typer.echo(f"{result.title}: {BAND_NAMES[result.band or 0]}")
    rows = [
        (item.id, _own(item), _judged(item), item.difference or "", item.text) for item in result.criteria
    ]
    print_table(("criterion", "you", "the judge", "you are", "what it looks for"), rows, whole="criterion")
    typer.echo(result.note)
    typer.echo(f"Stored as session {result.session_id}; `mockround report` has the evidence.", err=True)


def _own(item: RatedCriterion) -> str:
    return "" if item.own is None else VERDICT_WORDS[item.own]


def _judged(item: RatedCriterion) -> str:
    return "unscored" if item.judged is None else VERDICT_WORDS[item.judged]


def _print_overview(found: Overview) -> None:
    if not found.answers:
        typer.echo(
            "No answer is rated yet; `mockround self-assess --question ID --answer-file FILE` rates one."
        )
        return
    rows = [
        (
            item.title,
            READING_WORDS[item.reading],
            f"{item.mean_difference:+.2f}",
            "" if item.low is None or item.high is None else f"{item.low:+.2f} to {item.high:+.2f}",
            f"{item.answers} ({item.criteria})",
        )
        for item in found.dimensions
    ]
    columns = ("dimension", "reading", "you minus the judge", "95 % interval", "answers (criteria)")
    print_table(columns, rows, whole="dimension")
    typer.echo(found.note)
