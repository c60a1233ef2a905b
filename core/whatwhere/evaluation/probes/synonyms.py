"""Nouns that mean the same."""

import re

_NOUNS = {
    "couch": "sofa",
    "sofa": "couch",
    "fridge": "refrigerator",
    "refrigerator": "fridge",
    "bookcase": "bookshelf",
    "bookshelf": "bookcase",
    "cooker": "stove",
    "carpet": "rug",
    "carton": "box",
    "teddy": "teddy bear",
    "bin": "trash can",
    "trash can": "bin",
    "tv": "television",
    "television": "tv",
    "cupboard": "cabinet",
    "closet": "wardrobe",
    "screen": "monitor",
    "painting": "picture",
    "cushion": "pillow",
}
_NOUN = re.compile(rf"\b({'|'.join(map(re.escape, _NOUNS))})\b", re.I)


def noun_in(text: str) -> tuple[int, int, str] | None:
    """The first noun that has another word: where it stands, and that word; None without one."""
    found = _NOUN.search(text)
    return None if found is None else (*found.span(), _NOUNS[found.group().lower()])


def in_other_words(text: str) -> str:
    """Every such noun in its other word."""
    return _NOUN.sub(lambda found: _NOUNS[found.group().lower()], text)
