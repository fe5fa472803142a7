"""Submitted code and the interview: kept where the open question asks the problem, shown in the report, never scored."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from round_world import World

from interviewer.events import CodeSubmitted
from interviewer.export.markdown import report_markdown
from interviewer.export.pdf import report_pdf
from interviewer.sandbox.results import CaseResult, CodeResult
from interviewer.service import StartRequest
from interviewer.submissions import BESIDE_SCORE, submission_of, submission_sentence

PASSED = CaseResult("example-1", True, True, "passed", "", "1", "1", "1", "", 1.0, 1.0)
FAILED = replace(PASSED, name="edge-none", passed=False, outcome="wrong", message="It is wrong.")
CODE = "def top_gap(times):\n    return max(times)  # <b>*not*</b>\n"
RESULT = CodeResult("top_gap", False, (PASSED, FAILED), None)
KEPT = CodeSubmitted("top_gap", CODE, 1, 2, ("edge-none",))


@pytest.fixture
def asking(world: World) -> World:
    """A world in which the question on the KV cache asks the problem `top_gap`."""
    role = world.service.role
    questions = tuple(
        item.model_copy(update={"problem": "top_gap"}) if item.id == "kv-cache" else item
        for item in role.pack.questions
    )
    world.service.role = replace(role, pack=replace(role.pack, questions=questions))
    return world


async def open_on(world: World, question_id: str) -> Any:
    started = await world.service.start(StartRequest(None, "IC3", question_ids=(question_id,)))
    async for _ in world.service.proceed(started.id):
        pass
    return await world.service.view(started.id)


def test_a_submission_holds_what_its_result_says() -> None:
    assert submission_of(CODE, RESULT) == KEPT


@pytest.mark.parametrize(
    ("submission", "words"),
    [
        (CodeSubmitted("p", "", 3, 3), "Tests passed: 3 of 3."),
        (KEPT, "Tests passed: 1 of 2; not passed: edge-none."),
        (
            CodeSubmitted("p", "", 0, 8, tuple("abcdefgh")),
            "Tests passed: 0 of 8; not passed: a, b, c, d, e, f and 2 more.",
        ),
        (
            CodeSubmitted("p", "", error="SyntaxError (line 2)"),
            "Tests of the submitted code: none could be run (SyntaxError (line 2)).",
        ),
    ],
)
def test_the_tests_are_told_in_a_sentence(submission: CodeSubmitted, words: str) -> None:
    assert submission_sentence(submission) == words


async def test_it_is_kept_with_the_open_question_and_changes_no_score(asking: World) -> None:
    service = asking.service
    without = await open_on(asking, "kv-cache")
    view = await open_on(asking, "kv-cache")
    assert view.problem == "top_gap"
    assert await service.keep_submission(view.id, CODE, RESULT)
    reports = []
    for session_id in (without.id, view.id):
        await asking.say(session_id, "credit 0.6 The cache grows with every token.")
        reports.append(await service.report(session_id))
    plain, report = reports
    assert [turn.submission for turn in report.turns] == [KEPT]
    assert plain.turns[0].submission is None
    assert (plain.score, plain.band) == (report.score, report.band)

    text = report_markdown(report)
    assert "Tests passed: 1 of 2; not passed: edge-none." in text
    assert BESIDE_SCORE in text
    assert "        return max(times)  # <b>*not*</b>" in text, "indented: nothing in it is markup"
    assert BESIDE_SCORE not in report_markdown(plain)
    assert report_pdf(report) != report_pdf(plain)


async def test_it_is_not_kept_where_nothing_asks_for_it(asking: World) -> None:
    service = asking.service
    other = await open_on(asking, "variance")
    assert other.problem is None
    assert not await service.keep_submission(other.id, CODE, RESULT)
    asked = await open_on(asking, "kv-cache")
    assert not await service.keep_submission(asked.id, CODE, replace(RESULT, problem="pick_pair"))
    assert not await service.keep_submission("gone", CODE, RESULT)
    before = (await service.view(asked.id)).seq
    await asking.act(asked.id, "end")
    assert not await service.keep_submission(asked.id, CODE, RESULT)
    assert before < (await service.view(asked.id)).seq
    assert (await service.view(asked.id)).problem is None
