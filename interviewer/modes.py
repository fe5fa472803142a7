"""The ways to hold a round."""

from __future__ import annotations

from enum import StrEnum


class Mode(StrEnum):
    """How a round is held.

    `practice` gives hints and can be paused, and the report comes at the end. `study` also reviews every question once it
    is done, with a model answer, waits until that was read, and is not ended by the clock. `real` gives no hints, cannot be paused, counts every
    minute, and shows nothing of how it goes before it is over.
    """

    PRACTICE = "practice"
    STUDY = "study"
    REAL = "real"
