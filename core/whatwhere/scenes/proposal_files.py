"""Candidates from a file or folder: Mask3D's masks or boxes, or any detector's boxes.

Three forms. A sparse `.npz` of masks over the vertices of the mesh. A JSON object with a list of
[cx, cy, cz, dx, dy, dz] rows per scene. A JSON object with a list of {"aabb_min", "aabb_max",
"label", "score"} per scene. Boxes are axis-aligned, in aligned metres; scores stay unread, for a
model never sees them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import BrokenFileError, MissingFileError, SceneError
from whatwhere.geometry.boxes import Box, box_rows, iou
from whatwhere.scenes.annotation import read_json
from whatwhere.scenes.mask_files import read_masks
from whatwhere.scenes.proposals import BoxSource, Proposal
from whatwhere.scenes.scene import Scene

_NAMES = ("{}.mask.npz", "{}.npz", "{}_detections.json", "{}.json")


@dataclass(frozen=True, slots=True)
class ProposalSet:
    """The candidates of one scene.

    Attributes:
        proposals: with the file's own numbers, which have gaps where masks were empty.
        num_empty: masks or boxes that were left out, for they hold nothing.
    """

    proposals: tuple[Proposal, ...]
    num_empty: int = 0


class ProposalSource(Protocol):
    """Where the candidates of scenes come from."""

    def of(self, scene: Scene) -> ProposalSet:
        """The candidates of one scene.

        Raises:
            MissingFileError, BrokenFileError: they are not there, or broken.
            SceneError: the scene lacks what they are made of.
        """


class ProposalFiles:
    """The candidates of many scenes, from one file or from a folder with a file per scene.

    Raises:
        MissingFileError: there is nothing at the path.
    """

    def __init__(self, path: Path, *, first: int | None = None) -> None:
        """Read nothing yet.

        Args:
            path: a `.npz`, a `.json`, or a folder of such files named after scenes.
            first: take only so many of each scene (Video-3D-LLM and LEO take 50).
        """
        if not path.exists():
            raise MissingFileError(
                path, what="Proposals", remedy="Check the path, or choose the annotated boxes"
            )
        self.path = path
        self._first = first

    def of(self, scene: Scene) -> ProposalSet:
        """The candidates of one scene.

        Raises:
            MissingFileError: the folder has no file for this scene.
            BrokenFileError: its file is not one of proposals, or has none for this scene.
            SceneError: masks lie on a mesh, and the scene has none.
        """
        path = self.path if self.path.is_file() else self._file_of(scene.scene_id)
        if path.suffix.lower() == ".npz":
            return self._from_masks(path, scene)
        document = self._document if path == self.path else read_json(path)
        return self._from_boxes(path, document, scene.scene_id)

    def _file_of(self, scene_id: str) -> Path:
        for name in _NAMES:
            path = self.path / name.format(scene_id)
            if path.is_file():
                return path
        raise MissingFileError(
            self.path,
            what=f"Proposals of {scene_id}",
            remedy=f"Put {_NAMES[0].format(scene_id)} or {_NAMES[3].format(scene_id)} there",
        )

    @cached_property
    def _document(self) -> Any:
        return read_json(self.path)

    def _from_masks(self, path: Path, scene: Scene) -> ProposalSet:
        if scene.mesh is None:
            raise SceneError(
                "masks lie on a mesh, and this scene has none",
                remedy=f"Add {scene.scene_id}_vh_clean_2.ply, or give boxes",
                path=scene.folder,
            )
        vertices = scene.mesh.vertices
        masks = read_masks(path, len(vertices))[: self._first]
        proposals = tuple(
            Proposal(index, Box.from_points(vertices[mask].astype(np.float64)), "mask3d")
            for index, mask in enumerate(masks)
            if len(mask)
        )
        return ProposalSet(proposals, len(masks) - len(proposals))

    def _from_boxes(self, path: Path, document: Any, scene_id: str) -> ProposalSet:
        if not isinstance(document, dict):
            raise BrokenFileError(path, "it does not list boxes by scene")
        rows = document.get(f"scannet/{scene_id}", document.get(scene_id))
        if rows is None:
            raise BrokenFileError(
                path, f"it has no boxes of {scene_id}", remedy="Choose the file of this data set"
            )
        labels: Sequence[str | None]
        source: BoxSource
        if isinstance(rows, list) and rows and isinstance(rows[0], dict):
            table, labels, source = _from_corners(path, rows, scene_id)
        else:
            table, source = _from_rows(path, rows, scene_id), "detections"
            labels = [None] * len(table)
        table, labels = table[: self._first], labels[: self._first]
        is_filled = table[:, 3:].min(axis=1) > 0
        proposals = tuple(
            Proposal(index, Box.from_row(row), source, label=label)
            for index, (row, label) in enumerate(zip(table, labels, strict=True))
            if is_filled[index]
        )
        return ProposalSet(proposals, int((~is_filled).sum()))


def best_overlaps(
    targets: Sequence[Box | None], proposals: Sequence[Proposal]
) -> NDArray[np.float64]:
    """(n,) overlap of each target with its best candidate; 0 where there is no target."""
    if not proposals or not targets:
        return np.zeros(len(targets))
    none = Box((0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
    overlap = iou(
        box_rows(box or none for box in targets), box_rows(item.box for item in proposals)
    )
    return np.asarray(overlap.max(axis=1))


def _from_rows(path: Path, rows: object, scene_id: str) -> NDArray[np.float64]:
    try:
        table = np.array(rows, float)
    except (TypeError, ValueError, OverflowError):
        table = np.array(np.nan)
    if table.ndim != 2 or table.shape[1] != 6 or len(table) == 0:
        raise BrokenFileError(path, f"the boxes of {scene_id} are not rows of six numbers")
    if not np.isfinite(table).all() or (table[:, 3:] < 0).any() or np.abs(table).max() > 1e6:
        raise BrokenFileError(path, f"a box of {scene_id} has a negative or an infinite length")
    return table


def _from_corners(
    path: Path, rows: Sequence[object], scene_id: str
) -> tuple[NDArray[np.float64], list[str | None], BoxSource]:
    table, labels = [], []
    for number, row in enumerate(rows, start=1):
        found = row if isinstance(row, dict) else {}
        try:
            low, high = (np.array(found.get(key), float) for key in ("aabb_min", "aabb_max"))
        except (TypeError, ValueError, OverflowError):
            low = high = np.zeros(0)
        if low.shape != (3,) or high.shape != (3,):
            raise BrokenFileError(
                path, f"proposal {number} of {scene_id} has no aabb_min and aabb_max of x, y, z"
            )
        table.append(np.concatenate([(low + high) / 2, high - low]))
        label = found.get("label")
        labels.append(label if isinstance(label, str) else None)
    return _from_rows(path, table, scene_id), labels, "mask3d"
