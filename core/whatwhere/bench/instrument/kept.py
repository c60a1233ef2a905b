"""The rows of the study: rooms, planted answers, and what came out of every world.

`.npz` files of plain arrays. What is kept is not made again.
"""

import zipfile
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whatwhere.bench.instrument.cued_rooms import CuedRooms
from whatwhere.bench.instrument.planted import PlantedAnswers
from whatwhere.bench.instrument.rooms import RoomCases
from whatwhere.errors import BrokenFileError
from whatwhere.files import replacing

Arrays = Mapping[str, NDArray[Any]]


def kept_or_made(path: Path, make: Callable[[], Arrays]) -> dict[str, NDArray[Any]]:
    """The arrays of a file, which is made first where it is not there.

    Raises:
        BrokenFileError: it is not such a file.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        arrays = dict(make())
        with replacing(path) as temporary, temporary.open("wb") as unfinished:
            np.savez_compressed(unfinished, **arrays)  # type: ignore[arg-type]
    try:
        # numpy leaves a file open that it cannot read.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (OSError, EOFError, ValueError, zipfile.BadZipFile) as error:
        raise BrokenFileError(path, f"it holds no rows ({error})") from error


def rooms_as_arrays(cases: RoomCases) -> Arrays:
    """Field -> values."""
    return {item.name: getattr(cases, item.name) for item in fields(RoomCases)}


def rooms_from(arrays: Arrays) -> RoomCases:
    """The reverse of `rooms_as_arrays`."""
    return RoomCases(**{item.name: arrays[item.name] for item in fields(RoomCases)})


def cued_as_arrays(rooms: CuedRooms) -> Arrays:
    """Field -> values."""
    return {item.name: getattr(rooms, item.name) for item in fields(CuedRooms)}


def cued_from(arrays: Arrays) -> CuedRooms:
    """The reverse of `cued_as_arrays`."""
    return CuedRooms(**{item.name: arrays[item.name] for item in fields(CuedRooms)})


def answers_as_arrays(key: str, answers: PlantedAnswers) -> Arrays:
    """The answers of one model under its key."""
    return {f"{key}/{item.name}": getattr(answers, item.name) for item in fields(PlantedAnswers)}


def answers_from(arrays: Arrays, key: str) -> PlantedAnswers:
    """The reverse of `answers_as_arrays`."""
    return PlantedAnswers(*(arrays[f"{key}/{item.name}"] for item in fields(PlantedAnswers)))
