"""Which classes of a scene a sentence speaks of first."""

import re
from collections.abc import Iterable

from whatwhere.language.relations import before_relations

_WORD = re.compile(r"[a-z0-9]+")
_NO_NOUNS = frozenset(
    {"a", "an", "the", "this", "that", "it", "there", "is", "are", "s", "i", "mean", "want"}
    | {"me", "show", "find", "give", "where", "which", "what"}
)


def first_mentioned(text: str, labels: Iterable[str]) -> tuple[str, ...]:
    """The labels that the sentence names first, sorted; empty if it names none.

    A label is named by its last word, its noun: "the chair" names both "chair" and "office chair".
    Where the sentence gives more words of a label than of another, only the longer match counts:
    "the office chair" names "office chair" alone. Plurals in s count. What is named only behind a
    word of place is what the sentence goes by: without a chair in the scene, "the chair nearest
    the door" names nothing.
    """
    subject = before_relations(text)
    has_subject = not _NO_NOUNS.issuperset(_WORD.findall(subject.lower()))
    words = [_singular(w) for w in _WORD.findall((subject if has_subject else text).lower())]
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
