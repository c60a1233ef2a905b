"""Phrases of place in a sentence: which relation they say, their opposites and synonyms."""

import re
from dataclasses import dataclass

_ROOM = r"(?: of the room)?"

# Pattern, its opposite and another way to say it. The longer ones stand first. No opposite: none
# that holds in every room, for a thing on a table may have nothing under it.
_PHRASES: tuple[tuple[str, str | None, str | None], ...] = (
    (rf"nearest to the middle{_ROOM}", "nearest to a corner", None),
    (r"nearest to a corner", "in the middle of the room", "in the corner"),
    (r"nearest to a wall", "in the middle of the room", "against the wall"),
    (rf"in the (?:middle|center|centre){_ROOM}", "in the corner of the room", None),
    (rf"in the corner{_ROOM}", "in the middle of the room", "nearest to a corner"),
    (r"against the wall", "in the middle of the room", "by the wall"),
    (r"(?:by|along) the wall", "in the middle of the room", "against the wall"),
    (r"to the left of", "to the right of", "left of"),
    (r"to the right of", "to the left of", "right of"),
    (r"on the left side of", "on the right side of", "to the left of"),
    (r"on the right side of", "on the left side of", "to the right of"),
    (r"on the left of", "on the right of", "left of"),
    (r"on the right of", "on the left of", "right of"),
    (r"left of", "right of", "to the left of"),
    (r"right of", "left of", "to the right of"),
    (r"leftmost", "rightmost", None),
    (r"rightmost", "leftmost", None),
    (r"on the left", "on the right", None),
    (r"on the right", "on the left", None),
    (r"(?:nearest|closest) to", "farthest from", "nearest"),
    (r"nearest", "farthest from", "closest to"),
    (r"closest", "farthest", "nearest"),
    (r"(?:next|close) to", "far away from", "nearest"),
    (r"(?:farthest|furthest|most distant) from", "nearest to", "furthest from"),
    (r"far away from|far from", "close to", "farthest from"),
    (r"farthest|furthest", "closest", "furthest"),
    (r"beside|near(?: to)?", "far away from", "next to"),
    (r"in front of", "behind", None),
    (r"behind", "in front of", None),
    (r"above", "below", "over"),
    (r"below|beneath|underneath", "above", "under"),
    (r"in between|between", None, "between"),
    (r"on top of", "under", "on"),
    (r"under", "above", "below"),
    (r"on(?= the (?!floor|ground|left|right|other))", "under", "on top of"),
)
_KNOWN = tuple((re.compile(rf"\b(?:{p})(?!\w)", re.I), o, s) for p, o, s in _PHRASES)
_LEAD = re.compile(
    r"(?:[\s,]+(?:that|which|who|it|is|are|stands?|standing|lying|sitting|located|placed|right|just"
    r"|a|the))*[\s,]*$",
    re.I,
)
_SIDES = re.compile(r"\b(left|right)(most)?\b", re.I)


@dataclass(frozen=True, slots=True)
class Phrase:
    """One phrase of place.

    Attributes:
        start, end: of its letters in the sentence.
        words: as they stand there.
        opposite: says the contrary; None where nothing does in every room.
        synonym: says the same; None where nothing else does.
    """

    start: int
    end: int
    words: str
    opposite: str | None
    synonym: str | None


def phrases_in(text: str) -> tuple[Phrase, ...]:
    """The phrases of place in a sentence, in order; none overlaps another."""
    found: list[Phrase] = []
    for pattern, opposite, synonym in _KNOWN:
        for match in pattern.finditer(text):
            if all(match.end() <= one.start or match.start() >= one.end for one in found):
                words = match.group()
                other = None if synonym == words.lower() else synonym
                found.append(Phrase(match.start(), match.end(), words, opposite, other))
    return tuple(sorted(found, key=lambda one: one.start))


def put(text: str, phrase: Phrase, words: str) -> str:
    """The sentence with other words in place of a phrase."""
    return text[: phrase.start] + words + text[phrase.end :]


def before_place(text: str, phrase: Phrase) -> str:
    """What stands before a phrase of place, without the words that lead to it."""
    return _LEAD.sub("", text[: phrase.start]).strip(" ,")


def with_sides_exchanged(text: str) -> str | None:
    """The sentence with left and right exchanged; None where it says neither."""
    if not _SIDES.search(text):
        return None
    return _SIDES.sub(_other_side, text)


def _other_side(match: re.Match[str]) -> str:
    side = "right" if match.group(1).lower() == "left" else "left"
    return side + (match.group(2) or "")
