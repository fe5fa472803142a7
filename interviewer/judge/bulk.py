"""Bulk scoring: rows of the contract in, rows of the contract out, one JSON object a line, same order."""

from __future__ import annotations

import asyncio
import json
import os
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from corpus import Question
from interviewer.errors import BadInput, JudgeStopped
from interviewer.files import read_file
from interviewer.judge.derive import rubric_from_reference
from interviewer.judge.protocol import AnswerToJudge, Judge
from interviewer.llm.errors import ModelError
from retrieval import Progress
from rubrics import DEFAULT_BANDS, Assessment, Rubric
from rubrics.model import Level

Lookup = Callable[[str], tuple[Question, Rubric] | None]

Filled = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
# All rows are read before work starts; an input that has no end, such as a device, is refused.
MAX_INPUT_BYTES = 1_000_000_000
CONCURRENT_ROWS = 4
# A row asks a model for dozens of choices at once; what is more than the server may get waits at the model's gate.
CONCURRENT_ROWS_OF_A_MODEL = 8


class BulkRow(BaseModel):
    """One answer to score: of a question of the bank, or with its own question and rubric or reference."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    item_id: Annotated[str, Field(min_length=1)]
    answer: str
    question_id: Filled | None = None
    question: Filled | None = None
    rubric: Rubric | None = None
    reference: Filled | None = None
    level: Level | None = None

    @model_validator(mode="after")
    def _has_a_measure(self) -> BulkRow:
        if self.question_id is None and self.question is None:
            raise ValueError("give 'question_id' or 'question'")
        if self.question_id is None and self.rubric is None and self.reference is None:
            raise ValueError("'question' needs a 'rubric' or a 'reference' beside it")
        return self


@dataclass(frozen=True)
class Task:
    """A row as the judge is asked about it."""

    item_id: str
    item: AnswerToJudge


async def assess_file(
    input_path: Path,
    output_path: Path,
    judge: Judge,
    lookup: Lookup,
    progress: Progress | None = None,
    rows_at_once: int = CONCURRENT_ROWS,
) -> int:
    """Score every row of `input_path` into `output_path`, in order; returns how many were scored now.

    The whole input is read before any work starts. Rows that the output has already are kept and skipped; a last
    line that was torn by a crash is done again. `progress` is told how many rows are done and how many there are.

    Raises:
        BadInput: a file or row cannot be used; names file and line.
        JudgeStopped: the judge's model cannot be used now; the rows before are in the output.
    """
    tasks = _read_tasks(input_path, lookup)
    done = _repair_output(output_path, tasks)
    waiting = tasks[done:]
    if progress is not None:
        progress(done, len(tasks))
    try:
        with output_path.open("a", encoding="utf-8") as output:
            async with aclosing(_in_order(judge, waiting, rows_at_once)) as scored:
                async for task, assessment in scored:
                    row = output_row(task.item_id, assessment)
                    output.write(json.dumps(row, ensure_ascii=False) + "\n")
                    output.flush()
                    os.fsync(output.fileno())
                    done += 1
                    if progress is not None:
                        progress(done, len(tasks))
    except OSError as error:
        raise BadInput(
            f"{output_path} cannot be written ({error.strerror}); free space or choose another file, then run "
            "the same command again: the rows scored so far are kept."
        ) from error
    except ModelError as error:
        raise JudgeStopped(
            f"{error} {done} of {len(tasks)} rows are scored and kept; run the same command again to go on."
        ) from error
    return len(waiting)


async def _in_order(
    judge: Judge, tasks: Iterable[Task], at_once: int
) -> AsyncGenerator[tuple[Task, Assessment]]:
    """Every task with its assessment, in order; up to `at_once` are judged at the same time."""
    running: deque[tuple[Task, asyncio.Task[Assessment]]] = deque()
    try:
        for task in tasks:
            running.append((task, asyncio.create_task(_assess(judge, task))))
            if len(running) == at_once:
                first, work = running.popleft()
                yield first, await work
        while running:
            first, work = running.popleft()
            yield first, await work
    finally:
        for _, work in running:
            work.cancel()
        await asyncio.gather(*(work for _, work in running), return_exceptions=True)


async def _assess(judge: Judge, task: Task) -> Assessment:
    return await judge.assess(task.item)


async def assess_row(task: Task, judge: Judge) -> dict[str, Any]:
    """Score one row."""
    return output_row(task.item_id, await judge.assess(task.item))


def parse_row(data: Any, lookup: Lookup, where: str = "the row") -> Task:
    """A row from decoded JSON. Raises BadInput with the first thing that is wrong, in one sentence."""
    if not isinstance(data, dict):
        raise BadInput(f'{where}: a row is a JSON object such as {{"item_id": …, "answer": …}}.')
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise BadInput(
            f"{where}: it holds half of a surrogate pair, which is no text; take it out."
        ) from error
    try:
        row = BulkRow.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        raise BadInput(f"{where}: {f'{place}: ' if place else ''}{message}.") from error
    return Task(row.item_id, _item_of(row, lookup, where))


def _item_of(row: BulkRow, lookup: Lookup, where: str) -> AnswerToJudge:
    if row.question_id is None:
        rubric = row.rubric or rubric_from_reference(row.reference or "")
        return AnswerToJudge(
            question=row.question or "",
            answer=row.answer,
            rubric=rubric,
            reference=row.reference,
            level=row.level,
            bands=rubric.bands or DEFAULT_BANDS,
        )
    found = lookup(row.question_id)
    if found is None:
        raise BadInput(
            f"{where}: the bank has no question {row.question_id!r}; `mockround search` finds question ids."
        )
    question, rubric = found
    rubric = row.rubric or rubric
    return AnswerToJudge(
        question=row.question or question.prompt,
        answer=row.answer,
        rubric=rubric,
        reference=row.reference or question.model_answer,
        level=row.level,
        bands=rubric.bands or DEFAULT_BANDS,
    )


def output_row(item_id: str, assessment: Assessment) -> dict[str, Any]:
    """An assessment as a row of the contract."""
    judge = assessment.judge
    return {
        "item_id": item_id,
        "score": assessment.score,
        "band": assessment.band,
        "uncertainty": assessment.uncertainty,
        "criteria": [
            {
                "id": criterion.id,
                "verdict": criterion.verdict.value,
                "credit": criterion.credit,
                "evidence": [{"start": e.start, "end": e.end, "text": e.text} for e in criterion.evidence],
                "rationale": criterion.rationale,
            }
            for criterion in assessment.criteria
        ],
        "flags": list(assessment.flags),
        "unscored_reason": assessment.unscored_reason,
        "judge": {
            "name": judge.name,
            "model": judge.model,
            "prompt_sha256": judge.prompt_sha256,
            "calibration": judge.calibration,
        },
    }


def _read_tasks(path: Path, lookup: Lookup) -> list[Task]:
    try:
        lines = read_file(path, MAX_INPUT_BYTES).decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8 text (byte {error.start}); save it as UTF-8.") from error
    tasks: list[Task] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        try:
            data = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise BadInput(f"{where}: this is not one JSON object ({error}).") from error
        task = parse_row(data, lookup, where)
        if task.item_id in seen:
            raise BadInput(
                f"{where}: item_id {task.item_id!r} was used in line {seen[task.item_id]} already; ids are unique."
            )
        seen[task.item_id] = number
        tasks.append(task)
    return tasks


def _repair_output(path: Path, tasks: list[Task]) -> int:
    """Cut a torn last line off the output; returns how many of the tasks it has, from the first on."""
    try:
        raw = path.read_bytes() if path.exists() else b""
        whole = raw[: raw.rfind(b"\n") + 1]
        ids = [json.loads(line)["item_id"] for line in whole.splitlines() if line.strip()]
        if len(whole) < len(raw):
            with path.open("r+b") as file:
                file.truncate(len(whole))
    except OSError as error:
        raise BadInput(f"{path} cannot be used as output ({error.strerror}).") from error
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(
            f"{path} exists and does not hold assessments; choose another output or move it away."
        ) from error
    expected = [task.item_id for task in tasks]
    if ids != expected[: len(ids)]:
        raise BadInput(
            f"{path} holds assessments of other rows, or in another order, than the input; choose another output."
        )
    return len(ids)
