"""A paper: drawn at once, worked on in any order, handed in as a whole, and checked exactly."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, replace
from pathlib import Path

import gradio as gr
import httpx
import pytest
import pytest_asyncio
from api_client import make_client
from cli_runner import Run
from paper_world import SaidRuns, paper_role, write_paper_pack
from round_world import World, log, make_world, setup_of

from corpus import LEVELS
from interviewer.build import Parts
from interviewer.errors import BadInput, UnknownThing, WrongMoment
from interviewer.events import CodeSubmitted, Payload, Said, Ticked, Utterance, WentTo
from interviewer.export.markdown import report_markdown
from interviewer.export.pdf import report_pdf
from interviewer.history import attempts_of
from interviewer.interview import LATE_S, State, fold_all
from interviewer.modes import Mode
from interviewer.owners import LOCAL_OWNER
from interviewer.packs import RolePack, load_role_pack
from interviewer.paper import draw, letters_in, paper_result
from interviewer.personas import PERSONAS
from interviewer.service import StartRequest
from interviewer.simulate import SimulatedClock, simulate
from interviewer.submissions import BESIDE_SCORE
from interviewer.views import SessionView
from ui.paper_panel import PaperPanel, navigator, remarks
from ui.render import report_page

RIGHT, WRONG = "def top_gap(times): ...  # right", "def top_gap(times): ...  # a slip"
CHOICES_FIRST = ("variance", "idle-gpu", "kv-cache", "checkpoint")


@pytest.fixture
def command_parts(parts: Parts) -> Parts:
    """Hashed words in place of the embedding model."""
    return parts


@pytest_asyncio.fixture
async def world(parts: Parts, tmp_path: Path) -> AsyncIterator[World]:
    """The world of rounds with a paper, where code says itself what its tests show."""
    made = make_world(replace(parts, role=paper_role(parts.role)), f"sqlite:///{tmp_path / 'paper.db'}")
    made.service.papers.code = SaidRuns()  # type: ignore[assignment]
    yield made
    await made.service.aclose()


async def begun(world: World, mode: Mode = Mode.PRACTICE) -> SessionView:
    view = await world.start("paper", mode=mode)
    assert [item.number for item in view.items] == [1, 2, 3, 4]
    assert view.item == view.items[0]
    return view


async def go(world: World, session_id: str, item: int) -> SessionView:
    return await _settled(world, session_id, await world.service.papers.go(session_id, LOCAL_OWNER, item))


async def choose(world: World, session_id: str, letters: str, item: int | None = None) -> SessionView:
    updates = await world.service.papers.choose(session_id, LOCAL_OWNER, letters, item)
    return await _settled(world, session_id, updates)


async def submit(world: World, session_id: str, code: str) -> SessionView:
    _, updates = await world.service.papers.submit(session_id, LOCAL_OWNER, code)
    return await _settled(world, session_id, updates)


async def _settled(world: World, session_id: str, updates: object) -> SessionView:
    async for _ in updates:  # type: ignore[attr-defined]
        pass
    return await world.service.view(session_id, LOCAL_OWNER)


# What is drawn


@pytest.fixture(scope="module")
def built_in() -> RolePack:
    return load_role_pack()


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("seed", range(4))
def test_it_is_drawn_an_easier_and_a_harder_problem_of_different_topics(
    built_in: RolePack, level: str, seed: int
) -> None:
    paper = built_in.pack.round("online-assessment")
    items = draw(built_in.pack, paper, level, seed, seen=(), left_out=())
    assert len(items) == paper.questions == len({item.id for item in items})
    choices, problems = items[:6], items[6:]
    assert all(item.choices for item in choices)
    assert {item.category for item in choices} == set(paper.categories)
    easier, harder = problems
    assert all(item.problem and item.category == "algorithms" for item in problems)
    assert LEVELS.index(easier.level) < LEVELS.index(harder.level)
    assert not set(easier.topics) & set(harder.topics)
    top = max(LEVELS.index(level), 1)
    assert LEVELS.index(harder.level) <= top + 1
    assert items == draw(built_in.pack, paper, level, seed, seen=(), left_out=())


def test_what_was_seen_comes_back_last_and_what_is_left_out_never(built_in: RolePack) -> None:
    paper = built_in.pack.round("online-assessment")
    first = draw(built_in.pack, paper, "IC3", 1, seen=(), left_out=())
    names = {item.id for item in first}
    second = draw(built_in.pack, paper, "IC3", 1, seen=names, left_out=())
    assert not names & {item.id for item in second[6:]}
    other = draw(built_in.pack, paper, "IC3", 1, seen=(), left_out=names)
    assert not names & {item.id for item in other}
    every = {item.id for item in built_in.pack.questions if item.choices}
    assert [bool(item.problem) for item in draw(built_in.pack, paper, "IC3", 1, seen=(), left_out=every)] == [
        True,
        True,
    ]


@pytest.mark.parametrize("text", ["A, C", "c a", "AC", "A and C.", "(a)/(c)"])
def test_letters_are_read_as_people_write_them(role: RolePack, text: str) -> None:
    question = paper_role(role).pack.question("variance")
    assert letters_in(text, question) == ("A", "C")


@pytest.mark.parametrize("text", ["D", "A, D", "I think A", ", ,"])
def test_anything_else_is_no_choice(role: RolePack, text: str) -> None:
    with pytest.raises(BadInput, match="A to C"):
        letters_in(text, paper_role(role).pack.question("variance"))


# The log


def paper_state(*payloads: Payload, mode: Mode = Mode.PRACTICE, step_s: float = 10.0) -> State:
    setup = setup_of(
        round="paper", minutes=20, questions=4, question_ids=CHOICES_FIRST, paper=True, mode=mode
    )
    first = (Said(Utterance.INTRO, "Hello"), said_item("variance"))
    return fold_all(log(*first, *payloads, setup=setup, step_s=step_s))


def said_item(question_id: str) -> Said:
    return Said(Utterance.QUESTION, "An item.", question_id=question_id)


def test_going_back_and_forth_loses_nothing_and_sets_nothing_twice() -> None:
    there = (Ticked(0, ("B",), then=2), said_item("kv-cache"), CodeSubmitted("top_gap", WRONG, 1, 2))
    state = paper_state(*there, WentTo(0), Ticked(0, ("A", "C")), WentTo(2))
    assert [turn.question_id for turn in state.turns] == ["variance", "kv-cache"]
    assert (state.place, state.phase) == (1, "open")
    assert state.turns[0].answer == "A, C"
    assert state.turns[1].submission is not None
    assert state.thread == (state.turns[1],)
    assert paper_state(*there, WentTo(9)).place == 1
    back = paper_state(*there, WentTo(0))
    assert back.turns[0].seconds == 10.0, "until it was left"
    assert back.turns[1].seconds == 20.0, "from when it was set until it was left"


def test_no_letters_take_a_choice_back(role: RolePack) -> None:
    state = paper_state(Ticked(0, ("A",)), Ticked(0, ()))
    assert state.turns[0].answer is None
    assert [item.outcome for item in paper_result(state, paper_role(role).pack).items] == [
        "no answer",
        *["not looked at"] * 3,
    ]


@pytest.mark.parametrize(("mode", "reacts"), [(Mode.PRACTICE, True), (Mode.REAL, False)])
def test_on_the_real_thing_nobody_reacts_to_code(mode: Mode, reacts: bool) -> None:
    state = paper_state(
        WentTo(2), said_item("kv-cache"), CodeSubmitted("top_gap", WRONG, 1, 2, turn=1), mode=mode
    )
    assert state.wants_reaction is reacts
    elsewhere = paper_state(
        WentTo(2), said_item("kv-cache"), WentTo(0), CodeSubmitted("top_gap", WRONG, 1, 2, turn=1)
    )
    assert not elsewhere.wants_reaction


# Rounds


async def test_a_whole_paper_is_worked_on_in_any_order_and_checked(world: World) -> None:
    view = await begun(world)
    assert not world.judge.asked
    first = {item.number: item.title for item in view.items}
    view = await world.say(view.id, "a c")
    assert (view.question_number, view.items[0].chosen, view.items[0].answered) == (2, ("A", "C"), True)
    view = await world.act(view.id, "skip")
    assert view.question_number == 3
    assert view.problem == view.items[2].problem
    view = await submit(world, view.id, WRONG)
    assert view.lines[-1].utterance == "reaction"
    assert view.question_number == 3
    view = await go(world, view.id, 4)
    view = await submit(world, view.id, RIGHT)
    view = await go(world, view.id, 2)
    view = await world.say(view.id, "B")
    assert view.question_number == 2, "every other item has an answer"
    with pytest.raises(WrongMoment, match="hand in"):
        await world.act(view.id, "skip")
    view = await choose(world, view.id, "A, B", item=2)
    assert view.items[1].chosen == ("A", "B")
    said = len([line for line in view.lines if line.utterance == "question"])
    assert said == 4
    view = await world.act(view.id, "end")
    await world.service.drain()
    assert view.finished
    assert not world.judge.asked, "nothing is judged"
    assert view.pending == 0

    report = await world.service.report(view.id, LOCAL_OWNER)
    assert (report.score, report.band, report.unscored) == (None, None, 0)
    result = report.paper
    assert result is not None
    assert result.sentence == "1 of 2 problems solved and 1 of 2 multiple-choice items right."
    assert result.pass_mark == "What it takes to pass is not published."
    assert {item.number: item.title for item in result.items} == first
    assert [item.words for item in result.items] == [
        "right: A, C",
        "wrong: A, B chosen; right: A, C",
        "1 of 2 tests passed",
        "2 of 2 tests passed",
    ]
    solved = next(turn for turn in report.turns if turn.submission and turn.submission.code == RIGHT)
    assert solved.growth is not None
    assert solved.claimed is None
    text = report_markdown(report)
    for words in (result.sentence, result.pass_mark, "1 of 2 tests passed", "**B is wrong**", "n^1.02"):
        assert words in text
    assert "You named no bound" not in text
    assert report_pdf(report).startswith(b"%PDF")
    page = report_page(report)
    for words in (result.sentence, result.pass_mark, "wrong: A, B chosen; right: A, C", "n^1.02"):
        assert words in page
    assert "Dimensions" not in page
    assert BESIDE_SCORE not in page + text
    assert attempts_of(view.id, await world.state(view.id), world.service.role) == ()


async def test_the_navigator_says_where_one_is_and_what_is_there(world: World) -> None:
    view = await begun(world)
    assert "Any order" in navigator(view)
    await choose(world, view.id, "A")
    view = await go(world, view.id, 3)
    shown = navigator(view)
    assert "Any order" not in shown, "what was read once takes no room"
    assert "Item 3 of 4" in shown
    assert "1 of 4 have an answer" in shown
    assert f'data-problems="{view.items[2].problem}"' in shown, "the other one was not looked at"
    for label in ("Item 1, multiple choice, answered", "Item 3, coding problem, no answer yet"):
        assert f'aria-label="{label}"' in shown
    assert remarks(view) == []
    view = await world.act(view.id, "hint")
    assert len(remarks(view)) == 1
    assert remarks(await go(world, view.id, 1)) == []
    paused = await world.act(view.id, "pause")
    assert navigator(paused).count(" disabled") == 4


async def test_beside_a_coding_problem_its_editor_comes_first(world: World) -> None:
    with gr.Blocks(analytics_enabled=False):
        panel = PaperPanel(world.service)
        panel.build()
    view = await begun(world)
    choices = panel.show(view)
    assert [label[:3] for label, _ in choices[panel.options].choices][:2] == ["A. ", "B. "]
    assert choices[panel.next].variant == "primary"
    assert panel.show(await go(world, view.id, 3))[panel.next].variant == "secondary"


async def test_in_the_real_thing_nothing_is_told_before_the_end(world: World) -> None:
    view = await begun(world, Mode.REAL)
    for action, text in (("hint", ""), ("clarify", "Which one?"), ("pause", "")):
        with pytest.raises(WrongMoment):
            await world.act(view.id, action, text)
    view = await go(world, view.id, 3)
    before = len(view.lines)
    view = await submit(world, view.id, WRONG)
    assert len(view.lines) == before
    assert view.items[2].answered
    assert "tests" not in str(asdict(view))
    with pytest.raises(WrongMoment, match="opens when the round is over"):
        await world.service.report(view.id, LOCAL_OWNER)


async def test_what_was_written_and_not_submitted_is_handed_in_with_the_rest(world: World) -> None:
    view = await begun(world)
    await go(world, view.id, 4)
    await submit(world, view.id, RIGHT)
    view = await go(world, view.id, 3)
    third, fourth = (item.problem or "" for item in view.items[2:])
    with pytest.raises(BadInput):
        await world.service.papers.hand_in(view.id, LOCAL_OWNER, "[1]")
    drafts = {third: RIGHT, fourth: f"{RIGHT}\n", "row_softmax": RIGHT}
    updates = await world.service.papers.hand_in(view.id, LOCAL_OWNER, json.dumps(drafts))
    view = await _settled(world, view.id, updates)
    assert view.finished
    state = await world.state(view.id)
    assert [turn.submission and turn.submission.code for turn in state.turns] == [None, RIGHT, RIGHT]
    with pytest.raises(WrongMoment):
        await world.service.papers.hand_in(view.id, LOCAL_OWNER, "{}")


async def test_a_starter_that_nobody_touched_is_no_draft(world: World) -> None:
    view = await begun(world)
    view = await go(world, view.id, 3)
    problem = view.items[2].problem or ""
    starter = world.service.role.pack.problem(problem).starter
    updates = await world.service.papers.hand_in(view.id, LOCAL_OWNER, json.dumps({problem: starter}))
    await _settled(world, view.id, updates)
    assert (await world.state(view.id)).turns[1].submission is None


@pytest.mark.parametrize("mode", [Mode.PRACTICE, Mode.REAL])
async def test_when_the_time_is_over_what_is_there_is_handed_in(world: World, mode: Mode) -> None:
    view = await begun(world, mode)
    await choose(world, view.id, "A, C")
    world.clock.tick(20 * 60 + LATE_S - 1)
    view = await world.service.view(view.id, LOCAL_OWNER)
    assert not view.finished
    assert view.elapsed_s == 20 * 60
    world.clock.tick(1)
    with pytest.raises(WrongMoment, match="over"):
        await choose(world, view.id, "B")
    view = await world.service.view(view.id, LOCAL_OWNER)
    assert view.finished
    report = await world.service.report(view.id, LOCAL_OWNER)
    assert report.minutes_used == 20
    assert report.paper is not None
    assert report.paper.chosen_right == 1
    assert [item.outcome for item in report.paper.items[1:]] == ["not looked at"] * 3


async def test_a_paper_that_nobody_looks_at_any_more_is_over_for_who_comes_back(world: World) -> None:
    view = await begun(world)
    world.clock.tick(3 * 3600)
    assert (await world.service.report(view.id, LOCAL_OWNER)).finished


async def test_practice_may_pause_its_clock(world: World) -> None:
    view = await begun(world)
    await world.act(view.id, "pause")
    world.clock.tick(3 * 3600)
    view = await world.act(view.id, "resume")
    assert not view.finished
    assert view.elapsed_s < 60


async def test_code_is_kept_where_none_is_run(world: World) -> None:
    world.service.papers.code = SaidRuns(off=True)  # type: ignore[assignment]
    view = await begun(world, Mode.REAL)
    await go(world, view.id, 3)
    await submit(world, view.id, RIGHT)
    await world.act(view.id, "end")
    report = await world.service.report(view.id, LOCAL_OWNER)
    assert report.paper is not None
    assert report.paper.items[2].outcome == "not run"
    assert report.paper.solved == 0


async def test_hints_are_those_of_the_item_that_is_looked_at(world: World) -> None:
    view = await begun(world)
    first = await world.act(view.id, "hint")
    await go(world, view.id, 2)
    view = await go(world, view.id, 1)
    assert view.hints_left == first.hints_left
    assert (await world.state(view.id)).turns[0].hints == 1


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda world, name: world.service.papers.go(name, LOCAL_OWNER, 5), UnknownThing),
        (lambda world, name: world.service.papers.choose(name, LOCAL_OWNER, "E"), BadInput),
        (lambda world, name: world.service.papers.choose(name, LOCAL_OWNER, "A", 2), WrongMoment),
        (lambda world, name: world.service.papers.submit(name, LOCAL_OWNER, RIGHT), BadInput),
        (lambda world, name: world.service.send(name, LOCAL_OWNER, "I would take the first."), BadInput),
    ],
)
async def test_what_does_not_fit_an_item_is_refused(
    world: World, act: Callable[[World, str], object], error: type[Exception]
) -> None:
    view = await begun(world)
    with pytest.raises(error):
        await act(world, view.id)  # type: ignore[misc]
    assert (await world.service.view(view.id, LOCAL_OWNER)).seq == view.seq


async def test_other_rounds_have_no_items(world: World) -> None:
    view = await world.start("systems")
    assert view.items == ()
    with pytest.raises(WrongMoment, match="one question after the other"):
        await world.service.papers.go(view.id, LOCAL_OWNER, 1)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"mode": Mode.STUDY}, "as practice or as the real thing"),
        ({"questions": 3}, "always has 4 items"),
        ({"question_ids": ("variance",)}, "draws its items as a whole"),
    ],
)
async def test_a_paper_is_started_as_a_whole(world: World, options: dict[str, object], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        await world.start("paper", **options)
    named = await world.start(None, question_ids=("variance", "idle-gpu"))  # type: ignore[arg-type]
    assert named.round == "all"


async def test_the_api_plays_it(world: World) -> None:
    async with make_client(world) as client:
        view = (await client.post("/api/v1/sessions", json={"round": "paper", "level": "IC3"})).json()
        path = f"/api/v1/sessions/{view['id']}"

        async def act(name: str, **body: object) -> httpx.Response:
            return await client.post(f"{path}/actions/{name}", json=body)

        assert (await act("choose", text="A, C")).json()["items"][0]["chosen"] == ["A", "C"]
        assert (await act("go")).status_code == 422
        assert (await act("go", item=3)).json()["question_number"] == 3
        assert (await act("submit", text=RIGHT)).json()["items"][2]["answered"] is True
        assert (await client.post(f"{path}/messages", json={"text": "done"})).status_code == 422
        assert (await act("end")).json()["finished"] is True
        paper = (await client.get(f"{path}/report")).json()["paper"]
        assert (paper["solved"], paper["chosen_right"]) == (1, 1)
        assert (await act("go", item=1)).status_code == 409


def test_the_terminal_plays_it(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = write_paper_pack(tmp_path)
    solution = pack / "problems" / "top_gap" / "solution.py"
    place = ("--data", tmp_path / "rounds", "--pack", pack)
    typed = f"A C\n\n/go x\n/go 1\n/skip\n/go 3\n/submit {tmp_path / 'none.py'}\n/submit {solution}\n/end\n"
    monkeypatch.setenv("MOCKROUND_RUN_CODE", "off")
    done = run("chat", "--round", "paper", "--mode", "real", *place, stdin=typed)
    assert done.code == 0, done.err
    for words in (
        "/go N turns to an item",
        "[1] 2 3 4 · 20 min left",
        "1✓ [2] 3 4",
        "Name the item to turn to",
        "Item 3 of 4.",
        "cannot be read",
        "mockround code show",
        "1 of 2 multiple-choice items right.",
    ):
        assert " ".join(words.split()) in " ".join(done.out.split()), words


@pytest.mark.parametrize(
    ("persona", "solved", "right"),
    [
        ("strong", 2, 2),
        ("partial", 1, 0),
        ("verbose", 1, 0),
        ("weak", 0, 0),
        ("gibberish", 0, 0),
        ("dont-know", 0, 0),
        ("repeater", 0, 0),
        ("injector", 0, 0),
    ],
)
async def test_every_persona_plays_it(parts: Parts, persona: str, solved: int, right: int) -> None:
    assert persona in PERSONAS
    role = paper_role(parts.role)
    clock = SimulatedClock()
    world = make_world(replace(parts, role=role), "sqlite://", clock=clock)  # type: ignore[arg-type]
    runs = SaidRuns(right={problem.reference for problem in role.pack.problems})
    world.service.papers.code = runs  # type: ignore[assignment]
    report, view = await simulate(world.service, clock, persona, StartRequest("paper", "IC3", seed=0))
    await world.service.aclose()
    assert view.finished
    assert report.paper is not None
    assert (report.paper.solved, report.paper.chosen_right) == (solved, right)
    assert all(item.outcome != "not looked at" for item in report.paper.items)
