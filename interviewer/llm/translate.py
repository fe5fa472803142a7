"""The one place where errors of the openai client and its HTTP library become ours.

| theirs                                                            | ours             |
|-------------------------------------------------------------------|------------------|
| no connection, timed out, 408, 425, 429, 5xx, a stream that breaks| ModelUnavailable |
| any other status: the request, the key or the model name          | ModelRejected    |
| a reply that is not what the protocol promises                    | ModelGarbled     |
| an address that cannot be used                                    | ModelMisconfigured|
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import openai
import pydantic

from interviewer.llm.errors import (
    ModelError,
    ModelGarbled,
    ModelMisconfigured,
    ModelRejected,
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
        return _of_status(error.status_code, _said(error.body, error.message, secret), where)
    if isinstance(error, httpx2.HTTPStatusError):
        return _of_status(error.response.status_code, "", where)
    if isinstance(error, (openai.APITimeoutError, httpx2.TimeoutException, TimeoutError)):
        return ModelUnavailable(f"The model server at {where} did not answer in time; try again later.")
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


def _of_status(status: int, said: str, where: str) -> ModelError:
    if status in _TRY_AGAIN or status >= 500:
        reason = "is busy" if status == 429 else "has trouble"
        return ModelUnavailable(
            f"The model server at {where} {reason} (HTTP {status}){said}; try again later."
        )
    if status in (401, 403):
        return ModelRejected(f"The model server at {where} wants another key (HTTP {status}).")
    if status == 404:
        return ModelRejected(
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
