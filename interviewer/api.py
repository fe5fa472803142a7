"""The HTTP API under /api/v1, health and metrics. Errors are RFC 9457 problem documents."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import AsyncIterator, Collection
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, FastAPI, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.sse import format_sse_event
from fastapi_offline import FastAPIOffline
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.routing import Match
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from interviewer.access.doors import AccountsDoor, OidcDoor, door_for
from interviewer.access.gate import Gate
from interviewer.access.identity import identity_of
from interviewer.access.oidc_sign_in import oidc_routes
from interviewer.access.sign_in import sign_in_routes
from interviewer.access.sign_ins import SignIns
from interviewer.api_inputs import IdempotencyKey, Owner, RequestBody
from interviewer.contests import Claim
from interviewer.errors import BadInput, StoreError
from interviewer.export import render_report
from interviewer.http_guard import SafeHeaders, refusal
from interviewer.logs import requests
from interviewer.loops_api import loop_routes
from interviewer.modes import Mode
from interviewer.paper_doors import PAPER_ACTIONS
from interviewer.preparation_api import preparation_routes
from interviewer.problems import (
    MAX_BODY_BYTES,
    MEDIA_TYPE,
    Problem,
    body_limit,
    describe,
    handle_errors,
    problem_response,
    too_large,
)
from interviewer.self_api import self_assessment_routes
from interviewer.service import InterviewService, StartRequest
from interviewer.session_file import MAX_FILE_BYTES
from interviewer.views import Update, settled

log = logging.getLogger(__name__)
# A program that sends a solution is answered by then, if only to say that others are in front of it.
RUN_TURN_S = 5.0

# The route reads the bytes itself, so that what is no session gets its own sentence.
_ANY_OBJECT = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
REST = "/api/{rest:path}"


class SessionIn(RequestBody):
    """How to start a round; what is left out takes the round's own figure.

    `question_ids` names what is asked, in order; a round is then not needed. `again` is an earlier session: its
    questions, or those of them that are named, are asked once more, and the report says what changed. `mode`: `practice`
    gives hints and can be paused; `study` reviews each question with a model answer once it is done, waits there for the
    action `resume`, and takes the time that it takes; `real` gives no hints, cannot be paused, and shows nothing of how it goes before it is over.
    """

    round: str | None = Field(None, examples=["ml-systems"])
    level: str = Field(examples=["IC3"])
    minutes: int | None = None
    questions: int | None = None
    background: str = ""
    seed: int | None = None
    follow_ups: int | None = Field(
        None,
        description="The most after a question: 3, or with `again` as many as the earlier session allowed.",
    )
    question_ids: tuple[str, ...] = ()
    again: str | None = None
    mode: Mode = Mode.PRACTICE


class MessageIn(RequestBody):
    """What the candidate says. `turn` is the open turn that was answered, to refuse a stale page."""

    text: str
    turn: int | None = None


class ActionIn(RequestBody):
    """For `clarify`, `text` is what is asked.

    `contest` names a `turn` of the report and one of its criteria, and the words that met it: quoted as `text`, or by
    `start` and `end`, their places in the answer (Unicode code points, from 0). In an online assessment, `go` turns to an
    `item` (from 1), `choose` takes its options by their letters in `text` (empty takes them back), and `submit` takes code
    as `text`; without `item` both are for the one that is looked at.
    """

    text: str = ""
    turn: int | None = None
    criterion: str | None = None
    start: int | None = None
    end: int | None = None
    item: int | None = None


class FollowUpsIn(RequestBody):
    """A bank id or a question's text, and the answer to follow up on."""

    question: str
    answer: str
    n: int = 3
    level: str = "IC3"


class CodeIn(RequestBody):
    """A solution: the text of a module that defines the problem's function."""

    code: str


