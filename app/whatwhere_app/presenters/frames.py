"""The frames of the scene: which one is looked at, with which boxes over them."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import WhatWhereError
from whatwhere.geometry.posed_depth import PosedDepth
from whatwhere.scenes.scene import Frame, FrameHeader, Scene
from whatwhere_app.presenters.frame_boxes import Drawn, coarse_overlays, overlays
from whatwhere_app.presenters.frame_order import FrameOrder
from whatwhere_app.presenters.shown import (
    layer_boxes,
    names_of_interest,
    rival_boxes,
    selected_box,
    selected_shape,
)
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly
from whatwhere_app.view_values import FrameTile, Overlay
from whatwhere_app.workspace import Workspace

_NO_FRAMES = "This scene has no usable frames, so 2D has nothing to see."
_THUMBNAIL_PX = 264


class FrameStripLike(Protocol):
    """The row of small pictures."""

    def show_tiles(self, tiles: Sequence[FrameTile]) -> None:
        """Replace the row."""

    def show_message(self, text: str) -> None:
        """An empty row that says why."""

    def set_thumbnail(self, name: str, color: NDArray[np.uint8], *, full_width_px: int) -> None:
        """The picture of one tile."""

    def set_unreadable(self, name: str, reason: str) -> None:
        """There is no picture of one tile."""

    def set_overlays(self, overlays: Mapping[str, Sequence[Overlay]]) -> None:
        """The boxes over all tiles."""

    def set_current(self, name: str | None) -> None:
        """Mark one tile."""


class FrameViewLike(Protocol):
    """The large picture."""

    def show_frame(self, color: NDArray[np.uint8]) -> None:
        """Replace the picture."""

    def show_depth(
        self,
        depth_m: NDArray[np.float32],
        valid: NDArray[np.bool_],
        place_px: tuple[float, float, float, float],
    ) -> None:
        """Its depth image."""

    def show_overlays(self, overlays: Sequence[Overlay]) -> None:
        """Replace its boxes."""

    def show_message(self, text: str) -> None:
        """No picture, and why."""


class CaptionLike(Protocol):
    """What stands beneath the large picture."""

    def show_caption(self, text: str, hint: str) -> None:
        """Name of the frame, and how well it sees what is selected."""


class FramesPresenter:
    """Keeps strip and large picture in step with the workspace."""

    def __init__(
        self,
        strip: FrameStripLike,
        large: FrameViewLike,
        caption: CaptionLike,
        workspace: Workspace,
        board: TaskBoard,
    ) -> None:
        self._strip = strip
        self._large = large
        self._caption = caption
        self._workspace = workspace
        self._reading = LatestOnly(board)
        self._boxing = LatestOnly(board)
        self._tiling = LatestOnly(board)
        self._decoding = LatestOnly(board)
        self._order = FrameOrder(board, changed=self._on_order_changed)
        self._headers: dict[str, FrameHeader] = {}
        self._in_sight: tuple[str, ...] = ()
        self._depth: tuple[str, PosedDepth] | None = None
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
        """Whether pictures, boxes or their order are still on their way."""
        tasks = (self._reading, self._boxing, self._tiling, self._decoding)
        return self._order.is_busy or any(task.is_running for task in tasks)

    def on_frame_chosen(self, name: str) -> None:
        """A tile was chosen."""
        self._workspace.set_frame(name)

    def step(self, by: int) -> None:
        """To the next or previous frame of the row."""
        name = self._order.beside(self._workspace.frame, by)
        if name is not None:
            self._workspace.set_frame(name)

    def on_sight_changed(self, names: tuple[str, ...], lacking: tuple[str, ...]) -> None:
        """Other tiles came into sight; some have no picture yet."""
        scene = self._workspace.scene
        if scene is None:
            return
        self._in_sight = names
        self._tiling.run(self._draw_tiles(scene), lambda _: None)
        if lacking:
            self._decoding.run(self._load_thumbnails(scene, lacking), lambda _: None)

    def _on_scene_changed(self) -> None:
        scene = self._workspace.scene
        for task in (self._reading, self._boxing, self._tiling, self._decoding):
            task.cancel()
        self._depth, self._in_sight = None, ()
        self._headers = {} if scene is None else {item.name: item for item in scene.frames}
        self._order.start(list(self._headers.values()))
        self._caption.show_caption("", "")
        if scene is None or not self._headers:
            text = "" if scene is None else _NO_FRAMES
            self._strip.show_message(text)
            self._large.show_message(text)
            return
        self._strip.show_tiles([])  # frames of every scene are called 0, 1, 2: keep no picture
        self._strip.show_tiles(self._order.tiles())
        self._show_caption()
        self._workspace.set_frame(scene.frames[0].name)

    def _on_frame_changed(self) -> None:
        scene, header = self._workspace.scene, self._header()
        self._strip.set_current(self._workspace.frame)
        self._show_caption()
        if scene is None or header is None:
            return
        self._reading.run(self._show(scene, header), lambda _: None)

    def _on_boxes_changed(self) -> None:
        scene, header = self._workspace.scene, self._header()
        if scene is None or header is None:
            return
        self._boxing.run(self._draw_large(header), lambda _: None)
        self._tiling.run(self._draw_tiles(scene), lambda _: None)
        self._order.sort_for(scene, names_of_interest(self._workspace))

    def _on_order_changed(self) -> None:
        self._strip.show_tiles(self._order.tiles())
        if self._order.best is not None:
            self._workspace.set_frame(self._order.best)
        self._show_caption()

    async def _show(self, scene: Scene, header: FrameHeader) -> None:
        try:
            frame = await asyncio.to_thread(scene.read_frame, header)
        except WhatWhereError as error:
            self._large.show_message(str(error))
            raise
        self._depth = header.name, frame.depth
        self._large.show_frame(frame.color)
        self._large.show_depth(frame.depth_m, frame.depth_valid, _place_of_depth(frame))
        await self._draw_large(header)

    async def _draw_large(self, header: FrameHeader) -> None:
        """Boxes over the large picture; what is hidden is known once its depth is there."""
        depth = self._depth[1] if self._depth and self._depth[0] == header.name else None
        drawn = await asyncio.to_thread(overlays, header, self._boxes(), depth)
        if header.name == self._workspace.frame:
            self._large.show_overlays(drawn)

    async def _draw_tiles(self, scene: Scene) -> None:
        """Boxes over the tiles in sight."""
        headers = [self._headers[name] for name in self._in_sight if name in self._headers]
        self._strip.set_overlays(
            await asyncio.to_thread(coarse_overlays, scene, headers, self._boxes())
        )

    async def _load_thumbnails(self, scene: Scene, names: Sequence[str]) -> None:
        for name in names:
            header = self._headers.get(name)
            if header is None or header.camera is None:
                continue
            try:
                color = await asyncio.to_thread(
                    scene.read_coarse_color, header, width_px=_THUMBNAIL_PX
                )
            except WhatWhereError as error:
                self._strip.set_unreadable(name, str(error))
            else:
                self._strip.set_thumbnail(name, color, full_width_px=header.camera.width)

    def _show_caption(self) -> None:
        if self._workspace.frame is not None:
            self._caption.show_caption(*self._order.caption_of(self._workspace.frame))

    def _boxes(self) -> list[Drawn]:
        """What is drawn over the pictures; the selection on top, the other model's last."""
        boxes = layer_boxes(self._workspace)
        shown: list[Drawn] = [
            (layer, box, False) for layer, drawn in boxes.items() for box in drawn
        ]
        selected, shape = selected_box(self._workspace), selected_shape(self._workspace)
        if selected is not None and shape is not None:
            shown.append((selected[1], shape, False))
        shown += [(layer, box, True) for layer, (box,) in rival_boxes(self._workspace).items()]
        return list(dict.fromkeys(shown))

    def _header(self) -> FrameHeader | None:
        return self._headers.get(self._workspace.frame or "")


def _place_of_depth(frame: Frame) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the depth image in pixels of the colour image."""
    color, depth = frame.color_camera, frame.depth_camera
    height, width = frame.depth_m.shape
    left, right = ((x - depth.cx) / depth.fx * color.fx + color.cx for x in (-0.5, width - 0.5))
    top, bottom = ((y - depth.cy) / depth.fy * color.fy + color.cy for y in (-0.5, height - 0.5))
    return left, top, right, bottom
