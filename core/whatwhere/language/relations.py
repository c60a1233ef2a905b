"""Which words speak of place, which of those of the speaker's, and which words speak of looks."""

import re
from collections.abc import Iterable

# Each word and the relation it speaks of. Words that are mostly something else ("in", "at", "top")
# are left out: a sentence about place nearly always holds one of these as well.
_RELATION_OF = {
    word: relation
    for relation, words in {
        "near": "near nearest nearer nearby close closest closer next beside adjacent by",
        "far": "far farthest furthest farther further away",
        "between": "between",
        "left": "left leftmost",
        "right": "right rightmost",
        "front": "front facing",
        "behind": "behind back",
        "across": "across opposite",
        "on": "on onto upon",
        "above": "above over",
        "under": "under underneath below beneath",
        "inside": "inside within",
        "corner": "corner corners",
        "wall": "wall walls",
        "floor": "floor",
        "middle": "middle center centre",
        "against": "against along",
        "around": "around surrounding",
    }.items()
    for word in words.split()
}

# ReferIt3D's list (referit3d/referit3d), matched as whole words.
_VIEW_DEPENDENT = {"front", "behind", "back", "right", "left", "leftmost", "rightmost"} | {
    "facing",
    "looking",
    "across",
}

# What can tell look-alikes apart without knowing where they are. Left out: "light" and "plant",
# which are mostly things.
_LOOKS = frozenset(
    " ".join(
        (
            "red blue green yellow orange purple pink white black grey gray brown beige tan",
            "silver golden dark darker bright colored coloured color colour",
            "wooden wood metal metallic glass plastic leather fabric cloth brick marble",
            "striped patterned floral padded cushioned upholstered shiny transparent",
            "big bigger biggest small smaller smallest large larger largest little tiny",
            "tall taller tallest short shorter shortest long longer longest wide wider widest",
            "narrow thin thick round square rectangular circular oval curved",
            "open closed empty messy",
        )
    ).split()
)


def relations_in(text: str) -> tuple[str, ...]:
    """The relations a sentence speaks of, in order, each once: "near", "left", "between", ..."""
    found = (_RELATION_OF.get(word) for word in _words(text))
    return tuple(dict.fromkeys(relation for relation in found if relation is not None))


def is_spatial(text: str) -> bool:
    """Whether any word of a sentence speaks of place."""
    return bool(relations_in(text))


def names_looks(text: str) -> bool:
    """Whether any word of a sentence speaks of colour, material, shape or size."""
    return not _LOOKS.isdisjoint(_words(text))


def is_view_dependent(text: str) -> bool:
    """Whether a sentence's truth depends on where one stands, by ReferIt3D's word list."""
    return not _VIEW_DEPENDENT.isdisjoint(_words(text))


def view_dependent_words(tokens: Iterable[str]) -> bool:
    """The same of words that a data set cut itself: "leftover" is none of the list."""
    return not _VIEW_DEPENDENT.isdisjoint(token.lower() for token in tokens)


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z]+", text.lower())
