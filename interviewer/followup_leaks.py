"""Whether a follow-up hands out what a criterion waits for: by numbers and by words that nobody has said yet.

Words count by how rare they are in the domain. A question that "yes" would answer gives away all that it names, whereas
an open one has to name what it is about. Limits set by hand on the built-in pack's ladders, held against their own
criteria with nothing said but the question: of the open steps 2 % reach `OPEN_LIMIT`, of the yes-or-no steps (5 % of all)
41 % reach `POLAR_LIMIT`, 2 % of all have `PHRASE_SHARE` of a phrase, and 3 % share a number with their criterion that the
question lacks; 7 % do any of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Set

from interviewer.followup_demands import is_polar
from interviewer.followup_words import shared_weight
from interviewer.judge.words import numbers, stems

# Sums of word weights, 0..1 each.
OPEN_LIMIT = 1.5
POLAR_LIMIT = 0.45
# So many words that make up so much of what a phrase has beyond what was said, however common they are.
PHRASE_WORDS = 3
PHRASE_SHARE = 0.4
# For what is not the target: the words of a question about one thing often belong to another as well.
ELSEWHERE_LIMIT = 1.5


def hands_out(text: str, phrases: Iterable[str], said: Iterable[str], is_target: bool = True) -> bool:
    """Whether a question has a number or enough words of one of the phrases that were not in anything said."""
    spoken = tuple(said)
    known = {stem for line in spoken for stem in stems(line)}
    new = set(stems(text)) - known
    limit = ELSEWHERE_LIMIT if not is_target else POLAR_LIMIT if is_polar(text) else OPEN_LIMIT
    for phrase in phrases:
        if shared_weight(new, (phrase,)) >= limit:
            return True
        if is_target and (
            _is_much_of(new, set(stems(phrase)) - known)
            or _telling(numbers(phrase) & numbers(text)) - {n for line in spoken for n in numbers(line)}
        ):
            return True
    return False


def _is_much_of(words: Set[str], phrase: Set[str]) -> bool:
    shared = len(words & phrase)
    return shared >= PHRASE_WORDS and shared >= PHRASE_SHARE * len(phrase)


def _telling(found: Iterable[str]) -> set[str]:
    """Numbers that are no mere count: at least two digits."""
    return {number for number in found if sum(map(str.isdigit, number)) > 1}
