"""A map of states that was made, in the folder of its diagnosis. Shapes: P points."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import BrokenFileError
from whatwhere.evaluation.states.stored import FOLDER
from whatwhere.files import replacing


@dataclass(frozen=True, slots=True, eq=False)
class StateMap:
    """Where the states of cases lie.

    Attributes:
        rows: (P,) int32 the sentence of each point, counted in the split.
        modality_codes: (P,) uint8 index into `modalities`.
        modalities: whose states these are.
        xy: (P, 2) float32.
        explained: shares of the variance along x and y; 0 where that has no meaning.
    """

    rows: NDArray[np.int32]
    modality_codes: NDArray[np.uint8]
    modalities: tuple[str, ...]
    xy: NDArray[np.float32]
    explained: tuple[float, float] = (0.0, 0.0)

    def write(self, path: Path) -> None:
        """Keep it in a file, which is whole or not there."""
        with replacing(path) as temporary, temporary.open("wb") as file:
            np.savez(
                file,
                rows=self.rows,
                modality_codes=self.modality_codes,
                modalities=np.array(self.modalities, np.str_),
                xy=self.xy,
                explained=np.array(self.explained),
            )

    @classmethod
    def opened(cls, path: Path) -> Self | None:
        """The map in a file; None where there is none.

        Raises:
            BrokenFileError: it is no map.
        """
        if not path.is_file():
            return None
        try:
            with np.load(path, allow_pickle=False) as arrays:
                found = cls(
                    arrays["rows"],
                    arrays["modality_codes"],
                    tuple(str(name) for name in arrays["modalities"]),
                    arrays["xy"],
                    (float(arrays["explained"][0]), float(arrays["explained"][1])),
                )
            count = len(found.rows)
            if found.xy.shape != (count, 2) or found.modality_codes.shape != (count,):
                raise ValueError("its columns differ in length")
            if count and found.modality_codes.max() >= len(found.modalities):
                raise ValueError("a point is of no modality")
        except (OSError, ValueError, KeyError, EOFError, IndexError) as error:
            raise BrokenFileError(
                path, f"the map is broken: {error}", remedy="Make the map again"
            ) from error
        return found


def map_path(diagnosis: Path, method: str) -> Path:
    """Where the map of a diagnosis lies, if it was made."""
    return diagnosis / FOLDER / f"map-{method}.npz"


def summary_path(diagnosis: Path) -> Path:
    """Where what its states say lies, if it was asked for."""
    return diagnosis / FOLDER / "summary.json"


def kept_summary(diagnosis: Path) -> dict[str, Any] | None:
    """What the states of a diagnosis say; None where nobody asked, or the file is broken."""
    try:
        document = json.loads(summary_path(diagnosis).read_bytes())
    except (OSError, ValueError):
        return None
    return document if isinstance(document, dict) else None
