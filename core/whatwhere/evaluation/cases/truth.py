"""What is right in a scan: targets, look-alikes, and which candidates stand for them.

Shapes: n sentences, K candidates, O annotated objects with a box.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from whatwhere.evaluation.cases.scene_cases import NO_BOX, NO_TARGET, NOT_AMONG
from whatwhere.geometry.boxes import Box, box_rows, iou
from whatwhere.language.expressions import Expression
from whatwhere.scenes.proposals import Proposal
from whatwhere.scenes.scene import Scene

SAME_IOU = 0.25
"""A candidate stands for the annotated object that it overlaps most, from here on."""


@dataclass(frozen=True, slots=True, eq=False)
class SceneTruth:
    """The annotation as far as sentences about the scan need it.

    Attributes:
        boxes: (O, 6) centre and size, aligned metres.
        object_ids: (O,) int32.
        object_labels: O categories.
        targets: (n,) int32 index among the O objects; -1 without a box.
        labels: n categories of the targets; "" unknown.
        known: n bool, the sentence has a target.
    """

    boxes: NDArray[np.float64]
    object_ids: NDArray[np.int32]
    object_labels: NDArray[np.str_]
    targets: NDArray[np.int32]
    labels: tuple[str, ...]
    known: NDArray[np.bool_]

    @classmethod
    def of(cls, scene: Scene, expressions: Sequence[Expression]) -> "SceneTruth":
        """That of n sentences about a scan."""
        boxed = [item for item in scene.objects if item.box is not None]
        index_of = {item.object_id: index for index, item in enumerate(boxed)}
        label_of = {item.object_id: item.label for item in scene.objects}
        return cls(
            boxes=box_rows(item.box for item in boxed if item.box is not None).reshape(-1, 6),
            object_ids=np.array([item.object_id for item in boxed], np.int32),
            object_labels=np.array([item.label for item in boxed], np.str_),
            targets=np.array(
                [
                    -1 if item.target_id is None else index_of.get(item.target_id, -1)
                    for item in expressions
                ],
                np.int32,
            ),
            labels=tuple(
                item.target_label
                or ("" if item.target_id is None else label_of.get(item.target_id, ""))
                for item in expressions
            ),
            known=np.array([item.target_id is not None for item in expressions], bool),
        )

    @property
    def target_boxes(self) -> tuple[Box | None, ...]:
        """The n boxes."""
        return tuple(None if t < 0 else Box.from_row(self.boxes[t]) for t in self.targets.tolist())

    @property
    def of_class(self) -> NDArray[np.bool_]:
        """(n, O) the objects of each target's class, as the annotation names it."""
        if not len(self.boxes):
            return np.zeros((len(self.targets), 0), bool)
        same = self.object_labels[self.targets[:, None]] == self.object_labels[None]
        return np.asarray(same & (self.targets >= 0)[:, None])

    @property
    def num_of_class(self) -> NDArray[np.int32]:
        """(n,) objects of each target's class, the target included; 0 unknown."""
        return np.asarray(self.of_class.sum(axis=1), np.int32)

    def only(self, index: int) -> "SceneTruth":
        """That of one of the sentences."""
        part = slice(index, index + 1)
        return replace(
            self, targets=self.targets[part], labels=self.labels[part], known=self.known[part]
        )

    def lookalike_m(self) -> NDArray[np.float32]:
        """(n,) metres from the target's centre to its nearest look-alike's; NaN without one."""
        count = len(self.targets)
        if not len(self.boxes):
            return np.full(count, np.nan, np.float32)
        centers = self.boxes[:, :3]
        away = np.linalg.norm(centers[self.targets][:, None] - centers[None], axis=2)
        others = self.of_class.copy()
        others[np.arange(count), self.targets] = False
        nearest = np.where(others, away, np.inf).min(axis=1)
        return np.where(np.isfinite(nearest), nearest, np.nan).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """K boxes that answers choose among, as the annotation sees them.

    Attributes:
        boxes: (K, 6) centre and size, aligned metres.
        object_ids: (K,) int32 the annotated object each stands for; -1 for none.
        targets: (n,) int32 the place of each target; -1 where it is none of them.
        of_class: (n, K) bool, places of the target's class, the target's own included.
        iou: (n, K) float32 with the target's box; NaN rows without one.
    """

    boxes: NDArray[np.float64]
    object_ids: NDArray[np.int32]
    targets: NDArray[np.int32]
    of_class: NDArray[np.bool_]
    iou: NDArray[np.float32]

    @classmethod
    def of_proposals(cls, proposals: Sequence[Proposal], truth: SceneTruth) -> "Places":
        """Candidates that a model was given; annotated ones stand for what they are."""
        index_of = {object_id: index for index, object_id in enumerate(truth.object_ids.tolist())}
        known = [
            -1 if item.object_id is None else index_of.get(item.object_id, -1) for item in proposals
        ]
        rows = box_rows(item.box for item in proposals).reshape(-1, 6)
        if any(index >= 0 for index in known):
            return cls._of(rows, np.array(known, np.int32), truth)
        return cls.of_boxes(rows, truth)

    @classmethod
    def of_boxes(cls, rows: NDArray[np.float64], truth: SceneTruth) -> "Places":
        """Boxes from elsewhere: each stands for the object it overlaps most."""
        if not len(rows) or not len(truth.boxes):
            return cls._of(rows, np.full(len(rows), -1, np.int32), truth)
        overlaps = iou(rows, truth.boxes)
        stands_for = np.where(overlaps.max(axis=1) >= SAME_IOU, overlaps.argmax(axis=1), -1)
        return cls._of(rows, stands_for.astype(np.int32), truth)

    @classmethod
    def _of(
        cls, rows: NDArray[np.float64], stands_for: NDArray[np.int32], truth: SceneTruth
    ) -> "Places":
        count = len(truth.targets)
        if not len(rows) or not len(truth.boxes):
            return cls(
                rows,
                np.full(len(rows), -1, np.int32),
                np.full(count, -1, np.int32),
                np.zeros((count, len(rows)), bool),
                np.full((count, len(rows)), np.nan, np.float32),
            )
        has_box = truth.targets >= 0
        overlaps = iou(truth.boxes, rows)[truth.targets].astype(np.float32)
        overlaps[~has_box] = np.nan
        # Where several stand for the target, the one that fits it best is its place.
        fits = np.where(stands_for[None] == truth.targets[:, None], overlaps, -1.0)
        best = np.nan_to_num(fits, nan=-1.0)
        targets = np.where(best.max(axis=1) >= 0, best.argmax(axis=1), -1).astype(np.int32)
        of_class = truth.of_class[:, stands_for] & (stands_for >= 0)[None]
        ids = np.where(stands_for >= 0, truth.object_ids[stands_for], -1).astype(np.int32)
        return cls(rows, ids, targets, of_class, overlaps)


def reasons(truth: SceneTruth, places: Places | None) -> list[str | None]:
    """Why each case does not count, None for one that does.

    Args:
        truth: of the scan.
        places: that the model was given; None where it found its own.
    """
    found: list[str | None] = []
    for index, (known, target) in enumerate(
        zip(truth.known.tolist(), truth.targets.tolist(), strict=True)
    ):
        if not known:
            found.append(NO_TARGET)
        elif target < 0:
            found.append(NO_BOX)
        elif places is not None and places.targets[index] < 0:
            found.append(NOT_AMONG)
        else:
            found.append(None)
    return found
