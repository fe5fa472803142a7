"""Self-assessments through the service: stored as sessions, on both kinds of database."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict

import pytest
from round_world import World, settle

from interviewer.build import Parts
from interviewer.errors import BadInput, MockroundError, UnknownThing
from interviewer.export import render_report
from interviewer.own_questions import rubric_of_lines
from interviewer.owners import LOCAL_OWNER
from interviewer.self_assessment import SelfRequest, Subject
from interviewer.service import StartRequest
from interviewer.store import NewEvent
from rubrics import Kind, Verdict

MET, PARTIAL, MISSING = Verdict.MET, Verdict.PARTIAL, Verdict.MISSING
BANK = Subject("kv-cache")
VERDICTS = {"cache-grows": MET, "weights-share": MISSING, "restart-fix": MISSING}


@pytest.fixture(name="world")
def _world(world_on_each: World) -> World:
    return world_on_each


async def submit(world: World, subject: Subject = BANK, answer: str = "credit 0.5", **changes: object):  # type: ignore[no-untyped-def]
    verdicts = changes.pop("verdicts", VERDICTS)
    request = SelfRequest(subject, answer, verdicts, **changes)  # type: ignore[arg-type]
    return await world.service.self_assessments.submit(request, LOCAL_OWNER)


async def test_the_criteria_are_shown_without_spoilers(world: World) -> None:
    card = world.service.self_assessments.card(BANK)
    rubric = world.service.role.rubrics["kv-cache"]
    assert [item.id for item in card.criteria] == [item.id for item in rubric.criteria]
    shown = json.dumps(asdict(card))
    for criterion in rubric.criteria:
        assert not any(phrase in shown for phrase in criterion.shows)
    assert world.service.role.pack.question("kv-cache").model_answer not in shown


async def test_own_verdicts_stand_in_the_log_before_the_judge_s(world: World) -> None:
    result = await submit(world)
    kinds = [event.payload.kind for event in world.store.load(result.session_id)]
    assert kinds == ["started", "said", "said", "answered", "self_rated", "ended", "assessed", "said"]
    rated = {item.id: item for item in result.criteria}
    assert (rated["cache-grows"].own, rated["cache-grows"].judged) == (MET, PARTIAL)
    assert rated["cache-grows"].evidence[0].text == "credit 0.5"
    assert (result.overrated, result.underrated) == (("cache-grows",), ("weights-share",))
    assert rated["paged"].own is None
    assert rated["paged"].difference is None
    assert result.band is not None
    assert result == await world.service.self_assessments.of_session(result.session_id, LOCAL_OWNER)


async def test_it_is_a_session_like_others(world: World) -> None:
    result = await submit(world)
    (line,) = (await world.service.session_page(LOCAL_OWNER)).sessions
    assert (line.id, line.finished) == (result.session_id, True)
    assert line.title == "Size of a KV cache · self-assessment"
    view = await settle(await world.service.proceed(result.session_id, LOCAL_OWNER))
    assert (view.round_title, view.finished, view.pending) == ("Self-assessment", True, 0)
    report = await world.service.report(result.session_id, LOCAL_OWNER)
    assert report.turns[0].own_verdicts == VERDICTS
    text = render_report(report, "md")[0].decode()
    assert "Self-assessment" in text
    assert "you said met" in text
    assert json.loads(render_report(report, "json")[0])["turns"][0]["own_verdicts"] == VERDICTS
    assert render_report(report, "pdf")[0].startswith(b"%PDF")
    await world.service.delete(result.session_id, LOCAL_OWNER)
    assert (await world.service.session_page(LOCAL_OWNER)).sessions == ()
    assert (await world.service.self_assessments.overview(LOCAL_OWNER)).answers == ()


async def test_sent_twice_with_one_key_it_is_one(world: World) -> None:
    request = SelfRequest(BANK, "credit 0.5", VERDICTS)
    door = world.service.self_assessments
    first, second = await asyncio.gather(
        door.submit(request, LOCAL_OWNER, "k"), door.submit(request, LOCAL_OWNER, "k")
    )
    assert first == second
    assert len((await world.service.session_page(LOCAL_OWNER)).sessions) == 1
    assert len(world.judge.asked) == 1


async def test_a_judge_that_is_away_leaves_it_stored_and_unscored(world: World) -> None:
    result = await submit(world, answer="judge fails on credit 0.9")
    assert (result.score, result.band) == (None, None)
    assert "does not answer" in (result.unscored_reason or "")
    assert {item.difference for item in result.criteria} == {None}
    overview = await world.service.self_assessments.overview(LOCAL_OWNER)
    assert (overview.dimensions, overview.answers[0].mean_difference) == ((), None)
    world.judge.broken = False
    await world.act(result.session_id, "retry")
    again = await world.service.self_assessments.of_session(result.session_id, LOCAL_OWNER)
    assert again.overrated == ()
    assert again.underrated == ("weights-share",)


async def test_a_process_that_dies_before_the_judge_leaves_it_to_the_next(world: World) -> None:
    result = await submit(world)
    events = world.store.load(result.session_id)
    world.store.delete(result.session_id)
    kept = [NewEvent(event.client_event_id, event.payload, event.at) for event in events[:6]]
    world.store.create(result.session_id, LOCAL_OWNER, "As it was", kept[0], None, kept[1:])
    other = world.again()
    view = await settle(await other.service.proceed(result.session_id, LOCAL_OWNER))
    assert view.finished
    assert (await other.service.self_assessments.of_session(result.session_id, LOCAL_OWNER)).overrated == (
        "cache-grows",
    )
    await other.service.aclose()


async def test_differences_over_several_answers(world: World) -> None:
    for credit in ("0.4", "0.5", "0.6"):
        await submit(
            world, answer=f"credit {credit}", verdicts={"cache-grows": MET, "weights-share": MISSING}
        )
    found = await world.service.self_assessments.overview(LOCAL_OWNER)
    gaps = {item.id: item for item in found.dimensions}
    # Credits of .4, .5 and .6 are all "partly".
    assert gaps["design"].mean_difference == pytest.approx(0.5)
    assert gaps["fundamentals"].mean_difference == pytest.approx(-0.5)
    assert {gap.id: gap.reading for gap in found.dimensions} == {"design": "over", "fundamentals": "under"}
    assert len(found.answers) == 3
    assert (await world.service.self_assessments.overview("somebody else")).answers == ()


# Questions of one's own


LINES = "- Names the warp as 32 lanes.\nbonus: Says what divergence costs.\nFault: Calls a warp a core."


async def test_a_question_of_ones_own_with_lines(world: World) -> None:
    subject = Subject(question="What is a warp of a GPU?", rubric=rubric_of_lines(LINES))
    card = world.service.self_assessments.card(subject)
    assert [(item.id, item.kind) for item in card.criteria] == [
        ("c1", Kind.REQUIRED),
        ("c2", Kind.BONUS),
        ("c3", Kind.RED_FLAG),
    ]
    result = await submit(world, subject, "credit 0.9", verdicts={"c1": PARTIAL, "c2": MET, "c3": MISSING})
    assert result.underrated == ("c1",)
    assert result.model_answer == ""
    (gap,) = (await world.service.self_assessments.overview(LOCAL_OWNER)).dimensions
    assert (gap.id, gap.criteria) == ("", 2)
    # No round began with a question that the pack does not have, and everything still works with it.
    report = await world.service.report(result.session_id, LOCAL_OWNER)
    assert report.questions[0].title == "What is a warp of a GPU?"
    for format_name in ("md", "json", "pdf"):
        assert render_report(report, format_name)[0]
    assert "common wrong answer" not in render_report(report, "md")[0].decode()
    assert (await world.start("systems")).question_number == 1


async def test_a_question_of_ones_own_with_a_model_answer(world: World) -> None:
    reference = "A warp is a group of 32 threads. They run in step on one scheduler."
    subject = Subject(question="What is a warp?", reference=reference)
    assert len(world.service.self_assessments.card(subject).criteria) == 2
    result = await submit(world, subject, "credit 0.1", verdicts={"c1": MET})
    assert result.overrated == ("c1",)
    assert result.model_answer == reference
    assert world.judge.asked[-1].reference == reference


async def test_an_own_question_is_answered_again_in_a_round(world: World) -> None:
    subject = Subject(question="What is a warp of a GPU?", rubric=rubric_of_lines(LINES))
    first = await submit(world, subject, "credit 0.1", verdicts={"c1": MET})
    view = await world.service.start(StartRequest(None, "IC3", again=first.session_id), LOCAL_OWNER)
    view = await settle(await world.service.proceed(view.id, LOCAL_OWNER))
    assert "What is a warp of a GPU?" in view.lines[-1].text
    assert view.round_title == "A question of your own"
    view = await world.act(view.id, "clarify", "Which GPU?")
    view = await world.act(view.id, "hint")
    view = await world.say(view.id, "credit 0.9 A warp.")
    await world.act(view.id, "end")
    (question,) = (await world.service.report(view.id, LOCAL_OWNER)).questions
    assert question.before is not None
    assert question.before.session_id == first.session_id
    assert (question.before.verdicts["c1"], question.criteria[0].verdict) == (MISSING, MET)


REFUSED: list[tuple[Subject, str, dict[str, Verdict], str, type[MockroundError], str]] = [
    (BANK, " ", VERDICTS, "IC3", BadInput, "Paste or write"),
    (BANK, "x" * 20_001, VERDICTS, "IC3", BadInput, "20,001 characters"),
    (BANK, "words", {}, "IC3", BadInput, "your own verdict first"),
    (BANK, "words", {"nothing": MET}, "IC3", UnknownThing, "no criterion 'nothing'"),
    (BANK, "words", {"paged": Verdict.CONTRADICTED}, "IC3", BadInput, "met, partial or missing"),
    (BANK, "words", VERDICTS, "IC9", UnknownThing, "no level"),
    (Subject("nothing"), "words", VERDICTS, "IC3", UnknownThing, "no question"),
    (Subject(), "words", VERDICTS, "IC3", BadInput, "Choose a question"),
    (Subject("kv-cache", "And mine?"), "words", VERDICTS, "IC3", BadInput, "not both"),
    (Subject(question="What is a warp?"), "words", VERDICTS, "IC3", BadInput, "rubric or a model answer"),
]


@pytest.mark.parametrize(("subject", "answer", "verdicts", "level", "kind", "says"), REFUSED)
async def test_what_cannot_be_rated_is_one_sentence_and_stores_nothing(
    world: World,
    subject: Subject,
    answer: str,
    verdicts: dict[str, Verdict],
    level: str,
    kind: type[MockroundError],
    says: str,
) -> None:
    with pytest.raises(kind, match=says):
        await submit(world, subject, answer, verdicts=verdicts, level=level)
    assert (await world.service.session_page(LOCAL_OWNER)).sessions == ()


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("", "one point a line"),
        ("bonus: Only this.", "one point a line"),
        ("fault:", "finish it"),
        ("\n".join(f"Point {n}." for n in range(25)), "at most 24"),
        (f"A point.\n{'x' * 501}", "Line 2 of the rubric has 501 characters"),
    ],
)
def test_lines_that_are_no_rubric(lines: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        rubric_of_lines(lines)


async def test_a_session_without_own_verdicts_is_no_self_assessment(world: World) -> None:
    view = await world.start()
    with pytest.raises(UnknownThing, match="no self-assessment"):
        await world.service.self_assessments.of_session(view.id, LOCAL_OWNER)


# Answering again


async def test_a_question_is_answered_again_and_the_difference_is_shown(world: World, parts: Parts) -> None:
    first = await world.start(questions=2, follow_ups=0)
    await world.say(first.id, "credit 0.1")
    await world.say(first.id, "credit 0.5")
    await world.act(first.id, "end")
    asked = [turn.question_id for turn in (await world.state(first.id)).turns]
    again = await world.service.start(
        StartRequest(None, "IC3", again=first.id, question_ids=(asked[1],), follow_ups=0), LOCAL_OWNER
    )
    again = await settle(await world.service.proceed(again.id, LOCAL_OWNER))
    await world.say(again.id, "credit 0.9")
    await world.act(again.id, "end")
    (question,) = (await world.service.report(again.id, LOCAL_OWNER)).questions
    assert question.before is not None
    assert set(question.before.verdicts.values()) <= {PARTIAL, MISSING}
    text = render_report(await world.service.report(again.id, LOCAL_OWNER), "md")[0].decode()
    assert "partly before" in text
    assert (await world.service.report(first.id, LOCAL_OWNER)).questions[0].before is None

    with pytest.raises(BadInput, match="did not ask"):
        await world.service.start(
            StartRequest(None, "IC3", again=first.id, question_ids=("variance",)), LOCAL_OWNER
        )
    with pytest.raises(UnknownThing, match="no session"):
        await world.service.start(StartRequest(None, "IC3", again="nothing"), LOCAL_OWNER)

    await world.service.delete(first.id, LOCAL_OWNER)
    assert (await world.service.report(again.id, LOCAL_OWNER)).questions[0].before is None
