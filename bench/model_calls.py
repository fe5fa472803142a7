"""Choices of a language model that are kept on disk, so that a measurement of hours can be stopped and goes on."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from interviewer.llm.errors import ContextTooLong, ModelGarbled
from interviewer.llm.protocol import ChatModel, Choice, Message


class KeptCalls:
    """`choose` of a model, each question asked once. A model that did not choose is kept as such."""

    def __init__(self, model: ChatModel, path: Path, at_once: int = 12) -> None:
        """`path` is a SQLite file, made if need be; `at_once` bounds the questions under way."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._model = model
        self._limit = asyncio.Semaphore(at_once)
        self._kept = sqlite3.connect(path)
        self._kept.execute("create table if not exists calls (key text primary key, found text)")
        self.asked = 0

    async def choose(self, messages: Sequence[Message], labels: str) -> dict[str, float] | None:
        """Label -> probability; None where the model put most of it elsewhere, or the text was too long."""
        told = json.dumps([self._model.name, labels, [[m.role, m.content] for m in messages]])
        key = hashlib.sha256(told.encode()).hexdigest()
        row = self._kept.execute("select found from calls where key = ?", (key,)).fetchone()
        if row is None:
            async with self._limit:
                found = await self._ask(messages, labels)
            self._kept.execute("insert or replace into calls values (?, ?)", (key, json.dumps(found)))
            self._kept.commit()
            self.asked += 1
            return found
        kept: dict[str, float] | None = json.loads(row[0])
        return kept

    async def _ask(self, messages: Sequence[Message], labels: str) -> dict[str, float] | None:
        try:
            choice: Choice = await self._model.choose(messages, labels)
        except (ModelGarbled, ContextTooLong):
            return None
        return choice.probabilities
