"""The demo rooms that come with the program."""

from dataclasses import dataclass
from pathlib import Path

from whatwhere.assets import asset
from whatwhere.errors import MissingFileError

ROOM_NAMES = ("bedroom", "living-room", "office", "kitchen")
SENTENCES_NAME = "ScanRefer_filtered_demo.json"


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
    """The rooms of this installation, in a fixed order.

    Raises:
        MissingFileError: one is missing.
    """
    return [_room(name) for name in ROOM_NAMES]


def is_shipped(scan: Path) -> bool:
    """Whether a scan folder came with the program, and so may be passed on with it."""
    return scan.resolve().is_relative_to(asset("rooms").resolve())


def _room(name: str) -> ShippedRoom:
    folder = asset("rooms", name)
    scans = sorted(path for path in folder.glob("room*_00") if path.is_dir())
    if not scans:
        raise MissingFileError(
            folder,
            what="The scan of a demo room",
            remedy="Install whatwhere again; this copy is incomplete",
        )
    return ShippedRoom(name, scans[0], folder / SENTENCES_NAME)
