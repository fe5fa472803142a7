"""Whether what a model makes of the question about submitted code may be asked: the shipped guard first, then labels."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from interviewer.code_questions import word_question
from interviewer.llm.protocol import ChatModel
from interviewer.qualification.agreement import Estimate, estimate, mean
from interviewer.qualification.probes import CodeProbe, has_word
from retrieval import Embedder

NO_WORDING = "It worded nothing."
NOT_ABOUT_CODE = "It passed the guard and is about something else than the target."
GIVES_FIX = "It passed the guard and gives the fix away."
INVENTS = "It passed the guard and speaks of a failure that nobody has seen."

# What only a run of the code could have shown.
_FAILURE = re.compile(
    r"\b(?:crash\w*|errors?|exceptions?|rais(?:e[sd]?|ing)|throw\w*|wrong\w*|incorrect\w*|invalid|broken?|bug\w*|fail\w*"
    r"|mistakes?|infinite\w*|overflow\w*|hangs?|deadlock\w*|leaks?|corrupt\w*|nan)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class CodeQuestionFigures:
    """Situations in which a wording passed the guard (`admitted`), and is on target and spoils nothing (`passed`).

    `spoiled` is the share of situations in which the candidate would have read the fix, or of a failure that was none.
    """

    situations: int
    admitted: float | None
    passed: Estimate
    spoiled: float | None
    refused: dict[str, int]


async def faults_of_wording(model: ChatModel, embedder: Embedder, probe: CodeProbe) -> tuple[str, ...]:
    """Why no wording of the model may be asked, or what is wrong with the one that the guard admits; empty if nothing."""
    worded = await word_question(
        model, embedder, probe.prompt, probe.rubric, probe.level, probe.fact, probe.plain, probe.code, ()
    )
    if not worded.text:
        return worded.refused or (NO_WORDING,)
    fault = fault_of_admitted(worded.text, probe)
    return () if fault is None else (fault,)


def fault_of_admitted(text: str, probe: CodeProbe) -> str | None:
    """What is wrong with a wording by the labels of its probe; None if nothing."""
    known = f"{probe.fact} {probe.plain}"
    if any(has_word(text, word) for word in probe.fix):
        return GIVES_FIX
    if any(not has_word(known, found[0]) for found in _FAILURE.finditer(text)):
        return INVENTS
    if not any(has_word(text, word) for word in probe.about):
        return NOT_ABOUT_CODE
    return None


def code_question_figures(faults: Sequence[tuple[str, ...]]) -> CodeQuestionFigures:
    """What the faults found in every situation come to."""
    labelled = {(NOT_ABOUT_CODE,), (GIVES_FIX,), (INVENTS,)}
    return CodeQuestionFigures(
        len(faults),
        mean([not found or found in labelled for found in faults]),
        estimate([not found for found in faults], mean),
        mean([found in ((GIVES_FIX,), (INVENTS,)) for found in faults]),
        dict(Counter(reason for found in faults for reason in found).most_common()),
    )
