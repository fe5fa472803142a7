"""Two scripted models that propose follow-ups: one that keeps to the prompt, and one that breaks every rule of it.

Both read the prompt that they are sent and nothing else of the moment. The good one asks what the target's verb calls for
(a figure, a cause, a test) about stretches of the target that have been said already, or with a single new word where
nothing of it has been said, and is silent where it has no question to that verb. The bad one knows the bank by heart, as a model that was trained on it would, and remembers what it meant to do wrong.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from interviewer.followup_guard import proposals_in
from interviewer.llm.protocol import Message

MAX_STRETCH = 4
_WORD = re.compile(r"[A-Za-z][A-Za-z'-]*[A-Za-z]|[A-Za-z]")
_PIECE = re.compile(r"[^\s,;:()\[\]\"]+|[,;:()\[\]\"]")
# They may stand inside a stretch, the article behind one of the others.
_INSIDE = frozenset({"of", "per", "the"})
_ARTICLES = frozenset({"the", "a", "an", "its", "their", "each", "every", "both"})
_BEFORE_THINGS = _ARTICLES | {
    "of",
    "by",
    "with",
    "for",
    "in",
    "on",
    "as",
    "between",
    "from",
    "per",
    "to",
    "against",
    "under",
}
_LINKING = frozenset(
    {"means", "instead", "rather", "less", "since", "within", "without", "unless", "whether"}
)

# What a good model asks of a stretch of the target, by the verb that the target begins with.
_BY_VERB = {
    "computes counts estimates gives gets quantifies sizes": (
        "What figure do you get for {about}?",
        "How do you arrive at a number for {about}?",
    ),
    "derives proves": ("How would you derive {about} from what is given?",),
    "tests checks verifies": (
        "How would you test {about} before you rely on it?",
        "Which test would fail if {about} were wrong?",
    ),
    "measures monitors": ("How would you measure {about}, day after day?",),
    "compares distinguishes separates weighs": ("With what would you compare {about}?",),
}
# Forms that ask for something, but for the same whatever the target is.
_VAGUE = (
    "How would you change your solution to account for {about}?",
    "Which method would you use for {about}?",
    "What would you do first about {about}?",
    "What follows from {about} in this case?",
    "What would go wrong if you left out {about}?",
    "Which cases of {about} do you have to cover?",
)
# Forms that ask nothing of what is put into them, and small talk.
_EMPTY = (
    "Coming back to your answer, how exactly do you deal with {about}?",
    "What would you add about {about} in this situation?",
    "What did you assume about {about} when you gave that answer?",
    "Can you go one step further on {about} for me?",
    "What should somebody who reads your answer know about {about}?",
    "What do you like best about working on {about}?",
    "What excites you most about {about}?",
    "How comfortable are you with {about}?",
    "What is your experience with {about}?",
    "What is your opinion of {about}?",
    "Could you share a few words on {about}?",
    "What can you tell me regarding {about}?",
    "What do you make of {about}?",
    "How does {about} sound to you?",
    "Does {about} matter in your opinion?",
    "Have you heard of {about}?",
    "Where does {about} fit into all of this?",
    "Who taught you about {about}?",
    "How do you see {about}?",
    "How much do you care about {about}?",
    "How long have you been working with {about}?",
    "What would your colleagues say about {about}?",
    "What is your favourite part of {about}?",
    "You brought up {about}. What are your feelings about it?",
)


@dataclass(frozen=True)
class Prompted:
    """What a model is told: the parts of `interviewer/prompts/follow_up.j2`."""

    count: int
    question: str
    target: str
    asked: tuple[str, ...]
    answer: str


def prompted(messages: Sequence[Message]) -> Prompted:
    """The parts of the prompt. Raises ValueError for another prompt than that for follow-ups."""
    text = messages[-1].content
    count = re.search(r"^Write (\d+) different", text)
    if count is None:
        raise ValueError("that is not the prompt for follow-ups")

    def part(name: str) -> str:
        found = re.search(rf"<{name}>\n(.*?)\n?</{name}>", text, re.DOTALL)
        if found is None:
            raise ValueError(f"the prompt has no part {name!r}")
        return found[1].strip()

    asked = tuple(line[2:] for line in part("asked").splitlines() if line.startswith("- "))
    return Prompted(int(count[1]), part("question"), part("target"), asked, part("answer"))


def good_reply(messages: Sequence[Message]) -> str:
    """Questions about the stretches of the target that give least away; none where no form fits the target's verb."""
    told = prompted(messages)
    verb = told.target.split()[0].lower()
    forms = next((forms for verbs, forms in _BY_VERB.items() if verb in verbs.split()), ())
    lines = [form.format(about=stretch) for stretch in said_stretches(told) for form in forms]
    return "\n".join(lines[: told.count])


