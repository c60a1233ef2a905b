"""The marked point: picked in a frame or in the room, shown in both, and what is known of it."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import WhatWhereError
from whatwhere.geometry.posed_depth import PosedDepth, Sighting, measured_behind, pixel_point, sight
from whatwhere.scenes.scene import FrameHeader, Scene
from whatwhere_app.presenters.frame_boxes import coarse_depth, facing
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly
from whatwhere_app.view_values import PixelMark
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import PointMark

Vector = tuple[float, float, float]
Cast = Callable[
    [NDArray[np.float64], NDArray[np.float64]], Coroutine[None, None, NDArray[np.float64] | None]
]

_FARTHEST_M = 100.0
_BATCH = 8


class MarkedRoom(Protocol):
    """The 3D view."""

    def show_mark(self, point: Vector | None, eye: NDArray[np.floating] | None) -> None:
        """Mark a point, and draw a line to the camera that it was picked from."""


class MarkedPicture(Protocol):
    """The large picture."""

    def show_mark(self, mark: PixelMark | None) -> None:
        """Mark a pixel."""


class NoteLike(Protocol):
    """What stands beneath the large picture."""

    def show_note(self, text: str) -> None:
        """What is known of the marked point."""


class MarkedStrip(Protocol):
    """The row of small pictures."""

    def set_marks(self, marks: Mapping[str, PixelMark]) -> None:
        """Mark a pixel in each of some frames."""


class PointMarkPresenter:
    """Finds the point behind a pixel, and the pixels before a point.

    Args:
        cast: where a segment first meets the scan's mesh; None when it does not, or without mesh.
    """

    def __init__(
        self,
        room: MarkedRoom,
        picture: MarkedPicture,
        note: NoteLike,
        strip: MarkedStrip,
        workspace: Workspace,
        board: TaskBoard,
        *,
        cast: Cast,
    ) -> None:
        self._room = room
        self._picture = picture
        self._note = note
        self._strip = strip
        self._workspace = workspace
        self._cast = cast
        self._picking = LatestOnly(board)
        self._noting = LatestOnly(board)
        self._searching = LatestOnly(board)
        self._count = ""
        self._before_click: PointMark | None = None
        workspace.scene_changed.connect(self._on_scene_changed)
        workspace.mark_changed.connect(self._on_mark_changed)
        workspace.frame_changed.connect(self._on_frame_changed)

    @property
    def is_busy(self) -> bool:
        """Whether a point, or the frames that see it, are still being looked for."""
        return any(task.is_running for task in (self._picking, self._noting, self._searching))

    def on_pixel_clicked(self, x_px: float, y_px: float) -> None:
        """The large picture was clicked."""
        scene, header = self._workspace.scene, self._header()
        if scene is not None and header is not None:
            self._before_click = self._workspace.mark
            self._picking.run(self._pick(scene, header, (x_px, y_px)), self._workspace.set_mark)

    def on_click_withdrawn(self) -> None:
        """That click was the first of two: what was marked before it is marked again."""
        self._picking.cancel()
        self._workspace.set_mark(self._before_click)

    def on_point_clicked(self, point: Vector) -> None:
        """The scan was clicked in the 3D view."""
        self._picking.cancel()
        self._workspace.set_mark(PointMark(point))

    def clear(self) -> None:
        """Mark nothing."""
        self._picking.cancel()
        self._workspace.set_mark(None)
        self._note.show_note("")

    def _on_scene_changed(self) -> None:
        self._picking.cancel()
        self._before_click = None

    async def _pick(
        self, scene: Scene, header: FrameHeader, pixel: tuple[float, float]
    ) -> PointMark | None:
        camera, pose = header.camera, header.world_from_camera
        assert camera is not None
        assert pose is not None
        frame = await asyncio.to_thread(scene.read_frame, header)
        measured_m = measured_behind(pixel, camera, frame.depth)
        far = pixel_point(pixel, _FARTHEST_M, camera, pose)
        hit = await self._cast(pose[:3, 3].astype(float), np.array(far))
        mesh_m = None if hit is None else float((hit - pose[:3, 3]) @ pose[:3, 2])
        text = depth_sentence(measured_m, mesh_m, has_mesh=scene.mesh is not None)
        depth_m = mesh_m if measured_m is None else measured_m
        if depth_m is None:
            self._note.show_note(text)
            return None
        return PointMark(pixel_point(pixel, depth_m, camera, pose), header.name, text)

    def _on_mark_changed(self) -> None:
        scene, mark = self._workspace.scene, self._workspace.mark
        self._searching.cancel()
        self._count = ""
        self._strip.set_marks({})
        if scene is None or mark is None:
            self._noting.cancel()
            self._room.show_mark(None, None)
            self._picture.show_mark(None)
            if scene is None or self._workspace.frame is None:
                self._note.show_note("")
            return
        eye = None
        if mark.frame is not None:
            header = self._header(mark.frame)
            pose = None if header is None else header.world_from_camera
            eye = None if pose is None else pose[:3, 3]
        self._room.show_mark(mark.point, eye)
        self._on_frame_changed()
        self._searching.run(self._search(scene, mark), lambda _: None)

    def _on_frame_changed(self) -> None:
        scene, header, mark = self._workspace.scene, self._header(), self._workspace.mark
        if scene is None or header is None or mark is None:
            self._noting.cancel()
            self._picture.show_mark(None)
            self._note.show_note("")
            return
        self._noting.run(self._tell(scene, header, mark), lambda _: None)

    async def _tell(self, scene: Scene, header: FrameHeader, mark: PointMark) -> None:
        """Mark the large picture, and say what this frame knows of the point."""
        try:
            frame = await asyncio.to_thread(scene.read_frame, header)
        except WhatWhereError:  # the picture itself says so
            self._note.show_note("")
            return
        assert header.camera is not None
        seen = sight(mark.point, header.camera, frame.depth)
        self._picture.show_mark(None if seen is None else _pixel_mark(seen))
        own = mark.note if mark.frame == header.name else sighting_sentence(seen)
        self._note.show_note(" ".join(part for part in (own, self._count) if part))

    async def _search(self, scene: Scene, mark: PointMark) -> None:
        """The frames that have the point in their picture."""
        frames = scene.frames
        may_see = await asyncio.to_thread(facing, frames, np.array([mark.point]))
        headers = [header for header, may in zip(frames, may_see, strict=True) if may]
        marks: dict[str, PixelMark] = {}
        for start in range(0, len(headers), _BATCH):
            found = await asyncio.to_thread(
                _sightings, scene, headers[start : start + _BATCH], mark.point
            )
            marks |= {name: _pixel_mark(seen) for name, seen in found.items()}
            self._strip.set_marks(marks)
        num_seeing = sum(not item.is_hidden for item in marks.values())
        self._count = f"{num_seeing} of {len(frames)} frames see it."
        self._on_frame_changed()

    def _header(self, name: str | None = None) -> FrameHeader | None:
        scene, wanted = self._workspace.scene, name or self._workspace.frame
        if scene is None:
            return None
        return next((header for header in scene.frames if header.name == wanted), None)


def depth_sentence(measured_m: float | None, mesh_m: float | None, *, has_mesh: bool) -> str:
    """What depth image and mesh say of one line of sight; depths along z."""
    if measured_m is not None and mesh_m is not None:
        apart_cm = abs(measured_m - mesh_m) * 100
        return (
            f"{measured_m:.2f} m by the depth image, {mesh_m:.2f} m by the mesh: "
            f"{apart_cm:.1f} cm apart."
        )
    no_mesh = "the mesh has no surface there" if has_mesh else "this scene has no mesh to compare"
    if measured_m is not None:
        return f"{measured_m:.2f} m by the depth image; {no_mesh}."
    if mesh_m is not None:
        return f"{mesh_m:.2f} m by the mesh; the depth image has no measurement there."
    return f"No point there: the depth image has no measurement, and {no_mesh}."


def sighting_sentence(seen: Sighting | None) -> str:
    """Whether and where a frame sees the marked point."""
    if seen is None:
        return "The marked point is outside this picture."
    if seen.measured_m is None:
        return f"The marked point is {seen.depth_m:.2f} m away here, where nothing was measured."
    if seen.is_hidden:
        return (
            f"The marked point is hidden here: it is {seen.depth_m:.2f} m away, "
            f"and the depth image saw something at {seen.measured_m:.2f} m."
        )
    apart_cm = abs(seen.depth_m - seen.measured_m) * 100
    return (
        f"The marked point is {seen.depth_m:.2f} m away here, "
        f"{apart_cm:.1f} cm from what the depth image measured."
    )


def _sightings(scene: Scene, headers: Sequence[FrameHeader], point: Vector) -> dict[str, Sighting]:
    found = {}
    for header in headers:
        if header.camera is None or header.world_from_camera is None:
            continue
        depth: PosedDepth | None = coarse_depth(scene, header)
        seen = None if depth is None else sight(point, header.camera, depth)
        if seen is not None:
            found[header.name] = seen
    return found


def _pixel_mark(seen: Sighting) -> PixelMark:
    return PixelMark(*seen.pixel, seen.is_hidden)
