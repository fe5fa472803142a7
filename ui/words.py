"""Dates and numbers as a person says them."""

from __future__ import annotations

from datetime import date


def day_month(day: date) -> str:
    """`2 Mar`."""
    return f"{day.day} {day:%b}"


def weekday(day: date) -> str:
    """`Monday 2 March`."""
    return f"{day:%A} {day.day} {day:%B}"


def counted(number: int, noun: str) -> str:
    """`1 question`, `2 questions`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def place_of(number: int, most: int) -> str:
    """`2 of up to 4` of a round's questions, which may come to fewer; `1 of 1`."""
    return f"{number} of {'up to ' if most > 1 else ''}{most}"
