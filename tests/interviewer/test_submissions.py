"""Submitted code and the interview: kept where the open question asks the problem, shown in the report, never scored."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from paper_world import FAILED, GREW, PASSED
from round_world import World, collect

from interviewer.events import CodeSubmitted
from interviewer.export.markdown import report_markdown
from interviewer.export.pdf import report_pdf
from interviewer.owners import LOCAL_OWNER
from interviewer.sandbox.results import CodeResult
from interviewer.service import StartRequest
from interviewer.submissions import (
    BESIDE_SCORE,
    bounds_claimed,
    growth_sentences,
    measured_of,
    submission_of,
    submission_sentence,
)
from interviewer.views import Spoken
from ui.render import report_page

CODE = "def top_gap(times):\n    return max(times)  # <b>*not*</b>\n"
RESULT = CodeResult("top_gap", False, (PASSED, FAILED), None)
KEPT = CodeSubmitted("top_gap", CODE, 1, 2, ("edge-none",), fault="It is wrong.")
SOLVED = CodeResult("top_gap", True, (PASSED, replace(PASSED, name="example-2")), None)


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
    started = await world.service.start(StartRequest(None, "IC3", question_ids=(question_id,)), LOCAL_OWNER)
    async for _ in await world.service.proceed(started.id, LOCAL_OWNER):
        pass
    return await world.service.view(started.id, LOCAL_OWNER)


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
    assert await service.keep_submission(view.id, LOCAL_OWNER, CODE, RESULT)
    reports = []
    for session_id in (without.id, view.id):
        await asking.say(session_id, "credit 0.6 The cache grows with every token.")
        reports.append(await service.report(session_id, LOCAL_OWNER))
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
    assert not await service.keep_submission(other.id, LOCAL_OWNER, CODE, RESULT)
    asked = await open_on(asking, "kv-cache")
    assert not await service.keep_submission(
        asked.id, LOCAL_OWNER, CODE, replace(RESULT, problem="pick_pair")
    )
    assert not await service.keep_submission("gone", LOCAL_OWNER, CODE, RESULT)
    before = (await service.view(asked.id, LOCAL_OWNER)).seq
    await asking.act(asked.id, "end")
    assert not await service.keep_submission(asked.id, LOCAL_OWNER, CODE, RESULT)
    assert before < (await service.view(asked.id, LOCAL_OWNER)).seq
    assert (await service.view(asked.id, LOCAL_OWNER)).problem is None


# What the interviewer says to it


async def submit(world: World, session_id: str, code: str, result: CodeResult) -> str:
    """What is said to a submission."""
    updates = await world.service.keep_submission(session_id, LOCAL_OWNER, code, result)
    assert updates is not None
    (line,) = [item.line for item in await collect(updates) if isinstance(item, Spoken)]
    assert line.utterance == "reaction"
    return line.text


async def test_the_interviewer_reacts_to_the_tests_and_then_to_the_code(asking: World) -> None:
    view = await open_on(asking, "kv-cache")
    said = await submit(asking, view.id, CODE, RESULT)
    assert said.startswith("1 of 2 tests pass. The first that does not is “edge-none”. It is wrong. ")
    assert said.endswith("Which line of yours decides that case?")
    loops = "def top_gap(times):\n    for a in times:\n        for b in sorted(times):\n            pass\n"
    first = await submit(asking, view.id, loops, SOLVED)
    assert first.startswith("All 2 tests pass. Line 3 loops inside the loop of line 2")
    second = await submit(asking, view.id, loops, SOLVED)
    assert "Line 3 sorts" in second
    assert "What does it cost" in await submit(asking, view.id, loops, SOLVED)
    broken = await submit(asking, view.id, "x", CodeResult("top_gap", False, (), "NameError: x (line 1)"))
    assert broken == "Your code could not be run: NameError: x (line 1). What do you expect it to do there?"
    view = await asking.service.view(view.id, LOCAL_OWNER)
    assert (view.phase, view.turn) == ("open", 0)


async def test_a_submission_just_before_the_answer_is_not_reacted_to_later(asking: World) -> None:
    view = await open_on(asking, "kv-cache")
    assert await asking.service.keep_submission(view.id, LOCAL_OWNER, CODE, RESULT) is not None
    view = await asking.say(view.id, "credit 0.6 The cache grows with every token.", turn=0)
    assert not [line for line in view.lines if line.utterance == "reaction"]


async def test_repeating_the_reaction_earns_nothing(asking: World) -> None:
    view = await open_on(asking, "kv-cache")
    said = await submit(asking, view.id, CODE, RESULT)
    await asking.say(view.id, "credit 0.6 The cache grows with every token.")
    assert said in asking.judge.asked[-1].asides


# What it costs


@pytest.mark.parametrize(
    ("answers", "bounds"),
    [
        (["It is O(n log n), and O( n log n ) again."], ("O(n log n)", "O( n log n )")),
        (["O(n) time and O(1) space.", "Well, O(n) at worst."], ("O(n)", "O(1)")),
        (["Θ(V + E) with a heap: O((V + E) log V)."], ("Θ(V + E)", "O((V + E) log V)")),
        (["FOO(n) and no bound", "O()"], ()),
        ([""], ()),
    ],
)
def test_bounds_are_found_as_they_were_written(answers: list[str], bounds: tuple[str, ...]) -> None:
    assert bounds_claimed(answers) == bounds


def test_claimed_measured_and_stated_stand_side_by_side() -> None:
    measured = measured_of(0, GREW)
    assert growth_sentences(measured, ["O(n)"]) == (
        "You said O(n). Measured: its time grows like n^1.02 from 1,000 to 16,000, which fits the problem's O(n)."
    )
    assert growth_sentences(replace(measured, within=False), []).startswith("You named no bound")
    assert "does not fit" in growth_sentences(replace(measured, within=False), [])
    quick = measured_of(0, replace(GREW, exponent=None, within=None, note="Not measured: too quick."))
    assert growth_sentences(quick, ["O(n)", "O(1)"]) == "You said O(n) and O(1). Not measured: too quick."


async def test_growth_is_kept_with_the_turn_that_the_code_was_submitted_to(asking: World) -> None:
    service = asking.service
    view = await open_on(asking, "kv-cache")
    await submit(asking, view.id, CODE, SOLVED)
    assert not await service.keep_growth(view.id, LOCAL_OWNER, "other code", GREW)
    assert not await service.keep_growth(view.id, LOCAL_OWNER, CODE, replace(GREW, problem="pick_pair"))
    assert not await service.keep_growth("gone", LOCAL_OWNER, CODE, GREW)
    # It is measured while the answer is written, and judged.
    await asking.say(view.id, "credit 0.6 One pass, so O(n) time.")
    assert await service.keep_growth(view.id, LOCAL_OWNER, CODE, GREW)
    report = await service.report(view.id, LOCAL_OWNER)
    assert report.turns[0].growth == measured_of(0, GREW)
    assert report.turns[0].claimed == ("O(n)",)
    words = "You said O(n). Measured: its time grows like n^1.02"
    assert words in report_markdown(report).replace("\\^", "^").replace("\\", "")
    assert words in report_page(report)
    without = replace(report, turns=(replace(report.turns[0], growth=None), *report.turns[1:]))
    assert report_pdf(report) != report_pdf(without)


async def test_growth_of_code_that_was_replaced_is_not_kept(asking: World) -> None:
    view = await open_on(asking, "kv-cache")
    await submit(asking, view.id, CODE, SOLVED)
    await submit(asking, view.id, CODE + "# better", SOLVED)
    assert not await asking.service.keep_growth(view.id, LOCAL_OWNER, CODE, GREW)
    assert await asking.service.keep_growth(view.id, LOCAL_OWNER, CODE + "# better", GREW)
    await submit(asking, view.id, CODE, SOLVED)
    assert (await asking.state(view.id)).turns[0].growth is None
