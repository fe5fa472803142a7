"""From credits to a score and a band. The formulas are those of docs/scoring.md, "From criteria to score"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rubrics.model import Kind, Rubric

# Lower bounds of bands 1-4: no hire, borderline, hire, strong hire.
DEFAULT_BANDS = (0.15, 0.40, 0.62, 0.82)
MAX_BONUS = 0.10
MET_CREDIT = 0.5


@dataclass(frozen=True)
class Score:
    """A score 0..1 with its parts: `score = clamp(base + bonus - flags, 0, 1)`."""

    base: float
    bonus: float
    flags: float
    score: float


def expected_credit(met: float, partial: float) -> float:
    """Expected credit of a criterion from its verdict probabilities (met 1, partial 0.5, others 0)."""
    return met + 0.5 * partial


def unit_credits(rubric: Rubric, credits: Mapping[str, float]) -> dict[str, tuple[float, float]]:
    """Unit id -> (weight, credit): a required criterion outside a group, or a group as a whole.

    A group has its members' mean weight and credit min(1, sum of member credits / need).
    """
    units: dict[str, tuple[float, float]] = {}
    for criterion in rubric.criteria:
        if criterion.kind is Kind.REQUIRED and criterion.group is None:
            units[criterion.id] = (criterion.weight, credits.get(criterion.id, 0.0))
    for group in rubric.groups:
        members = rubric.members(group.id)
        if not members:
            continue
        weight = sum(member.weight for member in members) / len(members)
        total = sum(credits.get(member.id, 0.0) for member in members)
        units[group.id] = (weight, min(1.0, total / group.need))
    return units


def score_credits(rubric: Rubric, credits: Mapping[str, float]) -> Score:
    """Score an answer from the credit of each criterion; criteria without an entry have credit 0."""
    units = unit_credits(rubric, credits).values()
    total = sum(weight for weight, _ in units)
    base = sum(weight * credit for weight, credit in units) / total
    extra = {Kind.BONUS: 0.0, Kind.RED_FLAG: 0.0}
    for criterion in rubric.criteria:
        if criterion.kind in extra:
            extra[criterion.kind] += criterion.weight * credits.get(criterion.id, 0.0)
    bonus = min(MAX_BONUS, extra[Kind.BONUS] / total)
    flags = extra[Kind.RED_FLAG] / total
    return Score(base, bonus, flags, min(1.0, max(0.0, base + bonus - flags)))


def band_of(score: float, bands: tuple[float, float, float, float] = DEFAULT_BANDS) -> int:
    """Band 0-4 of a score; a score on a bound belongs to the higher band."""
    return sum(score >= bound for bound in bands)


def is_met(rubric: Rubric, credits: Mapping[str, float], entry: str) -> bool:
    """Whether a level's entry (criterion or group id) is met: credit of at least one half."""
    for group in rubric.groups:
        if group.id == entry:
            return unit_credits(rubric, credits)[entry][1] >= MET_CREDIT
    return credits.get(entry, 0.0) >= MET_CREDIT


def capped_band(band: int, rubric: Rubric, credits: Mapping[str, float], level: str | None) -> int:
    """Cap a band by what the level must show: one entry unmet caps at 2, more than half of them at 1."""
    entries = rubric.levels.get(level, ()) if level else ()  # type: ignore[call-overload]
    unmet = sum(not is_met(rubric, credits, entry) for entry in entries)
    if unmet * 2 > len(entries):
        return min(band, 1)
    return min(band, 2) if unmet else band
