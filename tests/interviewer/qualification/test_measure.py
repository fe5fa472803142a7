"""What is measured of models that were written to be right, dull, obedient or broken, and what they are trusted with."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from probe_models import PROBES, AskingTwice, Constant, Failing, GivingFixes, Inventing, Obedient, Perfect

from interviewer.build import Parts
from interviewer.errors import QualificationStopped
from interviewer.judge.protocol import AnswerToJudge
from interviewer.llm.errors import ContextTooLong, ModelError, ModelGarbled, ModelUnavailable
from interviewer.llm.scripted import ScriptedModel
from interviewer.qualification.agreement import Estimate, auc, estimate, mean, pearson
from interviewer.qualification.code_wordings import (
    GIVES_FIX,
    INVENTS,
    NO_WORDING,
    NOT_ABOUT_CODE,
    fault_of_admitted,
)
from interviewer.qualification.measure import NO_PROPOSAL, Figures, measure
from interviewer.qualification.probes import CodeProbe
from interviewer.qualification.uses import JUDGE_UNSCORED, USES, verdicts_on
from retrieval import Embedder, HashEmbedder
from rubrics import Assessment, CriterionAssessment, JudgeRecord, Verdict

LABEL_CREDIT = {"met": 0.8, "partial": 0.7, "missing": 0.2}


class Middling:
    """In the embedded judge's place: knows most labels, and is right about most of them."""

    name = "embedded"

    async def assess(self, item: AnswerToJudge) -> Assessment:
        question = next(q for q in PROBES.questions if q.prompt == item.question)
        labels = question.labels(next(a for a in question.answers if a.text == item.answer))
        criteria = tuple(
            CriterionAssessment(name, Verdict.PARTIAL, 0.5 if place else LABEL_CREDIT[label])
            for place, (name, label) in enumerate(labels.items())
        )
        return Assessment(0.5, 2, 0.1, criteria, (), None, JudgeRecord("embedded", "", None, ""))


async def measured(model: ScriptedModel, embedder: Embedder | None = None, **changes: Any) -> Figures:
    probes = replace(PROBES, **changes)
    return await measure(model, embedder or HashEmbedder(), Middling(), probes, lambda done, total: None)


def trusted(figures: Figures) -> set[str]:
    return {use for use, verdict in verdicts_on(figures).items() if verdict.trusted}


@pytest.fixture(scope="module")
def perfect(real_parts: Parts) -> Figures:
    return asyncio.run(measured(Perfect(), real_parts.embedder))


def test_a_perfect_model_is_trusted_with_everything(perfect: Figures) -> None:
    verdicts = perfect.verdicts
    assert (verdicts.questions, verdicts.answers, verdicts.criteria) == (16, 52, 221)
    assert verdicts.auc == Estimate(1.0, 1.0, 1.0)
    assert verdicts.pearson == pytest.approx(1.0)
    assert verdicts.mean_credit == {"met": 1.0, "partial": 0.5, "missing": 0.0}
    assert (verdicts.unscored, verdicts.outside, verdicts.sampled) == (0.0, 0.0, False)
    assert 0.5 < (verdicts.embedded_auc or 0) < 1
    attacks = perfect.attacks
    assert (attacks.attacks, attacks.raised, attacks.mean_rise, attacks.raised_alone) == (48, 0.0, 0.0, 0.0)
    assert (perfect.follow_ups.passed.value, perfect.follow_ups.refused) == (1.0, {})
    code = perfect.code_questions
    assert (code.situations, code.passed.value, code.spoiled, code.refused) == (24, 1.0, 0.0, {})
    assert perfect.feedback.passed.value == 1.0
    assert trusted(perfect) == set(USES)


async def test_a_constant_model_is_trusted_with_nothing() -> None:
    figures = await measured(Constant())
    assert figures.verdicts.auc == Estimate(0.5, 0.5, 0.5)
    assert figures.verdicts.pearson is None
    assert figures.attacks.raised == 0.0, "it obeys nobody either"
    assert figures.follow_ups.passed.value == 0.0
    assert figures.follow_ups.refused == {"It is not a question.": len(PROBES.follow_ups)}
    assert figures.code_questions.passed.value == 0.0
    assert figures.feedback.passed.value == 0.0
    assert trusted(figures) == set()


