"""Fit what makes a follow-up be about its target: AIM_MARGIN, AIM_QUESTION, AIM_WORDS and LEAST_AIM of the guard.

The steps of both packs' ladders are what they are fitted on, with nothing said but the question. A step is about the
criterion that it is bound to (`own`); it is not about another criterion of its question, drawn at random (`sibling`); and a
step drawn from another question is not about that criterion either (`stranger`). A logistic regression over the four
measures on every second question gives the weights, that of the cosine to the target being 1, and LEAST_AIM is where
REFUSED of those questions' own steps are refused, as many as by the rule before. The rows are of the other questions, and of what stands in the guard.

    .venv/bin/python bench/fit_follow_up_aim.py
"""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path[0] = str(Path(__file__).parent.parent)

import numpy as np
from sklearn.linear_model import LogisticRegression

from bench.common import write_results
from bench.followups import share
from bench.remembered import Remembered
from corpus import Question
from interviewer.followup_guard import LEAST_AIM, Hidden, Situation, aim, aim_measures
from interviewer.followup_scale import Scale
from interviewer.packs import BUILT_IN_PACK, load_role_pack
from retrieval import Embedder, default_embedder
from rubrics import Kind, Rubric

PACKS = (BUILT_IN_PACK, BUILT_IN_PACK.parent / "senior_mle")
REFUSED = 0.20
SEED = 0
KINDS = ("own", "sibling", "stranger")


@dataclass(frozen=True)
class Held:
    """A step held against a criterion: the guard's measures and what it makes of them. `place` is the question's."""

    place: int
    kind: str
    measures: tuple[float, ...]
    aim: float


def situation(question: Question, rubric: Rubric, entry: str) -> Situation:
    """What the guard knows when only the question has been asked. `entry` is a criterion or group id."""
    criteria = [criterion for criterion in rubric.criteria if criterion.kind is not Kind.RED_FLAG]
    members = rubric.members(entry)
    return Situation(
        question=f"{question.title}. {question.prompt}",
        answer="",
        target=Hidden(entry, tuple(text for c in members for text in (c.text, *c.shows))),
        others=tuple(Hidden(c.id, (c.text, *c.shows)) for c in criteria if c not in members),
    )


def held(folder: Path, embedder: Embedder, first: int) -> list[Held]:
    """All steps of a pack that are bound to a criterion, held against it and against what they are not about."""
    chance = random.Random(SEED)
    role = load_role_pack(folder)
    asked = [question for question in role.pack.questions if question.follow_ups]
    found = []
    for place, question in enumerate(asked, first):
        rubric = role.rubrics[question.id]
        for step in question.follow_ups:
            if step.criterion is None:
                continue
            own = situation(question, rubric, step.criterion)
            elsewhere = chance.choice([other for other in asked if other is not question])
            against = [("own", step.text, own)]
            against += [("stranger", chance.choice(elsewhere.follow_ups).text, own)]
            if own.others:
                sibling = rubric.criterion(chance.choice(own.others).id)
                against += [("sibling", step.text, situation(question, rubric, sibling.group or sibling.id))]
            for kind, text, where in against:
                near = Scale(where, embedder).nearness(embedder.embed_queries([text])[0], ())
                found.append(Held(place, kind, aim_measures(text, where, near), aim(text, where, near)))
    return found


def fitted(items: list[Held]) -> tuple[list[float], float]:
    """The weights of all measures but the first, and the bound."""
    features = np.array([item.measures for item in items])
    is_own = np.array([item.kind == "own" for item in items])
    weights = LogisticRegression(C=100, max_iter=1000).fit(features, is_own).coef_[0]
    weights = np.round(weights / weights[0], 2)
    return weights[1:].tolist(), float(np.quantile(features[is_own] @ weights, REFUSED))


def main() -> None:
    """Print the constants and write bench/results/follow_up_aim.json."""
    embedder = Remembered(default_embedder())
    items: list[Held] = []
    for folder in PACKS:
        items += held(folder, embedder, len({item.place for item in items}))
    weights, bound = fitted([item for item in items if item.place % 2 == 0])
    print(f"margin, question, words: {weights}; bound {bound:.2f}")
    others = [item for item in items if item.place % 2]
    write_results(
        "follow_up_aim",
        [
            share(
                f"follow_up_aim.{kind}.admitted_share",
                [item.aim >= LEAST_AIM for item in others if item.kind == kind],
            )
            for kind in KINDS
        ],
    )


if __name__ == "__main__":
    main()
