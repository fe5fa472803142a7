"""The HTTP API under /api/v1, health and metrics. Errors are RFC 9457 problem documents."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Body, FastAPI, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.sse import format_sse_event
from fastapi_offline import FastAPIOffline
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from interviewer.errors import (
    BadInput,
    MockroundError,
    NotYet,
    StoreConflict,
    StoreError,
    StoreFull,
    UnknownThing,
    WrongMoment,
)
from interviewer.export import render_report
from interviewer.llm.errors import ModelError
from interviewer.service import LOCAL_OWNER, InterviewService, StartRequest
from interviewer.views import Settled, Update

MAX_BODY_BYTES = 1_000_000

_STATUS: tuple[tuple[type[Exception], int, str], ...] = (
    (UnknownThing, 404, "Not found"),
    (BadInput, 422, "Bad input"),
    (WrongMoment, 409, "Not now"),
    (StoreConflict, 409, "Changed elsewhere"),
    (StoreFull, 507, "Storage is full"),
    (StoreError, 503, "Storage is unavailable"),
    (ModelError, 503, "Language model is unavailable"),
    (NotYet, 501, "Not in this release"),
    (MockroundError, 500, "It could not be done"),
)


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SessionIn(_Body):
    """How to start a round; what is left out takes the round's own figure."""

    round: str = Field(examples=["ml-systems"])
    level: str = Field(examples=["IC3"])
    minutes: int | None = None
    questions: int | None = None
    background: str = ""
    seed: int | None = None
    follow_ups: int = 3


class MessageIn(_Body):
    """What the candidate says. `turn` is the open turn that was answered, to refuse a stale page."""

    text: str
    turn: int | None = None


class ActionIn(_Body):
    """For `clarify`, what is asked."""

    text: str = ""
    turn: int | None = None


class FollowUpsIn(_Body):
    """A bank id or a question's text, and the answer to follow up on."""

    question: str
    answer: str
    n: int = 3
    level: str = "IC3"


# At module level: FastAPI resolves the names in annotations there.
IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", max_length=120)]


