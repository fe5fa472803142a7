"""Errors that end in a sentence for a person. Only ui, api and cli turn them into words or status codes.

MockroundError
├── BadInput             the caller: something is empty, too long or not what it should be; say what to change
│   └── UnknownThing     the caller: there is no such session, question, round …
├── WrongMoment          the caller: right request, wrong time (answering a finished round, a stale page)
├── NotSignedIn          nobody has said who they are; sign in, or send a token
├── ProviderDown         the OpenID Connect provider cannot be asked who somebody is; try again in a moment
├── NotAllowed           the caller is known and may not do this
├── TooMany              the caller asks more often than is allowed; `after_s` says when to come again
├── NotYet               a part that a later release brings
├── StoreError           our storage
│   ├── StoreConflict    another process appended first; reload and try again
│   ├── StoreFull        the disk or the database is full; nothing was acknowledged, nothing was lost
│   └── StoreUnavailable the database cannot be reached or read
├── JudgeStopped         the language model that judges cannot be used now; what was judged is kept
├── QualificationStopped the language model cannot be measured now; nothing is recorded
├── RunningOff           the operator: running code is off here; the sentence says how to turn it on
├── RunnerBusy           too many solutions wait to be run; try again in a moment
├── SandboxBroken        a sandbox did not start or ended without a reason; nothing is said about the solution
├── ProblemBroken        the pack's author: a coding problem's own tests or reference fail
└── SetupError           the operator: a port in use, a broken pack, a folder that cannot be written
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path


class MockroundError(Exception):
    """Its text is one clear sentence with what to do next."""


class BadInput(MockroundError):
    """What was given cannot be used."""


class UnknownThing(BadInput):
    """Nothing has that name."""


class WrongMoment(MockroundError):
    """The interview is not at the place where this makes sense."""


class NotSignedIn(MockroundError):
    """Nobody is known to ask."""


class ProviderDown(MockroundError):
    """The OpenID Connect provider does not answer, or not as it should."""


class NotAllowed(MockroundError):
    """Somebody else may do this, the caller may not."""


class TooMany(MockroundError):
    """The caller asks too often."""

    def __init__(self, sentence: str, after_s: int) -> None:
        """`after_s`: seconds until the next request is taken."""
        super().__init__(sentence)
        self.after_s = after_s


class NotYet(MockroundError):
    """A command that a later release brings."""


class StoreError(MockroundError):
    """The interview could not be stored or read."""


class StoreConflict(StoreError):
    """Somebody else appended to the log first."""


class StoreFull(StoreError):
    """There is no room left."""


class StoreUnavailable(StoreError):
    """The database does not answer."""


class JudgeStopped(MockroundError):
    """Judging broke off and can be continued."""


class QualificationStopped(MockroundError):
    """Measuring a model broke off."""


class RunningOff(MockroundError):
    """Code is not run here."""


class RunnerBusy(MockroundError):
    """Too many solutions wait to be run."""


class SandboxBroken(MockroundError):
    """A sandbox failed for a reason that is not the solution's."""


class ProblemBroken(MockroundError):
    """A coding problem cannot be used because its own code fails."""


class SetupError(MockroundError):
    """The service cannot start as configured."""


def expect_known(noun: str, name: str, known: Collection[str]) -> None:
    """Raises UnknownThing for a name that is none of those known."""
    if name not in known:
        raise UnknownThing(f"There is no {noun} {name!r}; choose one of {', '.join(known)}.")


def unusable_folder(folder: Path, error: OSError) -> SetupError:
    """The operator's sentence for a data folder that cannot be made, read or written."""
    return SetupError(f"The data folder {folder} cannot be used: {error.strerror or error}.")
