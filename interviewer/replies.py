"""Answers to the candidate's own questions about role and process, from the guide and nothing else."""

from __future__ import annotations

import asyncio
import logging
import re

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


async def reply_from_guide(
    question: str, retriever: Retriever, model: ChatModel | None
) -> tuple[str, tuple[str, ...], str | None]:
    """The reply, the ids of the passages that it stands on, and the model's name if a model worded it."""
    hits = await asyncio.to_thread(retriever.retrieve, question, MAX_PASSAGES, kinds=(PassageKind.GUIDE,))
    cosine = await asyncio.to_thread(retriever.cosine, question, hits[0].passage) if hits else 0.0
    if cosine < NEAR_COSINE:
        return NOTHING, (), None
    grounds = tuple(hit.passage.passage_id for hit in hits)
    if model is not None:
        try:
            messages = messages_for(
                "answer_candidate_question", question=question, passages=[h.passage for h in hits]
            )
            text = "".join([piece async for piece in model.complete(messages, max_tokens=220)]).strip()
            if text:
                return text, grounds, model.name
        except ModelError as error:
            log.warning("the model did not answer the candidate's question: %s", error)
    best = hits[0].passage
    return f"The role guide says, under “{best.title}”: {_excerpt(best.text)}", grounds[:1], None


def _excerpt(text: str) -> str:
    words = re.sub(r"\s+", " ", text.replace("\n- ", "; ").replace("**", "")).split(" ")
    short = " ".join(words[:MAX_WORDS])
    return short if len(words) <= MAX_WORDS else short.rsplit(". ", 1)[0].rstrip(".") + " …"
