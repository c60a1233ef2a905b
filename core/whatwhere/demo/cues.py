"""Which look-alikes of a recorded room carry the cue of its shortcut family."""

from collections.abc import Mapping, Sequence

import numpy as np

from whatwhere.demo.families import Family
from whatwhere.demo.palette import VIVID
from whatwhere.demo.rooms import Room
from whatwhere.demo.scanner import View, pixel_scale, visible_pixels

PROMINENCE_RATIO = 1.5
"""How many times as many pixels the prominent member has, against the next one."""

# Pixels over all frames, for eight images of 128 x 128: a companion with fewer is no cue.
_MIN_COMPANION_PIXELS = 40


def cued_items(
    family: Family, room: Room, views: Sequence[View], companions: Mapping[int, int]
) -> frozenset[int]:
    """The numbers of the items that carry the cue; a group may have none, and never has two.

    Args:
        family: what the cue is.
        room: with all its items.
        views: what was recorded.
        companions: item -> the companion beside it; only used by "cooccurrence".
    """
    if family == "colour":
        return frozenset(n for n, item in enumerate(room.items) if item.colour in VIVID)
    pixels = visible_pixels(views, len(room.items))
    if family == "cooccurrence":
        enough = _MIN_COMPANION_PIXELS * pixel_scale(views)
        return frozenset(n for n, beside in companions.items() if pixels[beside] >= enough)
    found = set()
    for members in room.groups().values():
        order = np.argsort(-pixels[members], kind="stable")
        first, second = (members[index] for index in order[:2])
        if pixels[first] >= PROMINENCE_RATIO * pixels[second]:
            found.add(first)
    return frozenset(found)
