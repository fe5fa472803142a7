"""`mockround corpus`: checking a pack, and beginning one."""

from __future__ import annotations

import asyncio
from collections import Counter
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
from interviewer.judge.embedded import EmbeddedJudge
from interviewer.packs import BUILT_IN_PACK, PackOnDisk, read_role_pack
from interviewer.service import utc_now
from retrieval import default_embedder

SHOWN_OF_A_KIND = 20
# What a judge says of an answer is never left out: whoever asked for it waited for it.
SHOWN_WHOLE = (RemarkKind.MODEL_ANSWER_BELOW_4, RemarkKind.WRONG_ANSWER_ABOVE_1)


def corpus_check(
    directory: Annotated[Path, typer.Argument(help="Folder of the pack.")] = BUILT_IN_PACK,
    judge: Annotated[
        bool,
        typer.Option("--judge", help="Also put the pack's own answers before the embedded judge (minutes)."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Report every fault of a pack with file and line; of a pack without one, what could be better."""
    pack = read_role_pack(directory)
    remarks = None
    if pack.role is not None and not pack.faults:
        remarks = find_remarks(pack)
        if judge:
            remarks = in_order([*remarks, *_judge(pack)])
    if as_json:
        print_json(_as_json(pack, remarks, judge))
    else:
        for fault in pack.faults:
            typer.echo(str(fault))
        _show(remarks or [])
    _summarise(pack, remarks, judge)
    raise typer.Exit(2 if pack.faults else 0)


def _judge(pack: PackOnDisk) -> list[Remark]:
    """What needs the embedding model."""
    embedder = default_embedder(settings_from().embedder)
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
