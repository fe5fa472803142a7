"""Attempts made by hand, for the tests of what is folded from them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from interviewer.history import Attempt, Shown

DAY_ONE = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def shown(credit: float, name: str = "paged", **changes: object) -> Shown:
    """Something with `credit`, in the first answer already."""
    values: dict[str, object] = {"weight": 2.0, "first_credit": credit, "expected": True} | changes
    return Shown(name, credit=credit, **values)  # type: ignore[arg-type]


def attempt(
    day: float,
    *points: Shown,
    question: str = "kv-cache",
    category: str = "systems",
    score: float | None = 0.5,
    hints: int = 0,
    uncertainty: float = 0.1,
) -> Attempt:
    """An attempt `day` days after the first."""
    return Attempt(
        session_id=f"s{day}",
        question_id=question,
        category=category,
        topics=("gpu",),
        level="IC3",
        at=DAY_ONE + timedelta(days=day),
        hints=hints,
        score=score,
        band=None if score is None else int(score * 4.99),
        uncertainty=None if score is None else uncertainty,
        shown=points,
        dimensions=() if score is None else (("design", 4.0, 4.0 * score),),
    )
