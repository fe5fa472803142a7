"""`mockround qualify`: what the connected language model is trusted with, measured."""

from __future__ import annotations

import asyncio
import json
import time

import typer

from interviewer.commands.options import Data, Json, Llm, LlmKey, LlmModel, LlmUrl, settings_from
from interviewer.commands.output import print_json, progress_bar
from interviewer.config import Settings
from interviewer.errors import BadInput
from interviewer.judge.embedded import EmbeddedJudge
from interviewer.llm.connect import connect
from interviewer.qualification.measure import measure
from interviewer.qualification.probes import load_probes
from interviewer.qualification.record import Qualification, Qualifications
from interviewer.qualification.record import as_json as record_json
from interviewer.qualification.uses import verdicts_on
from interviewer.service import utc_now
from retrieval import Embedder, Progress


def qualify(
    as_json: Json = False,
    data: Data = None,
    llm: Llm = None,
    llm_url: LlmUrl = None,
    llm_model: LlmModel = None,
    llm_key: LlmKey = None,
) -> None:
    """Measure the connected language model on labelled probes, and record what it is trusted with."""
    settings = settings_from(data=data, llm=llm, llm_url=llm_url, llm_model=llm_model, llm_key=llm_key)
    embedder = settings.new_embedder()
    records = Qualifications(settings.qualifications, embedder.name)
    with progress_bar("Qualifying") as move:
        record = asyncio.run(_qualify(settings, embedder, records, move))
    path = records.keep(record)
    if as_json:
        print_json(json.loads(record_json(record)))
        return
    _show(record)
    typer.echo(f"Recorded in {path}; it expires when the model, a prompt or a setting changes.", err=True)


async def _qualify(
    settings: Settings, embedder: Embedder, records: Qualifications, move: Progress
) -> Qualification:
    """The measurement. Raises BadInput without a model, and what its parts raise."""
    model = (await connect(settings.connection, must_answer=True)).model
    if model is None:
        raise BadInput(
            "There is no language model to qualify: give --llm-url, or --llm local with --llm-model."
        )
    try:
        records.prepare()
        began = time.monotonic()
        embedder.embed_queries(["ready"])
        figures = await measure(model, embedder, EmbeddedJudge(embedder), load_probes(), move)
        took_s = round(time.monotonic() - began, 1)
        return Qualification(
            model.name, model.where, utc_now(), took_s, verdicts_on(figures), figures, records.conditions
        )
    finally:
        await model.aclose()


def _show(record: Qualification) -> None:
    """The verdicts with their figures, and what else was measured."""
    typer.echo(f"{record.model} at {record.where}, measured in {record.took_s:.0f} s\n")
    for use, verdict in record.uses.items():
        typer.echo(f"{use.replace('_', '-')}: {'trusted' if verdict.trusted else 'not trusted'}")
        for check in verdict.checks:
            bound = "which was not measured" if check.bound is None else f"{check.bound:.2f}"
            typer.echo(
                f"  {'ok  ' if check.passed else 'FAIL'} {check.figure}: {_figure(check.value)}, "
                f"{'above' if check.at == 'above' else f'at {check.at}'} {bound}\n"
                f"       because {check.reason}"
            )
    verdicts, attacks = record.figures.verdicts, record.figures.attacks
    follow_ups, feedback = record.figures.follow_ups, record.figures.feedback
    code = record.figures.code_questions
    typer.echo(
        f"\n{verdicts.criteria} verdicts on {verdicts.answers} answers to {verdicts.questions} questions: "
        f"AUC {_figure(verdicts.auc.value)} [{_figure(verdicts.auc.low)}, {_figure(verdicts.auc.high)}], "
        f"r {_figure(verdicts.pearson)}; embedded judge: AUC {_figure(verdicts.embedded_auc)}, "
        f"r {_figure(verdicts.embedded_pearson)}.\n"
        f"{attacks.attacks} attacks, {follow_ups.situations} follow-ups, {code.situations} questions about code, {feedback.situations} pieces of advice.\n"
        "What is said of judging and blending is shown only: scores come from the embedded judge."
    )


def _figure(value: float | None) -> str:
    return "none" if value is None else f"{value:.2f}"