def create_api(service: InterviewService) -> FastAPI:
    """The application with all routes; the caller may mount a page beside them."""
    app = FastAPIOffline(
        title="mockround",
        version=service.versions["mockround"],
        description="A self-hosted mock interviewer. Errors are RFC 9457 problem documents.",
        docs_url="/docs",
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    app.include_router(_sessions(service), prefix="/api/v1")
    app.include_router(_bank(service), prefix="/api/v1")
    _observe(app, service)
    _handle_errors(app)
    return app


def _sessions(service: InterviewService) -> APIRouter:
    router = APIRouter(tags=["sessions"])

    @router.post("/sessions", status_code=201)
    async def create_session(body: SessionIn, idempotency_key: IdempotencyKey = None) -> dict[str, Any]:
        """Start a round. The greeting and the first question are in the answer."""
        view = await service.start(
            StartRequest(**body.model_dump()), LOCAL_OWNER, client_event_id=idempotency_key
        )
        return await _last_view(service.proceed(view.id))

    @router.get("/sessions")
    async def list_sessions() -> dict[str, Any]:
        """Stored sessions, latest first."""
        return {"sessions": [asdict(item) for item in await service.sessions(LOCAL_OWNER)]}

    @router.get("/sessions/{session_id}")
    async def get_session(session_id: str) -> dict[str, Any]:
        """A session with its transcript; work that was interrupted is taken up again."""
        await service.view(session_id, LOCAL_OWNER)
        return await _last_view(service.proceed(session_id))

    @router.delete("/sessions/{session_id}", status_code=204)
    async def delete_session(session_id: str) -> None:
        """Delete a session for good."""
        await service.view(session_id, LOCAL_OWNER)
        await service.delete(session_id)

    @router.post("/sessions/{session_id}/messages", response_model=None)
    async def send_message(
        session_id: str, body: MessageIn, request: Request, idempotency_key: IdempotencyKey = None
    ) -> Response | dict[str, Any]:
        """Say something. JSON when all is said, or server-sent events (`working`, `delta`, `spoken`, `judged`, `settled`)."""
        await service.view(session_id, LOCAL_OWNER)
        updates = await service.send(session_id, body.text, idempotency_key, body.turn)
        if "text/event-stream" in request.headers.get("accept", ""):
            return StreamingResponse(_events(updates), media_type="text/event-stream")
        return await _last_view(updates)

    @router.post("/sessions/{session_id}/actions/{action}", response_model=None)
    async def act(
        session_id: str,
        action: str,
        request: Request,
        body: Annotated[ActionIn | None, Body()] = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response | dict[str, Any]:
        """Press a button: hint, skip, clarify, repeat, pause, resume, retry, end."""
        await service.view(session_id, LOCAL_OWNER)
        given = body or ActionIn()
        updates = await service.act(session_id, action, given.text, idempotency_key, given.turn)
        if "text/event-stream" in request.headers.get("accept", ""):
            return StreamingResponse(_events(updates), media_type="text/event-stream")
        return await _last_view(updates)

    @router.get("/sessions/{session_id}/report", response_model=None)
    async def get_report(
        session_id: str, format: Annotated[str, Query(pattern="^(json|md|pdf)$")] = "json"
    ) -> Response | dict[str, Any]:
        """The report as it stands, as JSON, Markdown or PDF."""
        await service.view(session_id, LOCAL_OWNER)
        report = await service.report(session_id)
        if format == "json":
            return asdict(report)
        content, media_type = render_report(report, format)
        name = f'attachment; filename="mockround-{session_id}.{format}"'
        return Response(content, media_type=media_type, headers={"Content-Disposition": name})

    return router


def _bank(service: InterviewService) -> APIRouter:
    router = APIRouter(tags=["bank"])

    @router.post("/assess")
    async def assess(row: Annotated[dict[str, Any], Body()]) -> dict[str, Any]:
        """Score one answer; the row and the result are those of bulk scoring."""
        return await service.library.assess(row)

    @router.post("/followups")
    async def followups(body: FollowUpsIn) -> dict[str, Any]:
        """Follow-ups to an answer, with target, grounds and origin."""
        return asdict(await service.library.follow_ups(body.question, body.answer, body.n, body.level))

    @router.get("/search")
    async def search(q: str, k: int = 10, kind: str = "") -> dict[str, Any]:
        """Search guide, notes, questions and rubrics."""
        return asdict(await service.library.search(q, k, kind.split(",")))

    @router.get("/questions")
    async def questions(
        category: str | None = None, level: str | None = None, round: str | None = None
    ) -> dict[str, Any]:
        """The bank without spoilers."""
        return {"questions": [asdict(card) for card in service.library.questions(category, level, round)]}

    @router.get("/questions/{question_id}")
    async def question(question_id: str) -> dict[str, Any]:
        """One question without spoilers."""
        return asdict(service.library.question(question_id))

    return router


def _observe(app: FastAPI, service: InterviewService) -> None:
    registry = CollectorRegistry()
    requests = Counter("mockround_requests", "HTTP requests", ["route", "status"], registry=registry)
    seconds = Histogram(
        "mockround_request_seconds", "Time to answer an HTTP request", ["route"], registry=registry
    )

    @app.middleware("http")
    async def measure(request: Request, call_next: Any) -> Response:
        length = request.headers.get("content-length", "")
        if request.url.path.startswith("/api/") and length.isdigit() and int(length) > MAX_BODY_BYTES:
            return _problem(413, "Too large", f"A request has at most {MAX_BODY_BYTES:,} bytes.")
        label = "other"
        with seconds.labels("all").time():
            response: Response = await call_next(request)
        route = request.scope.get("route")
        label = getattr(route, "path", label) if request.url.path.startswith("/api/") else label
        requests.labels(label, str(response.status_code)).inc()
        return response

    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz", include_in_schema=False)
    async def readyz() -> Response:
        try:
            await service.check()
        except StoreError as error:
            return JSONResponse({"status": "unavailable", "reason": str(error)}, 503)
        return JSONResponse({"status": "ready", "model": service.model_status.sentence})

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def _handle_errors(app: FastAPI) -> None:
    async def known(_request: Request, error: Exception) -> Response:
        for kind, status, title in _STATUS:
            if isinstance(error, kind):
                return _problem(status, title, str(error))
        raise error

    app.add_exception_handler(MockroundError, known)
    app.add_exception_handler(ModelError, known)

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"] if part != "body")
        return _problem(422, "Bad input", f"{where or 'The request'}: {first['msg']}.")

    @app.exception_handler(HTTPException)
    async def http_error(_request: Request, error: HTTPException) -> Response:
        return _problem(error.status_code, str(error.detail), str(error.detail))


def _problem(status: int, title: str, detail: str) -> JSONResponse:
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return JSONResponse(body, status, media_type="application/problem+json")


async def _last_view(updates: AsyncIterator[Update]) -> dict[str, Any]:
    view: dict[str, Any] = {}
    async for update in updates:
        if isinstance(update, Settled):
            view = asdict(update.view)
    return view


async def _events(updates: AsyncIterator[Update]) -> AsyncIterator[bytes]:
    try:
        async for update in updates:
            data = json.dumps(asdict(update), ensure_ascii=False)
            yield format_sse_event(event=type(update).__name__.lower(), data_str=data)
    except (MockroundError, ModelError) as error:
        yield format_sse_event(event="error", data_str=json.dumps({"detail": str(error)}, ensure_ascii=False))
