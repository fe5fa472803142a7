"""What was measured is kept by model and place, and holds until anything that it stands on changes."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from interviewer import code_questions, feedback, followups
from interviewer.errors import SetupError
from interviewer.files import replace_file
from interviewer.judge.calibration import shipped_calibration
from interviewer.judge.model import PROMPT_IDS
from interviewer.llm.protocol import ChatModel
from interviewer.prompts import load_prompt
from interviewer.qualification.measure import Figures
from interviewer.qualification.probes import probes_sha256
from interviewer.qualification.uses import UNMEASURED, USES, Use, UseVerdict

PROMPTS = (*PROMPT_IDS, followups.PROMPT_ID, code_questions.PROMPT_ID, feedback.PROMPT_ID)
DEFAULT_TRUST = "follow-ups behind the guard and feedback text, no scores"

_NAMES: dict[Use, str] = {
    "judge": "judging",
    "blend": "blending",
    "follow_ups": "follow-ups",
    "code_questions": "questions about code",
    "feedback": "feedback",
}


@dataclass(frozen=True)
class Conditions:
    """What a record stands on. `prompts` are SHA-256 by prompt id; `calibration` is that of the embedded judge."""

    mockround: str
    embedder: str
    calibration: str
    probes_sha256: str
    prompts: dict[str, str]
    settings: dict[str, float]

    def changed_since(self, record: Conditions) -> tuple[str, ...]:
        """The names of what is different now."""
        now, before = dataclasses.asdict(self), dataclasses.asdict(record)
        return tuple(name for name in now if now[name] != before[name])


@dataclass(frozen=True)
class Qualification:
    """One measurement of a model, with a verdict for every use."""

    model: str
    where: str
    measured_at: datetime
    took_s: float
    uses: dict[Use, UseVerdict]
    figures: Figures
    conditions: Conditions


@dataclass(frozen=True)
class Standing:
    """What a model is trusted with now. `changed` says why a record no longer holds."""

    record: Qualification | None = None
    changed: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether there is a record, and nothing that it stands on has changed."""
        return self.record is not None and not self.changed

    def trusts(self, use: Use) -> bool:
        """Whether the model may be used for that; without a record that holds, for UNMEASURED."""
        if self.record is None or self.changed:
            return use in UNMEASURED
        return self.record.uses[use].trusted

    @property
    def sentence(self) -> str:
        """In one line for people."""
        if self.record is None:
            return f"Not qualified yet: {DEFAULT_TRUST}; run mockround qualify."
        day = self.record.measured_at.date().isoformat()
        if self.changed:
            what = ", ".join(name.removesuffix("_sha256") for name in self.changed)
            return (
                f"Qualified on {day}, which has expired ({what} changed since): {DEFAULT_TRUST}; "
                "run mockround qualify again."
            )
        words = ", ".join(f"{_NAMES[use]} {'yes' if self.trusts(use) else 'no'}" for use in USES)
        return (
            f"Qualified on {day}: {words}; judging and blending are shown only, "
            "scores come from the embedded judge."
        )


_RECORD = TypeAdapter(Qualification)


class Qualifications:
    """The records of a folder, one file for each model and place. Looking reads a file again when it has changed."""

    def __init__(self, folder: Path, embedder: str) -> None:
        """`embedder` is the name of the one in use; the folder is made with the first record."""
        self._folder = folder
        self._embedder = embedder
        self._read: dict[Path, tuple[int, Qualification | None]] = {}

    @property
    def conditions(self) -> Conditions:
        """What a record that is made now would stand on."""
        return _conditions(self._embedder)

    def standing(self, model: ChatModel) -> Standing:
        """What the model is trusted with now. A damaged record counts as none."""
        record = self._find(self._path(model.name, model.where))
        if record is None or (record.model, record.where) != (model.name, model.where):
            return Standing()
        return Standing(record, self.conditions.changed_since(record.conditions))

    def prepare(self) -> None:
        """Make the folder. Raises SetupError where that cannot be."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._unusable(error) from error

    def keep(self, record: Qualification) -> Path:
        """Store a record in place of the model's last one. Raises SetupError."""
        path = self._path(record.model, record.where)
        try:
            replace_file(path, as_json(record))
        except OSError as error:
            raise self._unusable(error) from error
        return path

    def _path(self, model: str, where: str) -> Path:
        name = hashlib.sha256(f"{model}\n{where}".encode()).hexdigest()[:32]
        return self._folder / f"{name}.json"

    def _find(self, path: Path) -> Qualification | None:
        try:
            stamp = path.stat().st_mtime_ns
            known = self._read.get(path)
            if known is None or known[0] != stamp:
                self._read[path] = known = (stamp, _RECORD.validate_json(path.read_bytes()))
        except (OSError, ValidationError):
            return None
        return known[1]

    def _unusable(self, error: OSError) -> SetupError:
        return SetupError(
            f"The folder of qualifications, {self._folder}, cannot be used ({error.strerror or error}); "
            "free space or name another folder with --data."
        )


def as_json(record: Qualification) -> bytes:
    """A record as it is stored and printed."""
    return _RECORD.dump_json(record, indent=2)


@cache
def _conditions(embedder: str) -> Conditions:
    return Conditions(
        mockround=version("mockround"),
        embedder=embedder,
        calibration=shipped_calibration().identity,
        probes_sha256=probes_sha256(),
        prompts={prompt_id: load_prompt(prompt_id).sha256 for prompt_id in PROMPTS},
        settings={
            "follow_up_temperature": followups.TEMPERATURE,
            "follow_up_tokens": followups.TOKENS_A_PROPOSAL,
            "follow_up_spares": followups.SPARE_PROPOSALS,
            "code_question_temperature": code_questions.TEMPERATURE,
            "code_question_tokens": code_questions.MAX_TOKENS,
            "code_question_wordings": code_questions.WORDINGS,
            "feedback_temperature": feedback.TEMPERATURE,
            "feedback_tokens": feedback.MAX_TOKENS,
        },
    )
