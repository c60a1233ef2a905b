"""Reading a data set of rooms for training: views, patch membership, attributes, sentences.

Torch-free, so that light worker processes can do it.

Shapes: F frames, K candidates, H x W pixels, h x w patches.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import SceneError
from whatwhere.jobs.pools import end_with_parent
from whatwhere.language.expressions import Expression
from whatwhere.language.scanrefer import read_scanrefer
from whatwhere.models.frame_vlm.token_points import floor_center, patch_points
from whatwhere.models.spatial_vlm.views import SceneViews, collect_views, patch_shares
from whatwhere.scenes.annotation import read_json
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.proposals import Proposal, annotation_proposals
from whatwhere.scenes.scene import Scene

_SCENES_AT_ONCE = 8
"""Given to a reader in one go, where they are small."""


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
        points_m: (F, h, w, 3) where each patch looks, canonical metres; None where nobody asked.
        measured: (F, h, w) the share of its pixels with a depth.
    """

    scene_id: str
    views: SceneViews
    proposals: tuple[Proposal, ...]
    shares: NDArray[np.float16]
    classes: tuple[str, ...]
    colours: tuple[str, ...]
    expressions: tuple[Expression, ...]
    points_m: NDArray[np.float32] | None = None
    measured: NDArray[np.float32] | None = None

    @property
    def object_ids(self) -> tuple[int | None, ...]:
        """(K,) of the candidates."""
        return tuple(proposal.object_id for proposal in self.proposals)


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
    by_scene = sentences_of(folder, split)
    yield from read_scenes(
        folder,
        list(by_scene.items()),
        image_size=image_size,
        grid=grid,
        max_frames=max_frames,
        workers=workers,
    )


def sentences_of(folder: Path, split: str) -> Mapping[str, Sequence[Expression]]:
    """The sentences of a split by scene, in the order of its file.

    Raises:
        SceneError: it has none.
    """
    path = sentence_path(folder, split)
    by_scene = read_scanrefer(path).by_scene()
    if not by_scene:
        raise SceneError("the split has no sentences", remedy="Make or add rooms", path=path)
    return by_scene


def read_scenes(
    folder: Path,
    wanted: Sequence[tuple[str, Sequence[Expression]]],
    *,
    image_size: tuple[int, int],
    grid: tuple[int, int],
    max_frames: int,
    workers: int,
    points: bool = False,
) -> Iterator[Room]:
    """Some scenes of a data set, in the order given; few of them are ever in memory.

    Args:
        folder: holds scans/.
        wanted: names of scenes and the sentences about them.
        image_size: (height, width) that frames are resized to.
        grid: (h, w) patches of a frame.
        max_frames: of each scene.
        workers: processes that read.
        points: whether to say where each patch looks, too.
    """
    read = partial(
        _read_room,
        folder / "scans",
        image_size=image_size,
        grid=grid,
        max_frames=max_frames,
        points=points,
    )
    if workers <= 1:
        for scene_id, expressions in wanted:
            yield read(scene_id, expressions)
        return
    at_once = 1 if points else _SCENES_AT_ONCE
    with ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=end_with_parent
    ) as pool:
        waiting: deque[Future[list[Room]]] = deque()
        try:
            for start in range(0, len(wanted), at_once):
                waiting.append(pool.submit(_read_some, read, wanted[start : start + at_once]))
                # Who reads faster than the rooms are used would fill the memory.
                if len(waiting) > 2 * workers:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _read_some(
    read: Callable[[str, Sequence[Expression]], Room],
    wanted: Sequence[tuple[str, Sequence[Expression]]],
) -> list[Room]:
    return [read(scene_id, expressions) for scene_id, expressions in wanted]


class Placed(Protocol):
    """A room, as far as twins are compared: what stands in it, and what is asked."""

    @property
    def scene_id(self) -> str:
        """Its name."""

    @property
    def object_ids(self) -> tuple[int | None, ...]:
        """(K,) of the candidates."""

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """Its sentences whose target is a candidate."""


Found = TypeVar("Found", bound=Placed)


@dataclass(frozen=True, slots=True, eq=False)
class TwinRoom(Generic[Found]):
    """A room with one controlled change, and the sentences of the original.

    Attributes:
        original_id: scene id of the original.
        exchanged: object ids of the two look-alikes that the change is about.
        room: the changed room; its candidates are those of the original, in the same order.
    """

    original_id: str
    exchanged: tuple[int, int]
    room: Found


def read_twins(
    folder: Path,
    split: str,
    kind: str,
    *,
    image_size: tuple[int, int],
    grid: tuple[int, int],
    max_frames: int,
    workers: int,
) -> Iterator[TwinRoom[Room]]:
    """The twins of one kind ("appearance", "placebo", ...) that a data set has, in its order.

    Raises:
        BrokenFileError: twins.json cannot be read.
    """
    found = twins_of(folder, split, kind)
    rooms = read_scenes(
        folder,
        [(twin.twin_id, twin.expressions) for twin in found],
        image_size=image_size,
        grid=grid,
        max_frames=max_frames,
        workers=workers,
    )
    for twin, room in zip(found, rooms, strict=True):
        yield TwinRoom(twin.original_id, twin.exchanged, room)


@dataclass(frozen=True, slots=True)
class Twin:
    """That there is a twin: its scene, its original, and which objects were exchanged."""

    twin_id: str
    original_id: str
    exchanged: tuple[int, int]
    expressions: Sequence[Expression]


def twins_of(folder: Path, split: str, kind: str) -> list[Twin]:
    """The twins of one kind that a data set has of a split's rooms.

    Raises:
        BrokenFileError: twins.json cannot be read.
    """
    by_scene = read_scanrefer(sentence_path(folder, split)).by_scene()
    return [
        Twin(
            row["twin_id"],
            row["scene_id"],
            (int(row["exchanged"][0]), int(row["exchanged"][1])),
            by_scene[row["scene_id"]],
        )
        for row in read_json(folder / "twins.json")
        if row["kind"] == kind and row["scene_id"] in by_scene
    ]


def about_candidates(scene: Scene, proposals: Sequence[Proposal]) -> dict[str, list[Any]]:
    """Of each candidate: "object_ids", "classes", "colours" ("" where the annotation has none)."""
    colour_of = {item.object_id: item.attributes.get("colour", "") for item in scene.objects}
    return {
        "object_ids": [proposal.object_id for proposal in proposals],
        "classes": [proposal.label or "" for proposal in proposals],
        "colours": [colour_of.get(proposal.object_id or 0, "") for proposal in proposals],
    }


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
    points: bool = False,
) -> Room:
    scene = open_scene(scans / scene_id)
    views = collect_views(scene, image_size=image_size, max_frames=max_frames)
    floor_m = floor_center(views.room_lower, views.room_upper)
    looked = patch_points(views.depths, grid=grid, origin_m=floor_m) if points else (None, None)
    proposals = annotation_proposals(scene)
    shares = patch_shares(views, [proposal.box for proposal in proposals], grid=grid)
    about = about_candidates(scene, proposals)
    ids = {proposal.object_id for proposal in proposals}
    return Room(
        scene_id=scene_id,
        # The depths have given the shares; kept, they would double the memory of a room.
        views=replace(views, depths=()),
        proposals=proposals,
        shares=shares.astype(np.float16),
        classes=tuple(about["classes"]),
        colours=tuple(about["colours"]),
        expressions=tuple(item for item in expressions if item.target_id in ids),
        points_m=looked[0],
        measured=looked[1],
    )
