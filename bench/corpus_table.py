"""Put what the packs hold, counted, into docs/corpus.md, between `<!-- corpus -->` and `<!-- /corpus -->`.

A test holds that the page says what the packs say. Run it after every change to a pack under corpus/:

    .venv/bin/python bench/corpus_table.py
"""

from __future__ import annotations

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

sys.path[0] = str(Path(__file__).parent.parent)

import corpus
from bench.markdown import table
from corpus import Fault, Pack
from interviewer.authoring.remarks import counts_of
from retrieval.passages import is_source_list

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "corpus.md"
MIN_QUESTIONS_OF_A_TOPIC = 2

_BLOCK = re.compile(r"(<!-- corpus -->\n).*?(<!-- /corpus -->)", re.DOTALL)


def publish(text: str, packs: Sequence[Pack]) -> str:
    """The page with its generated part written anew."""
    body = "\n".join(_section(pack) for pack in packs)
    return _BLOCK.sub(lambda block: f"{block[1]}\n{body}\n{block[2]}", text)


def packs_under(folder: Path) -> list[Pack]:
    """Every pack of a folder that has a question, as far as it can be read, by the folders' names."""
    found = []
    for path in sorted(folder.glob("*/pack.yaml")):
        faults: list[Fault] = []
        pack = corpus.read_pack(path.parent, faults).pack
        if pack is not None and pack.questions:
            found.append(pack)
    return found


def _section(pack: Pack) -> str:
    info = pack.info
    return "\n".join(
        [
            f"## {info.title}\n",
            f"`corpus/{pack.root.name}`, as of {info.as_of}: {len(pack.questions)} questions, {len(pack.notes)} notes, "
            f"{len(pack.guide)} guide pages.\n",
            "### Questions by category and level\n",
            _by_level(pack),
            "### Rounds\n",
            _rounds(pack),
            "### Topics\n",
            _topics(pack),
            "### Notes by category\n",
            _notes(pack),
        ]
    )


def _by_level(pack: Pack) -> str:
    levels = [level.id for level in pack.info.levels]
    counts = counts_of(pack)
    lines: list[list[object]] = []
    for category in pack.info.categories:
        row = [counts[category.id][level] for level in levels]
        lines.append([category.title, f"{category.share:.0%}", *row, sum(row)])
    columns = [sum(counts[category.id][level] for category in pack.info.categories) for level in levels]
    lines.append(["all", "", *columns, sum(columns)])
    return table(["category", "share", *levels, "all"], lines)


def _rounds(pack: Pack) -> str:
    titles = {category.id: category.title for category in pack.info.categories}
    return table(
        ["round", "minutes", "asked", "in the bank", "categories"],
        [
            [
                item.title,
                item.minutes,
                item.questions,
                len(pack.questions_of(item.id)),
                "all"
                if set(item.categories) == set(titles)
                else "; ".join(titles[name] for name in item.categories),
            ]
            for item in pack.info.rounds
        ],
    )


def _topics(pack: Pack) -> str:
    counts = Counter(topic for question in pack.questions for topic in question.topics)
    of_size: defaultdict[int, list[str]] = defaultdict(list)
    for topic, count in counts.items():
        if count >= MIN_QUESTIONS_OF_A_TOPIC:
            of_size[count].append(topic)
    once = sum(count < MIN_QUESTIONS_OF_A_TOPIC for count in counts.values())
    shared = table(
        ["questions each", "topics"],
        [[size, ", ".join(sorted(of_size[size]))] for size in sorted(of_size, reverse=True)],
    )
    return f"{shared}\n{once} more topics have one question each.\n"


def _notes(pack: Pack) -> str:
    lines: list[list[object]] = []
    for category in pack.info.categories:
        notes = [note for note in pack.notes if note.category == category.id]
        sections = sum(not is_source_list(s.heading) for n in notes for s in n.sections)
        lines.append([category.title, len(notes), sections])
    return table(["category", "notes", "sections without sources"], lines)


def main() -> None:
    """Rewrite the page in place."""
    before = PAGE.read_text(encoding="utf-8")
    after = publish(before, packs_under(ROOT / "corpus"))
    if after != before:
        PAGE.write_text(after, encoding="utf-8")
        print(f"{PAGE.relative_to(ROOT)} has the latest counts", file=sys.stderr)


if __name__ == "__main__":
    main()
