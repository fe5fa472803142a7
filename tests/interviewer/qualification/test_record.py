"""A record holds for one model at one place until something that it stands on changes, and then decides what is used."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from qualified import BAD, figures, record_of
from round_world import World, make_world

from interviewer.build import Parts
from interviewer.errors import SetupError
from interviewer.judge.model import PROMPT_IDS
from interviewer.llm.connect import ModelStatus
from interviewer.llm.scripted import ScriptedModel
from interviewer.owners import LOCAL_OWNER
from interviewer.prompts import load_prompt
from interviewer.qualification.measure import Figures
from interviewer.qualification.record import Qualifications, as_json
from interviewer.qualification.uses import USES

ANSWER = "credit 0.3 It grows with the batch."
FRESH = "What else of the cache grows when the batch of requests gets larger?"


@pytest.fixture
def records(tmp_path: Path) -> Qualifications:
    return Qualifications(tmp_path / "qualifications", "hash-256")


@pytest.fixture
def model() -> ScriptedModel:
    return ScriptedModel(lambda _: FRESH, name="small")


def test_a_model_that_was_not_measured_writes_and_does_not_score(
    records: Qualifications, model: ScriptedModel
) -> None:
    standing = records.standing(model)
    assert (standing.record, standing.holds) == (None, False)
    assert [use for use in USES if standing.trusts(use)] == ["follow_ups", "feedback"]
    assert standing.sentence == (
        "Not qualified yet: follow-ups behind the guard and feedback text, no scores; run mockround qualify."
    )


def test_a_record_is_found_again_by_model_and_place(records: Qualifications, model: ScriptedModel) -> None:
    path = records.keep(record_of(records, figures(follow_ups=BAD)))
    standing = records.standing(model)
    assert standing.holds
    assert [use for use in USES if standing.trusts(use)] == ["judge", "blend", "code_questions", "feedback"]
    assert standing.sentence == (
        "Qualified on 2026-03-02: judging yes, blending yes, follow-ups no, questions about code yes, feedback yes; "
        "judging and blending are shown only, scores come from the embedded judge."
    )
    assert not records.standing(ScriptedModel(name="other")).holds
    assert list(path.parent.iterdir()) == [path], "nothing else is left behind"

    records.keep(record_of(records, figures()))
    assert records.standing(model).trusts("follow_ups"), "the last one counts"
    path.write_text("{")
    assert records.standing(model).record is None


def _other_prompt(prompt_id: str) -> Callable[[dict[str, Any]], object]:
    return lambda data: data["prompts"].update({prompt_id: "0" * 64})


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (_other_prompt("follow_up"), "prompts"),
        (_other_prompt("code_question"), "prompts"),
        (lambda data: data["prompts"].pop("judge_fault"), "prompts"),
        (lambda data: data["settings"].update(follow_up_temperature=0.0), "settings"),
        (lambda data: data.update(probes_sha256="0" * 64), "probes"),
        (lambda data: data.update(mockround="0.0.1"), "mockround"),
        (lambda data: data.update(embedder="another"), "embedder"),
        (lambda data: data.update(calibration="another"), "calibration"),
    ],
)
def test_a_record_expires_with_whatever_it_stands_on(
    records: Qualifications, model: ScriptedModel, change: Callable[[dict[str, Any]], object], word: str
) -> None:
    path = records.keep(record_of(records, figures(follow_ups=BAD, feedback=BAD)))
    assert not records.standing(model).trusts("feedback")
    data = json.loads(path.read_text(encoding="utf-8"))
    change(data["conditions"])
    path.write_text(json.dumps(data), encoding="utf-8")
    standing = Qualifications(path.parent, "hash-256").standing(model)
    assert not standing.holds
    assert f"2026-03-02, which has expired ({word} changed since)" in standing.sentence
    assert standing.sentence.endswith("run mockround qualify again.")
    assert standing.trusts("feedback"), "as if it had not been measured"
    assert not standing.trusts("judge")


def test_a_record_names_every_prompt_and_setting(records: Qualifications) -> None:
    data = json.loads(as_json(record_of(records, figures())))
    assert data.keys() == {"model", "where", "measured_at", "took_s", "uses", "figures", "conditions"}
    assert list(data["uses"]) == list(USES)
    check = data["uses"]["judge"]["checks"][0]
    assert check.keys() == {"figure", "value", "at", "bound", "passed", "reason"}
    assert all(check["reason"] for use in data["uses"].values() for check in use["checks"])
    assert data["conditions"]["prompts"] == {
        name: load_prompt(name).sha256 for name in (*PROMPT_IDS, "follow_up", "code_question", "feedback")
    }
    assert data["figures"].keys() == {"verdicts", "attacks", "follow_ups", "code_questions", "feedback"}


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    records = Qualifications(tmp_path / "file" / "in", "hash-256")
    with pytest.raises(SetupError, match="--data"):
        records.prepare()
    with pytest.raises(SetupError, match="--data"):
        records.keep(record_of(records, figures()))


# What it changes


def world_with(parts: Parts, folder: Path, model: ScriptedModel, found: Figures | None) -> World:
    records = Qualifications(folder / "qualifications", parts.embedder.name)
    if found is not None:
        records.keep(record_of(records, found))
    status = ModelStatus("server", "as connected", "small", "scripted")
    url = f"sqlite:///{folder / 'rounds.db'}"
    return make_world(parts, url, model=model, second_opinion=False, status=status, qualifications=records)


def asked(model: ScriptedModel, words: str) -> bool:
    return any(words in pair[0].content for pair in model.asked)


@pytest.mark.parametrize(
    ("found", "follow_ups", "advice"),
    [
        (None, True, True),
        (figures(), True, True),
        (figures(follow_ups=BAD), False, True),
        (figures(feedback=BAD), True, False),
        (figures(follow_ups=BAD, feedback=BAD), False, False),
    ],
    ids=["not measured", "everything", "no follow-ups", "no feedback", "neither"],
)
async def test_what_a_model_is_not_trusted_with_it_is_not_asked_for(
    parts: Parts, tmp_path: Path, model: ScriptedModel, found: Figures | None, follow_ups: bool, advice: bool
) -> None:
    world = world_with(parts, tmp_path, model, found)
    view = await world.start()
    view = await world.say(view.id, ANSWER)
    assert view.turn == 1
    report = await world.service.report(view.id, LOCAL_OWNER)
    assert report.coming.advice == int(advice)
    await world.service.drain()
    assert asked(model, "follow-up questions") is follow_ups
    assert asked(model, "one sentence of advice") is advice
    by_hand = await world.service.library.follow_ups("kv-cache", ANSWER)
    assert by_hand.followups
    assert (by_hand.prompt_sha256 is not None) is follow_ups
    sentence = world.service.model.status.sentence
    assert ("follow-ups come from the bank" in sentence) is not follow_ups
    assert world.service.model.trust.startswith("Qualified on" if found else "Not qualified yet")
    await world.service.aclose()


async def test_without_a_model_nothing_is_said_of_trust(parts: Parts, tmp_path: Path) -> None:
    world = make_world(parts, f"sqlite:///{tmp_path / 'rounds.db'}")
    assert world.service.model.trust == ""
    assert world.service.interviewer.model_for("feedback") is None
    await world.service.aclose()


async def test_a_record_counts_for_a_running_service(
    parts: Parts, tmp_path: Path, model: ScriptedModel
) -> None:
    world = world_with(parts, tmp_path, model, None)
    assert world.service.interviewer.model_for("follow_ups") is model
    records = Qualifications(tmp_path / "qualifications", parts.embedder.name)
    records.keep(record_of(records, figures(follow_ups=BAD)))
    assert world.service.interviewer.model_for("follow_ups") is None
    assert world.service.interviewer.model_for("judge") is model, "shown, and nothing asks for it yet"
    await world.service.aclose()
