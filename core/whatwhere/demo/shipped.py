"""The four demo rooms that come with the program."""

import json
from dataclasses import dataclass
from pathlib import Path

from whatwhere.assets import asset
from whatwhere.demo.scan import Recipe, scene_name, write_room
from whatwhere.errors import MissingFileError

# Name -> kind of room and its seed, chosen by eye from the seeds reserved for these rooms.
_CHOSEN = {
    "bedroom": ("bedroom", 600_016),
    "living-room": ("living room", 600_036),
    "office": ("office", 600_055),
    "kitchen": ("kitchen", 600_013),
}
_SENTENCES = "ScanRefer_filtered_demo.json"


@dataclass(frozen=True, slots=True)
class ShippedRoom:
    """A room that can be opened right after installing; usable wherever a path is.

    Attributes:
        name: e.g. "bedroom".
        path: its scan folder.
        expressions: its ScanRefer file.
    """

    name: str
    path: Path
    expressions: Path

    def __fspath__(self) -> str:
        return str(self.path)


def shipped_rooms() -> list[ShippedRoom]:
    """The rooms this installation has, in a fixed order.

    Raises:
        MissingFileError: it has none.
    """
    rooms = []
    for name, (_, seed) in _CHOSEN.items():
        folder = asset("rooms") / name
        if (folder / scene_name(seed)).is_dir():
            rooms.append(ShippedRoom(name, folder / scene_name(seed), folder / _SENTENCES))
    if not rooms:
        raise MissingFileError(
            asset("rooms"),
            what="A demo room",
            remedy="Install whatwhere again; this copy is incomplete",
        )
    return rooms


def make_shipped_rooms(folder: Path) -> None:
    """Write all of them below `folder`; this is how assets/rooms was made."""
    for name, (theme, seed) in _CHOSEN.items():
        recipe = Recipe(frames=24, size=(320, 240), mesh=True, theme=theme)
        scanned = write_room(folder / name, seed, recipe=recipe)
        (folder / name / _SENTENCES).write_text(json.dumps(scanned.rows, indent=1))
