"""The twins of demo rooms: scans in which one thing was changed, as a data set lists them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import BrokenFileError
from whatwhere.language.splits import SplitScene
from whatwhere.scenes.annotation import read_json

TWINS = "twins.json"
"""Beside the sentences."""

PLACEBO = "placebo"
POSITION = "position"


@dataclass(frozen=True, slots=True)
class TwinScan:
    """One changed scan.

    Attributes:
        kind: what was exchanged, or "placebo".
        path: of the scan.
        exchanged: object ids of the two look-alikes that the change is about.
    """

    kind: str
    path: Path
    exchanged: tuple[int, int]


def read_twins(sentences: Path) -> dict[str, list[tuple[str, str, tuple[int, int]]]]:
    """Scene id -> (kind, id of the twin, exchanged), where the data set has twins.

    Args:
        sentences: the file of sentences, or the folder that it lies in.

    Raises:
        BrokenFileError: the list of twins is not one.
    """
    path = (sentences if sentences.is_dir() else sentences.parent) / TWINS
    if not path.is_file():
        return {}
    rows = read_json(path)
    if not isinstance(rows, list):
        raise BrokenFileError(path, "it is not a list of twins", remedy="Make the rooms again")
    found: dict[str, list[tuple[str, str, tuple[int, int]]]] = {}
    for number, row in enumerate(rows, start=1):
        try:
            scene_id, twin_id, kind, exchanged = _twin(row)
        except (KeyError, TypeError, ValueError) as error:
            raise BrokenFileError(
                path, f"row {number} is no twin ({error})", remedy="Make the rooms again"
            ) from error
        found.setdefault(scene_id, []).append((kind, twin_id, exchanged))
    return found


def twin_scans(
    scene: SplitScene, listed: dict[str, list[tuple[str, str, tuple[int, int]]]]
) -> tuple[TwinScan, ...]:
    """The twins of one scan; they lie beside it."""
    return tuple(
        TwinScan(kind, scene.path.parent / twin_id, exchanged)
        for kind, twin_id, exchanged in listed.get(scene.scene_id, [])
    )


def as_places(chosen: NDArray[np.int32], pair: tuple[int, int]) -> NDArray[np.int32]:
    """Answers of a position twin as places of the original.

    Candidates are listed by object, and there the two objects of the pair have exchanged places.

    Args:
        chosen: (n,) candidate index in the twin.
        pair: the two, as candidate indices.
    """
    one, two = pair
    return np.where(chosen == one, two, np.where(chosen == two, one, chosen)).astype(np.int32)


def _twin(row: Any) -> tuple[str, str, str, tuple[int, int]]:
    scene_id, twin_id, kind = (str(row[key]) for key in ("scene_id", "twin_id", "kind"))
    if Path(twin_id).name != twin_id or twin_id in (".", ".."):
        raise ValueError("its name leads out of the folder")
    one, two = (int(item) for item in row["exchanged"])
    return scene_id, twin_id, kind, (one, two)
