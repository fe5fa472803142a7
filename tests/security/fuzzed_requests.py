"""Requests that no client would send, made from the OpenAPI document by schemathesis; the same ones every time.

Most of what it makes names nothing that is there, and is refused at the door. Two of three requests are therefore given
ids and words that are known, and gets further in.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

BASE = "http://127.0.0.1:7860"


@dataclass(frozen=True)
class Known:
    """What is there to be named: values of parameters, and for the path of an operation a body that it takes."""

    values: Mapping[str, Sequence[Any]]
    bodies: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Sent:
    """A request as bytes; `responses` is what the document declares for it."""

    operation: str
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    responses: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.url[:200]} {self.body[:200]!r}"


def fuzzed_requests(document: Mapping[str, Any], count: int, known: Known) -> list[Sent]:
    """About `count` requests, as many for every operation as for the others; what deletes comes last."""
    schema = schemathesis.openapi.from_dict(dict(document))
    operations = [found.ok() for found in schema.get_all_operations()]
    # What has no parameters can be asked in one way only, and leaves its share to the others.
    operations.sort(
        key=lambda operation: (operation.method == "delete", any(map(bool, operation.iter_parameters())))
    )
    dice = random.Random(0)
    sent: list[Sent] = []
    for place, operation in enumerate(operations):
        wanted = (count - len(sent)) // (len(operations) - place)
        right = _cases(operation, GenerationMode.POSITIVE, wanted - wanted // 2)
        wrong = _cases(operation, GenerationMode.NEGATIVE, wanted - len(right))
        if not wrong:
            right = _cases(operation, GenerationMode.POSITIVE, wanted)
        for number, case in enumerate(right + wrong):
            if number % 3:
                _give(case, known, dice)
            sent.append(_prepared(operation, case))
    return sent


def _cases(operation: Any, mode: GenerationMode, count: int) -> list[Any]:
    made: list[Any] = []

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def take(case: Any) -> None:
        made.append(case)

    try:
        take()
    except Unsatisfiable:
        return []
    return made[:count]


def _give(case: Any, known: Known, dice: random.Random) -> None:
    """Put what is known in place of what was made up; of a body, all but one key."""
    for part in (case.path_parameters, case.query):
        for name in part or {}:
            if name in known.values and dice.random() < 0.9:
                part[name] = dice.choice(known.values[name])
    body = known.bodies.get(case.operation.path)
    if body is not None and isinstance(case.body, dict):
        kept = dice.sample(sorted(case.body), min(1, len(case.body)))
        case.body = {**body, **{name: case.body[name] for name in kept}}


def _prepared(operation: Any, case: Any) -> Sent:
    prepared = requests.Request(**case.as_transport_kwargs(base_url=BASE)).prepare()
    body = prepared.body or b""
    return Sent(
        operation.label,
        prepared.method or "",
        prepared.url or "",
        dict(prepared.headers),
        body.encode() if isinstance(body, str) else body,
        operation.definition.raw["responses"],
    )
