"""English plurals of what stands in rooms."""

_IRREGULAR = {"person": "people", "shelf": "shelves", "bookshelf": "bookshelves", "knife": "knives"}
_UNCHANGED = ("otherfurniture", "clothing", "laundry", "furniture", "toilet paper", "luggage")
_TAKE_ES = ("ss", "us", "x", "z", "ch", "sh")


def plural(label: str) -> str:
    """More than one of a category; "boxes" of "box", "trash cans" of "trash can".

    Data sets spell some categories in the plural ("shelves", "blinds"); those stay as they are.
    """
    first, blank, noun = label.rpartition(" ")
    return f"{first}{blank}{_plural_of_noun(noun)}" if label not in _UNCHANGED else label


def counted(number: int, label: str) -> str:
    """As in "1 frame" and "24 frames"."""
    return f"{number:,} {label if number == 1 else plural(label)}"


def _plural_of_noun(noun: str) -> str:
    if noun in _IRREGULAR:
        return _IRREGULAR[noun]
    if noun.endswith(_TAKE_ES):
        return f"{noun}es"
    if noun.endswith("s"):
        return noun
    if noun.endswith("y") and noun[-2:-1] not in ("", *"aeiou"):
        return f"{noun[:-1]}ies"
    return f"{noun}s"
