"""The frames of the scene: which one is looked at, in which order, with which boxes over them."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import WhatWhereError
from whatwhere.geometry.boxes import Box
from whatwhere.geometry.visibility import box_visibility, project_box_edges
from whatwhere.scenes.scene import FrameHeader, Scene
from whatwhere_app.presenters.shown import boxes_of_interest, layer_boxes, rival_boxes, selected_box
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly
from whatwhere_app.theme import Layer
from whatwhere_app.view_values import FrameTile, Overlay
from whatwhere_app.workspace import Workspace

_SEEN_SHARE = 0.001
_NO_FRAMES = "This scene has no usable frames, so 2D has nothing to see."


class FrameStripLike(Protocol):
    """The row of small pictures."""

    def show_tiles(self, tiles: Sequence[FrameTile]) -> None:
        """Replace the row."""

    def show_message(self, text: str) -> None:
        """An empty row that says why."""

    def set_thumbnail(self, name: str, color: NDArray[np.uint8]) -> None:
        """The picture of one tile."""

    def set_overlays(self, overlays: Mapping[str, Sequence[Overlay]]) -> None:
        """The boxes over all tiles."""

    def set_current(self, name: str | None) -> None:
        """Mark one tile."""


class FrameViewLike(Protocol):
    """The large picture."""

    def show_frame(self, color: NDArray[np.uint8]) -> None:
        """Replace the picture."""

    def show_overlays(self, overlays: Sequence[Overlay]) -> None:
        """Replace its boxes."""

    def show_message(self, text: str) -> None:
        """No picture, and why."""


class FramesPresenter:
    """Keeps strip and large picture in step with the workspace."""

    def __init__(
        self, strip: FrameStripLike, large: FrameViewLike, workspace: Workspace, board: TaskBoard
    ) -> None:
        self._strip = strip
        self._large = large
        self._workspace = workspace
        self._board = board
        self._reading = LatestOnly(board)
        self._sorting = LatestOnly(board)
        self._one_thumbnail = asyncio.Lock()
        self._order: list[str] = []
        self._sorted_for: tuple[Box, ...] = ()
        workspace.scene_changed.connect(self._on_scene_changed)
        workspace.frame_changed.connect(self._on_frame_changed)
        for signal in (
            workspace.answers_changed,
            workspace.mix_changed,
            workspace.visible_changed,
            workspace.expression_changed,
            workspace.selection_changed,
        ):
            signal.connect(self._on_boxes_changed)

    @property
    def is_busy(self) -> bool:
        """Whether pictures or their order are still on their way."""
        return self._reading.is_running or self._sorting.is_running or self._one_thumbnail.locked()

    def on_frame_chosen(self, name: str) -> None:
        """A tile was clicked."""
        self._workspace.set_frame(name)

    def step(self, by: int) -> None:
        """To the next or previous frame of the row."""
        if not self._order:
            return
        name = self._workspace.frame
        place = self._order.index(name) + by if name in self._order else 0
        self._workspace.set_frame(self._order[max(0, min(len(self._order) - 1, place))])

    def on_thumbnail_wanted(self, name: str) -> None:
        """A tile came into sight without its picture."""
        scene = self._workspace.scene
        if scene is not None:
            self._board.spawn(self._load_thumbnail(scene, name))

    def _on_scene_changed(self) -> None:
        scene = self._workspace.scene
        self._reading.cancel()
        self._sorting.cancel()
        self._sorted_for = ()
        self._order = [] if scene is None else [header.name for header in scene.frames]
        if scene is None or not self._order:
            text = "" if scene is None else _NO_FRAMES
            self._strip.show_message(text)
            self._large.show_message(text)
            return
        self._strip.show_tiles([])  # frames of every scene are called 0, 1, 2: keep no picture
        self._strip.show_tiles([FrameTile(name, name) for name in self._order])
        self._workspace.set_frame(self._order[0])

    def _on_frame_changed(self) -> None:
        scene, header = self._workspace.scene, self._header(self._workspace.frame)
        self._strip.set_current(self._workspace.frame)
        if scene is None or header is None:
            return
        self._reading.run(self._show(scene, header), lambda _: None)

    def _on_boxes_changed(self) -> None:
        scene, header = self._workspace.scene, self._header(self._workspace.frame)
        if scene is None or header is None:
            return
        self._large.show_overlays(_overlays(header, self._boxes(), self._rivals()))
        self._sorting.run(self._sort(scene), lambda _: None)

    async def _show(self, scene: Scene, header: FrameHeader) -> None:
        try:
            frame = await asyncio.to_thread(scene.read_frame, header)
        except WhatWhereError as error:
            self._large.show_message(str(error))
            raise
        self._large.show_frame(frame.color)
        self._large.show_overlays(_overlays(header, self._boxes(), self._rivals()))

    async def _sort(self, scene: Scene) -> None:
        """Boxes over every tile, and the tiles that see the box of interest best first."""
        boxes, rivals = self._boxes(), self._rivals()
        overlays = await asyncio.to_thread(
            lambda: {header.name: _overlays(header, boxes, rivals) for header in scene.frames}
        )
        self._strip.set_overlays(overlays)
        boxes_wanted = boxes_of_interest(self._workspace)
        if not boxes_wanted or boxes_wanted == self._sorted_for:
            return
        shares = {
            header.name: await asyncio.to_thread(_seen_shares, scene, header, boxes_wanted)
            for header in scene.frames
        }
        self._sorted_for = boxes_wanted
        self._show_order(_of_first_seen(shares))
        self._strip.set_overlays(overlays)

    def _show_order(self, shares: Mapping[str, float]) -> None:
        self._order = sorted(shares, key=lambda name: -shares[name])
        self._strip.show_tiles([_tile(name, shares[name]) for name in self._order])
        if self._order and shares[self._order[0]] > _SEEN_SHARE:
            self._workspace.set_frame(self._order[0])

    async def _load_thumbnail(self, scene: Scene, name: str) -> None:
        async with self._one_thumbnail:
            header = self._header(name)
            if scene is not self._workspace.scene or header is None:
                return
            frame = await asyncio.to_thread(scene.read_frame, header)
            if scene is self._workspace.scene:
                self._strip.set_thumbnail(name, frame.color)

    def _boxes(self) -> list[tuple[Layer | None, Box]]:
        """What is drawn over the pictures; the selection last, so on top."""
        boxes = layer_boxes(self._workspace)
        shown: list[tuple[Layer | None, Box]] = [
            (layer, box) for layer, drawn in boxes.items() for box in drawn
        ]
        selected = selected_box(self._workspace)
        if selected is not None:
            shown.append((selected[1], selected[0]))
        return list(dict.fromkeys(shown))

    def _rivals(self) -> list[tuple[Layer | None, Box]]:
        """What is drawn thin."""
        return [(layer, box) for layer, (box,) in rival_boxes(self._workspace).items()]

    def _header(self, name: str | None) -> FrameHeader | None:
        scene = self._workspace.scene
        if scene is None:
            return None
        return next((header for header in scene.frames if header.name == name), None)


def _overlays(
    header: FrameHeader,
    boxes: Iterable[tuple[Layer | None, Box]],
    rivals: Iterable[tuple[Layer | None, Box]],
) -> list[Overlay]:
    if header.camera is None or header.world_from_camera is None:
        return []
    drawn = [(layer, box, False) for layer, box in boxes]
    drawn += [(layer, box, True) for layer, box in rivals]
    projected = (
        (layer, project_box_edges(box, header.camera, header.world_from_camera), is_rival)
        for layer, box, is_rival in drawn
    )
    return [Overlay(layer, tuple(lines), is_rival) for layer, lines, is_rival in projected if lines]


def _seen_shares(scene: Scene, header: FrameHeader, boxes: Sequence[Box]) -> tuple[float, ...]:
    """For each box the share of the picture that shows it; a broken picture shows nothing."""
    camera, pose = header.camera, header.world_from_camera
    nothing = (0.0,) * len(boxes)
    if camera is None or pose is None:
        return nothing
    if not any(project_box_edges(box, camera, pose) for box in boxes):
        return nothing
    try:
        frame = scene.read_frame(header)
    except WhatWhereError:
        return nothing
    seen = box_visibility(
        frame.depth_m, frame.depth_valid, frame.depth_camera, frame.world_from_camera, boxes
    )
    return tuple(float(share) for share in seen.share)


def _of_first_seen(shares: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """The shares of the first box that any frame sees."""
    num_boxes = min((len(row) for row in shares.values()), default=0)
    seen = [i for i in range(num_boxes) if max(row[i] for row in shares.values()) > _SEEN_SHARE]
    chosen = seen[0] if seen else 0
    return {name: row[chosen] for name, row in shares.items()}


def _tile(name: str, share: float) -> FrameTile:
    if share < _SEEN_SHARE:
        return FrameTile(name, name, f"Frame {name} does not see the box")
    percent = f"{100 * share:.1f} %"
    return FrameTile(
        name, f"{name} · {percent}", f"The box fills {percent} of frame {name}, hidden parts aside"
    )
