"""The shortcut families: what, beside the words, can give the target of a sentence away.

In each family one member of a group of look-alikes carries a cue, and no sentence speaks of it:
its colour is vivid, it is prominent in the frames, or a companion stands beside it. The knob b
means the same in all of them: how often a "where" target is the cued member.
"""

from collections.abc import Mapping
from typing import Literal, get_args

Family = Literal["colour", "prominence", "cooccurrence"]
FAMILIES: tuple[Family, ...] = get_args(Family)

CAUSAL_TWIN: Mapping[Family, str] = {
    "colour": "appearance",
    "prominence": "prominence",
    "cooccurrence": "cooccurrence",
}
"""The kind of twin in which the cue, and nothing else that a sentence could mean, has moved."""