class RunIn(CodeIn):
    """A solution. `examples_only` runs the visible cases alone."""

    examples_only: bool = False


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
    problems: dict[int | str, dict[str, Any]] = {
        status: {"description": "Problem", "content": {MEDIA_TYPE: {"schema": Problem.model_json_schema()}}}
        for status in ("422", "default")
    }
    door, sign_ins = door_for(service.settings), SignIns(service.store)
    if isinstance(door, AccountsDoor):
        app.include_router(sign_in_routes(door, sign_ins, service.audit))
    elif isinstance(door, OidcDoor):
        app.include_router(oidc_routes(door, sign_ins, service.audit))
    if service.settings.trusted_proxies:
        # Behind the gate, which has to see the peer itself.
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(service.settings.trusted_proxies))
    app.add_middleware(Gate, door=door, sign_ins=sign_ins, per_minute=service.settings.requests_per_minute)
    for router in (
        _who(),
        _sessions(service),
        self_assessment_routes(service),
        loop_routes(service),
        _bank(service),
        _problems(service),
        preparation_routes(service.preparation, service.loops),
    ):
        app.include_router(router, prefix="/api/v1", responses=problems)
    _observe(app, service)
    handle_errors(app)
    _refuse_the_rest(app)
    app.add_middleware(SafeHeaders)
    return app


def _who() -> APIRouter:
    router = APIRouter(tags=["accounts"])

    @router.get("/me")
    async def me(request: Request) -> dict[str, Any]:
        """Who asks: the name under which sessions are kept, and whether they may change what all share."""
        who = identity_of(request.scope)
        return {"owner": who.owner, "admin": who.admin}

    return router


