"""What `/metrics` exports, that it is explained, and that the Grafana dashboard asks for nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_client import make_client
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from round_world import World

from interviewer.llm.observe import (
    Admitted,
    CircuitMoved,
    Ended,
    FirstToken,
    GaveUp,
    Observation,
    Queued,
    Refused,
    Retried,
    TokensUsed,
)
from interviewer.metrics import Metrics

ROOT = Path(__file__).parents[2]
DASHBOARD = json.loads((ROOT / "deploy" / "grafana" / "mockround.json").read_text(encoding="utf-8"))
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
# Everything that can be told of a request, so that every series exists.
ALL: tuple[Observation, ...] = (
    CircuitMoved("closed"),
    Queued("complete"),
    Admitted("complete", 0.5),
    Retried(),
    FirstToken(0.25),
    TokensUsed("complete", 30, 4, 16),
    Ended("complete", "ok", 1.0),
    Queued("choose"),
    GaveUp("choose"),
    CircuitMoved("open"),
    Refused("choose"),
)


def observed(*observations: Observation) -> Metrics:
    metrics = Metrics()
    for observation in observations:
        metrics.observe_model(observation)
    return metrics


def families(metrics: Metrics) -> dict[str, Metric]:
    """What is exported, without the library's note of when each series began."""
    found = text_string_to_metric_families(metrics.render().decode())
    return {family.name: family for family in found if not family.name.endswith("_created")}


def documented(metric: Metric) -> str:
    """The name under which a metric is queried and written about."""
    return f"{metric.name}_total" if metric.type == "counter" else metric.name


def test_a_request_is_followed_from_the_queue_to_its_end() -> None:
    value = observed(*ALL).registry.get_sample_value
    assert value("mockround_model_waiting_requests") == 0
    assert value("mockround_model_running_requests") == 0
    assert value("mockround_model_wait_seconds_sum", {"verb": "complete"}) == 0.5
    assert value("mockround_model_first_token_seconds_sum") == 0.25
    assert value("mockround_model_request_seconds_sum", {"verb": "complete"}) == 1.0
    assert value("mockround_model_requests_total", {"verb": "complete", "outcome": "ok"}) == 1
    assert value("mockround_model_requests_total", {"verb": "choose", "outcome": "circuit_open"}) == 1
    assert value("mockround_model_retries_total") == 1
    assert value("mockround_model_prompt_tokens_total", {"verb": "complete"}) == 30
    assert value("mockround_model_completion_tokens_total", {"verb": "complete"}) == 4
    assert value("mockround_model_cached_prompt_tokens_total", {"verb": "complete"}) == 16


def test_requests_that_wait_and_run_are_seen() -> None:
    metrics = observed(Queued("complete"), Admitted("complete", 0.0), Queued("choose"), Queued("choose"))
    assert metrics.registry.get_sample_value("mockround_model_running_requests") == 1
    assert metrics.registry.get_sample_value("mockround_model_waiting_requests") == 2


def test_the_circuit_is_in_one_state() -> None:
    metrics = observed(CircuitMoved("closed"), CircuitMoved("open"), CircuitMoved("half_open"))
    value = metrics.registry.get_sample_value
    states = {
        name: value("mockround_model_circuit", {"state": name}) for name in ("closed", "open", "half_open")
    }
    assert states == {"closed": 0, "open": 0, "half_open": 1}
    assert value("mockround_model_circuit_openings_total") == 1


def test_what_a_server_does_not_count_is_absent_and_not_zero() -> None:
    text = observed(TokensUsed("choose", 30, 1, None)).render().decode()
    assert 'mockround_model_prompt_tokens_total{verb="choose"} 30.0' in text
    assert not re.search(r"^mockround_model_cached_prompt_tokens_total", text, re.MULTILINE)
    assert "# HELP mockround_model_cached_prompt_tokens_total " in text


def test_every_metric_is_explained_in_the_text_and_in_the_documentation() -> None:
    page = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    found = families(observed(*ALL))
    assert len(found) == 21
    for metric in found.values():
        assert metric.documentation.endswith("."), metric.name
        assert f"`{documented(metric)}`" in page, metric.name


def test_the_documentation_names_no_metric_that_is_not_there() -> None:
    page = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    exported = {documented(metric) for metric in families(Metrics()).values()}
    assert set(re.findall(r"`(mockround_\w+)`", page)) <= exported


def test_names_follow_prometheus_guide() -> None:
    for metric in families(observed(*ALL)).values():
        assert re.fullmatch(r"mockround_[a-z]+(_[a-z]+)*", metric.name)
        if metric.type == "histogram":
            assert metric.name.endswith("_seconds")
        assert not re.search(r"_(ms|minutes|count|sum|bucket)$", metric.name)


async def test_a_whole_round_leaves_nothing_of_itself_in_a_label(world: World) -> None:
    async with make_client(world) as client:
        view = await world.start()
        await client.get(f"/api/v1/sessions/{view.id}")
        await world.say(view.id, "credit 0.5 Something of my own")
        await world.say(view.id, "judge fails")
        text = (await client.get("/metrics")).text
    assert view.id not in text
    assert 'mockround_assessments_total{judge="embedded",outcome="scored"} 1.0' in text
    assert 'mockround_assessments_total{judge="embedded",outcome="pending"} 1.0' in text
    labels = set(re.findall(r'(\w+)="', text))
    assert labels <= {"route", "status", "judge", "outcome", "utterance", "reason", "verb", "state", "le"}


# The dashboard


def queries() -> Iterator[str]:
    for panel in PANELS:
        yield from (target["expr"] for target in panel["targets"])
    for variable in DASHBOARD["templating"]["list"]:
        yield variable.get("definition", "")


def names_in(query: str) -> set[str]:
    return set(re.findall(r"\bmockround_\w+", query))


@pytest.mark.parametrize("query", [query for query in queries() if names_in(query)])
def test_a_query_of_the_dashboard_finds_its_metric_and_labels(query: str) -> None:
    exported: dict[str, set[str]] = {}
    for family in families(everything()).values():
        for sample in family.samples:
            exported.setdefault(sample.name, set()).update(sample.labels)
    for name in names_in(query):
        assert name in exported
        grouped = {label for by in re.findall(r"by \(([^)]*)\)", query) for label in by.split(", ")}
        assert grouped <= exported[name]


def everything() -> Metrics:
    """Metrics in which every series exists."""
    metrics = observed(*ALL)
    metrics.count_request("/", 200, 0.1)
    metrics.count_fallback("reply", "unavailable")
    metrics.refuse_work("all", 5)
    with metrics.assessing("embedded") as counted:
        counted["outcome"] = "scored"
    return metrics


def test_the_dashboard_shows_every_metric() -> None:
    shown = {name for query in queries() for name in names_in(query)}
    for metric in families(Metrics()).values():
        assert any(name.startswith(metric.name) for name in shown), metric.name


def test_the_dashboard_can_be_imported_anywhere() -> None:
    assert DASHBOARD.get("id") is None, "an id belongs to one Grafana"
    assert (DASHBOARD["uid"], DASHBOARD["title"]) == ("mockround", "mockround")
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    for panel in PANELS:
        sources = [panel["datasource"], *(target["datasource"] for target in panel["targets"])]
        assert all(source == {"type": "prometheus", "uid": "${datasource}"} for source in sources)
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])
        assert panel["title"]


def test_panels_do_not_lie_on_one_another() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place: dict[str, Any] = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        columns, rows = range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"])
        cells = {(x, y) for x in columns for y in rows}
        assert not cells & taken, panel["title"]
        taken |= cells
