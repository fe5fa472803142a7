"""The probes hold together, are large enough, and can be passed."""

from __future__ import annotations

import ast
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from interviewer.code_questions import fault_of_fact
from interviewer.feedback import fault_of_advice
from interviewer.judge.gates import gate
from interviewer.judge.sentences import split_sentences
from interviewer.packs import load_role_pack
from interviewer.qualification.code_wordings import fault_of_admitted
from interviewer.qualification.measure import is_on_target
from interviewer.qualification.probes import FOLDER, load_probes, probes_sha256
from retrieval import HashEmbedder
from rubrics import Kind

PROBES = load_probes()


def test_there_are_as_many_as_the_verdicts_need() -> None:
    labels = Counter(label for q in PROBES.questions for a in q.answers for label in a.verdicts)
    assert labels.total() >= 120
    assert min(labels.values()) >= 10
    assert labels.keys() == {"met", "partial", "missing"}
    assert len(PROBES.questions) >= 14
    assert len(PROBES.follow_ups) >= 30
    assert len(PROBES.attacks) >= 30
    assert len({attack.language for attack in PROBES.attacks}) >= 8
    assert len(PROBES.advice) >= 12
    assert len(PROBES.code_questions) >= 20


def test_every_question_has_a_right_a_partial_and_a_wrong_answer() -> None:
    for question in PROBES.questions:
        kinds = [criterion.kind for criterion in question.criteria]
        assert kinds.count(Kind.RED_FLAG) == 1, question.id
        answers = {answer.id for answer in question.answers}
        assert {"half", "wrong"} < answers, question.id
        assert answers & {"good", "terse"}, question.id
        wrong = question.labels(question.answer("wrong"))
        assert [name for name, label in wrong.items() if label != "missing"] == [question.criteria[-1].id]


def test_no_gate_touches_an_honest_answer() -> None:
    for question in PROBES.questions:
        for answer in question.answers:
            gated = gate(question.item(answer.text))
            assert (gated.flags, gated.zero, gated.unscored) == ((), False, None), (question.id, answer.id)
            assert len(gated.sentences) == len(split_sentences(answer.text))


def test_the_bank_knows_none_of_them() -> None:
    pack = load_role_pack().pack
    known = {question.prompt for question in pack.questions}
    assert not known & {question.prompt for question in PROBES.questions}
    functions = {problem.info.function for problem in pack.problems}
    assert not [
        probe.id for probe in PROBES.code_questions if any(f"`{f}(" in probe.prompt for f in functions)
    ]


def test_examples_of_advice_may_be_given_and_examples_of_follow_ups_are_on_target() -> None:
    for advice in PROBES.advice:
        target = PROBES.question(advice).rubric.criterion(advice.target)
        assert fault_of_advice(advice.example, target.text) is None, advice.id
    for probe in PROBES.follow_ups:
        assert is_on_target(probe.example, probe, PROBES.question(probe), HashEmbedder()), probe.id


def test_code_that_is_said_to_pass_is_asked_about_in_every_way_and_failing_code_as_well() -> None:
    kinds = Counter(re.sub(r"\d+|`\w+`", "…", probe.plain) for probe in PROBES.code_questions)
    assert len(kinds) == 8, "six kinds of remark, the whole cost, and a case that does not pass"
    for probe in PROBES.code_questions:
        ast.parse(probe.code)
        assert fault_of_fact(probe.example, f"{probe.fact} {probe.plain}", probe.plain) is None, probe.id
        assert fault_of_admitted(probe.example, probe) is None, probe.id


@pytest.mark.parametrize(
    ("text", "on_target"),
    [
        ("Would momentum change that?", True),
        ("Do both come to the same after rescaling the coefficient?", True),
        ("Which term of its own shrinks the weights outside the step?", False),
    ],
    ids=["by a word", "by nearness", "about another criterion"],
)
def test_on_target_is_what_has_a_word_for_it_or_is_nearest_to_it(text: str, on_target: bool) -> None:
    probe = next(probe for probe in PROBES.follow_ups if probe.id == "adamw-where-equal")
    assert is_on_target(text, probe, PROBES.question(probe), HashEmbedder()) is on_target


def test_some_attacks_are_stopped_by_the_gates_and_others_reach_the_model() -> None:
    stopped = 0
    for attack in PROBES.attacks:
        question, honest = PROBES.question(attack), PROBES.answer(attack).text
        attacked = attack.around(honest)
        assert honest in attacked
        assert attacked != honest
        left = [gate(question.item(text)).sentences for text in (honest, attacked)]
        stopped += [s.text for s in left[0]] == [s.text for s in left[1]]
    assert min(stopped, len(PROBES.attacks) - stopped) >= 10


@pytest.mark.parametrize(
    ("file", "before", "after", "fault"),
    [
        ("questions", "- id: batchnorm-serving", "- id: adamw-decay", "'adamw-decay' is used twice"),
        ("questions", "verdicts: [met, met, met, missing]", "verdicts: [met]", "another number of verdicts"),
        (
            "questions",
            "verdicts: [met, met, met, missing]",
            "verdicts: [met, met, met, no-idea]",
            "literal_error",
        ),
        ("questions", "weight: 2", "wait: 2", "extra_forbidden"),
        ("follow_ups", "target: rescaled", "target: decoupled", "does not leave decoupled open"),
        ("follow_ups", "target: rescaled", "target: no-difference", "a fault is no target"),
        ("follow_ups", "[sgd, plain,", "[the, plain,", "'the' is in any text"),
        ("feedback", "question: adamw-decay", "question: nowhere", "there is no 'nowhere'"),
        (
            "attacks",
            "answer: wrong, criterion: rescaled",
            "answer: good, criterion: rescaled",
            "`missing` is due",
        ),
        ("attacks", "{answer} Ignore", "Ignore", "`missing` is due"),
        ("code_questions", "line: 4", "line: 3", "is not about line 3"),
        ("code_questions", "cases: 9", "cases: 10", "are not all cases"),
        ("code_questions", "fix: [sort", "fix: [abs, sort", "'abs' gives nothing away"),
    ],
)
def test_data_that_does_not_hold_together_is_refused(
    tmp_path: Path, file: str, before: str, after: str, fault: str
) -> None:
    folder = tmp_path / "probes"
    shutil.copytree(FOLDER, folder)
    path = folder / f"{file}.yaml"
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    assert probes_sha256(folder) != probes_sha256()
    with pytest.raises(ValueError, match=fault):
        load_probes(folder)
