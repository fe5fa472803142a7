"""Sixty follow-ups as they reach a candidate, each with what one reader of the project found in it, twice.

`bench/answers/followups_sample.yaml` holds twenty each of the scripted good model's, of the scripted bad model's that
the guard let through, and of the ladder's, drawn with a seed, with the answer that they follow and the follow-ups that
were asked before. `python bench/followups.py --draw` draws another sample, which then has to be read.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from bench.followup_detector import ASPECTS, Reading, Setting
from bench.followup_moments import Moment
from interviewer.packs import RolePack

SAMPLE = Path(__file__).parent / "answers" / "followups_sample.yaml"
EACH = 20

_HEAD = """\
# Follow-ups that reached a candidate, read by one reader of the project, who saw neither their source nor what the
# detector says of them, and by the same reader once more in another order without the first verdicts (again).
# why: what the reader held against it.
# single: one thing is asked. leaks: it hands out something that the target waits for. repeats: it was asked before in
# nearly the same words, by the question or by a follow-up.
# on_target: an answer to it would show whether the candidate meets the target rather than another criterion.
"""


class _Verdicts(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    single: bool
    leaks: bool
    repeats: bool
    on_target: bool

    @property
    def reading(self) -> Reading:
        return Reading(self.single, self.leaks, self.repeats, self.on_target)


class _Item(_Verdicts):
    source: str
    question: str
    target: tuple[str, ...]
    text: str
    why: str = ""
    again: _Verdicts
    answer: str
    asked: tuple[str, ...]


@dataclass(frozen=True)
class Sampled:
    """A follow-up with the reader's verdicts of both readings. `asked` are the earlier follow-ups of its round."""

    source: str
    question_id: str
    target: tuple[str, ...]
    text: str
    reading: Reading
    again: Reading
    answer: str
    asked: tuple[str, ...]

    def setting(self, role: RolePack) -> Setting:
        """What it is read against. Raises ValueError where the bank has lost its question or target."""
        rubric = role.rubrics.get(self.question_id)
        if rubric is None or not {*self.target} <= {criterion.id for criterion in rubric.criteria}:
            raise ValueError(
                f"{SAMPLE.name} has a follow-up on {self.question_id!r} whose question or target is gone; draw and read anew."
            )
        prompt = role.pack.question(self.question_id).prompt
        return Setting(prompt, self.answer, self.asked, rubric, self.target)


def read_sample(path: Path = SAMPLE) -> list[Sampled]:
    """The sample with its verdicts. Raises pydantic.ValidationError where one is missing."""
    items = TypeAdapter(list[_Item]).validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
    return [
        Sampled(
            item.source,
            item.question,
            item.target,
            item.text,
            item.reading,
            item.again.reading,
            item.answer,
            item.asked,
        )
        for item in items
    ]


def draw(spoken: Mapping[str, Sequence[tuple[Moment, str]]], seed: int, path: Path = SAMPLE) -> None:
    """Write EACH of every source's follow-ups, in mixed order, with the verdicts left open."""
    chance = random.Random(seed)
    drawn = [
        (source, moment, text)
        for source, said in spoken.items()
        for moment, text in chance.sample(said, EACH)
    ]
    chance.shuffle(drawn)
    items = [
        {
            "source": source,
            "question": moment.question.id,
            "target": list(moment.criterion_ids),
            "text": text,
            **dict.fromkeys(ASPECTS),
            "why": "",
            "again": dict.fromkeys(ASPECTS),
            "answer": moment.answer,
            "asked": list(moment.probes),
        }
        for source, moment, text in drawn
    ]
    path.write_text(
        _HEAD + yaml.safe_dump(items, sort_keys=False, allow_unicode=True, width=110), encoding="utf-8"
    )