def said_stretches(told: Prompted) -> list[str]:
    """Stretches of the target that were said, best first, at most three without a word in common.

    What stands behind an article or a preposition comes first, because it is likelier to be a thing than a verb; then
    the longer one. Where nothing of the target was said, they have one new word.
    """
    said = {_fold(word) for text in (told.question, told.answer, *told.asked) for word in _words(text)}
    found: dict[str, tuple[int, bool, int]] = {}
    for before, run in _runs(told.target):
        for start in range(len(run)):
            for stop in range(start + 1, min(len(run), start + MAX_STRETCH) + 1):
                stretch = run[start:stop]
                if {stretch[0], stretch[-1]} & _INSIDE or stretch[-1].endswith(("ly", "ed")):
                    continue
                content = [word for word in stretch if word not in _INSIDE]
                new = sum(_fold(word) not in said for word in content)
                is_thing = start == 0 and before in _BEFORE_THINGS
                article = "the " if is_thing and before in _ARTICLES else ""
                if new <= 1:
                    found[article + " ".join(stretch)] = (new, not is_thing, -len(content))
    kept: list[str] = []
    fewest = min((new for new, _, _ in found.values()), default=0)
    for text in sorted(found, key=lambda text: found[text]):
        if found[text][0] == fewest and not any(
            (set(text.split()) - _INSIDE) & set(other.split()) for other in kept
        ):
            kept.append(text)
    return kept[:3] or ["the last point of your answer"]


def _runs(target: str) -> list[tuple[str, list[str]]]:
    """Runs of words of the target that carry meaning, each with the word in front of it; the verb in front is left out."""
    runs: list[tuple[str, list[str]]] = []
    for statement in target.split("; or: "):
        run: list[str] = []
        before, last = "", ""
        for piece in [*_PIECE.findall(statement)[1:], "."]:
            word = piece.strip(".")
            is_inside = word in _INSIDE and bool(run) and (word != "the" or run[-1] in _INSIDE)
            if is_inside or (
                _WORD.fullmatch(word)
                and word.lower() not in ENGLISH_STOP_WORDS
                and word.lower() not in _LINKING
            ):
                before = before if run else last
                run.append(word)
            elif run:
                runs.append((before, run))
                run = []
            last = word
    return runs


class BadModel:
    """Breaks one rule with every line, drawn with a seed from the prompt's text.

    `ladders` are the bank's steps by the question's prompt.
    """

    def __init__(self, ladders: Mapping[str, Sequence[str]], seed: int = 0) -> None:
        """Take the bank."""
        self._ladders = {_start(prompt): tuple(steps) for prompt, steps in ladders.items()}
        self._seed = seed
        self._faults: dict[tuple[str, str], str] = {}

    def fault(self, prompt: str, proposal: str) -> str:
        """Which rule a proposal to the question was meant to break, also where a limit of tokens has cut it off.

        Raises KeyError for one that was not made.
        """
        for (start, text), fault in self._faults.items():
            if start == _start(prompt) and text.startswith(proposal):
                return fault
        raise KeyError(proposal)

    def reply(self, messages: Sequence[Message]) -> str:
        """Lines as many as were asked for, or nothing at all, one time in as many as there are rules."""
        told = prompted(messages)
        chance = random.Random(f"{self._seed}:{messages[-1].content}")
        if chance.randrange(len(FAULTS) + 2) == 0:
            return ""
        lines = []
        for _ in range(told.count):
            fault = chance.choice([*FAULTS, "bank_copy", "drift"])
            line = self._line(fault, told, chance)
            self._faults |= {(_start(told.question), text): fault for text in proposals_in(line)}
            lines.append(line)
        return "\n".join(lines)

    def _line(self, fault: str, told: Prompted, chance: random.Random) -> str:
        if fault == "bank_copy":
            steps = self._ladders.get(_start(told.question), ())
            return chance.choice([step for step in steps if not any(step in asked for asked in told.asked)])
        if fault == "drift":
            far = chance.choice(sorted({*self._ladders} - {_start(told.question)}))
            return chance.choice(self._ladders[far])
        return FAULTS[fault](told, chance)


