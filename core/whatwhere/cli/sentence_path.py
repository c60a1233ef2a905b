"""What a command takes for sentences: a file, a folder, or the name of a demo room."""

from pathlib import Path

from whatwhere.demo.shipped import shipped_rooms
from whatwhere.errors import MissingFileError


def sentence_path(sentences: str) -> Path:
    """Where they lie.

    Raises:
        MissingFileError: there is no such file, folder or room.
    """
    path = Path(sentences)
    if path.exists():
        return path
    rooms = {room.name: room.expressions for room in shipped_rooms()}
    if sentences in rooms:
        return rooms[sentences]
    raise MissingFileError(
        sentences,
        what="Sentences",
        remedy=f"Give a file, a folder, or a demo room: {', '.join(rooms)}",
    )
