"""How items that belong together share their scores."""

import numpy as np
import pytest
from index_world import passage

from corpus import Passage, PassageKind
from retrieval.families import Families

ASKED = (PassageKind.QUESTION, PassageKind.RUBRIC)


def family(*items: tuple[PassageKind, str]) -> tuple[Passage, ...]:
    return tuple(passage(f"{row}", "", kind=kind, item_id=item) for row, (kind, item) in enumerate(items))


@pytest.mark.parametrize(
    ("items", "scores", "expected"),
    [
        pytest.param([(kind, "a") for kind in ASKED], [1.0, 0.5], [0.75, 0.75], id="question and rubric"),
        pytest.param([(ASKED[0], "a"), (ASKED[0], "b")], [1.0, 0.5], [1.0, 0.5], id="two questions"),
        pytest.param(
            [(PassageKind.NOTE, f"notes/n.md#{part}") for part in "abcd"],
            [0.9, 0.6, 0.3, 0.1],  # the mean of the best three is 0.6
            [0.825, 0.6, 0.375, 0.225],
            id="sections of a note",
        ),
        pytest.param(
            [(PassageKind.NOTE, "n"), (PassageKind.GUIDE, "n")], [1.0, 0.0], [1.0, 0.0], id="note and guide"
        ),
        pytest.param(
            [(ASKED[0], "a"), (ASKED[1], "a"), (ASKED[1], "a")],
            [1.0, 0.5, 0.1],  # the rubric counts by its better part, and the other keeps its distance
            [0.75, 0.75, 0.35],
            id="a rubric in two parts",
        ),
        pytest.param(
            [(kind, "a") for kind in ASKED], [1.0, -np.inf], [1.0, -np.inf], id="one was not looked at"
        ),
    ],
)
def test_shared(items: list[tuple[PassageKind, str]], scores: list[float], expected: list[float]) -> None:
    found = Families(family(*items)).shared(np.array(scores, dtype=np.float32))
    assert found == pytest.approx(np.array(expected))
