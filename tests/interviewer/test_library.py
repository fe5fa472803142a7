"""The bank without an interview: searching, browsing, scoring one answer, follow-ups; and what sessions are stored."""

from __future__ import annotations

import re
from dataclasses import asdict, fields, replace

import pytest
from round_world import ScriptedJudge, World, make_world

from interviewer.build import Parts
from interviewer.conversation import Interviewer
from interviewer.errors import BadInput, JudgeStopped, UnknownThing
from interviewer.followups import NEEDS_MODEL
from interviewer.library import BEYOND_RUBRIC, MAX_RESULTS, MODEL_FAILED, Library, QuestionCard
from interviewer.llm.errors import ModelUnavailable
from interviewer.llm.scripted import ScriptedModel
from interviewer.owners import LOCAL_OWNER
from interviewer.packs import RolePack
from interviewer.replies import NOTHING
from rubrics import Verdict

ANSWER = "credit 0.3 The cache grows with every token."
STRANGE = ["nul\0byte and more", "lone \ud800 surrogate", "\N{PILE OF POO} " * 3, "x" * 200_000]


@pytest.fixture
def library(world: World) -> Library:
    return world.service.library


@pytest.fixture(scope="module")
def real_library(role: RolePack, real_parts: Parts) -> Library:
    parts = real_parts
    return Library(role, Interviewer(role, parts.retriever, parts.embedder, parts.judge))


# Searching


@pytest.mark.parametrize(
    ("query", "kinds", "first"),
    [
        ("Why does serving run out of memory?", ["question"], "kv-cache"),
        ("a long run loses hours when a machine fails", ["question"], "checkpoint"),
        ("standard error of an accuracy", ["question"], "variance"),
        ("how many weeks until an offer", ["guide"], "guide/process.md#how-long-does-the-process-take"),
        ("blocks handed out on demand", ["note"], "notes/kv-cache.md#paging-a-key-value-cache"),
        ("Nsight Systems timeline before changing anything", ["rubric"], "idle-gpu"),
    ],
)
async def test_what_is_meant_is_found_first(
    real_library: Library, query: str, kinds: list[str], first: str
) -> None:
    found = await real_library.search(query, kinds=kinds)
    assert found.hits[0].id == first
    assert {hit.kind for hit in found.hits} == set(kinds)
    assert [hit.rank for hit in found.hits] == list(range(1, len(found.hits) + 1))
    assert [hit.score for hit in found.hits] == sorted((hit.score for hit in found.hits), reverse=True)


async def test_every_item_is_found_once(library: Library) -> None:
    found = await library.search("key-value cache of a GPU", k=MAX_RESULTS)
    items = [(hit.kind, hit.id) for hit in found.hits]
    assert len(set(items)) == len(items)
    assert {kind for kind, _ in items} == {"question", "rubric", "note", "guide"}
    assert len((await library.search("key-value cache", k=2)).hits) == 2


@pytest.mark.parametrize(
    ("query", "k", "kinds", "says"),
    [
        ("", 10, [], "Say what to search for"),
        (" \n", 10, [], "Say what to search for"),
        ("\0\ud800", 10, [], "Say what to search for"),
        ("cache", 0, [], "Between 1 and 50 results"),
        ("cache", 51, [], "Between 1 and 50 results"),
        ("cache", 10, ["question", "podcast"], "A kind is one of question, guide, note, rubric"),
    ],
    ids=ascii,
)
async def test_a_bad_search_is_refused(
    library: Library, query: str, k: int, kinds: list[str], says: str
) -> None:
    with pytest.raises(BadInput, match=says):
        await library.search(query, k, kinds)


@pytest.mark.parametrize("query", STRANGE, ids=lambda text: ascii(text)[:20])
async def test_any_text_can_be_searched_for(real_library: Library, query: str) -> None:
    found = await real_library.search(query, 3)
    assert len(found.hits) == 3
    assert found.query.encode()


# Browsing


def test_the_bank_is_filtered_in_file_order(library: Library) -> None:
    def ids(**wanted: str) -> list[str]:
        return [card.id for card in library.questions(**wanted)]

    assert ids() == ["kv-cache", "idle-gpu", "checkpoint", "variance"]
    assert ids(category="math") == ["variance"]
    assert ids(level="IC1") == ["idle-gpu", "variance"]
    assert ids(round_id="systems", level="IC1") == ["idle-gpu"]
    assert ids(category="juggling") == []
    assert ids(topic="statistics") == ["variance"]
    assert ids(round_id="nope") == []


