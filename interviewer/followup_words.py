"""What the words of a follow-up weigh: how rare they are in the domain, from 0 to 1 each.

The weights are the embedded judge's (`interviewer.judge.background`). "Batch" says little, "flight recorder" much.
"""

from __future__ import annotations

from collections.abc import Iterable, Set

from interviewer.judge.background import shipped_background
from interviewer.judge.words import stems

# An interviewer says them about any answer to any question.
TALK = frozenset(
    stems(
        "add added answer answers approach assume assumed back best briefly call case come coming consider deal describe"
        " description detail details discuss elaborate exact exactly expand explain further gave give given go going happen"
        " happens idea know like look make mean mention mentioned need part person point read reads say said see situation"
        " somebody someone step tell thing things think thought use used want way work working would"
    )
)


def shared_weight(words: Set[str], phrases: Iterable[str]) -> float:
    """Sum of the weights of those stems that stand in any of the phrases."""
    return _weight(words & {stem for phrase in phrases for stem in stems(phrase)})


def particular_weight(text: str, known: Set[str] = frozenset()) -> float:
    """Sum of the weights of what a text says beyond the talk of any interview and the stems that are known."""
    return _weight(set(stems(text)) - TALK - known)


def _weight(words: Iterable[str]) -> float:
    weight = shipped_background().weight
    return sum(weight(word) for word in sorted(words))
