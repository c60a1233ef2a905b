"""How the demo rooms that come with the program were made."""

import json
from dataclasses import replace
from pathlib import Path

from whatwhere.demo.scan import Recipe, write_exchanged, write_room
from whatwhere.demo.shipped import ROOM_NAMES, SENTENCES_NAME

# Kind of room and seed of each, chosen by eye among the seeds reserved for them.
_CHOSEN = (
    ("bedroom", 600_016),
    ("living room", 600_036),
    ("office", 600_055),
    ("kitchen", 600_013),
)


def make_shipped_rooms(folder: Path) -> None:
    """Write all of them below `folder`; assets/rooms is the result."""
    for name, (theme, seed) in zip(ROOM_NAMES, _CHOSEN, strict=True):
        scanned = write_room(folder / name, seed, recipe=_recipe(theme))
        (folder / name / SENTENCES_NAME).write_text(json.dumps(scanned.rows, indent=1))


def make_exchanged_room(folder: Path, name: str, exchanged: tuple[int, int]) -> Path:
    """The scan of a shipped room in which two things, by object id, have exchanged colours.

    It lies below `folder` and has the same frames, and no mesh: what a model sees, and no more.
    """
    theme, seed = dict(zip(ROOM_NAMES, _CHOSEN, strict=True))[name]
    recipe = replace(_recipe(theme), mesh=False)
    return write_exchanged(folder, seed, recipe=recipe, exchanged=exchanged)


def _recipe(theme: str) -> Recipe:
    return Recipe(frames=24, size=(320, 240), mesh=True, theme=theme)
