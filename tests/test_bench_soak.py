"""The candidates of bench/soak.py: a refusal is no error, and whoever is refused comes back."""

from __future__ import annotations

import asyncio
import random
import time

import httpx
import numpy as np
import pytest

from bench.soak import Sample, Watched, memory_slopes, rows_of
from bench.soak_people import Failed, HttpCandidate, Refused, Seen, expect_no_notice, take_part
from interviewer.capacity import Capacity
from interviewer.errors import TooMany
from ui.events import notice


class Somebody:
    """Meets, one after the other, what is given: None is a turn that works. Then the run is over."""

    kind, name = "page", "somebody"

    def __init__(self, *meets: Exception | None, start: Exception | None = None) -> None:
        self._meets = list(meets)
        self._start = start
        self.said: list[tuple[str, str]] = []

    async def begin(self) -> None:
        error, self._start = self._start, None
        if error is not None:
            raise error

    async def answer(self, text: str, key: str) -> float:
        self.said.append((text, key))
        if not self._meets:
            await asyncio.sleep(0.05)
            raise Refused(1000)  # it is over before that
        error = self._meets.pop(0)
        if error is not None:
            raise error
        return 0.25


async def soaked(person: Somebody) -> Seen:
    seen = Seen()
    await take_part(person, ["One. Two."], random.Random(0), seen, time.monotonic() + 60, 0.0)
    return seen


async def test_whoever_is_refused_sends_the_same_again() -> None:
    person = Somebody(Refused(0), Refused(0), None, None)
    seen = await soaked(person)
    assert (seen.turns["page"], seen.refused["page"], seen.errors) == (2, 3, {})
    assert len(set(person.said[:3])) == 1, "the same words under the same key"
    assert len(set(person.said)) == 3
    assert seen.queued_s["page"] == [0.25, 0.25]
    assert len(seen.waited_s["page"]) == 2


async def test_a_start_that_is_refused_is_tried_again() -> None:
    seen = await soaked(Somebody(None, start=Refused(0)))
    assert (seen.turns["page"], seen.refused["page"], seen.errors) == (1, 2, {})


async def test_what_fails_is_an_error_and_the_candidate_goes_on() -> None:
    seen = await soaked(Somebody(Failed("status_500", "broken"), httpx.ReadTimeout("late"), None))
    assert seen.errors == {"page.turn.status_500": ["broken"], "page.turn.ReadTimeout": ["late"]}
    rows = {row.metric: row.value for row in rows_of(seen, watched(), 0, 1, 4.0, 1.0)}
    assert (rows["errors"], rows["errors.page.turn.ReadTimeout"]) == (2, 1)
    assert seen.turns["page"] == 1


async def test_a_start_that_fails_is_an_error_and_nobody_answers() -> None:
    person = Somebody(start=Failed("no_session"))
    seen = await soaked(person)
    assert (seen.errors, person.said) == ({"page.start.no_session": [""]}, [])


async def over_http(status: int, text: str) -> float:
    def reply(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/sessions"):
            return httpx.Response(201, json={"id": "s1"})
        return httpx.Response(status, text=text, headers={"retry-after": "7"})

    async with httpx.AsyncClient(base_url="http://here", transport=httpx.MockTransport(reply)) as client:
        person = HttpCandidate(client, "somebody", "token")
        await person.begin()
        return await person.answer("Keys.", "k1")


async def test_over_http_a_turn_ends_when_it_is_settled() -> None:
    stream = 'event: working\ndata: {"what": "assessing"}\n\nevent: settled\ndata: {}\n\n'
    assert await over_http(200, stream) >= 0


@pytest.mark.parametrize(
    ("status", "text", "kind", "words"),
    [
        (500, "broken", "status_500", "broken"),
        (200, 'event: error\ndata: {"title": "Full"}\n\n', "error_in_reply", "Full"),
        (200, 'event: working\ndata: {"what": "assessing"}\n\n', "reply_not_settled", "ended with 'working'"),
    ],
)
async def test_over_http_anything_else_is_an_error(status: int, text: str, kind: str, words: str) -> None:
    with pytest.raises(Failed, match=words) as caught:
        await over_http(status, text)
    assert caught.value.kind == kind


async def test_over_http_a_refusal_says_when_to_come_back() -> None:
    with pytest.raises(Refused) as caught:
        await over_http(429, "busy")
    assert caught.value.again_s == 7


@pytest.mark.parametrize(("at_once", "per_owner"), [(1, 1), (2, 1)])
def test_on_the_page_a_refusal_is_known_by_its_sentence(at_once: int, per_owner: int) -> None:
    capacity = Capacity(at_once, per_owner)
    with capacity.held("somebody"), pytest.raises(TooMany) as caught:
        capacity.expect_room("somebody")
    with pytest.raises(Refused) as refused:
        expect_no_notice(notice(str(caught.value)))
    assert refused.value.again_s == caught.value.after_s
    with pytest.raises(Failed, match="disk is full"):
        expect_no_notice(notice("The disk is full."))
    expect_no_notice("")


def watched() -> Watched:
    """Four minutes: 100 MB more in the first two, then 2 MB a minute; a turn takes 10, 5 and 1 ms of processor time."""
    megabytes = (100, 150, 200, 202, 204)
    return Watched(
        [
            Sample(minute, size, (0.6 * minute, 0.3 * minute, 0.06 * minute), 60 * minute, 0.01)
            for minute, size in enumerate(megabytes)
        ]
    )


def test_the_slope_is_that_of_what_came_after_the_warm_up() -> None:
    assert [round(row.value or 0, 6) for row in memory_slopes(watched().after(2))] == [2.0, 2.0]
    whole, second = (row.value or 0 for row in memory_slopes(watched().after(0)))
    # By hand: between any two 2, 2, 2, 18, 26, 26, 34, 50, 50, 50, and 2 between any of the last three.
    assert (round(whole, 6), round(second, 6)) == (26.0, 2.0)


def test_a_single_jump_does_not_move_the_slope() -> None:
    minutes = np.arange(0, 5, 0.1)
    megabytes = 100 + 0.5 * minutes + 40 * (minutes > 4.5)
    samples = [Sample(minute, size, (0, 0, 0), 0, 0) for minute, size in zip(minutes, megabytes, strict=True)]
    (whole, _) = memory_slopes(samples)
    assert whole.value == pytest.approx(0.5, abs=0.05)
    assert memory_slopes(samples[:1])[0].value is None


def test_processor_time_is_told_apart_by_process() -> None:
    rows = {row.metric: row.value for row in rows_of(Seen(), watched(), 3, 1, 4.0, 1.0)}
    names = ("server", "model_server", "candidates")
    assert [round(rows[f"steady.{name}_cpu_per_turn"] or 0, 6) for name in names] == [10.0, 5.0, 1.0]
    assert rows["steady.turns_per_s"] == pytest.approx(1.0)
    assert (rows["memory.after_warm_up"], rows["memory.end"]) == (150, 204)
