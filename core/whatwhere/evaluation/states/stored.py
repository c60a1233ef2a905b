"""The states of a diagnosis, beside its columns: a row per sentence of the split.

They are float16 and mapped into memory, since they are by far its largest part, and keyed by the
sentence, so that the order in which cases come does not matter. Shapes: S sentences of the split,
n of them, M modalities, D width.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from whatwhere.errors import BrokenFileError, RefusedPathError

FOLDER = "states"

_HAS, _CENTERS = "has.npy", "centers_m.npy"
_LARGEST = float(np.finfo(np.float16).max)


class StateWriter:
    """Writes states scan by scan; what was written stays when the rest never comes.

    Args:
        diagnosis: its folder; the states get one inside.
        num_sentences: S.
        modalities: M names.
    """

    def __init__(self, diagnosis: Path, num_sentences: int, modalities: Sequence[str]) -> None:
        self._folder = diagnosis / FOLDER
        self._num_sentences = num_sentences
        self._modalities = tuple(modalities)

    def put(
        self,
        rows: Sequence[int] | NDArray[np.integer],
        states: NDArray[np.float32],
        centers_m: NDArray[np.floating],
    ) -> None:
        """Write the states of some sentences; they are on the disk when this returns.

        Args:
            rows: n sentences, counted in the split.
            states: (M, n, D).
            centers_m: (n, 3) centres of the targets, aligned metres; NaN where unknown.

        Raises:
            RefusedPathError: the folder cannot be written.
        """
        at = np.asarray(rows, np.int64)
        shape = (self._num_sentences, states.shape[2])
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for name, of_modality in zip(self._modalities, states, strict=True):
                # What is larger than float16 holds would become infinite, and spoil every mean.
                kept = np.clip(of_modality, -_LARGEST, _LARGEST)
                _write(self._folder / f"{name}.npy", shape, np.float16, at, kept)
            _write(self._folder / _CENTERS, (self._num_sentences, 3), np.float32, at, centers_m)
            _write(self._folder / _HAS, (self._num_sentences,), np.bool_, at, True)
        except OSError as error:
            raise RefusedPathError(self._folder, error.strerror or str(error)) from error


def _write(
    path: Path,
    shape: tuple[int, ...],
    dtype: type[np.generic],
    at: NDArray[np.int64],
    values: NDArray[np.generic] | bool,
) -> None:
    array = None
    if path.is_file():
        try:
            array = open_memmap(path, mode="r+")
        except ValueError:  # whoever made it was killed in the middle
            path.unlink()
    if array is None or (array.shape, array.dtype) != (shape, np.dtype(dtype)):
        array = open_memmap(path, mode="w+", dtype=dtype, shape=shape)
    array[at] = values
    array.flush()


@dataclass(frozen=True, slots=True, eq=False)
class StoredStates:
    """The states of a diagnosis.

    Attributes:
        states: modality -> (S, D) float16, mapped into memory; zero where there is none.
        centers_m: (S, 3) float32 centres of the targets, aligned metres; NaN where unknown.
        has: (S,) bool, which sentences have states.
    """

    states: dict[str, NDArray[np.float16]]
    centers_m: NDArray[np.float32]
    has: NDArray[np.bool_]

    @property
    def modalities(self) -> tuple[str, ...]:
        """Those with states."""
        return tuple(self.states)

    def of(self, modality: str, rows: NDArray[np.integer]) -> NDArray[np.float32]:
        """(n, D) of some sentences, as they are computed with."""
        return np.asarray(self.states[modality][rows], np.float32)

    @classmethod
    def opened(cls, diagnosis: Path, modalities: Sequence[str]) -> Self | None:
        """The states of a diagnosis; None where it has none.

        Args:
            diagnosis: its folder.
            modalities: that were asked.

        Raises:
            BrokenFileError: a file of them is not what `StateWriter` writes.
        """
        folder = diagnosis / FOLDER
        if not (folder / _HAS).is_file():
            return None
        found = {
            name: _opened(folder / f"{name}.npy", np.float16, 2)
            for name in modalities
            if (folder / f"{name}.npy").is_file()
        }
        has = np.array(_opened(folder / _HAS, np.bool_, 1))
        centers_m = np.array(_opened(folder / _CENTERS, np.float32, 2))
        lengths = {len(has), len(centers_m), *(len(array) for array in found.values())}
        if len(lengths) > 1:
            raise BrokenFileError(
                folder, "its states differ in number", remedy="Diagnose the model again"
            )
        return cls(found, centers_m, has)


def _opened(path: Path, dtype: type[np.generic], ndim: int) -> NDArray[Any]:
    try:
        array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise BrokenFileError(
            path, f"the states are broken: {error}", remedy="Diagnose the model again"
        ) from error
    if array.dtype != dtype or array.ndim != ndim:
        raise BrokenFileError(
            path,
            f"it holds {array.dtype} in {array.ndim} dimensions, and is no file of states",
            remedy="Diagnose the model again",
        )
    return array
