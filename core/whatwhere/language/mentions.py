"""Which classes of a scene a sentence speaks of first."""

import re
from collections.abc import Iterable

from whatwhere.language.relations import relations_in

_WORD = re.compile(r"[a-z0-9]+")
_NO_NOUNS = frozenset(
    {"a", "an", "the", "this", "that", "it", "there", "is", "are", "s", "i", "mean", "want"}
    | {"me", "show", "find", "give", "where", "which", "what", "of"}
)
_PREPOSITIONS = frozenset({"at", "in", "to", "from", "with"})
# Words that end a noun's own words, beside those of place.
_ENDS = _PREPOSITIONS | {"that", "which", "whose", "has", "having"}
# Words of place that are things as well: "the wall cabinet", "the floor".
_THINGS = frozenset({"wall", "walls", "floor"})
_REST = re.compile(r",|\b(?:is|are)\b")


def first_mentioned(text: str, labels: Iterable[str]) -> tuple[str, ...]:
    """The labels that the sentence names first, sorted; empty if it names none.

    A label is named by its last word, its noun: "the chair" names both "chair" and "office chair".
    Where the sentence gives more words of a label than of another, only the longer match counts:
    "the office chair" names "office chair" alone. Plurals in s count. What is named only behind a
    word of place is what the sentence goes by: without a chair in the scene, "the chair at the
    desk" names nothing, and "next to the desk is a chair" never names the desk.
    """
    words = [_singular(word) for word in _WORD.findall(_subject(text.lower()))]
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


def _subject(text: str) -> str:
    """What a sentence is about: its words up to the first word of place behind a noun."""
    while _begins_with_place(text) and (rest := _REST.search(text)):
        text = text[rest.end() :]
    has_noun = False
    for match in _WORD.finditer(text):
        if not _ends_a_noun(match.group()):
            has_noun = has_noun or match.group() not in _NO_NOUNS
        elif has_noun:
            return text[: match.start()]
    return text


def _begins_with_place(text: str) -> bool:
    first = _WORD.search(text)
    return first is not None and (
        first.group() in _PREPOSITIONS or bool(relations_in(first.group()))
    )


def _ends_a_noun(word: str) -> bool:
    return word not in _THINGS and (word in _ENDS or bool(relations_in(word)))


def _common_end(parts: list[str], words: list[str]) -> int:
    count = 0
    for part, word in zip(reversed(parts), reversed(words), strict=False):
        if part != word:
            break
        count += 1
    return count


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
