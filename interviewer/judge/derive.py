"""Criteria from a model answer in plain text, for bulk scoring of answers that come without a rubric."""

from __future__ import annotations

import math
import re

from interviewer.judge.sentences import split_sentences
from interviewer.judge.words import content_words
from rubrics import Criterion, Rubric

_MARK = re.compile(r"^\s*(?:[-*+•●▪–—]+|\(?\d{1,2}[.)]|\(?[a-zA-Z][.)])\s*")
MAX_CRITERIA = 24
MIN_CONTENT_WORDS = 2


def rubric_from_reference(reference: str) -> Rubric:
    """One required criterion for each statement of a model answer, weighted by how much it says.

    Statements of a single content word join the one before them. The ids are c1, c2, … in order.
    """
    statements = _statements(reference)
    if not statements:
        statements = [reference.strip() or "No model answer is given."]
    criteria = tuple(
        Criterion(id=f"c{index}", text=text, weight=_weight(text))
        for index, text in enumerate(statements[:MAX_CRITERIA], start=1)
    )
    return Rubric(criteria=criteria)


def _statements(reference: str) -> list[str]:
    statements: list[str] = []
    for sentence in split_sentences(reference):
        text = _MARK.sub("", sentence.text).strip()
        if not any(c.isalnum() for c in text):
            continue
        if (
            statements
            and len(content_words(text)) < MIN_CONTENT_WORDS
            and len(content_words(statements[-1])) < 8
        ):
            statements[-1] = f"{statements[-1]} {text}"
        elif text.endswith(":") and len(content_words(text)) <= 4:
            continue
        else:
            statements.append(text)
    return statements


def _weight(text: str) -> float:
    """Square root of the number of content words: a long statement counts for more, but not in proportion."""
    return round(math.sqrt(max(1, len(content_words(text)))), 3)
