"""Reading a data set of rooms for training: views, patch membership, attributes, sentences.

Torch-free, so that light worker processes can do it.

Shapes: F frames, K candidates, H x W pixels, h x w patches.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import SceneError
from whatwhere.jobs.pools import end_with_parent
from whatwhere.language.expressions import Expression
from whatwhere.language.scanrefer import read_scanrefer
from whatwhere.models.spatial_vlm.views import SceneViews, collect_views, patch_shares
from whatwhere.scenes.annotation import read_json
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.proposals import Proposal, annotation_proposals


@dataclass(frozen=True, slots=True, eq=False)
class Room:
    """One training room, before the tower has seen it.

    Attributes:
        scene_id: of the scene.
        views: its frames at the tower's image size, without their depths.
        proposals: the K candidates.
        shares: (K, F, h, w) float16 patch membership.
        classes: (K,) labels.
        colours: (K,) colour names, "" where the annotation has none.
        expressions: its sentences whose target is a candidate.
    """

    scene_id: str
    views: SceneViews
    proposals: tuple[Proposal, ...]
    shares: NDArray[np.float16]
    classes: tuple[str, ...]
    colours: tuple[str, ...]
    expressions: tuple[Expression, ...]


def read_rooms(
    folder: Path,
    split: str,
    *,
    image_size: tuple[int, int],
    grid: tuple[int, int],
    max_frames: int,
    workers: int,
) -> Iterator[Room]:
    """Every room of a split, in the order of its sentence file.

    Raises:
        SceneError: the split has no sentence with a known scene.
    """
    path = sentence_path(folder, split)
    by_scene = read_scanrefer(path).by_scene()
    if not by_scene:
        raise SceneError("the split has no sentences", remedy="Make or add rooms", path=path)
    read = partial(
        _read_room, folder / "scans", image_size=image_size, grid=grid, max_frames=max_frames
    )
    yield from _mapped(read, list(by_scene), list(by_scene.values()), workers)


def _mapped(
    read: Callable[[str, Sequence[Expression]], Room],
    scene_ids: Sequence[str],
    expressions: Sequence[Sequence[Expression]],
    workers: int,
) -> Iterator[Room]:
    if workers <= 1:
        yield from map(read, scene_ids, expressions)
        return
    with ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=end_with_parent
    ) as pool:
        yield from pool.map(read, scene_ids, expressions, chunksize=8)


@dataclass(frozen=True, slots=True, eq=False)
class TwinRoom:
    """A room with one controlled change, and the sentences of the original.

    Attributes:
        original_id: scene id of the original.
        exchanged: object ids of the two look-alikes that the change is about.
        room: the changed room; its candidates are those of the original, in the same order.
    """

    original_id: str
    exchanged: tuple[int, int]
    room: Room


def read_twins(
    folder: Path,
    split: str,
    kind: str,
    *,
    image_size: tuple[int, int],
    grid: tuple[int, int],
    max_frames: int,
    workers: int,
) -> Iterator[TwinRoom]:
    """The twins of one kind ("appearance", "placebo", ...) that a data set has, in its order.

    Raises:
        BrokenFileError: twins.json cannot be read.
    """
    by_scene = read_scanrefer(sentence_path(folder, split)).by_scene()
    rows = [
        row
        for row in read_json(folder / "twins.json")
        if row["kind"] == kind and row["scene_id"] in by_scene
    ]
    read = partial(
        _read_room, folder / "scans", image_size=image_size, grid=grid, max_frames=max_frames
    )
    twins = [row["twin_id"] for row in rows]
    expressions = [by_scene[row["scene_id"]] for row in rows]
    for row, room in zip(rows, _mapped(read, twins, expressions, workers), strict=True):
        one, two = row["exchanged"]
        yield TwinRoom(row["scene_id"], (int(one), int(two)), room)


def sentence_path(folder: Path, split: str) -> Path:
    """Where a data set keeps the sentences of a split."""
    return folder / f"ScanRefer_filtered_{split}.json"


def _read_room(
    scans: Path,
    scene_id: str,
    expressions: Sequence[Expression],
    *,
    image_size: tuple[int, int],
    grid: tuple[int, int],
    max_frames: int,
) -> Room:
    scene = open_scene(scans / scene_id)
    views = collect_views(scene, image_size=image_size, max_frames=max_frames)
    proposals = annotation_proposals(scene)
    shares = patch_shares(views, [proposal.box for proposal in proposals], grid=grid)
    colour_of = {item.object_id: item.attributes.get("colour", "") for item in scene.objects}
    ids = {proposal.object_id for proposal in proposals}
    return Room(
        scene_id=scene_id,
        # The depths have given the shares; kept, they would double the memory of a room.
        views=replace(views, depths=()),
        proposals=proposals,
        shares=shares.astype(np.float16),
        classes=tuple(proposal.label or "" for proposal in proposals),
        colours=tuple(colour_of.get(proposal.object_id or 0, "") for proposal in proposals),
        expressions=tuple(item for item in expressions if item.target_id in ids),
    )
