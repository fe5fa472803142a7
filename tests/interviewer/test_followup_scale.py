"""How near a proposal is to everything around it."""

from __future__ import annotations

import pytest

from interviewer.followup_guard import Hidden, Situation
from interviewer.followup_scale import Scale
from retrieval import HashEmbedder

EMBEDDER = HashEmbedder()
TARGET = Hidden("lock", ("takes a lock around it", "one writer at a time"))
OTHER = Hidden("cause", ("two writers overlap",))


def scale(answer: str = "I would look closer.", target: Hidden | None = TARGET) -> Scale:
    situation = Situation(
        question="An update is lost.",
        answer=answer,
        asked=("Which update is lost?",),
        passages=("Locks. A lock lets one writer in.", "Pay. Stock vests."),
        target=target,
        others=(OTHER,),
    )
    return Scale(situation, EMBEDDER)


def vector(text: str):  # type: ignore[no-untyped-def]
    return EMBEDDER.embed_queries([text])[0]


def test_the_nearest_phrase_counts() -> None:
    near = scale().nearness(vector("one writer at a time"), ())
    assert near.target == pytest.approx(1.0)
    assert near.others < 0.5
    assert scale().nearness(vector("two writers overlap"), ()).others == pytest.approx(1.0)


def test_only_what_nobody_has_said_is_unsaid() -> None:
    proposal = vector("one writer at a time")
    assert scale().nearness(proposal, ()).unsaid == pytest.approx(1.0)
    said = scale("One writer at a time! I would look closer.").nearness(proposal, ())
    assert said.target == pytest.approx(1.0)
    assert said.unsaid < 0.5


def test_without_a_target_nothing_is_near_to_it() -> None:
    near = scale(target=None).nearness(vector("one writer at a time"), ())
    assert (near.target, near.unsaid) == (0.0, 0.0)


def test_what_was_admitted_counts_as_asked() -> None:
    text = "Who holds the lock?"
    assert scale().nearness(vector(text), ()).asked < 0.5
    assert scale().nearness(vector(text), (text,)).asked == pytest.approx(1.0)


def test_the_passages_that_it_stands_on() -> None:
    assert scale().nearest_passages(vector("a lock lets one writer in")) == [0]
    assert scale().nearest_passages(vector("blue moon")) == []
