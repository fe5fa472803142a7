"""What the server logs: for people as text, for machines as lines of JSON; never what a candidate wrote."""

from __future__ import annotations

import asyncio
import logging
import sys
import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import Literal

from pythonjsonlogger.json import JsonFormatter

from interviewer.errors import MockroundError
from interviewer.llm.errors import ModelError
from retrieval import RetrievalError

LogFormat = Literal["text", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]

# One line for each request, at the level `info`: by its route, since a path or a query may hold what was typed.
requests = logging.getLogger("mockround.requests")

# Their sentences are ours. Of any other error the text may quote an answer (a row of the database, a field of a document).
_OURS = (MockroundError, ModelError, RetrievalError, OSError)
_TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_JSON = "%(asctime)s %(levelname)s %(name)s %(message)s"
_NAMES = {"asctime": "at", "levelname": "level", "name": "logger"}

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class _Text(logging.Formatter):
    def formatException(self, ei: _ExcInfo) -> str:
        return without_words(ei[1])


class _Json(JsonFormatter):
    def formatException(self, ei: _ExcInfo) -> str:
        return without_words(ei[1])


def configure_logs(form: LogFormat, level: LogLevel) -> None:
    """Log to stderr from now on; what libraries log too."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json(_JSON, rename_fields=_NAMES) if form == "json" else _Text(_TEXT))
    handler.addFilter(_is_worth_a_line)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # Every request at a model server and every look for a file would be a line.
    for noisy in ("httpx", "httpcore", "openai", "urllib3", "asyncio", "filelock", "sentence_transformers"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _is_worth_a_line(record: logging.LogRecord) -> bool:
    """A stream that is cut as the server stops ends by its task being cancelled, which uvicorn takes for a fault."""
    return record.exc_info is None or not isinstance(record.exc_info[1], asyncio.CancelledError)


def without_words(error: BaseException | None) -> str:
    """Where an error came from and what kind it is, as a traceback has it, its causes first; its text only if it is ours."""
    parts = [_part(item) for item in _chain(error)]
    return "\nthen:\n".join(reversed(parts))


def _part(error: BaseException) -> str:
    kind = type(error)
    told = f": {error}" if isinstance(error, _OURS) else ""
    return f"{''.join(traceback.format_tb(error.__traceback__))}{kind.__module__}.{kind.__qualname__}{told}"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
