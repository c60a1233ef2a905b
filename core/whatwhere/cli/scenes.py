"""The SCENE of a command: a path, or the name of a demo room that ships with the program."""

from pathlib import Path

from whatwhere.demo.shipped import shipped_rooms
from whatwhere.errors import MissingFileError


def scene_path(scene: str) -> Path:
    """Where the scene lies.

    Raises:
        MissingFileError: it is neither a path nor a shipped room.
    """
    path = Path(scene)
    if path.exists():
        return path
    rooms = _rooms()
    if scene in rooms:
        return rooms[scene]
    known = f", or a demo room: {', '.join(rooms)}" if rooms else ""
    raise MissingFileError(
        scene, what="Scene", remedy=f"Give the path of a scan folder or a PLY file{known}"
    )


def _rooms() -> dict[str, Path]:
    """The demo rooms by name; none in an incomplete installation."""
    try:
        return {room.name: room.path for room in shipped_rooms()}
    except MissingFileError:
        return {}
