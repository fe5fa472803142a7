"""Errors as RFC 9457 problem documents: which status each has, and the handlers that write them."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from interviewer.errors import (
    BadInput,
    MockroundError,
    NotAllowed,
    NotSignedIn,
    NotYet,
    ProblemBroken,
    ProviderDown,
    RunnerBusy,
    RunningOff,
    SandboxBroken,
    StoreConflict,
    StoreError,
    StoreFull,
    TooMany,
    UnknownThing,
    WrongMoment,
)
from interviewer.llm.errors import ModelError
from interviewer.session_file import MAX_FILE_BYTES
from retrieval import RetrievalError

MEDIA_TYPE = "application/problem+json"
MAX_BODY_BYTES = 1_000_000
# The one route that takes a file; whatever else is sent is what somebody typed.
IMPORT_PATH = "/api/v1/sessions/import"

_STATUS: tuple[tuple[type[Exception], int, str], ...] = (
    (UnknownThing, 404, "Not found"),
    (BadInput, 422, "Bad input"),
    (WrongMoment, 409, "Not now"),
    (StoreConflict, 409, "Changed elsewhere"),
    (StoreFull, 507, "Storage is full"),
    (StoreError, 503, "Storage is unavailable"),
    (ModelError, 503, "Language model is unavailable"),
    (RetrievalError, 503, "Search is unavailable"),
    (NotSignedIn, 401, "Sign in first"),
    (ProviderDown, 503, "The provider is unavailable"),
    (NotAllowed, 403, "Not allowed"),
    (TooMany, 429, "Too many requests"),
    (NotYet, 501, "Not in this release"),
    (RunningOff, 503, "Running code is off"),
    (RunnerBusy, 503, "Too many runs"),
    (ProblemBroken, 500, "The problem is broken"),
    (SandboxBroken, 503, "The sandbox failed"),
    (MockroundError, 500, "It could not be done"),
)


class Problem(BaseModel):
    """An error after RFC 9457; `detail` is a sentence for a person."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str


def body_limit(path: str) -> int:
    """The most bytes that a request to the path may have."""
    return MAX_FILE_BYTES if path == IMPORT_PATH else MAX_BODY_BYTES


def too_large(path: str) -> str:
    """What is said of a request with more bytes than that."""
    limit = f"{body_limit(path):,} bytes"
    if path == IMPORT_PATH:
        return f"A session's file has at most {limit}."
    return f"A request has at most {limit}; bulk scoring takes larger ones as files."


def handle_errors(app: FastAPI) -> None:
    """Make every error of the application a problem document."""

    async def known(_request: Request, error: Exception) -> Response:
        return answer_to(error)

    for kind in (MockroundError, ModelError, RetrievalError):
        app.add_exception_handler(kind, known)

    @app.exception_handler(Exception)
    async def unexpected(_request: Request, error: Exception) -> Response:
        return problem_response(*describe(error))

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            reason = first.get("ctx", {}).get("error", "it cannot be read")
            return problem_response(
                422, "Bad input", f"The body is not JSON: {reason} (character {first['loc'][-1]})."
            )
        if first["loc"] == ("body",):
            return problem_response(
                422, "Bad input", "The body is one JSON object, sent as application/json."
            )
        where = ".".join(str(part) for part in first["loc"] if part != "body")
        return problem_response(422, "Bad input", f"{where}: {first['msg']}.")

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> Response:
        title, detail = str(error.detail), str(error.detail)
        match error.status_code:
            case 400:
                title, detail = "Bad request", "The body cannot be read as JSON."
            case 404:
                title, detail = (
                    "Not found",
                    f"There is nothing at {request.url.path}; /docs lists what there is.",
                )
            case 405:
                allowed = (error.headers or {}).get("Allow", "")
                title, detail = (
                    "Method not allowed",
                    f"{request.url.path} takes {allowed or 'another method'}.",
                )
            case 413:
                title, detail = "Too large", too_large(request.url.path)
        return problem_response(error.status_code, title, detail, error.headers)


def describe(error: Exception) -> tuple[int, str, str]:
    """Status, title and sentence of an error."""
    for kind, status, title in _STATUS:
        if isinstance(error, kind):
            return status, title, str(error)
    return 500, "It could not be done", "Something went wrong on our side; the log of the server says what."


def answer_to(error: Exception) -> JSONResponse:
    """An error as an answer; where it says when to come again, so does the answer."""
    headers = {"Retry-After": str(error.after_s)} if isinstance(error, TooMany) else None
    return problem_response(*describe(error), headers)


def problem_response(
    status: int, title: str, detail: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """A problem document as an answer."""
    body = Problem(title=title, status=status, detail=detail).model_dump()
    return JSONResponse(body, status, headers, media_type=MEDIA_TYPE)
