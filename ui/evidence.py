"""The candidate's answer with the words that the judge relied on marked, and each mark's criterion named."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from rubrics import CriterionAssessment, Verdict
from ui.formulas import formulas_html


@dataclass(frozen=True)
class CriterionLabel:
    """How a criterion is named beside the answer. `fault` is for red flags, where `met` is bad."""

    number: int
    text: str
    fault: bool = False


@dataclass(frozen=True)
class _Mark:
    start: int
    end: int
    label: CriterionLabel
    verdict: Verdict

    @property
    def bad(self) -> bool:
        return self.label.fault or self.verdict is Verdict.CONTRADICTED

    @property
    def words(self) -> str:
        if self.label.fault:
            verdict = "red flag"
        else:
            verdict = {Verdict.PARTIAL: "partly", Verdict.CONTRADICTED: "contradicted"}.get(
                self.verdict, "met"
            )
        return f"{self.label.number}. {self.label.text} ({verdict})"


def highlight(
    answer: str, criteria: Sequence[CriterionAssessment], labels: Mapping[str, CriterionLabel]
) -> str:
    """The answer as HTML. Criteria without a label, and such as were found missing, are not marked.

    Spans may overlap: every stretch of text names all criteria that it showed, and a criterion's number stands
    where its span ends. Without tags and numbers the text is the answer, unchanged.
    """
    marks = [
        _Mark(piece.start, piece.end, labels[item.id], item.verdict)
        for item in criteria
        if item.verdict is not Verdict.MISSING and item.id in labels
        for piece in item.evidence
        if 0 <= piece.start < piece.end <= len(answer)
    ]
    cuts = sorted({0, len(answer), *(mark.start for mark in marks), *(mark.end for mark in marks)})
    html = []
    for start, end in itertools.pairwise(cuts):
        text = formulas_html(answer[start:end])
        on = {mark.words: mark for mark in marks if mark.start <= start and end <= mark.end}
        if not on:
            html.append(text)
            continue
        shown = sorted(on.values(), key=lambda mark: mark.label.number)
        title = escape("; ".join(mark.words for mark in shown))
        style = ' class="bad"' if any(mark.bad for mark in shown) else ""
        ending = sorted({mark.label.number for mark in marks if mark.end == end})
        numbers = f"<sup>{','.join(map(str, ending))}</sup>" if ending else ""
        html.append(f'<mark{style} title="{title}">{text}{numbers}</mark>')
    return "".join(html)
