"""What `/metrics` exports: one registry, fed by the HTTP layer, by the interview and by observations of the model.

Names follow https://prometheus.io/docs/practices/naming/: `mockround_`, base units, `_total` for counters. Labels take
values from short, fixed lists (routes, verbs, reasons); no session, model or question is in one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Literal, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from interviewer.llm.observe import (
    Admitted,
    CircuitMoved,
    CircuitState,
    Ended,
    FirstToken,
    GaveUp,
    Observation,
    Queued,
    Refused,
    Retried,
    TokensUsed,
)

AssessmentOutcome = Literal["scored", "unscored", "pending"]
# Whose limit a refused piece of work met: that of all together, or that of one user.
WorkLimit = Literal["all", "one"]
FallbackKind = Literal["follow_up", "reply", "feedback", "reaction"]

# Up to the longest that a reply may take (server_calls.Timeouts).
_MODEL_BUCKETS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 3.0, 6.0, 12.0, 30.0, 60.0, 120.0, 300.0)
_WAIT_BUCKETS = (0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
_AGAIN_BUCKETS = (3.0, 5.0, 10.0, 20.0, 30.0, 45.0, 60.0)
_SECONDS_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)


class Metrics:
    """Counters of one process. Series with labels appear when they are first counted."""

    def __init__(self) -> None:
        """Everything at nothing, in a registry of its own."""
        self.registry = CollectorRegistry()
        self._of_http()
        self._of_rounds()
        self._of_work()
        self._of_model()

    def render(self) -> bytes:
        """The metrics in Prometheus' text format."""
        return generate_latest(self.registry)

    def count_request(self, route: str, status: int, seconds: float) -> None:
        """An HTTP request whose answer began after `seconds`. `route` is a template, never a path."""
        self._http_seconds.labels(route).observe(seconds)
        self._http_requests.labels(route, str(status)).inc()

    @contextmanager
    def assessing(self, judge: str) -> Iterator[dict[str, AssessmentOutcome]]:
        """Times one assessment; what is put under `outcome` is counted, nothing if that is nothing."""
        said: dict[str, AssessmentOutcome] = {}
        began = perf_counter()
        yield said
        if (outcome := said.get("outcome")) is not None:
            self._assessment_seconds.labels(judge).observe(perf_counter() - began)
            self._assessments.labels(judge, outcome).inc()

    def count_fallback(self, kind: FallbackKind, reason: str) -> None:
        """The bank spoke in the model's place: a ModelError's `reason`, or `guard`."""
        self._fallbacks.labels(kind, reason).inc()

    def limit_work(self, at_once: int) -> None:
        """As many pieces of work are taken at once."""
        self._work_limit.set(at_once)

    @contextmanager
    def working(self) -> Iterator[None]:
        """A piece of work, for as long as it lasts."""
        with self._work.track_inprogress():
            yield

    def refuse_work(self, limit: WorkLimit, again_s: int) -> None:
        """A piece of work was not taken, and may come again in `again_s` seconds."""
        self._work_refused.labels(limit).inc()
        self._work_again_seconds.observe(again_s)

    def observe_model(self, observation: Observation) -> None:
        """The observer for `interviewer.llm.connect`."""
        match observation:
            case Queued():
                self._waiting.inc()
            case GaveUp():
                self._waiting.dec()
            case Admitted(verb=verb, waited_s=waited_s):
                self._waiting.dec()
                self._running.inc()
                self._wait_seconds.labels(verb).observe(waited_s)
            case FirstToken(seconds=seconds):
                self._first_token_seconds.observe(seconds)
            case Ended(verb=verb, outcome=outcome, seconds=seconds):
                self._running.dec()
                self._requests.labels(verb, outcome).inc()
                self._request_seconds.labels(verb).observe(seconds)
            case Refused(verb=verb):
                self._requests.labels(verb, "circuit_open").inc()
            case Retried():
                self._retries.inc()
            case TokensUsed():
                self._count_tokens(observation)
            case CircuitMoved(state=state):
                for name in get_args(CircuitState):
                    self._circuit.labels(name).set(name == state)
                if state == "open":
                    self._circuit_openings.inc()

    def _count_tokens(self, used: TokensUsed) -> None:
        self._prompt_tokens.labels(used.verb).inc(used.prompt)
        self._completion_tokens.labels(used.verb).inc(used.completion)
        if used.cached is not None:
            self._cached_tokens.labels(used.verb).inc(used.cached)

    def _of_http(self) -> None:
        self._http_requests = Counter(
            "mockround_requests_total", "HTTP requests.", ["route", "status"], registry=self.registry
        )
        self._http_seconds = self._histogram(
            "mockround_request_seconds",
            "Time until an HTTP request's answer begins.",
            _SECONDS_BUCKETS,
            "route",
        )

    def _of_rounds(self) -> None:
        self._assessment_seconds = self._histogram(
            "mockround_assessment_seconds", "Time to judge one answer of a round.", _SECONDS_BUCKETS, "judge"
        )
        self._assessments = self._counter(
            "mockround_assessments_total",
            "Answers of rounds that were judged: scored, unscored with a reason, or pending because judging failed.",
            "judge",
            "outcome",
        )
        self._fallbacks = self._counter(
            "mockround_fallbacks_total",
            "Utterances of the bank in the model's place, by what was wrong with the model or its proposals.",
            "utterance",
            "reason",
        )

    def _of_work(self) -> None:
        self._work = self._gauge("mockround_work_under_way", "Rounds and single answers worked on now.")
        self._work_limit = self._gauge("mockround_work_limit", "How many are worked on at once at most.")
        self._work_refused = self._counter(
            "mockround_work_refused_total",
            "Pieces of work that were refused, by whose limit was met: of all together, or of one user.",
            "limit",
        )

        self._work_again_seconds = self._histogram(
            "mockround_work_again_seconds",
            "In how many seconds refused work was told to come again.",
            _AGAIN_BUCKETS,
        )

    def _of_model(self) -> None:
        self._requests = self._counter(
            "mockround_model_requests_total",
            "Requests to the language model by how they ended.",
            "verb",
            "outcome",
        )
        self._request_seconds = self._histogram(
            "mockround_model_request_seconds",
            "Time of a request to the language model, retries included, waiting for its turn not.",
            _MODEL_BUCKETS,
            "verb",
        )
        self._first_token_seconds = self._histogram(
            "mockround_model_first_token_seconds", "Time until the first text of a reply.", _MODEL_BUCKETS
        )
        self._wait_seconds = self._histogram(
            "mockround_model_wait_seconds", "Time that a request waited for its turn.", _WAIT_BUCKETS, "verb"
        )
        self._waiting = self._gauge(
            "mockround_model_waiting_requests", "Requests that wait for their turn now."
        )
        self._running = self._gauge("mockround_model_running_requests", "Requests under way now.")
        self._retries = self._counter(
            "mockround_model_retries_total", "Requests that were sent again after a failure."
        )
        self._prompt_tokens = self._counter(
            "mockround_model_prompt_tokens_total", "Tokens of prompts, as the server counts them.", "verb"
        )
        self._cached_tokens = self._counter(
            "mockround_model_cached_prompt_tokens_total",
            "Tokens of prompts that the server had in its cache; absent where it does not say.",
            "verb",
        )
        self._completion_tokens = self._counter(
            "mockround_model_completion_tokens_total", "Tokens of replies, as the server counts them.", "verb"
        )
        self._circuit = self._gauge(
            "mockround_model_circuit", "1 for the state of the circuit breaker, 0 for the others.", "state"
        )
        self._circuit_openings = self._counter(
            "mockround_model_circuit_openings_total",
            "How often the language model was left alone for a while.",
        )

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(name, text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(name, text, labels, registry=self.registry, buckets=buckets)
