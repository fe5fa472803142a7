"""A question about submitted code in a model's words. What it asks about was found by code and stays as it is.

The model is given the fact and the plain question about it (`code_reading`, the first failing test) and words the question
alone. Its wording passes the guard of follow-ups, and beside that it may name no other line and no other figure, and say
nothing of its own about the tests.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass

from corpus import Question
from interviewer.computing import computed
from interviewer.followup_guard import proposals_in
from interviewer.followups import admitted_wordings
from interviewer.judge.cleaning import clean
from interviewer.judge.injection import injected_spans
from interviewer.judge.words import stems
from interviewer.llm.errors import ModelError
from interviewer.llm.protocol import ChatModel
from interviewer.prompts import clip, load_prompt
from retrieval import Embedder
from rubrics import Rubric

log = logging.getLogger(__name__)

PROMPT_ID = "code_question"
TEMPERATURE = 0.5
MAX_TOKENS = 180
WORDINGS = 3
MAX_CODE_CHARS = 4000
MAX_QUESTION_CHARS = 1500
# Of the plain question's words, so many are in any wording of it.
LEAST_SHARED = 1 / 3

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_LINES = re.compile(r"\blines?\s+(\d+)", re.IGNORECASE)
_QUOTED = re.compile(r"[`“\"]([^`“”\"]+)[`”\"]")
# What only a run of the tests can say; the sentence before the question says it.
_OUTCOME = re.compile(
    r"\b(?:pass(?:es|ed)?|fail(?:s|ed|ing)?|bug|buggy|broken|mistake|fix|times? out|too slow)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Wording:
    """The question in a model's words; empty if none may stand, `failed` with the `reason` of the ModelError if it failed.

    `refused` says why other wordings may not stand.
    """

    text: str = ""
    failed: str | None = None
    refused: tuple[str, ...] = ()


async def word_question(
    model: ChatModel,
    embedder: Embedder,
    question: Question | str,
    rubric: Rubric,
    level: str,
    fact: str,
    plain: str,
    code: str,
    asked: Sequence[str],
) -> Wording:
    """Another wording of the plain question about a fact of the code. A model that fails is noted, never raised.

    `question` asked for the code; a question that is not in the bank is its text.
    """
    honest = clean(code)
    messages = load_prompt(PROMPT_ID).messages(
        count=WORDINGS,
        question=clip(question if isinstance(question, str) else question.prompt, MAX_QUESTION_CHARS),
        fact=fact,
        plain=plain,
        asked=asked,
        code=clip(honest.without(injected_spans(honest)).text, MAX_CODE_CHARS),
    )
    try:
        stream = model.complete(messages, max_tokens=MAX_TOKENS, temperature=TEMPERATURE)
        reply = "".join([piece async for piece in stream])
    except ModelError as error:
        log.warning("%s worded no question about code: %s", model.name, error)
        return Wording(failed=error.reason)
    drafts, refused = [], []
    for text in proposals_in(reply)[: 2 * WORDINGS]:
        fault = fault_of_fact(text, f"{fact} {plain}", plain)
        if fault is None:
            drafts.append(text)
        else:
            refused.append(fault)
    admitted, rejected = await computed(
        admitted_wordings, drafts, embedder, question, rubric, f"{fact} {plain}", asked, level
    )
    refused += [item.reason for item in rejected]
    for fault in refused:
        log.info("a question about code of %s left out: %s", model.name, fault)
    return Wording(admitted or "", refused=tuple(refused))


def fault_of_fact(text: str, known: str, plain: str) -> str | None:
    """What a wording says beyond what is known, or leaves out of the plain question; None if nothing."""
    if set(_NUMBER.findall(text)) - set(_NUMBER.findall(known)):
        return "It names a figure that nobody has found."
    if not set(_LINES.findall(plain)) <= set(_NUMBER.findall(text)):
        return "It does not name the line."
    if any(name not in known for name in _QUOTED.findall(text)):
        return "It quotes what is not there."
    if _OUTCOME.search(text):
        return "It speaks of the tests."
    subject = {stem for stem in stems(plain) if not stem.isdecimal()} - set(stems("line"))
    if len(subject & set(stems(text))) < LEAST_SHARED * len(subject):
        return "It asks something else."
    return None
