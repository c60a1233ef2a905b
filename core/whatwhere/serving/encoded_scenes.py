"""Scenes that a model has looked at, kept so that each sentence costs only its query."""

import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from whatwhere.errors import SceneError
from whatwhere.geometry.boxes import Box
from whatwhere.models.grounder import Grounder, IsCancelled, Progress, SceneEncoding
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.proposal_files import ProposalSource
from whatwhere.scenes.proposals import (
    BoxSource,
    Proposal,
    UserBoxes,
    annotation_proposals,
    box_source_of,
)
from whatwhere.scenes.scene import Scene

BoxRows = Sequence[Sequence[float]]
"""User boxes as they travel: cx, cy, cz, dx, dy, dz each, aligned metres."""


@dataclass(frozen=True, slots=True, eq=False)
class EncodedScene:
    """One scene as one model sees it; the scene's own arrays are not kept.

    Attributes:
        scene_id: e.g. "scene0000_00".
        encoding: the model's.
        boxes: the user's among the candidates; None when there are none.
        warnings: what the reader noticed, as sentences.
        encode_ms: wall time of opening and encoding.
    """

    scene_id: str
    encoding: SceneEncoding
    boxes: UserBoxes | None
    warnings: tuple[str, ...]
    encode_ms: float

    @property
    def box_source(self) -> BoxSource:
        """Where the candidates came from."""
        return box_source_of(self.encoding.proposals)

    @property
    def own(self) -> tuple[Proposal, ...]:
        """The scene's own candidates; none where the model left some of them out."""
        given = {item.source for item in (self.boxes.proposals if self.boxes else ())}
        own = tuple(item for item in self.encoding.proposals if item.source not in given)
        are_all = all(item.proposal == index for index, item in enumerate(own))
        return own if are_all else ()


def encode_scene(
    grounder: Grounder,
    path: Path,
    boxes: UserBoxes | None = None,
    *,
    own: Sequence[Proposal] = (),
    source: ProposalSource | None = None,
    progress: Progress | None = None,
    is_cancelled: IsCancelled | None = None,
) -> EncodedScene:
    """Open a scene and let the model look at it.

    Args:
        grounder: the model.
        path: of the scene.
        boxes: the user's, to choose among.
        own: the scene's own candidates where they are known, so that its annotation, which lies
            on the mesh, need not be read again.
        source: where the scene's own candidates come from; None for its annotation.
        progress: told what is being done.
        is_cancelled: polled between steps.

    Raises:
        SceneError: no usable frames or no candidates.
        MissingFileError, BrokenFileError: the candidates of the source are not there.
        Cancelled: `is_cancelled` returned True.
    """
    started = time.perf_counter()
    scene = open_scene(path)
    proposals: Sequence[Proposal] | None = None
    if source is not None:
        proposals = own = source.of(scene).proposals
    if boxes is not None:
        proposals = boxes.among(own or _own(scene, boxes))
    encoding = grounder.encode(scene, proposals, progress=progress, is_cancelled=is_cancelled)
    return EncodedScene(
        scene_id=scene.scene_id,
        encoding=encoding,
        boxes=boxes,
        warnings=tuple(scene.warnings),
        encode_ms=(time.perf_counter() - started) * 1000,
    )


def _own(scene: Scene, boxes: UserBoxes) -> tuple[Proposal, ...]:
    """A scene without annotated objects has none: then the user's boxes are all there is."""
    try:
        return () if boxes.are_alone else annotation_proposals(scene)
    except SceneError:
        return ()


def user_proposals(
    rows: BoxRows,
    names: Sequence[str | None] | None = None,
    sources: Sequence[str] | None = None,
) -> tuple[Proposal, ...]:
    """Candidates from boxes that the user drew or had found, with their names as labels.

    Args:
        rows: the boxes.
        names: of each; None for none.
        sources: "user" or "geometric" for each; None for boxes that were all drawn.

    Raises:
        SceneError: there is no box, one is not six finite numbers with a positive size, or there
            are more or fewer names or sources than boxes.
    """
    try:
        boxes = np.array(rows, float)
    except (TypeError, ValueError):
        boxes = np.empty(0)
    if boxes.ndim != 2 or boxes.shape[1] != 6:
        raise _not_boxes("the boxes are not rows of six numbers")
    if not (np.isfinite(boxes).all() and (boxes[:, 3:] > 0).all()):
        raise _not_boxes("a box has no finite centre or no positive size")
    labels = [None] * len(boxes) if names is None else [name and str(name) for name in names]
    if len(labels) != len(boxes):
        raise _not_boxes(f"there are {len(boxes)} boxes and {len(labels)} names")
    made: list[BoxSource] = [
        "geometric" if source == "geometric" else "user" for source in sources or ()
    ]
    made = made or ["user"] * len(boxes)
    if len(made) != len(boxes):
        raise _not_boxes(f"there are {len(boxes)} boxes and {len(made)} sources")
    return tuple(
        Proposal(index, Box.from_row(row), source, label=label)
        for index, (row, label, source) in enumerate(zip(boxes, labels, made, strict=True))
    )


def _not_boxes(fault: str) -> SceneError:
    return SceneError(fault, remedy="Give each box as cx, cy, cz, dx, dy, dz in aligned metres")


class RecentScenes:
    """The scenes encoded last, by path; the one unused for longest goes first."""

    def __init__(self, *, capacity: int = 4) -> None:
        self._capacity = capacity
        self._scenes: OrderedDict[Path, EncodedScene] = OrderedDict()

    def get(self, path: Path) -> EncodedScene | None:
        """The latest encoding of this scene, or None."""
        found = self._scenes.get(path)
        if found is not None:
            self._scenes.move_to_end(path)
        return found

    def put(self, path: Path, encoded: EncodedScene) -> None:
        """Keep an encoding in place of this scene's former one."""
        self._scenes[path] = encoded
        self._scenes.move_to_end(path)
        while len(self._scenes) > self._capacity:
            self._scenes.popitem(last=False)

    def clear(self) -> None:
        """Forget all."""
        self._scenes.clear()
