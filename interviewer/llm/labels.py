"""Reading one token's probabilities as a distribution over labels; shared by servers and local models."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from interviewer.llm.errors import ModelGarbled
from interviewer.llm.protocol import Choice

# Above this the model was not choosing between the labels at all (it began a sentence, or to think), and what is
# left over for them says little. Set by hand: an instruct model that follows the format leaves a few per cent.
MAX_OUTSIDE = 0.5

# How tokenizers write a leading space when a server hands out raw pieces.
_SPACE_MARKS = "▁Ġ"


_NAMED = re.compile(
    r"\b(?:answer|choice|option|label|grade|verdict)\b(?:\s+is)?[\W_]{1,5}([A-Za-z0-9])(?![A-Za-z0-9'’])",
    re.I,
)
_FIRST = re.compile(r"[\W_]*([A-Za-z0-9])(?:[\W_]*$|[).:\]*\n])")


def check_labels(labels: Sequence[str]) -> tuple[str, ...]:
    """The labels as a tuple. Raises ValueError unless they are at least two different letters or digits."""
    if len(labels) < 2 or len(set(labels)) != len(labels):
        raise ValueError("a choice needs at least two different labels")
    for label in labels:
        if len(label) != 1 or not label.isalnum():
            raise ValueError(f"a label is one letter or digit, not {label!r}")
    return tuple(labels)


def label_variants(label: str, labels: Sequence[str]) -> tuple[str, ...]:
    """The ways in which a model may write a label: with a space before it, and in the other case if that is free."""
    forms = {label}
    for other in (label.lower(), label.upper()):
        if len(other) == 1 and other not in labels:
            forms.add(other)
    return tuple(sorted({*forms, *(f" {form}" for form in forms)}))


def choice_of(tokens: Iterable[tuple[str, float]], labels: Sequence[str], who: str) -> Choice:
    """The distribution over labels from (token text, probability) pairs; variants of a label are summed.

    A label that is not among the tokens has probability 0: servers list the 20 likeliest tokens, so it had less
    than the last of those.

    Raises:
        ModelGarbled: more than MAX_OUTSIDE of the probability fell on anything else.
    """
    by_text = {form: label for label in labels for form in label_variants(label, labels)}
    mass = dict.fromkeys(labels, 0.0)
    for token, probability in tokens:
        text = token.lstrip(_SPACE_MARKS)
        label = by_text.get(text) or by_text.get(text.strip())
        if label is not None:
            mass[label] += probability
    inside = sum(mass.values())
    outside = min(1.0, max(0.0, 1.0 - inside))
    if inside <= 0.0 or outside > MAX_OUTSIDE:
        raise ModelGarbled(
            f"{who} did not choose between {', '.join(labels)}: {outside:.0%} of its probability went to other words."
        )
    return Choice({label: value / inside for label, value in mass.items()}, outside)


def label_in_reply(text: str, labels: Sequence[str]) -> str | None:
    """The label that a short reply gives (`B`, `b)`, `**B**`, `The answer is B.`), None if it gives none."""
    by_text = {form: label for label in labels for form in label_variants(label, labels)}
    found = _FIRST.match(text) or _NAMED.search(text)
    return by_text.get(found.group(1)) if found else None
