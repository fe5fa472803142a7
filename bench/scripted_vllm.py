"""A server that speaks vLLM's protocol with the delays of one that is busy, for load on everything but the model.

Run by bench/serving.py in a process of its own: python bench/scripted_vllm.py PORT

The first token takes 150 ms on average, every further one 15 ms, a choice 60 ms, each with a quarter of jitter: what
a server on one GPU shows an interview at moderate load. No model runs; the text is always the same question.
"""

from __future__ import annotations

import asyncio
import json
import math
import random
import sys
from collections.abc import AsyncIterator
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

FIRST_TOKEN_S, NEXT_TOKEN_S, CHOICE_S, JITTER = 0.150, 0.015, 0.060, 0.25
MODEL = "scripted"
REPLY = "You mentioned the slowest rank: which counter would tell you first that it is the network and not the loader?"

_chance = random.Random(0)


def _about(seconds: float) -> float:
    return seconds * _chance.uniform(1 - JITTER, 1 + JITTER)


def _event(delta: dict[str, Any], finish: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    chunk = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": MODEL, "choices": [choice]}
    return f"data: {json.dumps(chunk)}\n\n"


async def _stream() -> AsyncIterator[str]:
    await asyncio.sleep(_about(FIRST_TOKEN_S))
    yield _event({"role": "assistant", "content": ""})
    for word in REPLY.split(" "):
        yield _event({"content": word if word == "You" else f" {word}"})
        await asyncio.sleep(_about(NEXT_TOKEN_S))
    yield _event({}, "stop")
    usage = {"prompt_tokens": 900, "completion_tokens": 22, "total_tokens": 922}
    yield f"data: {json.dumps({'id': '1', 'object': 'chat.completion.chunk', 'created': 0, 'model': MODEL, 'choices': [], 'usage': usage})}\n\n"
    yield "data: [DONE]\n\n"


async def chat(request: Request) -> Response:
    """A streamed question, or one token with its log-probabilities."""
    try:
        body = await request.json()
    except ClientDisconnect:  # who asked has gone, at the end of a run
        return Response(status_code=400)
    if body.get("stream"):
        return StreamingResponse(_stream(), media_type="text/event-stream")
    await asyncio.sleep(_about(CHOICE_S))
    # A digit where one is asked for, else a letter; a tenth of the probability falls outside.
    labels = "31240" if "single digit" in body["messages"][0]["content"] else "ABCDZ"
    shares = (0.5, 0.2, 0.1, 0.05, 0.05)
    likely = [
        {"token": label, "logprob": math.log(share), "bytes": None}
        for label, share in zip(labels, shares, strict=True)
    ]
    first = {**likely[0], "top_logprobs": likely}
    message = {"role": "assistant", "content": labels[0]}
    choice = {"index": 0, "message": message, "logprobs": {"content": [first]}, "finish_reason": "length"}
    usage = {"prompt_tokens": 600, "completion_tokens": 1, "total_tokens": 601}
    reply = {
        "id": "1",
        "object": "chat.completion",
        "created": 0,
        "model": MODEL,
        "choices": [choice],
        "usage": usage,
    }
    return JSONResponse(reply)


async def models(_request: Request) -> Response:
    """The one model."""
    return JSONResponse(
        {"object": "list", "data": [{"id": MODEL, "object": "model", "created": 0, "owned_by": "x"}]}
    )


async def tokenize(_request: Request) -> Response:
    """Every label is one token; the template opens no thinking."""
    return JSONResponse({"count": 1, "max_model_len": 16384, "tokens": [1], "token_strs": ["<|assistant|>"]})


def main() -> None:
    """Serve on the port that is given."""
    routes = [
        Route("/v1/chat/completions", chat, methods=["POST"]),
        Route("/v1/models", models),
        Route("/tokenize", tokenize, methods=["POST"]),
        Route("/health", lambda _request: Response()),
    ]
    uvicorn.run(Starlette(routes=routes), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")


if __name__ == "__main__":
    main()
