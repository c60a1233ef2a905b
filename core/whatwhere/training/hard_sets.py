"""Annotated failures as something to train on: a small data set of their sentences and scans.

Torch-free, so that the window can make one. A part of the scans is held aside: whether training
cured anything is asked there, on failures that it never saw.
"""

import json
import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from whatwhere.errors import BrokenFileError, MissingFileError, RefusedPathError, SceneError
from whatwhere.files import replacing
from whatwhere.language.expressions import Expression
from whatwhere.language.splits import Split

ABOUT, TRAIN, HELD = "hard_set.json", "train", "held"
_FORM = 1


@dataclass(frozen=True, slots=True)
class HardSet:
    """A hard set on disk.

    Attributes:
        folder: holds the sentences of both parts, and scans/.
        train_rows: rows of the split that may be trained on.
        held_rows: rows that are held aside, all of other scans.
    """

    folder: Path
    train_rows: tuple[int, ...]
    held_rows: tuple[int, ...]


def write_hard_set(
    folder: Path,
    split: Split,
    rows: Collection[int],
    *,
    held_share: float = 0.5,
    seed: int = 0,
    about: str = "",
) -> HardSet:
    """Make a hard set of some sentences of a split.

    Args:
        folder: to be made.
        split: the sentences and their scans.
        rows: indices of the sentences, e.g. of annotated failures whose ground truth holds.
        held_share: share of the scans that is held aside; whole scans, so that nothing of a
            held-aside room was seen.
        seed: of which scans these are.
        about: what the rows are, for people.

    Raises:
        SceneError: there is nothing to train on, or nothing would be held aside.
        RefusedPathError: the folder cannot be written.
    """
    wanted = set(rows)
    scenes = [(scene, tuple(row for row in scene.rows if row in wanted)) for scene in split.scenes]
    scenes = [(scene, found) for scene, found in scenes if found]
    num_held = round(held_share * len(scenes))
    if not scenes or num_held == len(scenes) or (held_share and not num_held):
        raise SceneError(
            f"{len(wanted)} cases of {len(scenes)} scans cannot be parted into those to train on "
            "and those to hold aside",
            remedy="Annotate failures of more scans, or hold a smaller share aside",
        )
    order = np.random.default_rng(seed).permutation(len(scenes))
    held = {scenes[place][0].scene_id for place in order[:num_held]}
    train_rows = _rows(found for scene, found in scenes if scene.scene_id not in held)
    held_rows = _rows(found for scene, found in scenes if scene.scene_id in held)
    document = {
        "form": _FORM,
        "about": about,
        "split": split.name,
        "train_rows": list(train_rows),
        "held_rows": list(held_rows),
        "seed": seed,
    }
    try:
        (folder / "scans").mkdir(parents=True, exist_ok=True)
        for scene, _ in scenes:
            link = folder / "scans" / scene.scene_id
            link.unlink(missing_ok=True)
            link.symlink_to(os.path.abspath(scene.path), target_is_directory=True)
        for name, part in ((TRAIN, train_rows), (HELD, held_rows)):
            texts = [_row(split.expressions[row]) for row in part]
            _write(folder / f"ScanRefer_filtered_{name}.json", texts)
        _write(folder / ABOUT, document)
    except OSError as error:
        raise RefusedPathError(folder, error.strerror or str(error)) from error
    return HardSet(folder, train_rows, held_rows)


def read_hard_set(folder: Path) -> HardSet:
    """A hard set that was written before.

    Raises:
        MissingFileError, BrokenFileError: there is none in the folder.
    """
    path = folder / ABOUT
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["form"] != _FORM:
            raise ValueError(f"its form is {document['form']}")
        parts = [tuple(int(row) for row in document[f"{name}_rows"]) for name in (TRAIN, HELD)]
    except FileNotFoundError as error:
        raise MissingFileError(
            path, what="The hard set", remedy="Make it from annotated cases"
        ) from error
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise BrokenFileError(
            path, f"it is no hard set ({error})", remedy="Make it from the cases again"
        ) from error
    return HardSet(folder, *parts)


def _rows(parts: Iterable[Sequence[int]]) -> tuple[int, ...]:
    return tuple(row for part in parts for row in part)


def _row(expression: Expression) -> dict[str, Any]:
    """A row in ScanRefer's form, with the keys of the demo world where they are known."""
    row: dict[str, Any] = {
        **expression.extra,
        "scene_id": expression.scene_id,
        "object_id": str(expression.target_id),
        "object_name": (expression.target_label or "").replace(" ", "_"),
        "ann_id": expression.ann_id,
        "description": expression.text,
        "token": list(expression.tokens) or expression.text.lower().split(),
    }
    if expression.anchor_ids:
        row["anchor_ids"] = list(expression.anchor_ids)
    if expression.skill is not None:
        row["skill"] = expression.skill
    if expression.num_lookalikes is not None:
        row["num_lookalikes"] = expression.num_lookalikes
    return row


def _write(path: Path, document: object) -> None:
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(document, ensure_ascii=False) + "\n", encoding="utf-8")