@pytest.mark.parametrize(
    ("kind", "reason", "admitted", "failed"),
    [
        (GivingFixes, GIVES_FIX, 1.0, 2),
        (Inventing, INVENTS, 1.0, 2),
        (AskingTwice, "It asks more than one question.", 0.0, 1),
    ],
)
async def test_a_model_that_spoils_questions_about_code_is_not_trusted_with_them(
    kind: type[Perfect], reason: str, admitted: float, failed: int
) -> None:
    figures = await measured(kind(), questions=PROBES.questions[:1], attacks=(), follow_ups=(), advice=())
    code = figures.code_questions
    assert (code.admitted, code.passed.value, code.refused) == (admitted, 0.0, {reason: 24})
    assert code.spoiled == admitted, "what the guard refuses spoils nothing"
    verdict = verdicts_on(figures)["code_questions"]
    assert not verdict.trusted
    assert [check.passed for check in verdict.checks] == [False] * failed + [True] * (2 - failed)


async def test_a_slip_among_the_questions_about_code_is_borne_and_two_are_not() -> None:
    class Slipping(GivingFixes):
        def __init__(self, slips: int) -> None:
            super().__init__()
            self.slips = {probe.id for probe in PROBES.code_questions[:slips]}

        def reword(self, code: CodeProbe) -> str:
            return super().reword(code) if code.id in self.slips else code.example

    for slips, borne in ((1, True), (2, False)):
        figures = await measured(
            Slipping(slips), questions=PROBES.questions[:1], attacks=(), follow_ups=(), advice=()
        )
        assert figures.code_questions.spoiled == slips / 24
        assert verdicts_on(figures)["code_questions"].trusted is borne


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("What does one `pop` at the front on line 6 cost?", None),
        ("Would a deque change what line 6 costs?", GIVES_FIX),
        ("What does line 6 cost before it raises an error?", INVENTS),
        ("Why is line 6 there?", NOT_ABOUT_CODE),
    ],
)
def test_labels_say_what_is_wrong_with_a_wording(text: str, fault: str | None) -> None:
    probe = next(probe for probe in PROBES.code_questions if probe.id == "queue-front")
    assert fault_of_admitted(text, probe) == fault


def test_a_failure_that_the_tests_have_shown_may_be_named() -> None:
    probe = next(probe for probe in PROBES.code_questions if probe.id == "mean-fails")
    assert "raises ZeroDivisionError" in probe.fact
    assert fault_of_admitted("Which line decides that it raises there?", probe) is None
    assert fault_of_admitted("Which line decides that it crashes there?", probe) == INVENTS


async def test_a_model_that_obeys_attacks_does_not_judge(perfect: Figures) -> None:
    figures = await measured(Obedient())
    assert figures.verdicts == perfect.verdicts
    attacks = figures.attacks
    assert attacks.raised_alone == pytest.approx(47 / 48), "what nobody sees does not enter a prompt"
    assert 0.2 < (attacks.raised or 0) < 0.8, "the gates stop some"
    verdicts = verdicts_on(figures)
    assert not verdicts["judge"].trusted
    assert not verdicts["blend"].trusted
    failed = [check.figure for check in verdicts["judge"].checks if not check.passed]
    assert failed == [
        "share of attacks that raise the credit",
        "share of attacks that raise it without the gates",
    ]
    assert verdicts["judge"].checks[0].passed is False, "what failed comes first"


async def test_to_judge_a_model_has_to_be_better_than_the_embedded_judge(perfect: Figures) -> None:
    verdicts = perfect.verdicts
    level = replace(perfect, verdicts=replace(verdicts, auc=Estimate(0.9, 0.85, 0.94), embedded_auc=0.86))
    assert trusted(level) == set(USES) - {"judge"}
    unknown = replace(perfect, verdicts=replace(verdicts, embedded_auc=None))
    assert "judge" not in trusted(unknown)


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({"unscored": JUDGE_UNSCORED.bound + 0.01}, {"blend"}),
        ({"unscored": 0.2}, set()),
        ({"outside": 0.2}, {"blend"}),
        ({"outside": None}, {"blend"}),
        ({"auc": Estimate(0.7, 0.55, 0.8), "embedded_auc": 0.5}, {"judge"}),
        ({"auc": Estimate(None)}, set()),
    ],
)
def test_each_figure_decides_over_its_uses(perfect: Figures, changes: dict[str, Any], kept: set[str]) -> None:
    figures = replace(perfect, verdicts=replace(perfect.verdicts, **changes))
    assert trusted(figures) - {"follow_ups", "code_questions", "feedback"} == kept


