"""What requests to the HTTP API have in common."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header
from pydantic import BaseModel, ConfigDict

from interviewer.service import MAX_KEY_CHARS

# At module level wherever it is used: FastAPI resolves the names in annotations there.
IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", max_length=MAX_KEY_CHARS)]


class RequestBody(BaseModel):
    """A JSON body in which an unknown key is a mistake."""

    model_config = ConfigDict(extra="forbid")
