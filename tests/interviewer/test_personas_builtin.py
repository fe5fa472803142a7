"""The eight scripted candidates on the built-in pack with the real judge: their order, their bands, and an end."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from real_server import with_index

from interviewer.build import Parts, build_parts, build_service
from interviewer.config import Settings
from interviewer.personas import persona_names
from interviewer.report import Report
from interviewer.service import StartRequest
from interviewer.simulate import SimulatedClock, simulate

ROUNDS = ("ml-systems", "ml-knowledge")
NOTHING_TO_SCORE = ("gibberish", "dont-know", "repeater", "injector")

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Played:
    """A persona's report, and whether the round came to its end."""

    report: Report
    finished: bool


@pytest.fixture(scope="module")
def settings(built_in_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(data=with_index(tmp_path_factory.mktemp("built-in") / "data", built_in_data), llm="none")


@pytest.fixture(scope="module")
def built_in(settings: Settings) -> Parts:
    return build_parts(settings, with_model=False)


@pytest.fixture(params=ROUNDS)
async def played(request: pytest.FixtureRequest, settings: Settings, built_in: Parts) -> dict[str, Played]:
    reports = {}
    for persona in persona_names():
        clock = SimulatedClock()
        service = build_service(settings, built_in, store_url="sqlite://", clock=clock)
        try:
            wanted = StartRequest(request.param, "IC3", seed=0)
            report, view = await simulate(service, clock, persona, wanted)
            reports[persona] = Played(report, view.finished)
        finally:
            service.store.close()
    return reports


async def test_personas_are_told_apart(played: dict[str, Played]) -> None:
    scores = {name: item.report.score for name, item in played.items()}
    assert None not in scores.values()
    shown = {name: round(score or 0, 3) for name, score in scores.items()}
    bands = {name: item.report.band for name, item in played.items()}

    assert shown["strong"] > shown["partial"] > shown["weak"], shown
    assert all(shown["weak"] > shown[name] for name in NOTHING_TO_SCORE), shown
    assert bands["strong"] in (3, 4), (shown, bands)
    assert {name: bands[name] for name in NOTHING_TO_SCORE} == dict.fromkeys(NOTHING_TO_SCORE, 0), shown

    for name, item in played.items():
        asked = [turn.question_id for turn in item.report.turns if turn.kind == "question"]
        prompts = [turn.prompt for turn in item.report.turns]
        assert item.finished, name
        assert asked, f"{name} was asked nothing"
        assert len(set(asked)) == len(asked), f"{name} got a question twice"
        assert len(set(prompts)) == len(prompts), f"{name} got the same words twice"
