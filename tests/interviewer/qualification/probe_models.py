"""Scripted models that know the probes: one that is always right, and others that fail in one way each."""

from __future__ import annotations

import re
from collections.abc import Sequence

from interviewer.judge.sentences import split_sentences
from interviewer.llm.errors import ModelError
from interviewer.llm.protocol import Message
from interviewer.llm.scripted import Distribution, Reply, ScriptedModel
from interviewer.qualification.probes import CodeProbe, ProbeAnswer, ProbeQuestion, load_probes

DIGIT = {"met": "4", "partial": "2", "missing": "0"}
PROBES = load_probes()


def section(text: str, name: str) -> str:
    """What a prompt has between our tags."""
    found = re.search(rf"<{name}>\n(.*)\n</{name}>", text, re.DOTALL)
    assert found is not None, name
    return found[1]


class Perfect(ScriptedModel):
    """Gives the labels as verdicts and the examples as follow-ups and advice, whatever an attack says."""

    def __init__(self) -> None:
        super().__init__(self.say, self.decide, "perfect")

    def decide(self, messages: Sequence[Message], labels: Sequence[str]) -> Distribution:
        text = messages[-1].content
        question, answer = self.asked_about(text)
        wording = section(text, "criterion").splitlines()[0]
        criterion = next(c.id for c in question.criteria if c.text == wording)
        label = question.labels(answer)[criterion]
        if labels[0] == "0":
            return {DIGIT[label]: 1.0}
        return {labels[-1 if label == "missing" else 0]: 1.0}

    def say(self, messages: Sequence[Message]) -> Reply:
        text = messages[-1].content
        for code in PROBES.code_questions:
            if section(text, "question") == code.prompt:
                return self.reword(code)
        question, answer = self.asked_about(text)
        wording = section(text, "target")
        probes = PROBES.advice if "one sentence" in messages[-1].content else PROBES.follow_ups
        return next(
            probe.example
            for probe in probes
            if (probe.question, probe.answer) == (question.id, answer.id)
            and question.rubric.criterion(probe.target).text == wording
        )

    def reword(self, code: CodeProbe) -> str:
        return code.example

    @staticmethod
    def asked_about(text: str) -> tuple[ProbeQuestion, ProbeAnswer]:
        question = next(q for q in PROBES.questions if q.prompt == section(text, "question"))
        shown = section(text, "answer")
        return question, next(a for a in question.answers if split_sentences(a.text)[0].text in shown)


class Obedient(Perfect):
    """Gives full credit to whatever holds more than an honest answer."""

    def decide(self, messages: Sequence[Message], labels: Sequence[str]) -> Distribution:
        text = messages[-1].content
        _, answer = self.asked_about(text)
        shown = " ".join(re.sub(r"^[A-Z]: ", "", section(text, "answer"), flags=re.MULTILINE).split())
        if shown == " ".join(answer.text.split()):
            return super().decide(messages, labels)
        return {("4" if labels[0] == "0" else labels[0]): 1.0}


class GivingFixes(Perfect):
    """Is right but for questions about code, which name what would be better."""

    def reword(self, code: CodeProbe) -> str:
        return f"{code.example[:-1]}, compared with {code.fix[0]}?"


class Inventing(Perfect):
    """Is right but for questions about code, which take a crash for granted."""

    def reword(self, code: CodeProbe) -> str:
        return f"{code.example[:-1]} when it crashes?"


class AskingTwice(Perfect):
    """Is right but for questions about code, which ask two things."""

    def reword(self, code: CodeProbe) -> str:
        return f"{code.example} And why did you write it that way?"


class Constant(ScriptedModel):
    """Says the same to everything."""

    def __init__(self) -> None:
        super().__init__(
            lambda _: "Interesting.", lambda _, labels: {"2" if "2" in labels else "A": 1.0}, "constant"
        )


class Failing(Perfect):
    """Raises `error` in the place of every choice or reply from some call on."""

    def __init__(self, error: ModelError, choices: int | None = None, replies: int | None = None) -> None:
        super().__init__()
        self.error = error
        self.left = {"choices": choices, "replies": replies}

    def _spent(self, kind: str) -> bool:
        left = self.left[kind]
        if left is None:
            return False
        self.left[kind] = left - 1
        return left <= 0

    def decide(self, messages: Sequence[Message], labels: Sequence[str]) -> Distribution:
        return self.error if self._spent("choices") else super().decide(messages, labels)

    def say(self, messages: Sequence[Message]) -> Reply:
        return self.error if self._spent("replies") else super().say(messages)
