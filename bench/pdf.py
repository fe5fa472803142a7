"""How long the PDFs take: the debrief of a whole loop, and the report of a round of ten questions.

Both are played by the persona `partial` with the built-in pack, the embedded judge and no language model; the clock runs from
the debrief or the report as the service has it to the bytes. The alternative is the same document as Markdown. `pdf_cpu_ms` is
the processor's time for the same, which other work on the machine does not lengthen; `pdf_first_ms` is the first one after a
start, which reads the fonts.

    python bench/pdf.py
"""

from __future__ import annotations

import argparse
import io
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
from pypdf import PdfReader

from bench.common import Row, bootstrap, write_results
from interviewer.commands.running import run_with_service
from interviewer.config import Settings
from interviewer.debrief import Debrief
from interviewer.export import render_debrief, render_report
from interviewer.owners import LOCAL_OWNER
from interviewer.report import Report
from interviewer.service import InterviewService, StartRequest
from interviewer.simulate import SimulatedClock, play, simulate

TIMES = 10
QUESTIONS = 10
PERSONA = "partial"


def main() -> None:
    """Measure, and write bench/results/pdf.json."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--keep", type=Path, help="a folder for the two PDFs, to look at them")
    options = parser.parse_args()
    clock = SimulatedClock()

    async def work(service: InterviewService) -> tuple[Report, Debrief]:
        return await a_round(service, clock), await a_loop(service, clock)

    settings = Settings(llm="none")
    report, debrief = run_with_service(settings, work, store_url="sqlite://", clock=clock, model=False)
    rows = [
        *timed("report", lambda name: render_report(report, name)[0], options.keep),
        *timed("debrief", lambda name: render_debrief(debrief, name)[0], options.keep),
        Row("report.questions", len(report.questions), "questions"),
        Row("debrief.questions", sum(item.questions for item in debrief.stages), "questions"),
    ]
    write_results("pdf", rows)


async def a_round(service: InterviewService, clock: SimulatedClock) -> Report:
    """The report of a round of that many questions."""
    request = StartRequest("ml-systems", "IC3", questions=QUESTIONS, minutes=180, seed=1)
    report, _ = await simulate(service, clock, PERSONA, request)
    return report


async def a_loop(service: InterviewService, clock: SimulatedClock) -> Debrief:
    """The debrief of a loop of which every stage was taken."""
    loop = await service.loops.begin(LOCAL_OWNER, "IC3", "", 1)
    while (await service.loops.look(LOCAL_OWNER, loop.id)).next is not None:
        stage = await service.loops.start(LOCAL_OWNER, loop.id, None)
        await play(service, clock, PERSONA, stage.id, 1)
    return await service.loops.decide(LOCAL_OWNER, loop.id)


def timed(name: str, render: Callable[[str], bytes], keep: Path | None) -> list[Row]:
    """The median of both formats, with their intervals; the first of each is not counted among them."""
    rows, firsts, busy = {}, {}, 0.0
    for kind in ("md", "pdf"):
        began = time.perf_counter()
        content, times = render(kind), []
        firsts[kind] = 1000 * (time.perf_counter() - began)
        began_busy = time.process_time()
        for _ in range(TIMES):
            began = time.perf_counter()
            render(kind)
            times.append(1000 * (time.perf_counter() - began))
        busy = 1000 * (time.process_time() - began_busy) / TIMES
        low, high = bootstrap(np.array(times), lambda drawn: float(np.median(drawn)))
        rows[kind] = Row(f"{name}.{kind}_ms", statistics.median(times), "ms", low=low, high=high, n=TIMES)
    if keep is not None:
        (keep / f"{name}.pdf").write_bytes(content)
    ours, base = rows["pdf"], rows["md"]
    against = replace(ours, against=base.metric, ratio=(ours.value or 0.0) / (base.value or 1.0))
    more = [Row(f"{name}.pdf_first_ms", firsts["pdf"], "ms"), Row(f"{name}.pdf_cpu_ms", busy, "ms", n=TIMES)]
    return [against, base, *more, Row(f"{name}.pages", len(PdfReader(io.BytesIO(content)).pages), "pages")]


if __name__ == "__main__":
    main()
