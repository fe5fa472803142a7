"""Every exception class of the client and its HTTP library becomes one of ours."""

import inspect
import json

import httpx2
import openai
import pydantic
import pytest

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
from interviewer.llm.translate import FOREIGN, is_worth_retrying, retry_after_s, translate, translated

WHERE = "http://127.0.0.1:8000/v1"
KEY = "abracadabra-secret"
REQUEST = httpx2.Request("POST", f"{WHERE}/chat/completions")


def classes_of(module: object) -> list[type[Exception]]:
    found = [
        item
        for _, item in inspect.getmembers(module, inspect.isclass)
        if issubclass(item, Exception) and not issubclass(item, Warning)
    ]
    assert len(found) > 10
    return found


def below(kind: type[Exception]) -> set[type[Exception]]:
    return {kind}.union(*(below(child) for child in kind.__subclasses__()))


ALL = {*classes_of(openai), *classes_of(httpx2), *below(openai.OpenAIError), *below(httpx2.HTTPError)}


def response(status: int, body: object = None) -> httpx2.Response:
    return httpx2.Response(status, json=body or {"error": {"message": "no"}}, request=REQUEST)


def make(kind: type[Exception]) -> Exception:
    if issubclass(kind, openai.APIStatusError) and kind is not openai.OAuthError:
        status = getattr(kind, "status_code", None)
        return kind("no", response=response(status if isinstance(status, int) else 500), body=None)  # type: ignore[call-arg]
    if kind is openai.OAuthError:
        return openai.OAuthError(response=response(401), body=None)
    if issubclass(kind, openai.APITimeoutError):
        return kind(REQUEST)  # type: ignore[arg-type]
    if issubclass(kind, openai.APIConnectionError):
        return kind(request=REQUEST)  # type: ignore[call-arg]
    if issubclass(kind, openai.APIResponseValidationError):
        return kind(response(200), body=None)  # type: ignore[call-arg]
    if kind is openai.APIError:
        return openai.APIError("no", REQUEST, body=None)
    if issubclass(kind, httpx2.HTTPStatusError):
        return kind("no", request=REQUEST, response=response(500))  # type: ignore[call-arg]
    bare = kind.__new__(kind)
    Exception.__init__(bare, "no")
    return bare


@pytest.mark.parametrize("kind", sorted(ALL, key=lambda kind: kind.__name__), ids=lambda kind: kind.__name__)
def test_every_exception_class_is_caught_and_translated(kind: type[Exception]) -> None:
    assert issubclass(kind, FOREIGN), f"{kind} would pass through untranslated"
    error = translate(make(kind), WHERE)
    assert isinstance(error, ModelError)
    assert WHERE in str(error)
    assert str(error).endswith(".")


@pytest.mark.parametrize(
    ("error", "ours"),
    [
        (openai.APIConnectionError(request=REQUEST), ModelUnavailable),
        (openai.APITimeoutError(REQUEST), ModelTimedOut),
        (openai.APIError("the engine died", REQUEST, body=None), ModelUnavailable),
        (openai.RateLimitError("no", response=response(429), body=None), ModelUnavailable),
        (openai.InternalServerError("no", response=response(503), body=None), ModelUnavailable),
        (openai.APIStatusError("no", response=response(408), body=None), ModelUnavailable),
        (openai.BadRequestError("no", response=response(400), body=None), ModelRejected),
        (openai.AuthenticationError("no", response=response(401), body=None), ModelRejected),
        (openai.NotFoundError("no", response=response(404), body=None), ModelNotFound),
        (openai.APIStatusError("no", response=response(302), body=None), ModelRejected),
        (openai.APIResponseValidationError(response(200), body=None), ModelGarbled),
        (json.JSONDecodeError("no", "<html>", 0), ModelGarbled),
        (httpx2.ReadError("gone"), ModelUnavailable),
        (httpx2.RemoteProtocolError("gone"), ModelUnavailable),
        (httpx2.ConnectTimeout("slow"), ModelTimedOut),
        (httpx2.UnsupportedProtocol("ftp"), ModelMisconfigured),
        (httpx2.InvalidURL("what"), ModelMisconfigured),
        (httpx2.DecodingError("gzip"), ModelGarbled),
        (TimeoutError(), ModelTimedOut),
        (ConnectionResetError(), ModelUnavailable),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value.__name__,
)
def test_whose_fault_it_is(error: Exception, ours: type[ModelError]) -> None:
    assert type(translate(error, WHERE)) is ours


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (
            400,
            {"message": "This model's maximum context length is 4096 tokens. However, you requested 5000."},
        ),
        (400, {"message": "The decoder prompt (length 9) is longer than the maximum model length of 8."}),
        (400, {"message": "the request exceeds the available context size, try increasing it"}),
        (400, {"message": "Please shorten it.", "code": "context_length_exceeded"}),
        (413, {"message": "the prompt is too long"}),
        (422, {"message": "`inputs` tokens + `max_new_tokens` must be <= 2048"}),
    ],
)
def test_a_request_that_is_longer_than_the_model_reads_is_told_apart(
    status: int, error: dict[str, str]
) -> None:
    ours = translate(openai.APIStatusError(error["message"], response=response(status), body=error), WHERE)
    assert type(ours) is ContextTooLong
    assert "longer than the model" in str(ours)