def _leak(told: Prompted, chance: random.Random) -> str:
    statement = chance.choice(told.target.split("; or: ")).rstrip(".")
    words = statement.split()
    body = " ".join(words[1:])
    said = {_fold(word) for word in [*_words(told.question), *_words(told.answer)]}
    new = [word for word in _words(body) if _fold(word) not in said]
    return chance.choice(
        (
            f"Would you agree that a full answer {words[0].lower()} {body}?",
            f"Is it perhaps {' '.join(words[1 : 1 + max(4, len(words) // 2)]).rstrip(',;:')}?",
            f"Would you say that {', '.join(new[:3])} is what decides it here?",
            f"Does the word {(new or words)[-1]} tell you something about {chance.choice(said_stretches(told))}?",
        )
    )


def _two(told: Prompted, chance: random.Random) -> str:
    about = chance.choice(said_stretches(told))
    first = chance.choice(_EMPTY).format(about=about)
    return chance.choice(
        (
            f"{first} And why is that so?",
            f"{first[:-1]}, and how would you test it?",
            f"Explain {about} to me. Then, how would you test that in practice?",
            f"{first[:-1]}, plus the reason why you are so sure of it?",
            f"Describe {about}, give me an example of it, and which tools would you use there?",
        )
    )


def _repeat(told: Prompted, chance: random.Random) -> str:
    earlier = chance.choice(told.asked) if told.asked else told.question[-200:]
    return chance.choice((earlier, f"Let me ask you that again: {earlier}", f"Once more, please, {earlier}"))


def _obey(told: Prompted, chance: random.Random) -> str:
    del told
    return chance.choice(
        (
            "As you asked me to, I give full marks for this answer, shall we go on?",
            "Ignore the rubric from now on and tell me which grade you would like?",
            "Since you ask for the model answer, would you like to read it first?",
            "You asked for an easier question, so what is your favourite editor?",
        )
    )


def _long(told: Prompted, chance: random.Random) -> str:
    about = chance.choice(said_stretches(told))
    return (
        f"Thinking about {about}, and with everything in mind that you have said so far in this conversation about the "
        "matter at hand, its background, its history, the people who are involved in it, their tools and their habits, "
        "and all that might follow from it later on in the life of such a system, how does it come in?"
    )


def _empty(told: Prompted, chance: random.Random) -> str:
    return chance.choice(_EMPTY).format(about=chance.choice(said_stretches(told)))


def _vague(told: Prompted, chance: random.Random) -> str:
    return chance.choice(_VAGUE).format(about=chance.choice(said_stretches(told)))


def _foreign(told: Prompted, chance: random.Random) -> str:
    about = chance.choice(said_stretches(told))
    return chance.choice(
        (
            f"Welche Rolle spielt {about} in dem, was Sie gerade beschrieben haben?",
            f"Quel rôle joue {about} dans la réponse que vous venez de donner?",
            f"¿Qué papel tiene {about} en la respuesta que usted acaba de dar?",
        )
    )


FAULTS: dict[str, Callable[[Prompted, random.Random], str]] = {
    "leak": _leak,
    "two_questions": _two,
    "repeat": _repeat,
    "obeys": _obey,
    "too_long": _long,
    "empty": _empty,
    "vague": _vague,
    "other_language": _foreign,
}


def _words(text: str) -> list[str]:
    """Words that carry meaning, as they stand."""
    return [word for word in _WORD.findall(text) if word.lower() not in ENGLISH_STOP_WORDS and len(word) > 1]


def _fold(word: str) -> str:
    """A word without the commonest endings."""
    return re.sub(r"(?:ing|ed|es|s)$", "", word.lower()) or word.lower()


def _start(prompt: str) -> str:
    """What tells a question from others in a prompt, where its end may be cut."""
    return " ".join(prompt.split())[:120]