async def test_a_round_that_names_categories_has_their_questions(role: RolePack, library: Library) -> None:
    """The loop of a pack is named by no question; it asks all of its categories."""
    info = role.pack.info
    loop = info.rounds[0].model_copy(update={"id": "loop", "categories": ("math",)})
    pack = replace(role.pack, info=info.model_copy(update={"rounds": (*info.rounds, loop)}))
    looped = Library(replace(role, pack=pack), library.interviewer)
    assert [card.id for card in looped.questions(round_id="loop")] == ["variance"]


async def test_questions_are_found_within_the_filters(real_library: Library) -> None:
    async def ids(query: str, **wanted: str) -> list[str]:
        return [card.id for card in await real_library.find_questions(query, **wanted)]

    found = await ids("hours are lost when a machine fails")
    assert found[0] == "checkpoint"
    assert set(found) == set(await ids(""))
    assert await ids("hours are lost when a machine fails", category="math") == ["variance"]
    assert await ids("anything", topic="juggling") == []
    assert await ids(" \n") == ["kv-cache", "idle-gpu", "checkpoint", "variance"]


def test_a_card_holds_no_spoilers(library: Library, role: RolePack) -> None:
    question = role.pack.question("kv-cache")
    card = asdict(library.question("kv-cache"))
    shown = str(card)
    hidden = [question.model_answer, question.common_wrong_answer.text, *question.hints]
    hidden += [step.text for step in question.follow_ups]
    hidden += [criterion.text for criterion in role.rubrics["kv-cache"].criteria]
    assert card.keys() == {field.name for field in fields(QuestionCard)}
    assert card["prompt"] == question.prompt
    assert not [words for words in hidden if words in shown]


@pytest.mark.parametrize("question_id", ["", "nobody", "KV-CACHE", "nul\0", "\ud800"], ids=ascii)
def test_a_question_that_is_not_there(library: Library, question_id: str) -> None:
    with pytest.raises(UnknownThing, match="There is no question"):
        library.question(question_id)
    assert library.lookup(question_id) is None


# Scoring and following up


async def test_one_answer_is_scored_as_in_bulk(library: Library) -> None:
    row = await library.assess(
        {"item_id": "a", "question_id": "kv-cache", "answer": "credit 1.0 Everything."}
    )
    assert (row["item_id"], row["score"], row["band"]) == ("a", 1.0, 4)


@pytest.mark.parametrize(
    "data",
    [None, [], {}, {"item_id": "a", "answer": "x"}, {"item_id": "a", "answer": "x", "question_id": "nobody"}],
    ids=str,
)
async def test_a_row_that_cannot_be_understood_is_refused(library: Library, data: object) -> None:
    with pytest.raises(BadInput):
        await library.assess(data)


async def test_the_ladder_speaks_without_a_model(library: Library, role: RolePack) -> None:
    found = await library.follow_ups("kv-cache", ANSWER, n=2)
    steps = {step.text for step in role.pack.question("kv-cache").follow_ups}
    assert [item.origin for item in found.followups] == ["bank", "bank"]
    assert {item.text for item in found.followups} <= steps
    # IC3 must show these two, and the answer showed neither
    assert [item.targets for item in found.followups] == [("cache-grows",), ("weights-share",)]


async def test_a_question_of_ones_own_needs_a_model(library: Library) -> None:
    found = await library.follow_ups("What is a warp?", "Thirty-two threads.")
    assert (found.followups, found.note) == ((), NEEDS_MODEL)


async def test_a_model_is_asked_about_a_question_of_ones_own(parts: Parts) -> None:
    model = ScriptedModel(lambda _: "What happens to the other lanes when one lane of a warp branches?")
    world = make_world(parts, "sqlite://", model=model)
    found = await world.service.library.follow_ups("What is a warp?", "Thirty-two threads in step.", n=1)
    assert [item.origin for item in found.followups] == ["model"]
    await world.service.aclose()


