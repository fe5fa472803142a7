"""Whether a follow-up asks for something that an answer can hold: a mechanism, a number, a cause, a comparison, a step.

Small talk ("What do you like best about retraining?") and an empty form put around a word ("What would you add about
retraining?") name a topic and ask nothing of it. What is asked lies in the words of the question outside the phrases that
say what it is about; where they are only the talk of any interview, or tell of liking, knowing and having heard, there is
nothing that an answer could show. A question that opens with a new situation asks what to do in it, however short it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from interviewer.followup_demands import asking_word, is_polar, last_question
from interviewer.followup_words import TALK, particular_weight
from interviewer.judge.words import stems, tokens

# What a situation in front of a question weighs in words that nobody has said.
LEAST_NEW = 0.45

_TOKEN = re.compile(r"[A-Za-z0-9][\w'’%.+/-]*[\w%]|[A-Za-z0-9]|[,;:()–—]")
_MARKS = frozenset(",;:()–—")
_ABOUT = frozenset(tokens("about on of with regarding concerning into to for at"))
# They end what a question is about and begin what it asks of it.
_CLAUSES = frozenset(
    tokens(
        "if when where while that which who why how what whether instead without because after before than"
    )
)
_ATTITUDES = frozenset(
    stems(
        "like love hate enjoy enjoying prefer favourite favorite fun excite excited excites exciting interest interested"
        " interesting inspire inspires feel feeling feelings opinion opinions view views impression stance care matter matters"
        " important importance relevant relevance familiar comfortable confident experience experienced heard hear remember aware"
    )
)
_MORE_TALK = frozenset(
    stems("anything something nothing bit little share word words comment comments talk discuss")
)
_HOLDING = frozenset({"why", "when", "where", "who", "whom", "whose", "which"})
_MEASURES = re.compile(
    r"\bhow (?:many|much|long|large|big|often|far|fast|small|high|low|late|early|soon|likely|sure)\b",
    re.IGNORECASE,
)
# "How do you get from the data to the limits?" asks for the steps between.
_STEPS = re.compile(r"\bhow\b.*?\bfrom\b.+?\bto\b", re.IGNORECASE)
_DEEDS = re.compile(
    r"\bwhat\b.*?\b(?:do|done|doing|happens?|happened|becomes?|became|comes? of)\b(?! (?:you|it|they|we|i|he|she|the|this|that|these|those|an?|your)\b)",
    re.IGNORECASE,
)


def yes_would_do(text: str) -> bool:
    """Whether a mere "yes" answers the question that ends a text, which leaves no choice either."""
    return is_polar(text) and " or " not in last_question(text)


def asks_for_nothing(text: str, said: Iterable[str]) -> bool:
    """Whether a question names a topic without asking anything of it that an answer could hold, after what was said."""
    question = last_question(text)
    if not question:
        return False
    asked = set(stems(_beside_topics(question))) - TALK - _MORE_TALK
    if asked - _ATTITUDES:
        return False
    if asked:
        return True
    if (
        asking_word(text) in _HOLDING
        or _MEASURES.search(question)
        or _STEPS.search(question)
        or _DEEDS.search(question)
    ):
        return False
    known = {stem for line in said for stem in stems(line)}
    situation = text[: text.rindex(question)]
    return particular_weight(situation, known) < LEAST_NEW


def _beside_topics(question: str) -> str:
    """A question without the phrases that say what it is about."""
    kept = []
    is_topic = False
    for token in _TOKEN.findall(question):
        word = token.lower()
        if word in _MARKS or word in _CLAUSES:
            is_topic = False
        elif word in _ABOUT:
            is_topic = True
        if not is_topic:
            kept.append(token)
    return " ".join(kept)
