"""What could be better in a pack without a fault, read from its files alone; `interviewer.authoring.own_answers` asks a judge.

That every required criterion and group has a step of the ladder, and every criterion two phrases that show it, is no
remark: without them a pack is at fault.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from corpus import Document, Pack, Question
from interviewer.authoring.likeness import (
    NOTES_FROM,
    PROMPTS_FROM,
    Pair,
    alike_texts,
    alike_titles,
    close_vectors,
    repeats,
)
from interviewer.authoring.remark import Remark, RemarkKind
from interviewer.judge.words import stem, tokens
from interviewer.packs import PackOnDisk, RolePack
from retrieval import Embedder, Progress, embed_with_progress
from retrieval.passages import is_source_list

MIN_SOURCES = 2

_ADDRESS = re.compile(r"https?://[^\s)>\]]+")


def find_remarks(pack: PackOnDisk) -> list[Remark]:
    """Every remark on a pack that was read without a fault, by kind, the weightiest of a kind first.

    No model is loaded. Raises ValueError for a pack with a fault.
    """
    role = pack.role
    if role is None or pack.faults:
        raise ValueError("a pack with faults is not remarked on")
    found = [
        *_alike_questions(pack, role),
        *_alike_sections(role),
        *_sources(pack, role),
        *_note_sources(role),
        *_repeated_criteria(pack, role),
        *_topics(pack, role),
    ]
    return in_order(found)


def find_close_prompts(
    pack: PackOnDisk, embedder: Embedder, progress: Progress | None = None
) -> list[Remark]:
    """Prompts that ask the same in other words, nearest first; `progress` is told how many are embedded.

    Raises EmbedderError.
    """
    if pack.role is None:
        return []
    questions = pack.role.pack.questions
    vectors = embed_with_progress(embedder, [question.prompt for question in questions], progress)
    return [
        _of_pair(pack, questions, pair, "prompt", RemarkKind.PROMPTS_CLOSE, "is close in meaning to")
        for pair in close_vectors(vectors)
    ]


def in_order(remarks: Sequence[Remark]) -> list[Remark]:
    """Remarks by kind; within a kind their order stays."""
    kinds = list(RemarkKind)
    return sorted(remarks, key=lambda remark: kinds.index(remark.kind))


def counts_of(pack: Pack) -> dict[str, dict[str, int]]:
    """Category -> level -> how many questions, for all categories and levels of the pack."""
    counts = Counter((question.category, question.level) for question in pack.questions)
    return {
        category.id: {level.id: counts[category.id, level.id] for level in pack.info.levels}
        for category in pack.info.categories
    }


def _alike_questions(pack: PackOnDisk, role: RolePack) -> Iterator[Remark]:
    questions = role.pack.questions
    for pair in alike_titles([question.title for question in questions]):
        yield _of_pair(pack, questions, pair, "title", RemarkKind.TITLES_ALIKE, "has a title like")
    for pair in alike_texts([question.prompt for question in questions], PROMPTS_FROM):
        yield _of_pair(pack, questions, pair, "prompt", RemarkKind.PROMPTS_ALIKE, "has a prompt like")


def _of_pair(
    pack: PackOnDisk, questions: Sequence[Question], pair: Pair, key: str, kind: RemarkKind, says: str
) -> Remark:
    """A remark at the later question of a pair."""
    first, second = questions[pair.first], questions[pair.second]
    other, line = pack.question_place(first.id, key)
    message = f"{second.id} {says} {first.id} at {other.name}:{line} (cosine {pair.cosine:.2f})"
    return Remark(kind, *pack.question_place(second.id, key), message)


def _alike_sections(role: RolePack) -> Iterator[Remark]:
    sections = [
        (note, section)
        for note in role.pack.notes
        for section in note.sections
        if not is_source_list(section.heading)
    ]
    for pair in alike_texts([section.text for _, section in sections], NOTES_FROM):
        (first, early), (second, late) = sections[pair.first], sections[pair.second]
        yield Remark(
            RemarkKind.NOTES_ALIKE,
            second.path,
            late.line,
            f"the section {late.heading!r} says what {early.heading!r} at {first.path.name}:{early.line} says "
            f"(cosine {pair.cosine:.2f})",
        )


def _sources(pack: PackOnDisk, role: RolePack) -> Iterator[Remark]:
    for question in role.pack.questions:
        if len(question.sources) < MIN_SOURCES:
            yield Remark(
                RemarkKind.FEW_SOURCES,
                *pack.question_place(question.id, "sources"),
                f"{question.id} names {len(question.sources)} source; a second one guards against the first",
            )
        for index, source in enumerate(question.sources):
            if not source.url.startswith("https://"):
                yield _not_https(*pack.question_place(question.id, "sources", index), source.url)


def _note_sources(role: RolePack) -> Iterator[Remark]:
    for note in role.pack.notes:
        lists = [section for section in note.sections if is_source_list(section.heading)]
        addresses = [(section.line, url) for section in lists for url in _ADDRESS.findall(section.text)]
        for line, url in addresses:
            if not url.startswith("https://"):
                yield _not_https(note.path, line, url)
        if not addresses:
            line = lists[0].line if lists else note.sections[0].line
            what = "names no web address under its sources" if lists else "has no section '## Sources'"
            yield Remark(RemarkKind.NOTE_WITHOUT_SOURCES, note.path, line, f"the note {note.name!r} {what}")


def _not_https(path: Path, line: int, url: str) -> Remark:
    return Remark(
        RemarkKind.SOURCE_NOT_HTTPS, path, line, f"{url} is not https; most sites answer under https too"
    )


def _repeated_criteria(pack: PackOnDisk, role: RolePack) -> Iterator[Remark]:
    for question in role.pack.questions:
        for index, criterion in enumerate(role.rubrics[question.id].criteria):
            for at, phrase in enumerate(criterion.shows):
                if repeats(phrase, criterion.text):
                    yield Remark(
                        RemarkKind.SHOWS_REPEAT_TEXT,
                        *pack.rubric_place(question.id, "criteria", index, "shows", at),
                        f"{question.id}: {phrase!r} says the text of {criterion.id!r} again; write what a "
                        "candidate would say",
                    )


def _topics(pack: PackOnDisk, role: RolePack) -> Iterator[Remark]:
    """Topics that no note covers, that no question asks, and that one question asks; the most asked first."""
    askers: dict[str, list[Question]] = defaultdict(list)
    for question in role.pack.questions:
        for topic in question.topics:
            askers[topic].append(question)
    notes = role.pack.notes
    named = {topic for note in notes for topic in note.topics}
    words = [_words_of_note(note) for note in notes]
    for topic, asked in sorted(askers.items(), key=lambda item: -len(item[1])):
        place = _topic_place(pack, asked[0], topic)
        if topic not in named and not any(_phrase(topic) in text for text in words):
            count = "1 question is" if len(asked) == 1 else f"{len(asked)} questions are"
            message = f"no note names or mentions the topic {topic!r}, which {count} about"
            yield Remark(RemarkKind.TOPIC_WITHOUT_NOTE, *place, message)
        if len(asked) == 1:
            message = f"{asked[0].id} alone is about the topic {topic!r}"
            yield Remark(RemarkKind.TOPIC_ASKED_ONCE, *place, message)
    for note in notes:
        for topic in note.topics:
            if topic not in askers:
                message = f"no question is about the topic {topic!r}, which the note {note.name!r} names"
                yield Remark(RemarkKind.TOPIC_NOT_ASKED, note.path, note.topics_line, message)


def _topic_place(pack: PackOnDisk, question: Question, topic: str) -> tuple[Path, int]:
    return pack.question_place(question.id, "topics", question.topics.index(topic))


def _words_of_note(note: Document) -> str:
    """The note's stems in order between spaces, so that a topic's words can be looked for in a row."""
    return _phrase(
        " ".join([note.title, *(f"{section.heading} {section.text}" for section in note.sections)])
    )


def _phrase(text: str) -> str:
    return f" {' '.join(stem(word) for word in tokens(re.sub(r'[-_]', ' ', text)))} "
