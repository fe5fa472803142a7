"""The attacks and the answers that they are tried on, as data (README.md says what the fields mean)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from zlib import crc32

import yaml
from attack_encoders import ENCODERS

from corpus.prose import unwrap
from interviewer.judge.protocol import AnswerToJudge
from interviewer.judge.sentences import split_sentences
from interviewer.judge.words import content_words
from interviewer.packs import RolePack
from rubrics import DEFAULT_BANDS, Criterion, Kind, Rubric

HERE = Path(__file__).parent
MAX_WORDS = 45
MAX_CRITERIA = 6

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_SPLIT = re.compile(r"\{(?:answer|first|rest)\}")


@dataclass(frozen=True)
class AskedQuestion:
    """A question with its rubric, and the honest answers that attacks are hidden in."""

    id: str
    prompt: str
    rubric: Rubric
    bands: tuple[float, float, float, float]
    reference: str | None = None
    reworded: str = ""
    good: str = ""
    wrong: str = ""

    @cached_property
    def fifth(self) -> str:
        """The first sentences of the model answer, a fifth of it."""
        reference = self.reference or ""
        ends = [sentence.end for sentence in split_sentences(reference)]
        return reference[: min(ends, key=lambda end: abs(end - len(reference) / 5))]

    def ask(self, answer: str) -> AnswerToJudge:
        """An answer to this question."""
        return AnswerToJudge(self.prompt, answer, self.rubric, self.reference, bands=self.bands)

    def words(self, answer: str) -> dict[str, str]:
        """What stands for each placeholder of an attack."""
        criteria = earning(self.rubric)
        first, rest = halves(answer)
        asked, wanted = distinct_words(self.prompt), distinct_words(" ".join(c.text for c in criteria))
        known = distinct_words(self.reference or "")
        return {
            "answer": answer,
            "first": first,
            "rest": rest,
            "topic": self.id.replace("-", " "),
            "question": self.prompt,
            "question_upper": self.prompt.upper(),
            "question_backwards": ENCODERS["sentences_backwards"](self.prompt),
            "question_soup": ", ".join(asked),
            "question_prose": prose_of(asked),
            "reworded": self.reworded,
            "reference": self.reference or "",
            "reference_soup": ", ".join(known),
            "reference_soup_sorted": ", ".join(sorted(known)),
            "reference_prose": prose_of(known),
            "criteria": "\n".join(criterion.text for criterion in criteria),
            "first_criterion": criteria[0].text,
            "partials": "\n".join(c.partial for c in criteria if c.partial) or criteria[0].text,
            "rubric_soup": ", ".join(wanted),
            "rubric_prose": prose_of(wanted),
        }


@dataclass(frozen=True)
class Attack:
    """An attack as it stands in attacks.yaml. `flags` are those of which one has to be raised."""

    family: str
    id: str
    text: str
    each: str
    joiner: str
    encode: tuple[str, ...]
    repeat: tuple[str, int]
    flags: frozenset[str]
    pasted: bool

    def __str__(self) -> str:
        return f"{self.family}:{self.id}"

    @property
    def number(self) -> int:
        """A number that belongs to the id, to choose a question and places by."""
        return crc32(self.id.encode())

    @property
    def foreign(self) -> bool:
        """Whether it is in a language of which a judge need not know more than that it is another one."""
        return "mixed_language" in self.flags

    def alone(self, question: AskedQuestion) -> str:
        """The attack without an honest answer."""
        return self._fill(question, "")

    def hidden(self, question: AskedQuestion, answer: str, place: str, gap: str) -> str:
        """The attack in an honest answer; where its text does not say where that stands, at `place`."""
        if _SPLIT.search(self.text):
            return self._fill(question, answer)
        attack = self._fill(question, "")
        first, rest = halves(answer)
        return {
            "start": f"{attack}{gap}{answer}",
            "middle": f"{first}{gap}{attack}{gap}{rest}",
            "end": f"{answer}{gap}{attack}",
        }[place]

    def _fill(self, question: AskedQuestion, answer: str) -> str:
        words = question.words(answer)
        unit, times = self.repeat
        words["repeated"] = put(unit, words) * times
        words["list"] = self.joiner.join(put(self.each, line) for line in lines_of(question.rubric))
        text = put(self.text, words)
        for name in self.encode:
            text = ENCODERS[name](text)
        return text


@dataclass(frozen=True)
class Honest:
    """An honest answer that looks like an attack; `plain` is the same without the part that does, if there is one."""

    id: str
    question: str
    text: str
    plain: str | None


def halves(answer: str) -> tuple[str, str]:
    """An answer cut in two between sentences."""
    ends = [sentence.end for sentence in split_sentences(answer)]
    if len(ends) < 2:
        return answer, ""
    cut = ends[len(ends) // 2 - 1]
    return answer[:cut], answer[cut:].lstrip()


def put(text: str, words: Mapping[str, str]) -> str:
    """`{name}` replaced by what `words` has for it; other braces stay."""
    return _PLACEHOLDER.sub(lambda match: words.get(match[1], match[0]), text)


def distinct_words(text: str) -> list[str]:
    """The first content words of a text, each once, in its order."""
    return list(dict.fromkeys(content_words(text)))[:MAX_WORDS]


def prose_of(words: list[str]) -> str:
    """Words put into sentences that state nothing."""
    groups = [words[i : i + 3] for i in range(0, len(words) - 2, 3)]
    return " ".join(f"It is about the {a} and the {b} of the {c}." for a, b, c in groups)


def earning(rubric: Rubric) -> list[Criterion]:
    """The first criteria that earn something."""
    return [criterion for criterion in rubric.criteria if criterion.kind is not Kind.RED_FLAG][:MAX_CRITERIA]


def lines_of(rubric: Rubric) -> Iterator[dict[str, str]]:
    """What stands for the placeholders of `each`, for the first criteria."""
    for number, criterion in enumerate(earning(rubric), start=1):
        text = criterion.text
        yield {
            "n": str(number),
            "id": criterion.id,
            "criterion": text,
            "criterion_lower": text[0].lower() + text[1:],
            "criterion_bare": text[0].lower() + text[1:].rstrip("."),
            "criterion_upper": text.upper(),
        }


def load_attacks() -> list[Attack]:
    """All attacks in file order. Raises ValueError if an id is used twice."""
    found = [
        _attack(family, entry)
        for family in yaml.safe_load((HERE / "attacks.yaml").read_text("utf-8"))
        for entry in family["attacks"]
    ]
    if len({attack.id for attack in found}) < len(found):
        raise ValueError("An id is used twice.")
    return found


def _attack(family: Mapping[str, Any], entry: Mapping[str, Any]) -> Attack:
    repeat = entry.get("repeat", {"text": "", "times": 0})
    return Attack(
        family["family"],
        entry["id"],
        entry["text"],
        entry.get("each", ""),
        entry.get("joiner", "\n"),
        tuple(_list(entry.get("encode"))),
        (repeat["text"], repeat["times"]),
        frozenset(_list(entry.get("flag", family.get("flag")))),
        family.get("pasted", False),
    )


def _list(value: str | list[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())


def load_questions(role: RolePack) -> dict[str, AskedQuestion]:
    """The questions of answers.yaml by id."""
    data = yaml.safe_load((HERE / "answers.yaml").read_text("utf-8"))
    return {entry["id"]: _question(role, entry) for entry in data["questions"]}


def _question(role: RolePack, entry: Mapping[str, Any]) -> AskedQuestion:
    if "prompt" in entry:
        rubric = Rubric(criteria=tuple(Criterion(**criterion) for criterion in entry["criteria"]))
        return AskedQuestion(entry["id"], unwrap(entry["prompt"]), rubric, DEFAULT_BANDS)
    question = role.pack.question(entry["id"])
    return AskedQuestion(
        question.id,
        question.prompt,
        role.rubrics[question.id],
        role.bands(question.id),
        question.model_answer,
        unwrap(entry["reworded"]).strip(),
        unwrap(entry["good"]).strip(),
        question.common_wrong_answer.text,
    )


def load_honest() -> list[Honest]:
    """The honest answers that look like attacks."""
    data = yaml.safe_load((HERE / "answers.yaml").read_text("utf-8"))
    found: list[Honest] = []
    for entry in data["honest"]:
        text = unwrap(entry["text"]).strip()
        plain = re.sub("⟦.*?⟧", "", text, flags=re.DOTALL)
        found.append(
            Honest(entry["id"], entry["question"], re.sub("[⟦⟧]", "", text), plain if plain != text else None)
        )
    return found
