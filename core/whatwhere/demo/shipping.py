"""How the demo rooms that come with the program were made."""

import json
from pathlib import Path

from whatwhere.demo.scan import Recipe, write_room
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
        recipe = Recipe(frames=24, size=(320, 240), mesh=True, theme=theme)
        scanned = write_room(folder / name, seed, recipe=recipe)
        (folder / name / SENTENCES_NAME).write_text(json.dumps(scanned.rows, indent=1))
