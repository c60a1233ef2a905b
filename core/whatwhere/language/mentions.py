"""Which classes of a scene a sentence speaks of first."""

import re
from collections.abc import Iterable

_WORD = re.compile(r"[a-z0-9]+")


def first_mentioned(text: str, labels: Iterable[str]) -> tuple[str, ...]:
    """The labels that the sentence names first, sorted; empty if it names none.

    A label is named by its last word, its noun: "the chair" names both "chair" and "office chair".
    Where the sentence gives more words of a label than of another, only the longer match counts:
    "the office chair" names "office chair" alone. Plurals in s count.
    """
    words = [_singular(word) for word in _WORD.findall(text.lower())]
    matches: list[tuple[int, int, str]] = []
    for label in labels:
        parts = [_singular(part) for part in _WORD.findall(label.lower())]
        if parts and parts[-1] in words:
            place = words.index(parts[-1])
            matches.append((place, -_common_end(parts, words[: place + 1]), label))
    if not matches:
        return ()
    best = min(matches)[:2]
    return tuple(sorted({label for *rank, label in matches if tuple(rank) == best}))


def _common_end(parts: list[str], words: list[str]) -> int:
    count = 0
    for part, word in zip(reversed(parts), reversed(words), strict=False):
        if part != word:
            break
        count += 1
    return count


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
