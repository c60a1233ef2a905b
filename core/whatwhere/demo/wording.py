"""How a fact is said: templates, prefixes and synonyms."""

from collections.abc import Mapping

import numpy as np

from whatwhere.demo.facts import Fact, Thing
from whatwhere.demo.kinds import KINDS

# The bare sentence is what people type most.
_PREFIXES = (
    *("the {}", "the {}", "the {}"),
    *("find the {}", "show me the {}", "where is the {}", "point to the {}", "i mean the {}"),
)

_TEMPLATES: dict[str, tuple[str, ...]] = {
    "near": (
        "{t} nearest the {a}",
        "{t} closest to the {a}",
        "{t} nearest to the {a}",
        "{t} next to the {a}",
        "{t} that is close to the {a}",
    ),
    "far": (
        "{t} farthest from the {a}",
        "{t} furthest from the {a}",
        "{t} most distant from the {a}",
        "{t} far away from the {a}",
    ),
    "left": (
        "{t} left of the {a}",
        "{t} to the left of the {a}",
        "first {t} on the left of the {a}",
        "{t} on the left side of the {a}",
    ),
    "right": (
        "{t} right of the {a}",
        "{t} to the right of the {a}",
        "first {t} on the right of the {a}",
        "{t} on the right side of the {a}",
    ),
    "between": (
        "{t} between the {a} and the {b}",
        "{t} that is between the {a} and the {b}",
        "{t} in between the {a} and the {b}",
    ),
    "on": (
        "{t} on the {a}",
        "{t} on top of the {a}",
        "{t} standing on the {a}",
        "{t} lying on the {a}",
    ),
    "corner": (
        "{t} in the corner",
        "{t} in the corner of the room",
        "{t} nearest to a corner",
    ),
    "wall": (
        "{t} against the wall",
        "{t} by the wall",
        "{t} nearest to a wall",
    ),
    "middle": (
        "{t} in the middle of the room",
        "{t} in the center of the room",
        "{t} nearest to the middle of the room",
    ),
    "floor": ("{t} on the floor", "{t} standing on the floor", "{t} on the ground"),
    "cat": ("{t}", "{t} in this room", "only {t} in the room"),
    "colour": ("{c} {t}", "{t} that is {c}", "{t} with the color {c}", "{c} colored {t}"),
    "big": ("biggest {t}", "largest {t}", "{t} that is the biggest", "big {t}"),
    "small": ("smallest {t}", "{t} that is the smallest", "small {t}", "tiniest {t}"),
}


def say(fact: Fact, things: Mapping[int, Thing], rng: np.random.Generator) -> str:
    """One sentence for a fact, without a full stop."""
    templates = _TEMPLATES[fact.skill]
    template = templates[int(rng.integers(len(templates)))]
    target = things[fact.target]
    order = rng.permutation(len(fact.anchors))
    anchors = [_word(things[fact.anchors[i]].name, rng) for i in order]
    filled = template.format(
        t=_word(target.name, rng),
        c=_colour_word(target.colour, rng),
        a=anchors[0] if anchors else "",
        b=anchors[-1] if anchors else "",
    )
    return _PREFIXES[int(rng.integers(len(_PREFIXES)))].format(filled)


def vocabulary() -> list[str]:
    """Every word a sentence may hold, sorted."""
    words: set[str] = set(_COLOUR_WORDS.get("grey", ()))
    for text in (*_PREFIXES, *(line for lines in _TEMPLATES.values() for line in lines)):
        words.update(part for part in text.split() if "{" not in part)
    for kind in KINDS.values():
        for name in kind.words:
            words.update(name.split())
    for options in _COLOUR_WORDS.values():
        words.update(options)
    return sorted(words)


def _word(name: str, rng: np.random.Generator) -> str:
    """The plain word for a class, or now and then a synonym."""
    words = KINDS[name].words
    return words[0] if rng.random() < 0.65 else words[int(rng.integers(len(words)))]


def _colour_word(name: str, rng: np.random.Generator) -> str:
    words = _COLOUR_WORDS[name]
    return words[int(rng.integers(len(words)))]


_COLOUR_WORDS: dict[str, tuple[str, ...]] = {
    "red": ("red",),
    "blue": ("blue",),
    "green": ("green",),
    "yellow": ("yellow",),
    "white": ("white",),
    "black": ("black",),
    "grey": ("grey", "gray"),
    "brown": ("brown",),
}
