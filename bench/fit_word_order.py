"""Fits interviewer/judge/word_order.json from the docstrings of Python's standard library.

Run: python bench/fit_word_order.py
"""

from __future__ import annotations

import ast
import itertools
import json
import re
import sysconfig
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from interviewer.judge.gibberish import _SUFFIXES, word_class
from interviewer.judge.sentences import split_sentences
from interviewer.judge.words import FUNCTION_WORDS, tokens

FUNCTION_CLASSES = 90
OUT = Path(__file__).parent.parent / "interviewer" / "judge" / "word_order.json"


def docstrings() -> Iterator[str]:
    """Prose of the standard library: docstrings of more than 80 characters without doctest lines."""
    root = Path(sysconfig.get_paths()["stdlib"])
    for path in sorted(root.rglob("*.py")):
        if any(part in ("site-packages", "test", "tests", "idlelib") for part in path.parts):
            continue
        try:
            tree = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                text = ast.get_docstring(node) or ""
                for block in re.split(r"\n\s*\n", text):
                    if len(block) > 80 and ">>>" not in block and "=" not in block:
                        yield re.sub(r"\s+", " ", block)


def main() -> None:
    lines = [tokens(s.text) for text in docstrings() for s in split_sentences(text)]
    counts = Counter(word for line in lines for word in line)
    small = [word for word, _ in counts.most_common() if word in FUNCTION_WORDS][:FUNCTION_CLASSES]
    classes = [*sorted(small), "#function", "#number", "#word", *(f"#{suffix}" for suffix in _SUFFIXES)]
    index = {name: i for i, name in enumerate(classes)}
    pairs = np.zeros((len(classes), len(classes)))
    for line in lines:
        ids = [index[word_class(word, index)] for word in line]
        for one, other in itertools.pairwise(ids):
            pairs[one, other] += 1
    single = (pairs.sum(0) + pairs.sum(1)) / 2 / pairs.sum()
    expected = np.outer(single, single) * pairs.sum()
    # Pairs never seen are pulled towards chance by a prior worth five expected pairs.
    pmi = np.clip(np.log((pairs + 5 * np.minimum(1, expected)) / (expected + 5)), -3, 3)
    letters = np.zeros((27, 27))
    for word, count in counts.items():
        if count >= 3 and re.fullmatch("[a-z]{3,}", word):
            codes = [0, *(ord(c) - 96 for c in word), 0]
            for a, b in itertools.pairwise(codes):
                letters[a, b] += 1
    one = (letters.sum(0) + letters.sum(1)) / 2 / letters.sum()
    chance = np.outer(one, one) * letters.sum()
    ratio = np.clip(np.log((letters + 0.5) / (chance + 0.5)), -4, 4)
    data = {
        "provenance": {
            "script": "bench/fit_word_order.py",
            "text": "docstrings of Python's standard library",
            "sentences": len(lines),
            "words": sum(counts.values()),
        },
        "classes": classes,
        "pmi": [[round(100 * x) for x in row] for row in pmi.tolist()],
        "letters": [[round(100 * x) for x in row] for row in ratio.tolist()],
    }
    OUT.write_text(json.dumps(data, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{OUT.name}: {len(lines)} sentences, {len(classes)} classes")


if __name__ == "__main__":
    main()
