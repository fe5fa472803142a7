"""A pack cut into passages: what the index holds and what a hit shows.

| kind     | item id                     | text                                                             |
|----------|-----------------------------|------------------------------------------------------------------|
| question | question id                 | prompt and topics: nothing that answers it                       |
| guide    | `guide/file.md#heading`     | the section under the heading                                    |
| note     | `notes/file.md#heading`     | the section under the heading                                    |
| rubric   | question id                 | the criteria with the phrases that show them                     |

What answers a question is a passage of kind `rubric` only, so whoever asks for questions, notes and guide is
not told an answer by a search. The model answer is no passage at all: its substance stands in the criteria.
Lists of sources are left out: link titles name subjects that the text then does not explain.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from corpus import Document, Pack, Passage, PassageKind, Question
from rubrics import Kind, Rubric

# all-MiniLM-L6-v2 reads 256 word pieces; technical English has about 1.5 of them a word.
MAX_WORDS = 150
OVERLAP_WORDS = 30

_PARAGRAPH = re.compile(r"\n\s*\n")
_SENTENCE_END = re.compile(r"(?<=[.!?:;])\s+(?=\S)")
_BLOCK_LINE = re.compile(r"^\s*(?:[-*+|>]|\d+[.)]|```|~~~)")
# In lower case.
_SOURCE_HEADINGS = frozenset({"sources", "references", "further reading"})


def build_passages(pack: Pack, rubrics: Mapping[str, Rubric]) -> tuple[Passage, ...]:
    """Every passage of a pack: questions, their rubrics, guide, notes, each in file order. Ids are unique."""
    asked_in = _rounds_of_questions(pack)
    rounds = {
        category.id: tuple(item.id for item in pack.info.rounds if category.id in item.categories)
        for category in pack.info.categories
    }
    passages = [_question_passage(question, asked_in[question.id]) for question in pack.questions]
    for question in pack.questions:
        if question.id in rubrics:
            passages.extend(_rubric_passages(question, rubrics[question.id], asked_in[question.id]))
    for document in pack.guide:
        passages.extend(_document_passages(pack.root, document, PassageKind.GUIDE, ()))
    for document in pack.notes:
        bound = rounds.get(document.category or "", ())
        passages.extend(_document_passages(pack.root, document, PassageKind.NOTE, bound))
    return tuple(passages)


def question_passage_id(question_id: str) -> str:
    """The id of the passage that a question itself is."""
    return f"question:{question_id}"


def indexed_text(passage: Passage) -> str:
    """What is embedded: the title, then the text."""
    return f"{passage.title}\n{passage.text}"


def lexical_text(passage: Passage) -> str:
    """What is searched for words: the title counts twice, because a long text hides a title that says it all.

    Measured on the development half of bench/queries.yaml; a third time gains nothing more.
    """
    return f"{passage.title}\n{indexed_text(passage)}"


def _rounds_of_questions(pack: Pack) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {question.id: () for question in pack.questions}
    for item in pack.info.rounds:
        for question in pack.questions_of(item.id):
            found[question.id] += (item.id,)
    return found


def _question_passage(question: Question, rounds: tuple[str, ...]) -> Passage:
    topics = ", ".join(topic.replace("-", " ").replace("_", " ") for topic in question.topics)
    return Passage(
        passage_id=question_passage_id(question.id),
        item_id=question.id,
        kind=PassageKind.QUESTION,
        title=question.title,
        text=f"{question.prompt}\nTopics: {topics}",
        source=f"questions#{question.id}",
        category=question.category,
        level=question.level,
        rounds=rounds,
        topics=question.topics,
    )


def _rubric_passages(question: Question, rubric: Rubric, rounds: tuple[str, ...]) -> Iterator[Passage]:
    criteria = [criterion for criterion in rubric.criteria if criterion.kind is not Kind.RED_FLAG]
    criteria += [criterion for criterion in rubric.criteria if criterion.kind is Kind.RED_FLAG]
    lines = []
    for criterion in criteria:
        label = "Red flag: " if criterion.kind is Kind.RED_FLAG else ""
        shown = "".join(f" “{phrase}”" for phrase in criterion.shows)
        lines.append(f"- {label}{criterion.text}{shown}")
    for part, text in enumerate(_pack_units(lines, "\n", overlap_words=0)):
        yield Passage(
            passage_id=_part_id(f"rubric:{question.id}", part),
            item_id=question.id,
            kind=PassageKind.RUBRIC,
            title=f"Rubric: {question.title}",
            text=text,
            source=f"rubrics#{question.id}",
            category=question.category,
            level=question.level,
            rounds=rounds,
            topics=question.topics,
        )


def _document_passages(
    root: Path, document: Document, kind: PassageKind, rounds: tuple[str, ...]
) -> Iterator[Passage]:
    file = _relative(root, document.path)
    seen: Counter[str] = Counter()
    for section in document.sections:
        if is_source_list(section.heading):
            continue
        slug = slugify(section.heading)
        seen[slug] += 1
        item_id = f"{file}#{slug}" if seen[slug] == 1 else f"{file}#{slug}-{seen[slug]}"
        same = section.heading == document.title
        for part, text in enumerate(split_text(section.text)):
            yield Passage(
                passage_id=_part_id(f"{kind.value}:{item_id}", part),
                item_id=item_id,
                kind=kind,
                title=document.title if same else f"{document.title}: {section.heading}",
                text=text,
                source=f"{file}:{section.line}",
                category=document.category,
                rounds=rounds,
                topics=document.topics,
            )


def is_source_list(heading: str) -> bool:
    """Whether a section of that heading lists sources, in whatever case it is written."""
    return heading.strip().lower() in _SOURCE_HEADINGS


def slugify(heading: str) -> str:
    """A heading as a link would name it: lower case, words joined by hyphens; `section` if no word is left."""
    plain = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-") or "section"


def split_text(text: str, max_words: int = MAX_WORDS, overlap_words: int = OVERLAP_WORDS) -> tuple[str, ...]:
    """`text` in parts of at most `max_words` words, cut between sentences, list items or lines of a table.

    A part begins with the last whole sentences of the part before it, up to `overlap_words` words, so that
    a statement at a cut is found with what it refers to.
    """
    if len(text.split()) <= max_words:
        return (text.strip(),)
    units: list[str] = []
    for paragraph in _PARAGRAPH.split(text.strip()):
        lines = paragraph.splitlines()
        if any(_BLOCK_LINE.match(line) for line in lines):
            pieces = [f"\n{line}" for line in lines]
        else:
            pieces = _SENTENCE_END.split(" ".join(lines))
        if pieces:
            pieces[0] = f"\n\n{pieces[0].lstrip()}"
        for piece in pieces:
            words = piece.split()
            if len(words) <= max_words:
                units.append(piece)
            else:
                units.extend(
                    " ".join(words[start : start + max_words]) for start in range(0, len(words), max_words)
                )
    return tuple(_pack_units(units, " ", max_words, overlap_words))


def _pack_units(
    units: Sequence[str], glue: str, max_words: int = MAX_WORDS, overlap_words: int = OVERLAP_WORDS
) -> Iterator[str]:
    part: list[str] = []
    fresh = 0  # units of `part` that were not in the part before
    for unit in units:
        if fresh and _words(part) + _words([unit]) > max_words:
            yield _join(part, glue)
            part = _tail(part, min(overlap_words, max_words - _words([unit])))
            fresh = 0
        part.append(unit)
        fresh += 1
    if fresh:
        yield _join(part, glue)


def _tail(part: Sequence[str], max_words: int) -> list[str]:
    kept: list[str] = []
    for unit in reversed(part):
        if _words(kept) + _words([unit]) > max_words:
            break
        kept.insert(0, unit)
    return kept


def _words(units: Sequence[str]) -> int:
    return sum(len(unit.split()) for unit in units)


def _join(units: Sequence[str], glue: str) -> str:
    text = ""
    for unit in units:
        text += unit if not text or unit.startswith("\n") else f"{glue}{unit}"
    return text.strip()


def _part_id(stem: str, part: int) -> str:
    return stem if part == 0 else f"{stem}~{part + 1}"


def _relative(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
