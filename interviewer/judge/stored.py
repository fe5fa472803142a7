"""Assessments that are made once: what a judge said of the same item before is said again, not judged anew.

A model server need not give the same probabilities twice, so a row that was scored stays as it was scored.
"""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import json
from pathlib import Path
from weakref import WeakValueDictionary

from pydantic import TypeAdapter, ValidationError

from interviewer.errors import SetupError
from interviewer.files import replace_file
from interviewer.judge.protocol import AnswerToJudge, Judge
from rubrics import Assessment, JudgeRecord

_ASSESSMENT: TypeAdapter[Assessment] = TypeAdapter(Assessment)


class StoredJudge:
    """A judge with a memory in a folder, one file for each item and judge. What could not be scored is not kept."""

    def __init__(self, judge: Judge, record: JudgeRecord, folder: Path, version: str) -> None:
        """`record` says who judges and `version` which program: with another of either, everything is judged anew."""
        self._judge = judge
        self._record = record
        self._identity = [*dataclasses.astuple(record), version]
        self._folder = folder
        self._locks: WeakValueDictionary[Path, asyncio.Lock] = WeakValueDictionary()

    @property
    def name(self) -> str:
        """The judge's."""
        return self._judge.name

    async def assess(self, item: AnswerToJudge) -> Assessment:
        """What was said of the item before, or what the judge says now.

        Raises:
            ModelError: as the judge raises it.
            SetupError: the folder cannot be used.
        """
        path = self._path(item)
        lock = self._locks.get(path)
        if lock is None:
            lock = self._locks[path] = asyncio.Lock()
        async with lock:
            try:
                found = await asyncio.to_thread(_read, path)
                if found is None:
                    found = await self._judge.assess(item)
                    # A server may exchange its model meanwhile; what that one says is not ours to keep.
                    if found.score is not None and found.judge == self._record:
                        await asyncio.to_thread(replace_file, path, _ASSESSMENT.dump_json(found))
            except OSError as error:
                raise SetupError(
                    f"The folder of stored assessments, {self._folder}, cannot be used ({error.strerror or error}); "
                    "free space or name another folder with --data."
                ) from error
            return found

    def _path(self, item: AnswerToJudge) -> Path:
        fields = {**vars(item), "rubric": item.rubric.model_dump(mode="json")}
        text = json.dumps([self._identity, fields], sort_keys=True, ensure_ascii=True)
        name = hashlib.sha256(text.encode()).hexdigest()
        return self._folder / name[:2] / f"{name}.json"


def _read(path: Path) -> Assessment | None:
    """A stored assessment; None where there is none, or only a damaged one."""
    try:
        return _ASSESSMENT.validate_json(path.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