async def test_a_judge_that_is_away_does_not_stop_the_ladder(library: Library) -> None:
    found = await library.follow_ups("kv-cache", "judge fails The cache.", n=1)
    assert len(found.followups) == 1


@pytest.mark.parametrize(
    ("question", "answer", "n", "level", "error", "says"),
    [
        ("kv-cache", " ", 3, "IC3", BadInput, "need an answer"),
        ("kv-cache", "\0\ud800", 3, "IC3", BadInput, "need an answer"),
        ("kv-cache", ANSWER, 0, "IC3", BadInput, "Between 1 and 10"),
        ("kv-cache", ANSWER, 11, "IC3", BadInput, "Between 1 and 10"),
        ("kv-cache", ANSWER, 3, "IC9", UnknownThing, "There is no level 'IC9'"),
        ("kv-cash", ANSWER, 3, "IC3", UnknownThing, "There is no question 'kv-cash'"),
        ("", ANSWER, 3, "IC3", UnknownThing, "There is no question ''"),
    ],
    ids=ascii,
)
async def test_a_bad_request_for_follow_ups_is_refused(
    library: Library, question: str, answer: str, n: int, level: str, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        await library.follow_ups(question, answer, n, level)


@pytest.mark.parametrize("answer", STRANGE[:3], ids=ascii)
async def test_any_text_can_be_followed_up(real_library: Library, answer: str) -> None:
    assert len((await real_library.follow_ups("kv-cache", answer, 2)).followups) == 2
    assert (await real_library.follow_ups(f"What is {answer}?", answer, 2)).note == NEEDS_MODEL


@pytest.mark.parametrize("call", ["follow_ups", "try_follow_up"])
async def test_an_answer_that_is_too_long_is_refused(role: RolePack, library: Library, call: str) -> None:
    short = Library(role, library.interviewer, max_answer_chars=20)
    long = "x" * 21
    asked = (
        short.follow_ups("kv-cache", long)
        if call == "follow_ups"
        else short.try_follow_up("kv-cache", "Why?", (), long)
    )
    with pytest.raises(BadInput, match="has 21 characters; the limit is 20"):
        await asked


async def test_a_step_says_its_level_and_where_it_crosses(library: Library) -> None:
    found = await library.follow_ups("kv-cache", ANSWER, n=10)
    assert {(item.level, item.category) for item in found.followups} == {("IC1", None), ("IC3", "math")}


# Trying a follow-up


async def test_a_follow_up_is_judged_on_what_it_was_about(library: Library) -> None:
    tried = await library.try_follow_up("kv-cache", "And the weights?", ("weights-share",), "credit 1.0 Yes.")
    assert [(item.id, item.verdict) for item in tried.assessment.criteria] == [("weights-share", Verdict.MET)]
    assert tried.feedback
    judge = library.interviewer.judge
    assert isinstance(judge, ScriptedJudge)
    item = judge.asked[-1]
    assert item.asides == ("And the weights?",), "repeating the follow-up earns nothing"
    assert item.question.endswith("And the weights?")


async def test_a_follow_up_beyond_the_rubric_is_not_scored(library: Library) -> None:
    tried = await library.try_follow_up("kv-cache", "On ten machines?", (), "credit 1.0")
    assert (tried.assessment.score, tried.assessment.unscored_reason) == (None, BEYOND_RUBRIC)


async def test_a_judge_that_is_away_is_said(library: Library) -> None:
    with pytest.raises(JudgeStopped, match="could not be judged now"):
        await library.try_follow_up("kv-cache", "Why?", ("paged",), "judge fails")


@pytest.mark.parametrize(
    ("question_id", "criterion_ids", "answer", "error", "says"),
    [
        ("nobody", (), "x", UnknownThing, "no question 'nobody'"),
        ("kv-cache", ("root-n",), "x", UnknownThing, "no criterion 'root-n'"),
        ("kv-cache", ("paged",), " \0", BadInput, "Write an answer to the follow-up first"),
    ],
)
async def test_a_bad_try_is_refused(
    library: Library,
    question_id: str,
    criterion_ids: tuple[str, ...],
    answer: str,
    error: type[Exception],
    says: str,
) -> None:
    with pytest.raises(error, match=says):
        await library.try_follow_up(question_id, "Why?", criterion_ids, answer)


# Asking the guide

WEEKS = "How long does the process take from the first call to an offer?"


async def test_without_a_model_the_passages_speak(real_library: Library) -> None:
    found = await real_library.ask_guide(WEEKS)
    assert (found.sentences, found.model, found.note) == ((), None, None)
    first = found.passages[0]
    assert (first.file, first.title) == ("guide/process.md", "The process: How long does the process take")
    assert "four weeks" in first.text


async def test_a_sentence_of_a_model_cites_the_passage_near_it(role: RolePack, real_parts: Parts) -> None:
    said = "It takes about four weeks from the first call to an offer. Bananas are rich in potassium."
    parts = real_parts
    asker = Interviewer(role, parts.retriever, parts.embedder, parts.judge, ScriptedModel([said]))
    found = await Library(role, asker).ask_guide(WEEKS)
    assert found.model == "scripted"
    assert [item.passage for item in found.sentences] == [0, None]
    assert found.passages[0].title.endswith("How long does the process take")


async def test_a_model_that_fails_leaves_the_passages(role: RolePack, real_parts: Parts) -> None:
    model = ScriptedModel([ModelUnavailable("It is away.")])
    asker = Interviewer(role, real_parts.retriever, real_parts.embedder, real_parts.judge, model)
    found = await Library(role, asker).ask_guide(WEEKS)
    assert (found.sentences, found.model, found.note) == ((), None, MODEL_FAILED)
    assert found.passages
    counted = asker.metrics.render().decode()
    assert re.search(r'mockround_fallbacks_total\{.*"reply".*\} 1\.0', counted), counted


async def test_the_guide_does_not_guess(real_library: Library) -> None:
    found = await real_library.ask_guide("Who won the football match?")
    assert (found.passages, found.note) == ((), NOTHING)


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("", "Write a question"),
        (" \0\n", "Write a question"),
        ("x" * 2001, "2,001 characters; the limit is 2,000"),
    ],
    ids=["empty", "blank", "long"],
)
async def test_a_bad_question_to_the_guide_is_refused(library: Library, question: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        await library.ask_guide(question)


def test_passages_are_found_by_id(library: Library) -> None:
    known = library.interviewer.retriever.passages[0]
    (card,) = library.passages(["gone", known.passage_id])
    assert (card.id, card.text) == (known.passage_id, known.text)


def test_only_a_trusted_model_is_named(library: Library, parts: Parts) -> None:
    assert library.follow_up_model is None
    assert make_world(parts, "sqlite://", model=ScriptedModel()).service.library.follow_up_model == "scripted"


# Stored sessions


async def test_sessions_are_listed_and_deleted(world: World) -> None:
    first = await world.start()
    world.clock.tick(60)
    second = await world.start("all", "IC5")
    world.clock.tick(60)
    await world.act(first.id, "end")

    listed = (await world.service.session_page("local")).sessions
    assert [(line.id, line.title, line.finished) for line in listed] == [
        (first.id, "Systems · IC3", True),
        (second.id, "Everything · IC5", False),
    ]
    assert listed[0].created_at == "2026-03-02T10:00:00+00:00"
    assert listed[0].updated_at == "2026-03-02T10:02:00+00:00"
    assert (await world.service.session_page("somebody else")).sessions == ()

    await world.service.delete(first.id, LOCAL_OWNER)
    assert [line.id for line in (await world.service.session_page(LOCAL_OWNER)).sessions] == [second.id]
    with pytest.raises(UnknownThing):
        await world.service.view(first.id, LOCAL_OWNER)
    with pytest.raises(UnknownThing):
        await world.service.delete(first.id, LOCAL_OWNER)
    assert (await world.service.view(second.id, LOCAL_OWNER)).title == "Everything · IC5"


async def test_a_browser_comes_back_to_its_open_session(world: World) -> None:
    view = await world.start()
    await world.service.open_in(view.id, LOCAL_OWNER, "browser")
    assert await world.service.latest_open("browser", LOCAL_OWNER) == view.id
    await world.act(view.id, "end")
    assert await world.service.latest_open("browser", LOCAL_OWNER) is None
    assert await world.service.latest_open("another", LOCAL_OWNER) is None
