"""A session as a file that another mockround can take in: its log, word for word.

It holds everything that is stored of the session, a résumé that was given with it included; a report is what one
shows to others.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NoReturn

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from interviewer.characters import shown_name
from interviewer.errors import BadInput
from interviewer.events import (
    Assessed,
    Contested,
    ContestJudged,
    Event,
    Payload,
    SecondOpinion,
    from_json,
    to_json,
)
from interviewer.interview import State, fold_all
from interviewer.store import NewEvent, StoredSession
from rubrics import Assessment, CriterionAssessment

FORMAT = "mockround-session"
VERSION = 1
# A round of 60 questions with the longest answers and follow-ups stays far below.
MAX_FILE_BYTES = 50_000_000
_MAX_TOLD_CHARS = 300
HOW = "`mockround sessions export` makes one."

Printable = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]+$")]


class _EventIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    client_event_id: Annotated[Printable, Field(max_length=128)]
    at: AwareDatetime
    payload: dict[str, Any]


class _FileIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    format: Literal["mockround-session"]
    version: Literal[1]
    id: uuid.UUID
    title: Printable
    events: Annotated[list[_EventIn], Field(min_length=1)]


@dataclass(frozen=True)
class SessionFile:
    """What a file holds: a session's log, and the state that it comes to."""

    id: str
    title: str
    events: tuple[NewEvent, ...]
    state: State


def session_file(stored: StoredSession, events: Sequence[Event]) -> bytes:
    """The session as a file, in JSON."""
    data = {
        "format": FORMAT,
        "version": VERSION,
        "id": stored.id,
        "title": stored.title,
        "events": [
            {
                "client_event_id": event.client_event_id,
                "at": event.at.isoformat(),
                "payload": to_json(event.payload),
            }
            for event in events
        ],
    }
    return json.dumps(data, ensure_ascii=False, indent=1).encode()


def read_session_file(raw: bytes) -> SessionFile:
    """The session of a file. Raises BadInput, in one sentence, for what is not one or does not hold together."""
    if len(raw) > MAX_FILE_BYTES:
        raise BadInput(
            f"The file has {len(raw) / 1e6:.0f} MB, and no session has more than {MAX_FILE_BYTES // 10**6}."
        )
    data = _json(raw)
    if isinstance(data, dict) and "session_id" in data and "turns" in data:
        raise BadInput(f"This is a report, from which a session cannot be made again; {HOW}")
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise BadInput(f"This is no exported session; {HOW}")
    if data.get("version") != VERSION:
        raise BadInput("The session was exported by a newer mockround; update this one to import it.")
    try:
        file = _FileIn.model_validate(data)
    except ValidationError as error:
        raise _invalid(error) from error
    payloads = [_payload(place, item.payload) for place, item in enumerate(file.events)]
    name = str(file.id)
    events = [
        Event(name, seq, item.client_event_id, payload, item.at)
        for seq, (item, payload) in enumerate(zip(file.events, payloads, strict=True), 1)
    ]
    try:
        state = fold_all(events)
    except ValueError as error:
        raise _damaged(str(error)) from error
    fault = next(log_faults(events, state), None)
    if fault is not None:
        raise _damaged(fault)
    kept = tuple(NewEvent(event.client_event_id, event.payload, event.at) for event in events)
    return SessionFile(name, file.title, kept, state)


def _payload(place: int, data: dict[str, Any]) -> Payload:
    try:
        return from_json(data)
    except ValidationError as error:
        raise _invalid(error, f"events.{place}.payload") from error


def _invalid(error: ValidationError, *before: str) -> BadInput:
    """What is said of the first fault, with its place in the file."""
    first = error.errors(include_input=False, include_url=False)[0]
    where = ".".join([*before, *map(str, first["loc"])])
    return _damaged(f"{where}: {first['msg']}")


def _damaged(fault: str) -> BadInput:
    """What is said of a fault; it may repeat what the file holds, so it is shown on one line and not at any length."""
    return BadInput(
        f"The exported session is damaged ({shown_name(fault, _MAX_TOLD_CHARS)}); export it again."
    )


def _json(raw: bytes) -> Any:
    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is no number")

    try:
        data = json.loads(raw.decode("utf-8-sig"), parse_constant=refuse)
        json.dumps(data, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise BadInput(f"This is no exported session, since it is not JSON in UTF-8; {HOW}") from error
    return data


def log_faults(events: Sequence[Event], state: State) -> Iterator[str]:
    """What no mockround would have written, though it can be read and comes to `state`."""
    seen: set[str] = set()
    for event in events:
        if event.client_event_id in seen:
            yield f"two events are called {event.client_event_id!r}"
        seen.add(event.client_event_id)
        yield from (f"event {event.seq}: {fault}" for fault in _payload_faults(event.payload, state))


def _payload_faults(payload: Payload, state: State) -> Iterator[str]:
    if not isinstance(payload, Assessed | SecondOpinion | Contested | ContestJudged):
        return
    turn = state.turns[payload.turn] if 0 <= payload.turn < len(state.turns) else None
    if turn is None or turn.answer is None:
        yield "it is about an answer that is not there"
        return
    match payload:
        case Assessed() | SecondOpinion():
            yield from _assessment_faults(payload.assessment, turn.answer)
        case Contested():
            if not 0 <= payload.start < payload.end <= len(turn.answer):
                yield "it marks words that are not in the answer"
        case ContestJudged():
            yield from _verdict_faults((payload.marked, payload.whole), turn.answer)


def _assessment_faults(assessment: Assessment, answer: str) -> Iterator[str]:
    if assessment.score is not None and not 0 <= assessment.score <= 1:
        yield "a score is not between 0 and 1"
    if assessment.band is not None and not 0 <= assessment.band <= 4:
        yield "a band is not between 0 and 4"
    yield from _verdict_faults(assessment.shown, answer)


def _verdict_faults(verdicts: Sequence[CriterionAssessment], answer: str) -> Iterator[str]:
    for verdict in verdicts:
        if not 0 <= verdict.credit <= 1:
            yield f"the credit of {verdict.id!r} is not between 0 and 1"
        for piece in verdict.evidence:
            if (
                not 0 <= piece.start <= piece.end <= len(answer)
                or answer[piece.start : piece.end] != piece.text
            ):
                yield f"the evidence of {verdict.id!r} is not in the answer"
