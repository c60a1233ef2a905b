"""The cases of a probe set as one small file per checkpoint, and two of them compared.

A `.npz` of plain arrays; nothing in it is ever unpickled.
"""

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import BrokenFileError, RefusedPathError
from whatwhere.evaluation.rates import Rate, rate
from whatwhere.files import replacing


@dataclass(frozen=True, slots=True, eq=False)
class ProbeRows:
    """What one checkpoint answered on the probe set, n sentences.

    Attributes:
        scenes: (n,) which scene.
        spatial: (n,) bool, the answer depends on where things are.
        hits: modality -> (n,) in [0, 1].
        follow: modality -> (m,) 1 where the answer followed the appearance into the twin, -1 where
            it moved in the placebo twin alone, NaN where it was not one of the pair.
        follow_scenes: modality -> (m,) which scene.
    """

    scenes: NDArray[np.int64]
    spatial: NDArray[np.bool_]
    hits: Mapping[str, NDArray[np.float64]]
    follow: Mapping[str, NDArray[np.float64]]
    follow_scenes: Mapping[str, NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One figure of two checkpoints on the same cases; the difference is after - before."""

    name: str
    before: Rate
    after: Rate
    difference: Rate


def write_probe_rows(path: Path, rows: ProbeRows) -> None:
    """Write the file; it appears under its name once it is whole.

    Raises:
        RefusedPathError: it cannot be written (the disk is full, the folder is gone).
    """
    arrays = {"scenes": rows.scenes, "spatial": rows.spatial}
    for kind in ("hits", "follow", "follow_scenes"):
        of_kind: Mapping[str, NDArray[np.generic]] = getattr(rows, kind)
        arrays |= {f"{kind}.{modality}": values for modality, values in of_kind.items()}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary, temporary.open("wb") as file:
            np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
    except OSError as error:
        raise RefusedPathError(path, error.strerror or str(error)) from error


def read_probe_rows(path: Path) -> ProbeRows:
    """Read the file.

    Raises:
        BrokenFileError: it is missing or not what `write_probe_rows` writes.
    """
    try:
        # numpy leaves a file open that it cannot read.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        return ProbeRows(
            scenes=arrays["scenes"],
            spatial=arrays["spatial"],
            hits=_of_kind("hits", arrays),
            follow=_of_kind("follow", arrays),
            follow_scenes=_of_kind("follow_scenes", arrays),
        )
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise BrokenFileError(path, f"the probe's cases cannot be read ({error})") from error


def compare(before: ProbeRows, after: ProbeRows) -> list[Comparison]:
    """Accuracy of each modality, on all and on spatial sentences, and follow rates, paired.

    Raises:
        ValueError: the two are not of the same probe set.
    """
    if not (
        np.array_equal(before.scenes, after.scenes)
        and np.array_equal(before.spatial, after.spatial)
    ):
        raise ValueError("the two checkpoints were not looked at on the same probe set")
    found = []
    for part, kept in (("all", np.ones_like(before.spatial)), ("spatial", before.spatial)):
        for modality in before.hits:
            if modality in after.hits:
                old, new = before.hits[modality][kept], after.hits[modality][kept]
                found.append(_compared(f"{part}/{modality}", old, new, before.scenes[kept]))
    for modality in before.follow:
        if modality in after.follow:
            old, new = before.follow[modality], after.follow[modality]
            # Cases that can follow in both; each checkpoint alone is judged on its own.
            both = np.isfinite(old) & np.isfinite(new)
            scenes = before.follow_scenes[modality]
            found.append(
                Comparison(
                    f"follow_appearance/{modality}",
                    _signed(old[np.isfinite(old)], scenes[np.isfinite(old)]),
                    _signed(new[np.isfinite(new)], scenes[np.isfinite(new)]),
                    _signed(new[both] - old[both], scenes[both]),
                )
            )
    return found


def _compared(
    name: str,
    old: NDArray[np.float64],
    new: NDArray[np.float64],
    scenes: NDArray[np.int64],
) -> Comparison:
    return Comparison(name, rate(old, scenes), rate(new, scenes), _signed(new - old, scenes))


def _signed(values: NDArray[np.float64], scenes: NDArray[np.int64]) -> Rate:
    return rate(values, scenes, bounds=(-1.0, 1.0))


def _of_kind(kind: str, arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    head = f"{kind}."
    return {name.removeprefix(head): a for name, a in arrays.items() if name.startswith(head)}
