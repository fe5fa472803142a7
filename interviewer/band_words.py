"""How a report's bands come about, in words: their bounds, and how the level holds them down. Pure."""

from __future__ import annotations

from interviewer.report import BAND_NAMES, Bounds, Report


def bands_explained(report: Report) -> str:
    """The bounds of the bands, those of questions that have others, and what the level's points do to a band."""
    parts = [f"A score {_bounds(report.bounds)}."]
    parts += [
        f"“{question.title}” has bounds of its own: {_bounds(question.own_bounds)}."
        for question in report.questions
        if question.own_bounds is not None and question.own_bounds != report.bounds
    ]
    if any(item.expected_at_level for question in report.questions for item in question.criteria):
        parts.append(
            f"A point that {report.level} must show and that is open holds a question at “{BAND_NAMES[2]}” or below, and "
            f"more than half of them open at “{BAND_NAMES[1]}” or below."
        )
    return " ".join(parts)


def _bounds(bounds: Bounds) -> str:
    rising = ", ".join(f"from {bound:.2f} {name}" for bound, name in zip(bounds, BAND_NAMES[1:], strict=True))
    return f"below {bounds[0]:.2f} is {BAND_NAMES[0]}, {rising}"
