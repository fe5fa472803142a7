"""Sixty follow-ups as they reach a candidate, each with what one reader of the project found in it, twice, and a second.

`bench/answers/followups_sample.yaml` holds as many of the scripted good model's, of the scripted bad model's that the guard
let through, and of the ladder's, or all where a source has fewer, drawn with a seed, with the answer that they follow and
the follow-ups that were asked before. `python bench/followups.py --draw` draws another sample, which then has to be read.

`python bench/followups.py --blind FOLDER` writes the sheet for a second reader: the same sixty in another order, without
their source and the first verdicts, and a form. The form, filled in, is committed as
`bench/answers/followups_second_reader.yaml`; its numbers are the sheet's.
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
SECOND = SAMPLE.with_name("followups_second_reader.yaml")
SIZE = 60
SHEET_SEED = 1

_HEAD = """\
# Follow-ups that reached a candidate, read by one reader of the project, who saw neither their source nor what the
# detector says of them, and by the same reader once more in another order without the first verdicts (again).
# why: what the reader held against it.
# single: one thing is asked. leaks: it hands out something that the target waits for. repeats: it was asked before in
# nearly the same words, by the question or by a follow-up.
# on_target: an answer to it would show whether the candidate meets the target rather than another criterion.
"""

_SHEET_HEAD = """\
Follow-up questions of an interview. Each came after the answer that stands above it, and was meant to find out whether
the candidate meets the criterion that it aims at. Judge each by four questions, yes or no:

single     Is exactly one thing asked? (A sentence that sets the scene asks nothing; "and why?" is a second question.)
leaks      Does it hand out something that the criterion waits for, and that neither the question, the answer nor an
           earlier follow-up has said? (A word that names the topic is no leak; a number, a method or a finding that
           belongs into the answer is one.)
repeats    Was it asked before in nearly the same words, by the question or by an earlier follow-up?
on_target  Would an answer to it show whether the candidate meets this criterion rather than another one? (No, if it is
           so vague that a good answer need not touch the criterion.)
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


class _Form(_Verdicts):
    number: int
    text: str
    why: str = ""


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


def sheet_order(count: int) -> list[int]:
    """The sample's places in the order of the sheet."""
    order = list(range(count))
    random.Random(SHEET_SEED).shuffle(order)
    return order


def write_sheet(sample: Sequence[Sampled], role: RolePack, folder: Path) -> None:
    """Write `sheet.txt`, to be read without knowing anything else, and `form.yaml`, to be filled in."""
    parts = [_SHEET_HEAD]
    form = []
    for number, place in enumerate(sheet_order(len(sample)), 1):
        item = sample[place]
        setting = item.setting(role)
        aims = [setting.rubric.criterion(name) for name in item.target]
        parts.append(
            "\n".join(
                (
                    f"{'=' * 20} {number} {'=' * 20}",
                    f"QUESTION\n{setting.question.strip()}",
                    "EARLIER FOLLOW-UPS OF THE ROUND",
                    *(f"- {line}" for line in item.asked or ("none",)),
                    f"ANSWER SO FAR\n{item.answer.strip() or 'none'}",
                    "CRITERION AIMED AT (one of them is enough)" if len(aims) > 1 else "CRITERION AIMED AT",
                    *(f"- {c.text} (for example: {'; '.join(c.shows)})" for c in aims),
                    f"FOLLOW-UP\n{item.text}\n",
                )
            )
        )
        form.append({"number": number, "text": item.text, **dict.fromkeys(ASPECTS), "why": ""})
    (folder / "sheet.txt").write_text("\n".join(parts), encoding="utf-8")
    (folder / "form.yaml").write_text(
        yaml.safe_dump(form, sort_keys=False, allow_unicode=True, width=110), encoding="utf-8"
    )


def read_second(sample: Sequence[Sampled], path: Path = SECOND) -> list[Reading]:
    """The second reader's verdicts in the sample's order.

    Raises pydantic.ValidationError where one is missing, ValueError where they are of another sample.
    """
    forms = TypeAdapter(list[_Form]).validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
    by_number = {form.number: form for form in forms}
    found: dict[int, Reading] = {}
    for number, place in enumerate(sheet_order(len(sample)), 1):
        form = by_number.get(number)
        if form is None or form.text != sample[place].text:
            raise ValueError(
                f"{path.name} is of another sample: number {number} is not {sample[place].text!r}"
            )
        found[place] = form.reading
    return [found[place] for place in range(len(sample))]


def draw(spoken: Mapping[str, Sequence[tuple[Moment, str]]], seed: int, path: Path = SAMPLE) -> None:
    """Write SIZE follow-ups in mixed order, of every source the same number if it has as many, with the verdicts left open."""
    chance = random.Random(seed)
    drawn: list[tuple[str, Moment, str]] = []
    fewest_first = sorted(spoken.items(), key=lambda item: len(item[1]))
    for place, (source, said) in enumerate(fewest_first):
        share = (SIZE - len(drawn)) // (len(fewest_first) - place)
        drawn += [(source, moment, text) for moment, text in chance.sample(said, min(share, len(said)))]
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
