"""Judges: from an answer and a rubric to verdicts with evidence."""
