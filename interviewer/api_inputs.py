"""What requests to the HTTP API have in common."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Request
from pydantic import BaseModel, ConfigDict

from interviewer.access.identity import identity_of
from interviewer.service import MAX_KEY_CHARS


def _owner(request: Request) -> str:
    return identity_of(request.scope).owner


# At module level wherever it is used: FastAPI resolves the names in annotations there.
IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", max_length=MAX_KEY_CHARS)]

# Whose the request is; a route without it has nothing of anybody's.
Owner = Annotated[str, Depends(_owner)]


class RequestBody(BaseModel):
    """A JSON body in which an unknown key is a mistake."""

    model_config = ConfigDict(extra="forbid")