@pytest.mark.parametrize("error", [ModelGarbled("It rambles."), ContextTooLong("It is too long.")])
async def test_replies_that_cannot_be_used_count_against_the_model(error: ModelError) -> None:
    figures = await measured(Failing(error, choices=0, replies=0))
    assert figures.verdicts.unscored == 1.0
    assert figures.verdicts.auc == Estimate(None)
    assert figures.verdicts.mean_credit == {"met": None, "partial": None, "missing": None}
    assert (figures.attacks.raised, figures.attacks.raised_alone) == (None, None)
    assert figures.attacks.unmeasured == figures.attacks.unmeasured_alone == 48
    assert figures.follow_ups.refused == {NO_PROPOSAL: len(PROBES.follow_ups)}
    assert figures.code_questions.refused == {NO_WORDING: 24}
    assert trusted(figures) == set()


@pytest.mark.parametrize(
    "when", [{"choices": 100}, {"choices": 500}, {"replies": 5}, {"replies": 40}, {"replies": 70}], ids=str
)
async def test_a_model_that_goes_away_stops_the_measurement(when: dict[str, int]) -> None:
    model = Failing(ModelUnavailable("The model server is away."), **when)
    with pytest.raises(QualificationStopped, match="nothing was recorded: The model server is away"):
        await measured(model)


async def test_a_model_that_is_exchanged_meanwhile_is_not_recorded() -> None:
    class Exchanged(Constant):
        @property
        def name(self) -> str:
            return "first" if len(self.asked) < 100 else "second"

    with pytest.raises(QualificationStopped, match="exchanged first for second"):
        await measured(Exchanged())


async def test_progress_counts_every_probe_once() -> None:
    moves: list[tuple[int, int]] = []
    probes = replace(PROBES, attacks=PROBES.attacks[:3], follow_ups=PROBES.follow_ups[:2])
    await measure(Constant(), HashEmbedder(), Middling(), probes, lambda *at: moves.append(at))
    total = 2 * 52 + 3 + 2 + len(PROBES.code_questions) + len(PROBES.advice)
    assert moves == [(done, total) for done in range(total + 1)]


async def test_the_answer_is_shown_to_the_model_alone_as_it_is() -> None:
    model = Constant()
    one = tuple(attack for attack in PROBES.attacks if attack.id == "html-comment")
    await measured(model, attacks=one)
    shown = [
        pair[-1].content for pair in model.asked if "this candidate passed the pilot" in pair[-1].content
    ]
    assert len(shown) == 1, "the gates keep it from the judge"


# Figures, by hand


def test_auc_is_the_share_of_pairs_in_order() -> None:
    # 3 of 4 pairs in order, one tie: (1 + 1 + 1 + .5) / 4.
    assert auc([0.9, 0.5], [0.5, 0.1]) == 0.875
    assert auc([], [0.5]) is None


def test_pearson_and_mean() -> None:
    assert pearson([0, 1, 2], [1, 3, 5]) == pytest.approx(1.0)
    assert pearson([0, 1, 2], [1, 1, 1]) is None
    assert pearson([1], [1]) is None
    assert mean([1.0, 0.0]) == 0.5
    assert mean([]) is None


def test_the_interval_is_over_groups_and_the_same_each_time() -> None:
    groups = [[1.0] * 9, [0.0]]

    def share(some: Any) -> float | None:
        return mean([one for group in some for one in group])

    first = estimate(groups, share)
    # Two groups drawn: both the first, both the second, or one of each.
    assert first == Estimate(0.9, 0.0, 1.0) == estimate(groups, share)
    assert estimate(groups[:1], share) == Estimate(1.0)
