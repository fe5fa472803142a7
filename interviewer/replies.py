"""Answers to the candidate's own questions about role and process, from the guide and nothing else."""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import dataclass

from corpus import PassageKind
from interviewer.llm.errors import ModelError
from interviewer.llm.protocol import ChatModel
from interviewer.prompts import messages_for
from retrieval import Retriever

log = logging.getLogger(__name__)

MAX_PASSAGES = 3
MAX_WORDS = 110
# Below this cosine the guide's best passage is about something else. Set by hand on the built-in guide.
NEAR_COSINE = 0.30

NOTHING = (
    "I cannot answer that from the role guide, and I would rather not guess. "
    "It is a good question for the recruiter or for the team that you will join."
)


@dataclass(frozen=True)
class GuideReply:
    """What is said, and the ids of the passages that it stands on.

    `model` is the model's name if a model worded it, `failed` the `reason` of the ModelError if one was to and failed.
    """

    text: str
    grounds: tuple[str, ...] = ()
    model: str | None = None
    failed: str | None = None


async def reply_from_guide(question: str, retriever: Retriever, model: ChatModel | None) -> GuideReply:
    """The reply, in the model's words or the guide's own."""
    hits = await asyncio.to_thread(retriever.retrieve, question, MAX_PASSAGES, kinds=(PassageKind.GUIDE,))
    cosine = await asyncio.to_thread(retriever.cosine, question, hits[0].passage) if hits else 0.0
    if cosine < NEAR_COSINE:
        return GuideReply(NOTHING)
    grounds = tuple(hit.passage.passage_id for hit in hits)
    failed = None
    if model is not None:
        try:
            messages = messages_for(
                "answer_candidate_question", question=question, passages=[h.passage for h in hits]
            )
            text = "".join([piece async for piece in model.complete(messages, max_tokens=220)]).strip()
            if text:
                return GuideReply(text, grounds, model.name)
        except ModelError as error:
            failed = error.reason
            log.warning("the model did not answer the candidate's question: %s", error)
    best = hits[0].passage
    said = f"The role guide says, under “{best.title}”: {_excerpt(best.text)}"
    return GuideReply(said, grounds[:1], failed=failed)


def _excerpt(text: str) -> str:
    words = re.sub(r"\s+", " ", text.replace("\n- ", "; ").replace("**", "")).split(" ")
    short = " ".join(words[:MAX_WORDS])
    return short if len(words) <= MAX_WORDS else short.rsplit(". ", 1)[0].rstrip(".") + " …"
