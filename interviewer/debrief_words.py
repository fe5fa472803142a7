"""A debrief in sentences. Pure; page, export and terminal share them."""

from __future__ import annotations

from interviewer.debrief import Debrief, Exhibit, LevelReading, StageResult

UNMEASURED = (
    "This is the debrief of a mock loop. It is computed from the judge's verdicts and was never compared with decisions "
    "of real committees; whether it predicts an offer has not been measured."
)
EXHIBIT_WORDS = {
    "shown": "shown",
    "fault": "a fault",
    "contradicted": "contradicted",
    "missing": "not shown",
}
_READINGS = {
    "above": "the whole 80 % interval lies above the bar",
    "below": "the whole 80 % interval lies below the bar",
    "open": "the bar lies within the 80 % interval",
}


def headline(found: Debrief) -> str:
    """The recommendation, in a few words."""
    if found.recommendation is None:
        return f"No recommendation at {found.level}."
    return f"{found.recommendation.capitalize()} at {found.level} ({found.level_title})."


def standing_sentence(found: Debrief) -> str:
    """Whether the loop is decided, why there is no recommendation, and what is not in the result."""
    missing = [f"{item.title} ({item.missing})" for item in found.stages if item.missing is not None]
    unscored = sum(item.unscored for item in found.stages)
    parts = ["Decided." if found.decided_at is not None else "So far: the loop is not decided yet."]
    if found.withheld is not None:
        parts.append(found.withheld)
    if missing:
        parts.append(f"Not in the result: {', '.join(missing)}.")
    if unscored:
        answers = "One question" if unscored == 1 else f"{unscored} questions"
        parts.append(
            f"{answers} could not be scored and {'counts' if unscored == 1 else 'count'} for nothing."
        )
    return " ".join(parts)


def stage_words(item: StageResult) -> str:
    """How a stage came out, in a few words."""
    if item.band_name is None:
        return item.missing or "unscored"
    return item.band_name


def level_lines(found: Debrief) -> tuple[str, ...]:
    """How sure the result is at the target and at the level below; empty without a recommendation."""
    return tuple(
        f"{item.level} ({item.title}): {item.band_name}; {in_hundred(item.chance)} to come to a hire ("
        f"{_READINGS[item.reading]})."
        for item in found.levels
    )


def risk_sentence(found: Debrief) -> str:
    """The risk of a lower level, in a sentence; empty without a recommendation."""
    if found.down_level_risk is None:
        return ""
    risk = in_hundred(found.down_level_risk)
    if len(found.levels) > 1:
        below: LevelReading = found.levels[1]
        return (
            f"Risk of being down-levelled: {risk}. That is the chance that the answers come to a hire at {below.level} and "
            f"not at {found.level}; questions and follow-ups were chosen for {found.level}."
        )
    why = "the rubrics of what was asked expect the same at the level below, or there is none"
    return (
        f"The answers were judged at {found.level} only, since {why}. {risk.capitalize()} of what is uncertain lies below "
        "the bar."
    )


def held_down_title(found: Debrief) -> str:
    """What the open points are that only the target level asks for."""
    return f"Open points that {found.level} must show and the level below need not"


def goal_sentence(found: Debrief) -> str:
    """What it takes to come to the goal; empty where there is none."""
    if found.goal is None:
        return ""
    if found.needed is None:
        return f"Even with all that was open met, the result would stay below {found.goal}."
    if found.needed <= len(found.changes):
        first = "the first of these" if found.needed == 1 else f"the first {found.needed} of these"
        return f"With {first} met, the result would be {found.goal}."
    return (
        f"It takes {found.needed} such points to come to {found.goal}; these are the {len(found.changes)} "
        "that count most."
    )


def exhibit_place(item: Exhibit) -> str:
    """Where a point comes from."""
    return f"{item.stage}: {item.question}"


def in_hundred(chance: float) -> str:
    """A chance to the nearest five in a hundred; the ends stay open, as nothing is certain."""
    fives = round(chance * 20) * 5
    if fives <= 0:
        return "under 5 in 100"
    return "over 95 in 100" if fives >= 100 else f"about {fives} in 100"