@pytest.mark.parametrize("status", [401, 404, 500])
def test_only_a_refused_request_can_be_too_long(status: int) -> None:
    error = openai.APIStatusError("context length", response=response(status), body=None)
    assert type(translate(error, WHERE)) is not ContextTooLong


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("17", 17.0),
        ("0", 0.0),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0.0),
        ("Sun, 06 Nov 99999999999 08:49:37 GMT", None),
        ("soon", None),
        ("", None),
    ],
)
def test_how_long_a_server_asks_to_be_left_alone(header: str, seconds: float | None) -> None:
    answer = httpx2.Response(429, headers={"Retry-After": header}, request=REQUEST)
    error = openai.RateLimitError("no", response=answer, body=None)
    assert retry_after_s(error) == seconds
    ours = translate(error, WHERE)
    assert isinstance(ours, ModelUnavailable)
    assert ours.retry_after_s == seconds


def test_the_cause_is_kept_and_the_key_is_not() -> None:
    body = {"message": f"Incorrect key {KEY} given;\n sk-abcdefgh12345678 too", "type": "x"}
    error = openai.BadRequestError("no", response=response(400), body=body)
    with pytest.raises(ModelRejected) as caught, translated(WHERE, KEY):
        raise error
    assert caught.value.__cause__ is error
    assert KEY not in str(caught.value)
    assert "abcdefgh" not in str(caught.value)
    assert "Incorrect key" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_validation_error_is_a_garbled_reply() -> None:
    class Shape(pydantic.BaseModel):
        size: int

    with pytest.raises(ModelGarbled), translated(WHERE):
        Shape.model_validate_json(b"<html>")


def test_our_own_errors_and_bugs_pass_unchanged() -> None:
    with pytest.raises(ZeroDivisionError), translated(WHERE):
        _ = 1 / 0
    with pytest.raises(ModelGarbled, match="mine"), translated(WHERE):
        raise ModelGarbled("mine")


@pytest.mark.parametrize(
    ("error", "worth"),
    [
        (openai.APIConnectionError(request=REQUEST), True),
        (openai.RateLimitError("no", response=response(429), body=None), True),
        (openai.InternalServerError("no", response=response(502), body=None), True),
        (httpx2.ConnectError("refused"), True),
        (httpx2.HTTPStatusError("no", request=REQUEST, response=response(503)), True),
        (httpx2.HTTPStatusError("no", request=REQUEST, response=response(404)), False),
        (httpx2.ReadTimeout("slow"), False),
        (openai.APITimeoutError(REQUEST), False),
        (openai.BadRequestError("no", response=response(400), body=None), False),
        (openai.AuthenticationError("no", response=response(401), body=None), False),
        (TimeoutError(), False),
        (ModelGarbled("no"), False),
    ],
)
def test_what_is_tried_again(error: Exception, worth: bool) -> None:
    assert is_worth_retrying(error) is worth
