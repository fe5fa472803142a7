"""Answers to the candidate's own questions about role and process, from the guide and nothing else."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass

from corpus import Passage, PassageKind
from interviewer.computing import computed
from interviewer.judge.injection import injected_spans
from interviewer.judge.sentences import split_sentences
from interviewer.llm.errors import ModelError
from interviewer.llm.protocol import ChatModel
from interviewer.prompts import messages_for, neutralise
from retrieval import Retriever

log = logging.getLogger(__name__)

MAX_PASSAGES = 3
MAX_WORDS = 110
# Below this cosine the guide's best passage is about something else. Set by hand on the built-in guide.
NEAR_COSINE = 0.30

_WEB_PLACE = re.compile(r"(?:https?://|www\.)[^\s)\]>]+", re.IGNORECASE)

NOTHING = (
    "I cannot answer that from the role guide, and I would rather not guess. "
    "It is a good question for the recruiter or for the team that you will join."
)


@dataclass(frozen=True)
class CitedSentence:
    """A sentence of a reply. `passage` is the place, from 0, of the passage nearest to it; None where none is near."""

    text: str
    passage: int | None


@dataclass(frozen=True)
class GuideReply:
    """What is said, and the ids of the passages that it stands on.

    `model` is the model's name if a model worded it, `failed` the `reason` of the ModelError if one was to and failed;
    `guarded`: what it said may not stand.
    """

    text: str
    grounds: tuple[str, ...] = ()
    model: str | None = None
    failed: str | None = None
    guarded: bool = False

    @property
    def fallback(self) -> str | None:
        """Why the guide's own words stand in the model's place, as it is counted; None where they do not."""
        return "guard" if self.guarded else self.failed


async def reply_from_guide(question: str, retriever: Retriever, model: ChatModel | None) -> GuideReply:
    """The reply, in the model's words or the guide's own."""
    return await reply_on(question, await find_in_guide(question, retriever), model)


async def find_in_guide(question: str, retriever: Retriever) -> tuple[Passage, ...]:
    """At most MAX_PASSAGES of the guide, nearest first; none where the nearest is about something else."""
    hits = await computed(retriever.retrieve, question, MAX_PASSAGES, kinds=(PassageKind.GUIDE,))
    cosine = await computed(retriever.cosine, question, hits[0].passage) if hits else 0.0
    return () if cosine < NEAR_COSINE else tuple(hit.passage for hit in hits)


async def reply_on(question: str, passages: Sequence[Passage], model: ChatModel | None) -> GuideReply:
    """The reply from passages that were found, in the model's words or the first one's own."""
    if not passages:
        return GuideReply(NOTHING)
    grounds = tuple(passage.passage_id for passage in passages)
    failed, guarded = None, False
    if model is not None:
        try:
            messages = messages_for("answer_candidate_question", question=question, passages=passages)
            text = "".join([piece async for piece in model.complete(messages, max_tokens=220)]).strip()
            if text and not _is_forged(text, passages):
                return GuideReply(text, grounds, model.name)
            guarded = bool(text)
        except ModelError as error:
            failed = error.reason
            log.warning("the model did not answer the candidate's question: %s", error)
    best = passages[0]
    said = f"The role guide says, under “{best.title}”: {_excerpt(best.text)}"
    return GuideReply(said, grounds[:1], failed=failed, guarded=guarded)


def cite(text: str, passages: Sequence[Passage], retriever: Retriever) -> tuple[CitedSentence, ...]:
    """The sentences of a reply, each with the passage that it is nearest to by cosine, from NEAR_COSINE on.

    Nearness is not proof: a sentence may be near a passage and still say what is not in it.
    """
    cited = []
    for sentence in split_sentences(text):
        cosines = [retriever.cosine(sentence.text, passage) for passage in passages]
        best = max(range(len(cosines)), key=cosines.__getitem__, default=None)
        near = best is not None and cosines[best] >= NEAR_COSINE
        cited.append(CitedSentence(sentence.text, best if near else None))
    return tuple(cited)


def _is_forged(text: str, passages: Sequence[Passage]) -> bool:
    """Whether a reply obeys somebody else than us: orders, verdicts, markup, or a place on the web that no passage names."""
    known = " ".join(passage.text for passage in passages)
    return (
        neutralise(text) != text
        or bool(injected_spans(text))
        or any(place not in known for place in _WEB_PLACE.findall(text))
    )


def _excerpt(text: str) -> str:
    words = re.sub(r"\s+", " ", text.replace("\n- ", "; ").replace("**", "")).split(" ")
    short = " ".join(words[:MAX_WORDS])
    return short if len(words) <= MAX_WORDS else short.rsplit(". ", 1)[0].rstrip(".") + " …"
