"""The one place where errors of the openai client and its HTTP library become ours.

| theirs                                                            | ours             |
|-------------------------------------------------------------------|------------------|
| no connection, 408, 425, 429, 5xx, a stream that breaks           | ModelUnavailable |
| timed out                                                         | ModelTimedOut    |
| 400, 413 or 422 that speaks of the context's length               | ContextTooLong   |
| 404: the model's name or the path                                 | ModelNotFound    |
| any other status: the request or the key                          | ModelRejected    |
| a reply that is not what the protocol promises                    | ModelGarbled     |
| an address that cannot be used                                    | ModelMisconfigured|
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx2
import openai
import pydantic

from interviewer.llm.errors import (
    ContextTooLong,
    ModelError,
    ModelGarbled,
    ModelMisconfigured,
    ModelNotFound,
    ModelRejected,
    ModelTimedOut,
    ModelUnavailable,
)

# Everything that the client may raise on its own account. InvalidWebhookSignatureError and the websocket's errors
# belong to parts of it that we never call; they are here so that nothing can slip through.
FOREIGN = (
    openai.OpenAIError,
    openai.InvalidWebhookSignatureError,
    httpx2.HTTPError,
    httpx2.InvalidURL,
    httpx2.CookieConflict,
    httpx2.StreamError,
    pydantic.ValidationError,
    json.JSONDecodeError,
    UnicodeError,
    TimeoutError,
    OSError,
)

_NOT_THE_PROTOCOL = (
    openai.APIResponseValidationError,
    openai.LengthFinishReasonError,
    openai.ContentFilterFinishReasonError,
    httpx2.DecodingError,
    pydantic.ValidationError,
    json.JSONDecodeError,
    UnicodeError,
)
_TRY_AGAIN = frozenset({408, 425, 429})
_SHOWN_CHARS = 200

# vLLM: "maximum context length is 4096 tokens", "longer than the maximum model length"; llama.cpp: "exceeds the
# available context size"; OpenAI: code `context_length_exceeded`; TGI: "`inputs` tokens + `max_new_tokens`".
_TOO_LONG = re.compile(
    r"context|too long|maximum.{0,20}length|max_model_len|tokens? in the messages|max_new_tokens", re.I
)


@contextmanager
def translated(where: str, secret: str | None = None) -> Iterator[None]:
    """Errors of the client inside become ours, with the original as their cause; `secret` is struck from the text."""
    try:
        yield
    except FOREIGN as error:
        raise translate(error, where, secret) from error


def translate(error: BaseException, where: str, secret: str | None = None) -> ModelError:
    """What an error of the client means to a user of ours, in one sentence."""
    if isinstance(error, openai.APIStatusError):
        said = _said(error.body, error.message, secret)
        if is_too_long(error):
            return ContextTooLong(f"The request is longer than the model at {where} reads at once{said}.")
        return _of_status(error.status_code, said, where, retry_after_s(error))
    if isinstance(error, httpx2.HTTPStatusError):
        return _of_status(error.response.status_code, "", where, retry_after_s(error))
    if isinstance(error, (openai.APITimeoutError, httpx2.TimeoutException, TimeoutError)):
        return ModelTimedOut(f"The model server at {where} did not answer in time; try again later.")
    if isinstance(error, (httpx2.UnsupportedProtocol, httpx2.InvalidURL)):
        return ModelMisconfigured(
            f"The address {where} cannot be used; it looks like http://127.0.0.1:8000/v1."
        )
    if isinstance(error, _NOT_THE_PROTOCOL):
        return ModelGarbled(f"The reply from {where} is not what an OpenAI-compatible server sends.")
    if isinstance(error, (openai.APIConnectionError, httpx2.TransportError, OSError)):
        return ModelUnavailable(
            f"The model server at {where} cannot be reached; check that it runs and that the address is right."
        )
    if isinstance(error, openai.APIError):
        said = _said(error.body, error.message, secret)
        return ModelUnavailable(f"The model server at {where} broke off with an error{said}.")
    if isinstance(error, (httpx2.StreamError, openai.WebSocketConnectionClosedError)):
        return ModelUnavailable(f"The connection to the model server at {where} broke off.")
    return ModelRejected(f"The request to the model server at {where} failed ({type(error).__name__}).")


def _of_status(status: int, said: str, where: str, wished_s: float | None) -> ModelError:
    if status in _TRY_AGAIN or status >= 500:
        reason = "is busy" if status == 429 else "has trouble"
        return ModelUnavailable(
            f"The model server at {where} {reason} (HTTP {status}){said}; try again later.", wished_s
        )
    if status in (401, 403):
        return ModelRejected(f"The model server at {where} wants another key (HTTP {status}).")
    if status == 404:
        return ModelNotFound(
            f"The model server at {where} knows no such model or path (HTTP 404){said}; check address and model name."
        )
    if 300 <= status < 400:
        return ModelRejected(
            f"The address {where} redirects elsewhere (HTTP {status}); give the final address."
        )
    return ModelRejected(f"The model server at {where} refused the request (HTTP {status}){said}.")


def _said(body: object, message: str, secret: str | None) -> str:
    """What the server said, short, on one line and without the key, to be put behind a sentence."""
    text = body.get("message") if isinstance(body, dict) else None
    words = text if isinstance(text, str) else message
    if secret:
        words = words.replace(secret, "…")
    # Some servers repeat a key in part.
    words = re.sub(r"\b(?:sk|hf|gsk|key)-?[A-Za-z0-9_\-*]{8,}", "…", words)
    words = re.sub(r"[\s\x00-\x1f\x7f]+", " ", words).strip(" .")
    if len(words) > _SHOWN_CHARS:
        words = words[:_SHOWN_CHARS].rstrip() + "…"
    return f": {words}" if words else ""


def is_worth_retrying(error: BaseException) -> bool:
    """Whether the same request may well succeed in a moment: refused connections, 429 and 5xx, but no timeout."""
    if isinstance(error, (openai.APITimeoutError, httpx2.TimeoutException)):
        return False
    if isinstance(error, openai.APIStatusError):
        return error.status_code in _TRY_AGAIN or error.status_code >= 500
    if isinstance(error, httpx2.HTTPStatusError):
        return error.response.status_code in _TRY_AGAIN or error.response.status_code >= 500
    return isinstance(error, (openai.APIConnectionError, httpx2.TransportError))


def is_too_long(error: BaseException) -> bool:
    """Whether a server refuses a request because it does not fit the model's context."""
    if not isinstance(error, openai.APIStatusError) or error.status_code not in (400, 413, 422):
        return False
    return bool(_TOO_LONG.search(f"{error} {error.code or ''}"))


def retry_after_s(error: BaseException) -> float | None:
    """How long a server asks to be left alone (RFC 9110, section 10.2.3), in seconds from now; None if it does not say."""
    if not isinstance(error, (openai.APIStatusError, httpx2.HTTPStatusError)):
        return None
    given = error.response.headers.get("retry-after", "").strip()
    if given.isdecimal():
        return float(given)
    try:
        until = parsedate_to_datetime(given)
    except (ValueError, OverflowError):
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())
