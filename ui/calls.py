"""How a method becomes an endpoint of Gradio's: arguments are checked, errors are sentences, results are JSON."""

from __future__ import annotations

import inspect
import json
import logging
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

import gradio as gr
from pydantic import ValidationError, validate_call
from pydantic_core import to_jsonable_python

from interviewer.errors import BadInput
from interviewer.problems import MAX_BODY_BYTES, describe, too_large
from ui.gradio_door import MCP_PATH

log = logging.getLogger(__name__)

Verb = Callable[..., Awaitable[Any]]


class Refused(gr.Error):
    """An error whose text is the sentence itself, for programs of either kind."""

    def __init__(self, sentence: str) -> None:
        """The sentence is all there is to know: no traceback goes to the log."""
        super().__init__(sentence, print_exception=False)

    def __str__(self) -> str:
        """The sentence; Gradio would put it into quotation marks."""
        return str(self.message)


def as_endpoint(verb: Verb) -> Verb:
    """A verb as Gradio calls it: by position, unchecked, and with the request in front.

    Over MCP Gradio writes what it is given as Python does, so there the result is JSON text; texts stay as they are.
    """
    signature = inspect.signature(verb, eval_str=True)
    call = validate_call(verb)

    @wraps(verb)
    async def endpoint(request: gr.Request, *given: Any) -> Any:
        told = await _told(call, dict(zip(signature.parameters, given, strict=True)))
        is_text = isinstance(told, str) or MCP_PATH not in request.url.path
        return told if is_text else json.dumps(told, ensure_ascii=False)

    asked = inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=gr.Request)
    whole = signature.replace(parameters=(asked, *signature.parameters.values()))
    endpoint.__signature__ = whole  # type: ignore[attr-defined]
    endpoint.__annotations__ = {item.name: item.annotation for item in whole.parameters.values()}
    return endpoint


async def _told(call: Verb, given: dict[str, Any]) -> Any:
    """What comes of a call, as plain JSON. Raises Refused for everything that goes wrong."""
    try:
        if len(json.dumps(given, ensure_ascii=False).encode(errors="replace")) > MAX_BODY_BYTES:
            raise BadInput(too_large(""))
        return to_jsonable_python(await call(**given))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Refused(f"{where}: {first['msg']}.") from error
    except Exception as error:
        status, _, sentence = describe(error)
        if status == 500:
            log.exception("an endpoint failed")
        raise Refused(sentence) from error
