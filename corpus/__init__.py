"""A pack's data: role guide, technical notes and question bank, loaded from plain text files."""

from corpus.errors import Fault, PackError
from corpus.load import PackFiles, load_pack, read_pack
from corpus.model import (
    LEVELS,
    Category,
    Choice,
    Clarification,
    Dimension,
    Document,
    FollowUp,
    Pack,
    PackInfo,
    Passage,
    PassageKind,
    Question,
    Round,
    Section,
    Source,
)
from corpus.problem import Complexity, Example, Problem, ProblemInfo

__all__ = [
    "LEVELS",
    "Category",
    "Choice",
    "Clarification",
    "Complexity",
    "Dimension",
    "Document",
    "Example",
    "Fault",
    "FollowUp",
    "Pack",
    "PackError",
    "PackFiles",
    "PackInfo",
    "Passage",
    "PassageKind",
    "Problem",
    "ProblemInfo",
    "Question",
    "Round",
    "Section",
    "Source",
    "load_pack",
    "read_pack",
]
