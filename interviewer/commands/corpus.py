"""`mockround corpus`: checking a pack, and beginning one."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from shlex import quote
from typing import Annotated, Any

import typer

from interviewer.authoring.own_answers import judge_own_answers
from interviewer.authoring.remark import JudgedAnswer, Remark, RemarkKind
from interviewer.authoring.remarks import counts_of, find_close_prompts, find_remarks, in_order
from interviewer.authoring.scaffold import new_pack
from interviewer.commands.options import Json, settings_from
from interviewer.commands.output import print_json, progress_bar
from interviewer.errors import RunningOff
from interviewer.judge.embedded import EmbeddedJudge
from interviewer.packs import BUILT_IN_PACK, PackOnDisk, RolePack, read_role_pack
from interviewer.sandbox.choose import choose_runner
from interviewer.sandbox.pool import Pool
from interviewer.sandbox.problem_check import Ran, check_problems
from interviewer.service import utc_now
from retrieval.processors import usable_processors

SHOWN_OF_A_KIND = 20
# What a judge says of an answer is never left out: whoever asked for it waited for it.
SHOWN_WHOLE = (RemarkKind.MODEL_ANSWER_BELOW_4, RemarkKind.WRONG_ANSWER_ABOVE_1)


def corpus_check(
    directory: Annotated[Path, typer.Argument(help="Folder of the pack.")] = BUILT_IN_PACK,
    judge: Annotated[
        bool,
        typer.Option("--judge", help="Also put the pack's own answers before the embedded judge (minutes)."),
    ] = False,
    run: Annotated[
        bool,
        typer.Option(
            "--run", help="Also run the coding problems' solutions, right and wrong ones (minutes)."
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Report every fault of a pack with file and line; of a pack without one, what could be better."""
    pack = read_role_pack(directory)
    ran: tuple[Ran, ...] | None = None
    if run and pack.role is not None and not pack.faults:
        ran = _run_problems(pack.role)
        pack = replace(pack, faults=tuple(fault for item in ran for fault in item.faults))
    remarks = None
    if pack.role is not None and not pack.faults:
        remarks = find_remarks(pack)
        if judge:
            remarks = in_order([*remarks, *_judge(pack)])
    if as_json:
        print_json(_as_json(pack, remarks, judge) | _ran_json(ran))
    else:
        for fault in pack.faults:
            typer.echo(str(fault))
        _show(remarks or [])
        for note in [note for item in ran or () for note in item.notes]:
            typer.echo(f"note: {note}", err=True)
    _summarise(pack, remarks, judge)
    if ran is not None:
        typer.echo(f"{len(ran)} coding problems were run.", err=True)
    elif run:
        typer.echo("Nothing was run: problems are run once the pack has no faults.", err=True)
    raise typer.Exit(2 if pack.faults else 0)


def _run_problems(role: RolePack) -> tuple[Ran, ...]:
    """What running them showed. Raises RunningOff where code is not run."""
    settings = settings_from()
    running = choose_runner(settings.run_code, (settings.data, role.pack.root))
    if running.runner is None:
        raise RunningOff(running.sentence)
    at_once = settings.run_at_once or usable_processors()
    pool = Pool(running.runner, at_once, spares=False)
    with closing(pool), progress_bar("Running solutions") as move:
        return check_problems(role.pack.problems, pool, move)


def _ran_json(ran: tuple[Ran, ...] | None) -> dict[str, Any]:
    if ran is None:
        return {}
    return {
        "ran": [
            {
                "problem": item.problem,
                "faults": [fault.message for fault in item.faults],
                "notes": [note.message for note in item.notes],
            }
            for item in ran
        ]
    }


def _judge(pack: PackOnDisk) -> list[Remark]:
    """What needs the embedding model."""
    embedder = settings_from().new_embedder()
    with progress_bar("Comparing prompts") as move:
        found = find_close_prompts(pack, embedder, move)
    with progress_bar("Judging the pack's own answers") as move:
        return [*found, *asyncio.run(judge_own_answers(pack, EmbeddedJudge(embedder), move))]


def _show(remarks: list[Remark]) -> None:
    kinds = Counter(remark.kind for remark in remarks)
    shown: Counter[RemarkKind] = Counter()
    for remark in remarks:
        if remark.kind in SHOWN_WHOLE or shown[remark.kind] < SHOWN_OF_A_KIND:
            typer.echo(str(remark))
            shown[remark.kind] += 1
    for kind, count in kinds.items():
        if count > shown[kind]:
            typer.echo(f"{kind}: {count - shown[kind]} more; --json lists all.", err=True)


def _summarise(pack: PackOnDisk, remarks: list[Remark] | None, judge: bool) -> None:
    if pack.role is None:
        return
    info, read = pack.role.pack.info, pack.role.pack
    said = "" if remarks is None else f", {len(remarks)} remarks"
    typer.echo(
        f"{info.id}: {len(read.questions)} questions, {len(pack.role.rubrics)} rubrics, "
        f"{len(read.notes)} notes, {len(read.guide)} guide files, {len(pack.faults)} faults{said}",
        err=True,
    )
    if remarks is None and judge:
        typer.echo("Nothing was judged: a pack is judged once it has no faults.", err=True)


def _as_json(pack: PackOnDisk, remarks: list[Remark] | None, judge: bool) -> dict[str, Any]:
    """A pack with faults is not looked at any further: of it there are faults and nothing else."""
    found: dict[str, Any] = {
        "faults": [{"file": str(f.path), "line": f.line, "message": f.message} for f in pack.faults]
    }
    if pack.role is not None and remarks is not None:
        found["remarks"] = [_remark_json(remark) for remark in remarks]
        found["judged"] = judge
        found["counts"] = counts_of(pack.role.pack)
    return found


def _remark_json(remark: Remark) -> dict[str, Any]:
    plain = {
        "kind": remark.kind.value,
        "file": str(remark.path),
        "line": remark.line,
        "message": remark.message,
    }
    return plain if remark.answer is None else plain | _answer_json(remark.answer)


def _answer_json(answer: JudgedAnswer) -> dict[str, Any]:
    def entries(pairs: tuple[tuple[str, float], ...]) -> list[dict[str, Any]]:
        return [{"id": entry, "credit": credit} for entry, credit in pairs]

    return {
        "question_id": answer.question_id,
        "score": answer.score,
        "band": answer.band,
        "level": answer.level,
        "band_at_level": answer.band_at_level,
        "met": entries(answer.met),
        "unmet": entries(answer.unmet),
        "red_flags": entries(answer.faults),
        "unscored_reason": answer.unscored_reason,
    }


def corpus_new(
    directory: Annotated[Path, typer.Argument(help="Folder to make; it may be there if it is empty.")],
    pack_id: Annotated[str, typer.Option("--id", help="The pack's id: a-z, 0-9, - and _.")],
    title: Annotated[str, typer.Option("--title", help="The role's name, as candidates read it.")],
) -> None:
    """Begin a pack: two questions with rubrics, a note and a guide page that pass the check, to be rewritten."""
    new_pack(directory, pack_id, title, utc_now())
    typer.echo(f"{directory} holds a pack that works. Rewrite its files, which say what to decide, and then:")
    for command in ("corpus check {} --judge", "index --pack {}", "serve --pack {}"):
        typer.echo(f"  mockround {command.format(quote(str(directory)))}")
