"""What a detector would have found in a demo room, in place of its exact boxes.

A published benchmark does not hand out the annotated boxes: its candidates come from Mask3D, which
merges neighbours, splits large things, misses some, draws the rest a little loose and finds what
is not there. The rates here are set so that as many targets of sentences are reached, over 200
test rooms, as by Mask3D's boxes on ScanRefer: 0.90 at an IoU of 0.25, 0.82 at 0.5.
"""

import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from whatwhere.geometry.boxes import Box, box_rows
from whatwhere.scenes.detections import as_proposals, detections_path, reach_of, write_boxes
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.proposals import Proposal, annotation_proposals
from whatwhere.scenes.scene import Scene

Rows = NDArray[np.float64]

# Probabilities: of a pair of neighbours to be found as one, and of an object to be missed, found
# in two pieces, or drawn very loose.
_MERGE, _MISS, _SPLIT, _LOOSE = 0.10, 0.045, 0.07, 0.105
_NEIGHBOUR_GAP_M = 0.10
# Standard deviations, as shares of a box's size: of its middle, and of the logarithm of its size.
_SHIFT, _STRETCH = 0.035, 0.06
_LOOSE_SHIFT, _LOOSE_STRETCH = 0.10, 0.22
_SPURIOUS_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Recall:
    """How many of the annotated objects a set of detections reaches.

    Attributes:
        num_objects: annotated objects with a box.
        num_at_25: those that a detection overlaps by 0.25 or more.
        num_at_50: those by 0.5 or more.
    """

    num_objects: int
    num_at_25: int
    num_at_50: int

    def __add__(self, other: "Recall") -> "Recall":
        return Recall(
            self.num_objects + other.num_objects,
            self.num_at_25 + other.num_at_25,
            self.num_at_50 + other.num_at_50,
        )


def degraded_proposals(scene: Scene, seed: int) -> tuple[Proposal, ...]:
    """Candidates as a detector would give them; the same for a room and for its twins.

    Args:
        scene: an annotated scene.
        seed: another seed, other faults.

    Raises:
        SceneError: the scene has no annotated object with a box.
    """
    rows = box_rows(item.box for item in annotation_proposals(scene))
    # Of the room, not of the scan: were a twin degraded otherwise, its answers could not be
    # compared with those of the original.
    room = zlib.crc32(scene.scene_id.rpartition("_")[0].encode())
    return as_proposals(degrade(rows, np.random.default_rng([seed, 12, room])))


def degrade(rows: Rows, rng: np.random.Generator) -> list[Box]:
    """Exact boxes to detected ones, in random order.

    Args:
        rows: (N, 6) cx cy cz dx dy dz of all objects, N >= 1, aligned metres.
        rng: draws the faults.
    """
    merged, left = _merge_neighbours(rows, rng)
    fate = rng.random(len(left))
    left = left[fate >= _MISS]
    fate = fate[fate >= _MISS] - _MISS
    pieces = [piece for row in left[fate < _SPLIT] for piece in _halves(row, rng)]
    rest, fate = left[fate >= _SPLIT], fate[fate >= _SPLIT] - _SPLIT
    loose = fate < _LOOSE
    found = [
        *_redrawn(np.array([*merged, *pieces]).reshape(-1, 6), _SHIFT, _STRETCH, rng),
        *_redrawn(rest[loose], _LOOSE_SHIFT, _LOOSE_STRETCH, rng),
        *_redrawn(rest[~loose], _SHIFT, _STRETCH, rng),
        *_spurious(rows, rng),
    ]
    if not found:  # a room of one missed object: an empty list would not be a list of candidates
        found = [*_redrawn(rows[:1], _LOOSE_SHIFT, _LOOSE_STRETCH, rng)]
    return [Box.from_row(found[index]) for index in rng.permutation(len(found))]


def write_all_detections(scans: Path, seed: int) -> Recall:
    """Write the detections of every scan below a folder; together they reach the sum.

    Raises:
        WhatWhereError: a scan cannot be read, or has no annotated object with a box.
    """
    folders = sorted(path for path in scans.iterdir() if path.is_dir())
    return sum((write_detections(path, seed) for path in folders), Recall(0, 0, 0))


def write_detections(scan: Path, seed: int) -> Recall:
    """Write the detections of one scan beside it and count what they reach.

    Raises:
        WhatWhereError: the scan cannot be read, or has no annotated object with a box.
    """
    scene = open_scene(scan)
    proposals = degraded_proposals(scene, seed)
    path = detections_path(scene.folder, scene.scene_id)
    write_boxes(path, scene.scene_id, [item.box for item in proposals])
    best = [reach.best_iou for reach in reach_of(scene, proposals)]
    return Recall(len(best), sum(x >= 0.25 for x in best), sum(x >= 0.5 for x in best))


def _merge_neighbours(rows: Rows, rng: np.random.Generator) -> tuple[list[Rows], Rows]:
    """Boxes around pairs that are found as one, and the rows (M, 6) of all other objects."""
    lower, upper = rows[:, :3] - rows[:, 3:] / 2, rows[:, :3] + rows[:, 3:] / 2
    gap = np.maximum(lower[:, None] - upper[None], lower[None] - upper[:, None]).max(axis=2)
    one, two = np.nonzero(np.triu(gap < _NEIGHBOUR_GAP_M, k=1))
    merged: list[Rows] = []
    gone: set[int] = set()
    for pair in rng.permutation(len(one)):
        a, b = int(one[pair]), int(two[pair])
        if rng.random() >= _MERGE or gone & {a, b}:
            continue
        gone |= {a, b}
        low, high = np.minimum(lower[a], lower[b]), np.maximum(upper[a], upper[b])
        merged.append(np.concatenate([(low + high) / 2, high - low]))
    return merged, np.delete(rows, sorted(gone), axis=0)


def _halves(row: Rows, rng: np.random.Generator) -> list[Rows]:
    """One box cut in two across its longest side, with a little lost in between."""
    axis = int(np.argmax(row[3:]))
    share = rng.uniform(0.3, 0.7)
    length = float(row[3 + axis])
    start = float(row[axis]) - length / 2
    pieces = []
    for low, high in ((0.0, share - 0.02), (share + 0.02, 1.0)):
        piece = row.copy()
        piece[axis], piece[3 + axis] = start + (low + high) / 2 * length, (high - low) * length
        pieces.append(piece)
    return pieces


def _redrawn(rows: Rows, shift: float, stretch: float, rng: np.random.Generator) -> Rows:
    """(N, 6): boxes moved and resized by chance, in proportion to their size."""
    size = rows[:, 3:]
    return np.concatenate(
        [
            rows[:, :3] + size * rng.normal(0, shift, size.shape),
            size * np.exp(rng.normal(0, stretch, size.shape)),
        ],
        axis=1,
    )


def _spurious(rows: Rows, rng: np.random.Generator) -> Rows:
    """(S, 6): boxes of the size of something, where nothing of that size is."""
    count = int(rng.poisson(_SPURIOUS_SHARE * len(rows)))
    sizes = rows[rng.integers(len(rows), size=count), 3:] * rng.uniform(0.4, 1.2, (count, 1))
    low, high = rows[:, :2].min(axis=0), rows[:, :2].max(axis=0)
    middles = rng.uniform(low, high, (count, 2))
    heights = sizes[:, 2] / 2 + rng.choice([0.0, 0.75], count, p=[0.6, 0.4])
    return np.column_stack([middles, heights, sizes])
