"""Words of English text: tokens, light stems, which words carry content, and which turn a statement round."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from functools import lru_cache

_TOKEN = re.compile(r"[^\W\d_][\w+#]*(?:['’][^\W\d_]+)?|\d+(?:[.,]\d+)*")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")

KEPT_TEXTS = 2048

FUNCTION_WORDS = frozenset(
    [
        "a",
        "about",
        "above",
        "after",
        "again",
        "all",
        "also",
        "although",
        "am",
        "among",
        "an",
        "and",
        "another",
        "any",
        "anything",
        "are",
        "aren't",
        "around",
        "as",
        "at",
        "away",
        "back",
        "be",
        "because",
        "been",
        "before",
        "being",
        "below",
        "between",
        "both",
        "but",
        "by",
        "can",
        "can't",
        "cannot",
        "could",
        "couldn't",
        "did",
        "didn't",
        "do",
        "does",
        "doesn't",
        "doing",
        "don't",
        "done",
        "down",
        "during",
        "each",
        "either",
        "else",
        "etc",
        "even",
        "ever",
        "every",
        "everything",
        "few",
        "for",
        "from",
        "further",
        "get",
        "gets",
        "getting",
        "give",
        "gives",
        "given",
        "go",
        "goes",
        "going",
        "got",
        "had",
        "hadn't",
        "has",
        "hasn't",
        "have",
        "haven't",
        "having",
        "he",
        "hence",
        "her",
        "here",
        "hers",
        "him",
        "his",
        "how",
        "however",
        "i",
        "i'd",
        "i'll",
        "i'm",
        "i've",
        "if",
        "in",
        "instead",
        "into",
        "is",
        "isn't",
        "it",
        "it'd",
        "it'll",
        "it's",
        "its",
        "itself",
        "just",
        "kind",
        "know",
        "least",
        "less",
        "let",
        "lets",
        "like",
        "likely",
        "lot",
        "made",
        "make",
        "makes",
        "making",
        "many",
        "may",
        "maybe",
        "me",
        "mean",
        "means",
        "might",
        "mine",
        "more",
        "most",
        "much",
        "must",
        "mustn't",
        "my",
        "myself",
        "need",
        "needs",
        "neither",
        "never",
        "no",
        "nor",
        "not",
        "nothing",
        "now",
        "of",
        "off",
        "often",
        "on",
        "once",
        "one",
        "ones",
        "only",
        "onto",
        "or",
        "other",
        "others",
        "otherwise",
        "our",
        "out",
        "over",
        "own",
        "per",
        "perhaps",
        "please",
        "put",
        "quite",
        "rather",
        "really",
        "said",
        "same",
        "say",
        "says",
        "see",
        "seem",
        "seems",
        "set",
        "several",
        "shall",
        "she",
        "should",
        "shouldn't",
        "since",
        "so",
        "some",
        "someone",
        "something",
        "sort",
        "still",
        "such",
        "sure",
        "take",
        "takes",
        "than",
        "that",
        "that's",
        "the",
        "their",
        "them",
        "then",
        "there",
        "there's",
        "therefore",
        "these",
        "they",
        "they're",
        "thing",
        "things",
        "think",
        "this",
        "those",
        "though",
        "through",
        "thus",
        "to",
        "together",
        "too",
        "toward",
        "two",
        "under",
        "unless",
        "until",
        "up",
        "upon",
        "us",
        "use",
        "used",
        "uses",
        "using",
        "usually",
        "various",
        "very",
        "via",
        "want",
        "was",
        "wasn't",
        "way",
        "ways",
        "we",
        "we'd",
        "we'll",
        "we're",
        "we've",
        "well",
        "were",
        "weren't",
        "what",
        "what's",
        "when",
        "where",
        "whereas",
        "whether",
        "which",
        "while",
        "who",
        "whole",
        "whom",
        "whose",
        "why",
        "will",
        "with",
        "within",
        "without",
        "won't",
        "would",
        "wouldn't",
        "yes",
        "yet",
        "you",
        "you'd",
        "you'll",
        "you're",
        "you've",
        "your",
        "yours",
    ]
)

NEGATORS = frozenset(
    [
        "no",
        "not",
        "never",
        "none",
        "neither",
        "nor",
        "nothing",
        "nobody",
        "nowhere",
        "cannot",
        "without",
        "hardly",
        "barely",
        "rarely",
        "fails",
        "fail",
        "failed",
        "unable",
        "lack",
        "lacks",
        "lacking",
        "avoid",
        "avoids",
        "wrong",
        "false",
        "incorrect",
    ]
)

_OPPOSITES = """
increase decrease|increases decreases|increased decreased|increasing decreasing|more less|more fewer|higher lower
high low|larger smaller|large small|big small|bigger smaller|faster slower|fast slow|longer shorter|long short
first last|before after|above below|over under|always never|all none|same different|maximum minimum|max min
maximize minimize|maximise minimise|maximizes minimizes|positive negative|best worst|better worse|add remove
adds removes|left right|front rear|head tail|begin end|beginning end|start end|input output|true false
static dynamic|fixed variable|local global|synchronous asynchronous|open closed|can cannot|possible impossible
easy hard|easier harder|strong weak|supervised unsupervised|linear nonlinear|convex concave|early late
upper lower|inside outside|public private|read write|reads writes|allocate free|rise fall|rises falls|grow shrink
grows shrinks|overfitting underfitting|gain loss|accept reject|enable disable|dependent independent|sparse dense
"""


def _opposites() -> dict[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for pair in re.split(r"[|\n]", _OPPOSITES.strip()):
        one, other = pair.split()
        table.setdefault(one, set()).add(other)
        table.setdefault(other, set()).add(one)
    return {word: frozenset(others) for word, others in table.items()}


OPPOSITES = _opposites()


def tokens(text: str) -> list[str]:
    """Lower-case words and numbers in order; apostrophes are straight."""
    return list(_tokens(text))


# The wordings of a rubric are taken apart with every answer, and an answer by every gate. A word is kept once for all
# texts that have it: of its own in each, thousands of texts took a hundred megabytes.
@lru_cache(maxsize=KEPT_TEXTS)
def _tokens(text: str) -> tuple[str, ...]:
    return tuple(sys.intern(match.group().lower().replace("’", "'")) for match in _TOKEN.finditer(text))


def token_spans(text: str) -> list[tuple[int, int]]:
    """`(start, end)` of each of `tokens(text)`."""
    return [match.span() for match in _TOKEN.finditer(text)]


@lru_cache(maxsize=2**13)
def stem(word: str) -> str:
    """A light stem: plural, -ing, -ed, -ly and a few noun endings fall off. Two forms of a word mostly agree."""
    if len(word) <= 3 or not word.isalpha():
        return word.removesuffix("'s")
    for ending, put in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: len(word) - len(ending)] + put
            break
    if len(word) > 4 and word[-1] == word[-2] and word[-1] in "bdgmnprt":
        word = word[:-1]
    return word[:-1] if len(word) > 4 and word[-1] == "e" else word


_ENDINGS = (
    ("izations", "iz"),
    ("ization", "iz"),
    ("isation", "iz"),
    ("ising", "iz"),
    ("ised", "iz"),
    ("ise", "iz"),
    ("izing", "iz"),
    ("ized", "iz"),
    ("izes", "iz"),
    ("ize", "iz"),
    ("ations", "at"),
    ("ation", "at"),
    ("ating", "at"),
    ("ated", "at"),
    ("ates", "at"),
    ("ions", ""),
    ("ion", ""),
    ("ments", ""),
    ("ment", ""),
    ("ies", "y"),
    ("ied", "y"),
    ("sses", "ss"),
    ("ness", ""),
    ("ings", ""),
    ("ing", ""),
    ("ed", ""),
    ("ly", ""),
    ("ss", "ss"),
    ("us", "us"),
    ("is", "is"),
    ("es", ""),
    ("s", ""),
)


def content_words(text: str) -> list[str]:
    """Words that carry content, in order, not stemmed; numbers are included."""
    return list(_content_words(text))


@lru_cache(maxsize=KEPT_TEXTS)
def _content_words(text: str) -> tuple[str, ...]:
    return tuple(
        word for word in _tokens(text) if word not in FUNCTION_WORDS and (len(word) > 1 or word.isdigit())
    )


def stems(text: str) -> list[str]:
    """Stems of the content words, in order."""
    return list(_stems(text))


@lru_cache(maxsize=KEPT_TEXTS)
def bare(text: str) -> str:
    """The text in small letters, with blanks for what is no part of a word."""
    return re.sub(r"\W+", " ", text).lower()


@lru_cache(maxsize=KEPT_TEXTS)
def _stems(text: str) -> tuple[str, ...]:
    return tuple(stem(word) for word in _content_words(text))


@lru_cache(maxsize=KEPT_TEXTS)
def numbers(text: str) -> frozenset[str]:
    """Numbers as written, thousands separators removed."""
    return frozenset(match.group().replace(",", "") for match in _NUMBER.finditer(text))


def negations(words: Iterable[str]) -> int:
    """How many words negate."""
    return sum(word in NEGATORS or word.endswith("n't") for word in words)


def has_opposites(one: Iterable[str], other: Iterable[str]) -> bool:
    """Whether a word of one text stands opposite to a word of the other that the first text lacks."""
    first, second = set(one), set(other)
    return any(
        OPPOSITES[word] & (second - first) and word not in second for word in first if word in OPPOSITES
    )