def _sessions(service: InterviewService) -> APIRouter:
    router = APIRouter(tags=["sessions"], max_body_size=MAX_BODY_BYTES)

    @router.post("/sessions", status_code=201)
    async def create_session(
        owner: Owner, body: SessionIn, idempotency_key: IdempotencyKey = None
    ) -> dict[str, Any]:
        """Start a round. The greeting and the first question are in the answer."""
        view = await service.start(StartRequest(**body.model_dump()), owner, client_event_id=idempotency_key)
        return asdict(await settled(await service.proceed(view.id, owner)))

    @router.get("/sessions")
    async def list_sessions(owner: Owner, limit: int = 200, before: str | None = None) -> dict[str, Any]:
        """Stored sessions, latest first. `next`, if there are older ones, is the `before` that lists them."""
        return (await service.session_page(owner, limit, before)).to_json()

    @router.delete("/sessions")
    async def delete_all(
        owner: Owner,
        confirm: Annotated[Literal["everything"], Query(description="Says that it is meant.")],
    ) -> dict[str, int]:
        """Delete everything that is stored for good: sessions, loops, the date of the interview and the ratings."""
        return {"sessions": await service.delete_all(owner)}

    @router.get("/sessions/{session_id}")
    async def get_session(owner: Owner, session_id: str) -> dict[str, Any]:
        """A session with its transcript; work that was interrupted is taken up again."""
        return asdict(await settled(await service.proceed(session_id, owner)))

    @router.delete("/sessions/{session_id}", status_code=204)
    async def delete_session(owner: Owner, session_id: str) -> None:
        """Delete a session for good."""
        await service.delete(session_id, owner)

    @router.post("/sessions/{session_id}/messages", response_model=None)
    async def send_message(
        owner: Owner,
        session_id: str,
        body: MessageIn,
        request: Request,
        idempotency_key: IdempotencyKey = None,
    ) -> Response | dict[str, Any]:
        """Say something. JSON when all is said, or server-sent events (`working`, `delta`, `spoken`, `judged`, `settled`)."""
        updates = await service.send(session_id, owner, body.text, idempotency_key, body.turn)
        if "text/event-stream" in request.headers.get("accept", ""):
            return _event_stream(updates)
        return asdict(await settled(updates))

    @router.post("/sessions/{session_id}/actions/{action}", response_model=None)
    async def act(
        owner: Owner,
        session_id: str,
        action: str,
        request: Request,
        body: Annotated[ActionIn | None, Body()] = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response | dict[str, Any]:
        """Press a button: hint, skip, clarify, repeat, pause, resume, retry, contest, end; in a paper go, choose, submit."""
        given = body or ActionIn()
        if action == "contest":
            updates = await service.contest(session_id, owner, _claim(given), idempotency_key)
        elif action in PAPER_ACTIONS:
            updates = await service.papers.act(
                session_id, owner, action, given.text, given.item, idempotency_key
            )
        else:
            updates = await service.act(session_id, owner, action, given.text, idempotency_key, given.turn)
        if "text/event-stream" in request.headers.get("accept", ""):
            return _event_stream(updates)
        return asdict(await settled(updates))

    @router.get("/sessions/{session_id}/report", response_model=None)
    async def get_report(
        owner: Owner, session_id: str, format: Annotated[str, Query(pattern="^(json|md|pdf)$")] = "json"
    ) -> Response | dict[str, Any]:
        """The report as it stands, as JSON, Markdown or PDF."""
        report = await service.report(session_id, owner)
        if format == "json":
            return asdict(report)
        content, media_type = render_report(report, format)
        name = f'attachment; filename="mockround-{session_id}.{format}"'
        return Response(content, media_type=media_type, headers={"Content-Disposition": name})

    @router.get("/sessions/{session_id}/export", response_class=Response)
    async def export_session(owner: Owner, session_id: str) -> Response:
        """The session as a file for another mockround, with everything that is stored of it, a résumé included."""
        content = await service.exchange.export(session_id, owner)
        name = f'attachment; filename="mockround-session-{session_id}.json"'
        return Response(content, media_type="application/json", headers={"Content-Disposition": name})

    @router.post("/sessions/import", status_code=201, openapi_extra=_ANY_OBJECT, max_body_size=MAX_FILE_BYTES)
    async def import_session(owner: Owner, request: Request) -> dict[str, Any]:
        """Take in an exported session (the file as the body). One that is stored already is left as it is: 409."""
        view = await service.exchange.take_in(await request.body(), owner)
        return asdict(view)

    return router


def _claim(given: ActionIn) -> Claim:
    if given.turn is None or not given.criterion:
        raise BadInput("A contest names the turn of the report, from 0, and the criterion.")
    return Claim(given.turn, given.criterion, given.start, given.end, given.text)


def _bank(service: InterviewService) -> APIRouter:
    router = APIRouter(tags=["bank"], max_body_size=MAX_BODY_BYTES)

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
        category: str | None = None,
        level: str | None = None,
        round: str | None = None,
        topic: str | None = None,
    ) -> dict[str, Any]:
        """The bank without spoilers."""
        found = service.library.questions(category, level, round, topic)
        return {"questions": [asdict(card) for card in found]}

    @router.get("/questions/{question_id}")
    async def question(question_id: str) -> dict[str, Any]:
        """One question without spoilers."""
        return asdict(service.library.question(question_id))

    @router.get("/guide")
    async def guide(q: str) -> dict[str, Any]:
        """Ask the role guide: its passages, and a connected model's sentences, each with the passage it rests on."""
        return asdict(await service.library.ask_guide(q))

    return router


def _problems(service: InterviewService) -> APIRouter:
    router = APIRouter(tags=["coding problems"], max_body_size=MAX_BODY_BYTES)

    @router.get("/problems")
    async def problems() -> dict[str, Any]:
        """The coding problems of the pack."""
        return {"problems": [asdict(card) for card in service.code.problems()]}

    @router.get("/problems/{problem_id}")
    async def problem(problem_id: str) -> dict[str, Any]:
        """One problem with statement, signature, starter and examples; hidden tests and solutions are not told."""
        return asdict(await service.code.problem(problem_id))

    @router.post("/problems/{problem_id}/run")
    async def run(problem_id: str, body: RunIn) -> dict[str, Any]:
        """Run a solution on the problem's cases. 503 where code is not run, and its sentence says how to turn that on, or
        where its turn does not come within seconds.
        """
        return asdict(await service.code.run(problem_id, body.code, body.examples_only, RUN_TURN_S))

    @router.post("/problems/{problem_id}/growth")
    async def growth(problem_id: str, body: CodeIn) -> dict[str, Any]:
        """Measure how a solution's time grows with the size of its input; takes seconds."""
        return asdict(await service.code.growth(problem_id, body.code, RUN_TURN_S))

    return router


