"""The frames of the scene: which one is looked at, in which order, with which boxes over them."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import WhatWhereError
from whatwhere.geometry.boxes import Box
from whatwhere.geometry.posed_depth import PosedDepth
from whatwhere.scenes.scene import Frame, FrameHeader, Scene
from whatwhere_app.presenters.frame_boxes import (
    SEEN_SHARE,
    Drawn,
    best_first,
    coarse_overlays,
    facing,
    of_first_seen,
    overlays,
    seen_shares,
    tile,
)
from whatwhere_app.presenters.shown import layer_boxes, names_of_interest, rival_boxes, selected_box
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly
from whatwhere_app.view_values import FrameTile, Overlay
from whatwhere_app.workspace import Workspace

_NO_FRAMES = "This scene has no usable frames, so 2D has nothing to see."
_THUMBNAIL_PX = 264
# Enough that a thread is worth its start, few enough that a cancelled search ends soon.
_BATCH = 8
_LONG_SEARCH = 60


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
        self._board = board
        self._reading = LatestOnly(board)
        self._boxing = LatestOnly(board)
        self._tiling = LatestOnly(board)
        self._sorting = LatestOnly(board)
        self._decoding = LatestOnly(board)
        self._headers: dict[str, FrameHeader] = {}
        self._order: list[str] = []
        self._shares: Mapping[str, float] = {}
        self._sought = ""
        self._in_sight: tuple[str, ...] = ()
        self._depth: tuple[str, PosedDepth] | None = None
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
        """Whether pictures, boxes or their order are still on their way."""
        tasks = (self._reading, self._boxing, self._tiling, self._sorting, self._decoding)
        return any(task.is_running for task in tasks)

    def on_frame_chosen(self, name: str) -> None:
        """A tile was chosen."""
        self._workspace.set_frame(name)

    def step(self, by: int) -> None:
        """To the next or previous frame of the row."""
        if not self._order:
            return
        name = self._workspace.frame
        place = self._order.index(name) + by if name in self._order else 0
        self._workspace.set_frame(self._order[max(0, min(len(self._order) - 1, place))])

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
        for task in (self._reading, self._boxing, self._tiling, self._sorting, self._decoding):
            task.cancel()
        self._sorted_for, self._shares, self._depth, self._in_sight = (), {}, None, ()
        self._headers = {} if scene is None else {item.name: item for item in scene.frames}
        self._order = list(self._headers)
        self._caption.show_caption("", "")
        if scene is None or not self._order:
            text = "" if scene is None else _NO_FRAMES
            self._strip.show_message(text)
            self._large.show_message(text)
            return
        self._strip.show_tiles([])  # frames of every scene are called 0, 1, 2: keep no picture
        self._show_capture_order()
        self._workspace.set_frame(self._order[0])

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
        wanted = names_of_interest(self._workspace)
        if tuple(wanted) == self._sorted_for:
            self._sorting.cancel()
        else:
            self._sorting.run(self._sort(scene, wanted), lambda _: None)

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

    async def _sort(self, scene: Scene, names: Mapping[Box, str]) -> None:
        """The tiles that see the box of interest best first; without one, as captured."""
        wanted = tuple(names)
        if not wanted:
            self._sorted_for, self._shares = (), {}
            self._show_capture_order()
            return
        headers = list(self._headers.values())
        corners = [box.corners() for box in wanted]
        may_see = [await asyncio.to_thread(facing, headers, points) for points in corners]
        shares = {header.name: (0.0,) * len(wanted) for header in headers}
        facing_any = [header for header, *row in zip(headers, *may_see, strict=True) if any(row)]
        if len(facing_any) > _LONG_SEARCH:
            with self._board.job(
                "Looking for the box in the frames", cancel=self._sorting.cancel
            ) as progress:
                await self._measure(scene, facing_any, wanted, shares, progress)
        else:
            await self._measure(scene, facing_any, wanted, shares, lambda *_: None)
        self._sorted_for = wanted
        chosen, self._shares = of_first_seen(shares)
        self._sought = names[wanted[chosen]]
        self._order = best_first(self._shares)
        tiles = [tile(name, self._shares[name], self._sought) for name in self._order]
        self._strip.show_tiles(tiles)
        if self._order and self._shares[self._order[0]] >= SEEN_SHARE:
            self._workspace.set_frame(self._order[0])
        self._show_caption()

    async def _measure(
        self,
        scene: Scene,
        headers: Sequence[FrameHeader],
        wanted: tuple[Box, ...],
        shares: dict[str, tuple[float, ...]],
        progress: Callable[[int, int, str], None],
    ) -> None:
        done = 0
        for start in range(0, len(headers), _BATCH):
            batch = headers[start : start + _BATCH]
            found = await asyncio.to_thread(_shares_of, scene, batch, wanted)
            shares.update(zip((header.name for header in batch), found, strict=True))
            done += len(batch)
            progress(done, len(headers), f"frame {done} of {len(headers)}")

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

    def _show_capture_order(self) -> None:
        self._order = list(self._headers)
        self._strip.show_tiles([FrameTile(name, name) for name in self._order])
        self._show_caption()

    def _show_caption(self) -> None:
        name = self._workspace.frame
        if name is None:
            return
        if name in self._shares:
            shown = tile(name, self._shares[name], self._sought)
            not_seen = f" · {self._sought} not seen" if shown.is_faint else ""
            self._caption.show_caption(f"{shown.caption}{not_seen}", shown.hint)
        else:
            self._caption.show_caption(name, f"Frame {name}")

    def _boxes(self) -> list[Drawn]:
        """What is drawn over the pictures; the selection on top, the other model's last."""
        boxes = layer_boxes(self._workspace)
        shown: list[Drawn] = [
            (layer, box, False) for layer, drawn in boxes.items() for box in drawn
        ]
        selected = selected_box(self._workspace)
        if selected is not None:
            shown.append((selected[1], selected[0], False))
        shown += [(layer, box, True) for layer, (box,) in rival_boxes(self._workspace).items()]
        return list(dict.fromkeys(shown))

    def _header(self) -> FrameHeader | None:
        return self._headers.get(self._workspace.frame or "")


def _shares_of(
    scene: Scene, headers: Sequence[FrameHeader], boxes: Sequence[Box]
) -> list[tuple[float, ...]]:
    return [seen_shares(scene, header, boxes) for header in headers]


def _place_of_depth(frame: Frame) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the depth image in pixels of the colour image."""
    color, depth = frame.color_camera, frame.depth_camera
    height, width = frame.depth_m.shape
    left, right = ((x - depth.cx) / depth.fx * color.fx + color.cx for x in (-0.5, width - 0.5))
    top, bottom = ((y - depth.cy) / depth.fy * color.fy + color.cy for y in (-0.5, height - 0.5))
    return left, top, right, bottom
