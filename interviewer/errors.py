"""Errors that end in a sentence for a person. Only ui, api and cli turn them into words or status codes.

MockroundError
├── BadInput             the caller: something is empty, too long or not what it should be; say what to change
│   └── UnknownThing     the caller: there is no such session, question, round …
├── WrongMoment          the caller: right request, wrong time (answering a finished round, a stale page)
├── NotYet               a part that a later release brings
├── StoreError           our storage
│   ├── StoreConflict    another process appended first; reload and try again
│   ├── StoreFull        the disk or the database is full; nothing was acknowledged, nothing was lost
│   └── StoreUnavailable the database cannot be reached or read
├── JudgeStopped         the language model that judges cannot be used now; what was judged is kept
├── QualificationStopped the language model cannot be measured now; nothing is recorded
└── SetupError           the operator: a port in use, a broken pack, a folder that cannot be written
"""

from __future__ import annotations


class MockroundError(Exception):
    """Its text is one clear sentence with what to do next."""


class BadInput(MockroundError):
    """What was given cannot be used."""


class UnknownThing(BadInput):
    """Nothing has that name."""


class WrongMoment(MockroundError):
    """The interview is not at the place where this makes sense."""


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


class SetupError(MockroundError):
    """The service cannot start as configured."""
