"""What is kept of the experiment: every case once, every run's answers to it.

`.npz` files of plain arrays, small enough to be committed, so that every figure of the report can
be computed again and no run needs to be repeated.

Shapes: n sentences of a split, m of them spatial in rooms with twins, K candidates.
"""

import zipfile
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import BrokenFileError

SPLITS = ("val_biased", "test")
ASKED = ("fused", "2d", "3d", "shuffled")
FOLLOWED = ("fused", "2d")


@dataclass(frozen=True, slots=True, eq=False)
class Cases:
    """The sentences of one split of one family.

    Attributes:
        scenes: (n,) which scene.
        skills: (n,) names.
        target: (n,) candidate index.
        of_class: (n, K) bool, the candidates of the target's class.
        spatial: (n,) bool.
        aligned: (n,) 1 where the target carries the cue, 0 where another does, -1 unknown.
        twin_rows: (m,) which of the n sentences were asked in the twins too.
        pair: (m, 2) the two look-alikes of the twin.
    """

    scenes: NDArray[np.int64]
    skills: NDArray[np.str_]
    target: NDArray[np.int64]
    of_class: NDArray[np.bool_]
    spatial: NDArray[np.bool_]
    aligned: NDArray[np.int64]
    twin_rows: NDArray[np.int64]
    pair: NDArray[np.int64]

    @property
    def num_lookalikes(self) -> NDArray[np.int64]:
        """(n,) members of the target's class."""
        return np.asarray(self.of_class.sum(axis=1), np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What one model answered on one split.

    Attributes:
        chosen: (4, n) candidate index, in the order of `ASKED`.
        log_p: (2, n) natural log of p(target | class), in the order of `FOLLOWED`.
        twin: (2, m) candidate index in the twin, in the order of `FOLLOWED`.
        placebo: (2, m) in the placebo twin.
    """

    chosen: NDArray[np.int64]
    log_p: NDArray[np.float64]
    twin: NDArray[np.int64]
    placebo: NDArray[np.int64]

    def of(self, modality: str) -> NDArray[np.int64]:
        """(n,) the choices in one of `ASKED`."""
        chosen: NDArray[np.int64] = self.chosen[ASKED.index(modality)]
        return chosen


_SETTINGS = "settings"
_T = TypeVar("_T", Cases, Answers)
_SMALL = {"i": np.int16, "b": np.bool_, "f": np.float16}


def write_arrays(
    path: Path, parts: dict[str, Cases] | dict[str, Answers], *, settings: str = ""
) -> None:
    """Split name -> value; the file appears under its name once it is whole.

    Args:
        path: of the file.
        parts: by split.
        settings: what the run was made with.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, NDArray[Any]] = {_SETTINGS: np.array(settings)}
    for split, value in parts.items():
        for item in fields(value):
            array = getattr(value, item.name)
            arrays[f"{split}.{item.name}"] = array.astype(_SMALL.get(array.dtype.kind, array.dtype))
    temporary = path.with_suffix(".tmp")
    with temporary.open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
    temporary.replace(path)


def read_cases(path: Path) -> dict[str, Cases]:
    """The cases by split.

    Raises:
        BrokenFileError: it is not such a file.
    """
    return _read(path, Cases)


def read_answers(path: Path) -> dict[str, Answers]:
    """A run's answers by split.

    Raises:
        BrokenFileError: it is not such a file.
    """
    return _read(path, Answers)


def settings_of(path: Path) -> str | None:
    """What a run was made with, or None where no readable rows are kept."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            return str(stored[_SETTINGS])
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
        return None


def _read(path: Path, kind: type[_T]) -> dict[str, _T]:
    wide = {"i": np.int64, "f": np.float64}
    try:
        # numpy leaves a file open that it cannot read.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        arrays.pop(_SETTINGS, None)
        splits = dict.fromkeys(name.partition(".")[0] for name in arrays)
        found = {}
        for split in splits:
            values = [arrays[f"{split}.{item.name}"] for item in fields(kind)]
            found[split] = kind(*(a.astype(wide.get(a.dtype.kind, a.dtype)) for a in values))
        return found
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise BrokenFileError(path, f"it holds no cases ({error})") from error
