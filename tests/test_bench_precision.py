"""How bench/precision_drift.py tells two assessments of an answer apart."""

from __future__ import annotations

import numpy as np
import pytest

from bench.precision_drift import moved_rows
from rubrics import Assessment, CriterionAssessment, JudgeRecord, Verdict


def assessed(score: float | None, band: int, verdict: Verdict, *flags: str) -> Assessment:
    criterion = CriterionAssessment("c", verdict, score or 0.0, (), "")
    return Assessment(score, band, 0.1, (criterion,), flags, None, JudgeRecord("embedded", "m", None, "x"))


def test_what_moved_is_counted_and_measured() -> None:
    pairs = [
        (assessed(0.200, 1, Verdict.PARTIAL), assessed(0.210, 1, Verdict.PARTIAL)),
        (assessed(0.618, 2, Verdict.PARTIAL), assessed(0.622, 3, Verdict.PARTIAL)),
        (assessed(0.740, 3, Verdict.PARTIAL), assessed(0.740, 3, Verdict.MET)),
        (assessed(0.000, 0, Verdict.MISSING, "off_topic"), assessed(None, 0, Verdict.MISSING)),
    ]
    rows = {row.metric: row for row in moved_rows("drift.own", pairs, np.array([0.2, 0.7, 0.8, 0.1]))}
    shares = ("flags_changed", "unscored_changed", "bands_changed", "verdicts_changed")
    assert [rows[f"drift.own.{name}"].value for name in shares] == [0.25, 0.25, 0.25, 0.25]
    assert rows["drift.own.score_median"].value == pytest.approx(4.0)
    assert rows["drift.own.score_max"].value == pytest.approx(10.0)
    assert rows["drift.own.score_max"].n == 3, "what is unscored has no score to move"
    # By hand: errors of 0, 82 and 60 thousandths before, of 10, 78 and 60 after.
    assert rows["drift.own.error_moved"].value == pytest.approx(2.0)
