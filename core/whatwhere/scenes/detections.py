"""Boxes that a detector found, beside a scan, and how much of the annotation they reach.

The file has the form in which Mask3D's boxes for ScanNet are passed on: one JSON object, with a
list of [cx, cy, cz, dx, dy, dz] rows, aligned metres, under "scannet/<scene id>".
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from whatwhere.errors import MissingFileError
from whatwhere.geometry.boxes import Box, box_rows, iou
from whatwhere.scenes.proposal_files import ProposalFiles
from whatwhere.scenes.proposals import Proposal
from whatwhere.scenes.scene import Scene

REACH_IOU = 0.25
"""A target that no candidate overlaps by this much cannot be answered: ScanRefer's lower bound."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How well the candidates cover one annotated object.

    Attributes:
        object_id: of the object.
        proposal: the candidate that overlaps it most.
        best_iou: their overlap; 0 when none touches it.
    """

    object_id: int
    proposal: int
    best_iou: float

    @property
    def is_reachable(self) -> bool:
        """Whether an answer among these candidates can be right."""
        return self.best_iou >= REACH_IOU


def detections_path(scene_folder: Path, scene_id: str) -> Path:
    """Where the detections of a scan lie."""
    return scene_folder / f"{scene_id}_detections.json"


def detected_proposals(scene: Scene, path: Path | None = None) -> tuple[Proposal, ...]:
    """One proposal per detected box, in the file's order.

    Args:
        scene: whose boxes.
        path: a file of boxes, also one for many scenes; by default the one beside the scan.

    Raises:
        MissingFileError: there is no such file.
        BrokenFileError: it is not one of boxes, or has none for this scene.
    """
    path = detections_path(scene.folder, scene.scene_id) if path is None else path
    if not path.is_file():
        raise MissingFileError(
            path,
            what="Detections",
            remedy="Write them with `whatwhere demo --detections`, or choose the annotated boxes",
        )
    return ProposalFiles(path).of(scene).proposals


def as_proposals(boxes: Sequence[Box]) -> tuple[Proposal, ...]:
    """Detected boxes as candidates; they know nothing of the annotation."""
    return tuple(Proposal(index, box, "detections") for index, box in enumerate(boxes))


def write_boxes(path: Path, scene_id: str, boxes: Sequence[Box]) -> None:
    """Write the boxes of one scan, aligned metres, to a tenth of a millimetre."""
    rows = box_rows(boxes).round(4).tolist()
    path.write_text(json.dumps({f"scannet/{scene_id}": rows}))


def reach_of(scene: Scene, proposals: Sequence[Proposal]) -> tuple[Reach, ...]:
    """For each annotated object that has a box: which candidate covers it best, and how well."""
    boxed = [(item.object_id, item.box) for item in scene.objects if item.box is not None]
    if not boxed or not proposals:
        return tuple(Reach(object_id, 0, 0.0) for object_id, _ in boxed)
    overlap = iou(box_rows(box for _, box in boxed), box_rows(item.box for item in proposals))
    best = overlap.argmax(axis=1)
    return tuple(
        Reach(object_id, proposals[int(column)].proposal, float(row[column]))
        for (object_id, _), column, row in zip(boxed, best, overlap, strict=True)
    )