def _observe(app: FastAPI, service: InterviewService) -> None:
    @app.middleware("http")
    async def measure(request: Request, call_next: Any) -> Response:
        began = time.perf_counter()
        status = 500
        try:
            refused = _refused(request, service.settings.allowed_hosts)
            response: Response = await call_next(request) if refused is None else refused
            status = response.status_code
            return response
        finally:
            took_s = time.perf_counter() - began
            route = _route_label(request)
            service.metrics.count_request(route, status, took_s)
            requests.info(
                "%s %s %d",
                request.method,
                route,
                status,
                extra={
                    "method": request.method,
                    "route": route,
                    "status": status,
                    "ms": round(1000 * took_s, 1),
                },
            )

    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz", include_in_schema=False)
    async def readyz() -> Response:
        try:
            await service.check()
        except StoreError as error:
            return JSONResponse({"status": "unavailable", "reason": str(error)}, 503)
        return JSONResponse({"status": "ready", "model": service.model.status.sentence})

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(service.metrics.render(), media_type=CONTENT_TYPE_LATEST)


def _refused(request: Request, allowed_hosts: Collection[str]) -> Response | None:
    """The answer to a request that must not reach a route."""
    path = request.url.path
    reason = refusal(request.method, path, request.headers, allowed_hosts)
    if reason is not None:
        return problem_response(403, "Refused", reason)
    length = request.headers.get("content-length", "")
    # The routers count what arrives; a length that is announced is refused before anything is sent.
    if path.startswith("/api/") and length.isdecimal() and int(length) > body_limit(path):
        return problem_response(413, "Too large", too_large(path))
    return None


def _route_label(request: Request) -> str:
    """A route's template, so that ids and unknown paths do not each make a series of their own."""
    path = request.url.path
    if not path.startswith("/api/v1/"):
        return path if path in ("/", "/docs", "/healthz", "/readyz", "/metrics") else "other"
    template = getattr(request.scope.get("route"), "path", "other")
    return "other" if template in ("other", REST) else f"/api/v1{template.removeprefix('/api/v1')}"


def _refuse_the_rest(app: FastAPI) -> None:
    """Answer for what lies under /api without being there: the page is mounted at `/` and would take it otherwise."""
    known = tuple(app.router.routes)

    @app.api_route(REST, methods=list(METHODS), include_in_schema=False)
    async def rest(request: Request) -> Response:
        allowed = [
            method
            for method in METHODS
            if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in known)
        ]
        if not allowed:
            raise HTTPException(404)
        raise HTTPException(405, headers={"Allow": ", ".join(allowed)})


def _event_stream(updates: AsyncIterator[Update]) -> StreamingResponse:
    # nginx holds a response back until it is whole unless it is told not to.
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_events(updates), media_type="text/event-stream", headers=headers)


async def _events(updates: AsyncIterator[Update]) -> AsyncIterator[bytes]:
    try:
        async for update in updates:
            data = json.dumps(asdict(update), ensure_ascii=False)
            yield format_sse_event(event=type(update).__name__.lower(), data_str=data)
    except Exception as error:
        # The answer has begun: an event is the only way left to say it.
        status, title, detail = describe(error)
        if status == 500:
            log.exception("a stream of updates broke off")
        problem = Problem(title=title, status=status, detail=detail)
        yield format_sse_event(event="error", data_str=problem.model_dump_json())
