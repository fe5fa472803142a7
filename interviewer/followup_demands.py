"""How many things a follow-up asks for: the ways in which a second demand gets into one line.

A candidate answers one question in writing and is judged on one target, so a rider ("and why?"), an order before or
behind the question ("Explain it. Then, how ...?"), a second clause that asks, an asked-for extra ("plus the reason") and
a row of things to choose are second demands. A choice ("the mean or the median?"), a tag ("isn't it?"), a condition in
front of the question and the halves of one distinction ("which to keep and which to drop") are none.

A sentence is cut at punctuation and conjunctions, and what matters is how every piece begins.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SENTENCE_END = re.compile(r"(?<=[.!?])[\"”’')\]]*\s+")
_ABBREVIATION = re.compile(r"\b(e\.g|i\.e|vs|etc|cf|approx|resp)\.(?=\s)", re.IGNORECASE)
_TOKEN = re.compile(r"\d+(?:[:,.]\d+)+|[A-Za-z0-9][\w'’%.+/-]*[\w%]|[A-Za-z0-9]|[,;:()–—?]|-(?=\s)")
_MARKS = frozenset(",;:()–—?-")
_JOINS = frozenset({"and", "or", "but", "then", "plus"})
# They may stand between a joint and the word that says what the piece does.
_FILLERS = _words(
    "also so therefore thus please briefly just now okay well first next finally again not yes otherwise maybe simply"
)
_SHORT_CONDITIONS = frozenset({("if", "so"), ("if", "not"), ("if", "yes"), ("if", "no")})
_PREPOSITIONS = _words("in on at by from for to with of under after before against through")
_ALWAYS_ASK = frozenset({"what", "how", "why"})
_MAY_RELATE = frozenset({"which", "who", "whom", "whose"})
_MAY_CONDITION = frozenset({"when", "where"})
_QUESTION_WORDS = _ALWAYS_ASK | _MAY_RELATE | _MAY_CONDITION
_MODALS = _words("do does did will would can could shall should may might must")
_STATES = _words("is are was were has have had")
_NEGATED = re.compile(r"(?:do|does|did|wo|would|ca|could|should|is|are|was|were|has|have|had)n['’]t")
# "Should it fail, what ...?" is a condition.
_INVERTING = frozenset({"should", "had", "were"})
_PRONOUNS = _words("you it they we i he she one there anyone anybody somebody something")
_POINTERS = _PRONOUNS | _words("this that these those the a an your its their each every any both all")
_EXTRAS = _words(
    "reason reasons rationale justification justifications explanation explanations example examples reasoning"
)
_BEFORE_EXTRAS = _words("the a an your its one some any two three with for brief short concrete also")
# An order to answer, whatever follows; and one that is an order only in front of what it is about.
_SPEECH = _words(
    "explain describe tell name list state justify elaborate discuss outline illustrate specify mention define summarise"
    " summarize clarify argue quantify identify detail defend"
)
_MAKING = _words(
    "walk give show sketch provide estimate compute calculate derive draw compare contrast prove write choose pick propose"
    " suggest predict demonstrate share rank sort evaluate analyse analyze implement design convince talk rewrite"
)
_OBJECTS = _QUESTION_WORDS | _words(
    "the a an it its your one two three any each both me us them this that these those whether"
)
_MADE_FOR = _words("me us your why how what which")
_ROW_LENGTH = 3
# "Which data, which metric" asks twice; "Which of the replicas, which share a disk" does not.
_SHORT_OPENING = 3


class _Force(Enum):
    ASKS = 1
    MAY_ASK = 2  # asks if nothing else in the sentence does
    NOTHING = 3


@dataclass(frozen=True)
class _Piece:
    """A stretch of a sentence: what joins it to the stretch before (marks and conjunctions) and its words in lower case."""

    joint: frozenset[str]
    words: tuple[str, ...]

    @property
    def opening(self) -> tuple[str, ...]:
        """Its words from the one on that says what the piece does."""
        words = self.words
        while words and (words[0] in _FILLERS or words[:2] in _SHORT_CONDITIONS):
            words = words[1 + (words[0] == "if") :]
        return words[1:] if _is_led(words) else words

    @property
    def is_adjunct(self) -> bool:
        """Whether it is ", with which number": a part of what was asked, unless a conjunction stands in front."""
        return not self.joint & _JOINS and _is_led(self.words)


def demands(text: str) -> int:
    """How many things a text asks for; 0 where it asks nothing."""
    plain = _ABBREVIATION.sub(r"\1", text)
    return sum(_in_sentence(sentence) for sentence in _SENTENCE_END.split(plain) if sentence.strip())


def is_polar(text: str) -> bool:
    """Whether "yes" would answer the question that ends a text: a verb opens it, and it is no request.

    "Can you explain ..." is a request, "Can you keep them in one buffer?" is not.
    """
    for piece in _pieces(last_question(text)):
        opening = piece.opening
        if _asks_by_word(piece):
            return False
        if _opens_with_verb(opening):
            is_request = opening[0] in _MODALS and opening[1] == "you" and opening[2:3] != ()
            asked_for = _SPEECH | _MAKING | {"go"} | ({"say"} if opening[3:4] != ("that",) else set())
            return not (is_request and opening[2] in asked_for)
    return False


def asking_word(text: str) -> str | None:
    """The word by which the question that ends a text asks, such as "how"; None where a verb opens it."""
    return next((piece.opening[0] for piece in _pieces(last_question(text)) if _asks_by_word(piece)), None)


def last_question(text: str) -> str:
    """The last sentence of a text that ends with a question mark; empty where none does."""
    questions = [sentence for sentence in _SENTENCE_END.split(text) if sentence.rstrip().endswith("?")]
    return questions[-1] if questions else ""


def _asks_by_word(piece: _Piece) -> bool:
    opening = piece.opening
    return bool(opening) and opening[0] in _QUESTION_WORDS and _force(piece, ()) is not _Force.NOTHING


def _is_led(words: Sequence[str]) -> bool:
    return len(words) > 1 and words[0] in _PREPOSITIONS and words[1] in _QUESTION_WORDS


def _in_sentence(sentence: str) -> int:
    pieces = _pieces(sentence)
    if not pieces:
        return 0
    orders = sum(_orders(piece, place == 0) for place, piece in enumerate(pieces))
    extras = sum(_adds(piece) for piece in pieces[1:])
    is_question = sentence.rstrip("\"”’') ").endswith("?")
    if not is_question and not orders:
        return 0
    asking, maybe = 0, 0
    for place, piece in enumerate(pieces):
        force = _force(piece, pieces[:place])
        asking += force is _Force.ASKS
        maybe += force is _Force.MAY_ASK
    if not asking and (maybe or (is_question and not orders)):
        asking = 1
    return orders + extras + asking + (asking > 0 and _is_row(pieces))


def _pieces(sentence: str) -> tuple[_Piece, ...]:
    pieces: list[_Piece] = []
    joint: set[str] = set()
    words: list[str] = []
    for token in [*_TOKEN.findall(sentence), "?"]:
        word = token.lower()
        if word not in _MARKS | _JOINS:
            words.append(word)
            continue
        if tuple(words[-2:]) in _SHORT_CONDITIONS and len(words) == 2:
            joint.add("and")  # "if not, which": what follows is asked besides
        elif words:
            pieces.append(_Piece(frozenset(joint), tuple(words)))
            joint = set()
        words = []
        joint.add(word)
    return tuple(pieces)


def _force(piece: _Piece, before: Sequence[_Piece]) -> _Force:
    opening = piece.opening
    if not opening or _is_tag(piece):
        return _Force.NOTHING
    word, following = opening[0], opening[1:2]
    is_bare = not piece.joint & _JOINS
    if word in _QUESTION_WORDS:
        if _is_half_of_distinction(word, before):
            return _Force.NOTHING
        if word in _MAY_CONDITION and following and not (_is_verb(following[0]) or following[0] == "else"):
            return _Force.NOTHING
        if (before and piece.is_adjunct) or opening[:2] == ("what", "if"):
            return _Force.MAY_ASK
        if before and is_bare and word not in _ALWAYS_ASK:
            asked_the_same = before[0].opening[:1] == (word,) and len(before[0].opening) <= _SHORT_OPENING
            return _Force.ASKS if asked_the_same or not following else _Force.MAY_ASK
        return _Force.ASKS
    if not _opens_with_verb(opening):
        return _Force.NOTHING
    if not piece.joint & _JOINS - {"or"} and _is_continued(before):
        return _Force.NOTHING
    if word in _INVERTING and is_bare:
        return _Force.MAY_ASK
    if not before:
        return _Force.ASKS
    if "or" in piece.joint and any(_opens_with_verb(earlier.opening) for earlier in before):
        return _Force.NOTHING  # a choice
    if following[0] in (_POINTERS if word in _MODALS else _PRONOUNS):
        return _Force.ASKS
    return _Force.MAY_ASK if is_bare else _Force.NOTHING


def _is_continued(before: Sequence[_Piece]) -> bool:
    """Whether the last clause that asks still waits for its verb: "Which of the two, A or B, would you move"."""
    asked = [
        place
        for place, piece in enumerate(before)
        if piece.opening[:1] and piece.opening[0] in _QUESTION_WORDS
    ]
    return bool(asked) and not any(_is_verb(word) for piece in before[asked[-1] :] for word in piece.words)


def _is_verb(word: str) -> bool:
    return word in _MODALS or word in _STATES or _NEGATED.fullmatch(word) is not None


def _opens_with_verb(opening: Sequence[str]) -> bool:
    return len(opening) > 1 and _is_verb(opening[0])


def _is_tag(piece: _Piece) -> bool:
    """Whether it is a mere "isn't it" or "do you think"."""
    words = piece.words
    is_short = len(words) == 2 and _is_verb(words[0]) and words[1] in _PRONOUNS | {"that", "this", "not"}
    thinks = (
        len(words) == 3 and words[1] == "you" and words[2] in {"think", "say", "believe", "expect", "suppose"}
    )
    return is_short or (thinks and _is_verb(words[0]))


def _is_half_of_distinction(word: str, before: Sequence[_Piece]) -> bool:
    """Whether the same word stands inside an earlier clause ("which to keep and which to drop"), or two share one
    ("how and when to stop")."""
    inside = [item for piece in before for item in piece.opening[1:]]
    last = before[-1].words if before else ()
    return word in inside or (len(last) > 1 and last[-1] in _QUESTION_WORDS | {"whether", "if"})


def _orders(piece: _Piece, is_first: bool) -> bool:
    opening = piece.opening
    if len(opening) < 2:
        return False
    if is_first:
        return opening[0] in _SPEECH | _MAKING and not opening[1].isdigit()
    return (opening[0] in _SPEECH and opening[1] in _OBJECTS) or (
        opening[0] in _MAKING
        and (opening[1] in _MADE_FOR or opening[1:3] in {("an", "example"), ("one", "example")})
    )


def _adds(piece: _Piece) -> bool:
    """Whether a piece asks for a reason or an example beside what was asked."""
    if {",", "plus"} <= piece.joint:
        return not (piece.opening and piece.opening[0] in _QUESTION_WORDS)
    words = list(piece.opening)
    while words and words[0] in _BEFORE_EXTRAS:
        words.pop(0)
    return (
        bool(piece.joint & {"and", "plus"}) and bool(words) and words[0] in _EXTRAS and words[1:2] != ["code"]
    )


def _is_row(pieces: Sequence[_Piece]) -> bool:
    """ "Which metric, threshold and window would you use?": at least three things to choose."""
    first, *more = pieces
    if len(more) + 1 < _ROW_LENGTH or first.opening[:1] not in {("which",), ("what",)}:
        return False
    if any(_is_verb(word) for piece in pieces[: _ROW_LENGTH - 1] for word in piece.words):
        return False
    last = pieces[_ROW_LENGTH - 1]
    chosen = any(verb in _MODALS and who in _PRONOUNS for verb, who in pairwise(last.words[:6]))
    return chosen and "and" in last.joint
