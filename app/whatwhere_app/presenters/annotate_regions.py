"""Outlines on frames: drawn, mended and kept with the case, and lifted to a box that is offered."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from whatwhere.annotations.edits import put_box, put_region, remove_region
from whatwhere.annotations.values import Case, CaseBox, FrameRegion, new_id, now
from whatwhere.errors import RegionError, WhatWhereError
from whatwhere.geometry.boxes import Box
from whatwhere.geometry.outlines import Outline, check_outline, clipped
from whatwhere.geometry.region_lifting import LiftedRegion, lift_region
from whatwhere.scenes.scene import FrameHeader, Scene
from whatwhere_app.annotate_desk import AnnotateDesk
from whatwhere_app.annotate_values import RegionShown, RegionTool
from whatwhere_app.presenters.annotate_acts import AnnotateActs
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly
from whatwhere_app.workspace import Workspace


class RegionsView(Protocol):
    """The frame that is drawn on."""

    def begin(self, tool: RegionTool) -> None:
        """Let the mouse draw."""

    def end(self) -> None:
        """Give up what is being drawn."""

    def show_regions(self, regions: Sequence[RegionShown]) -> None:
        """Replace the outlines of the frame in view."""


class RegionsListView(Protocol):
    """What stands beneath the frame."""

    def show_frames(self, frames: Sequence[tuple[str, str]]) -> None:
        """Frames of the case that are drawn on, and what to call each."""


class LiftedView(Protocol):
    """The 3D view."""

    def show_lifted(self, points: NDArray[np.floating] | None, box: Box | None) -> None:
        """What the selected outline points at."""


class AnnotateRegionsPresenter:
    """Between the outlines of the store and the frame in view.

    Args:
        set_acceptable: whether there is a box to accept, and an outline to delete.
    """

    def __init__(
        self,
        view: RegionsView,
        listing: RegionsListView,
        room: LiftedView,
        desk: AnnotateDesk,
        acts: AnnotateActs,
        workspace: Workspace,
        board: TaskBoard,
        *,
        set_acceptable: Callable[[bool, bool], None],
    ) -> None:
        self._view, self._listing, self._room = view, listing, room
        self._desk, self._acts = desk, acts
        self._workspace, self._board = workspace, board
        self._set_acceptable = set_acceptable
        self._pointing = LatestOnly(board)
        self._is_on, self._num_lifting = False, 0
        self._selected: str | None = None
        self._points: tuple[FrameRegion, NDArray[np.float32]] | None = None
        desk.said_changed.connect(self._show)
        desk.mode_changed.connect(self._show)
        desk.place_changed.connect(self._on_place_changed)
        workspace.scene_changed.connect(self._on_place_changed)
        workspace.frame_changed.connect(self._show)

    @property
    def is_busy(self) -> bool:
        """Whether an outline is still being lifted."""
        return self._num_lifting > 0 or self._pointing.is_running

    def set_on(self, is_on: bool) -> None:
        """The layout is shown, or no more."""
        self._is_on = is_on
        self._on_place_changed()

    def begin(self, tool: RegionTool) -> None:
        """Let the mouse draw on the frame in view."""
        if self._desk.case is None or self._header() is None:
            self._board.notice(
                "Outlines are drawn on a frame of the case in hand, and there is none here. "
                "Choose cases in Diagnose whose scan has frames.",
                level="warning",
            )
            return
        self.choose(None)
        self._view.begin(tool)

    def cancel(self) -> None:
        """Draw nothing after all."""
        self._view.end()

    def choose(self, region_id: str | None) -> None:
        """Select an outline, and show in 3D what it points at."""
        self._selected = region_id
        self._show()

    def on_drawn(self, outline: Outline) -> None:
        """An outline was closed."""
        case = self._desk.case
        if case is not None:
            self._put(case, new_id(), outline, title="draw region")

    def on_changed(self, region_id: str, outline: Outline) -> None:
        """A grip was let go."""
        case = self._desk.case
        if case is not None:
            self._put(case, region_id, outline, title="change region")

    def delete(self) -> None:
        """Take the selected outline away."""
        region = self._chosen()
        if region is None or region.annotator != self._desk.annotator:
            self._board.notice(
                "Click an outline of your own on the frame, then delete it.", level="warning"
            )
            return
        self._acts.do(remove_region(self._desk.said, region.region_id, self._desk.annotator))

    def accept(self) -> None:
        """The box that the outline was lifted to becomes the case's mended box."""
        region = self._chosen() or self._last()
        if region is None or region.lifted is None:
            self._board.notice(
                "There is no box to accept. Draw an outline on a frame first, where depth was "
                "measured.",
                level="warning",
            )
            return
        own = [
            box
            for box in self._desk.said.boxes
            if box.annotator == self._desk.annotator and box.role == "mended"
        ]
        row = region.lifted
        made = CaseBox(
            own[-1].box_id if own else new_id(), region.case_id, self._desk.annotator, "mended",
            row[:3], row[3:], 0.0, "frame", now(),
        )  # fmt: skip
        title = f"box from frame {region.frame}"
        self._acts.do(put_box(self._desk.said, made, title=title))

    def _put(self, case: Case, region_id: str, outline: Outline, *, title: str) -> None:
        scene, header = self._workspace.scene, self._header()
        if scene is None or header is None:
            return
        try:
            check_outline(outline)
            inside = outline
            if header.camera is not None:
                camera = header.camera
                inside = clipped(outline, width=camera.width, height=camera.height)
            if not inside:
                raise RegionError(
                    "the outline lies outside the picture", remedy="Draw it on the picture"
                )
            check_outline(inside)
        except RegionError as error:
            self._board.notice(_sentence(error), level="warning")
            self._show()
            return
        if inside != outline:
            self._board.notice(
                "The outline reached beyond the picture, and was cut off at its edge.",
                level="warning",
            )
        region = FrameRegion(
            region_id, case.case_id, self._desk.annotator, header.name, inside, None, now()
        )
        self._board.spawn(self._lift_and_keep(scene, header, region, title))

    async def _lift_and_keep(
        self, scene: Scene, header: FrameHeader, region: FrameRegion, title: str
    ) -> None:
        """One change with outline and box; an outline that cannot be lifted is kept, too."""
        self._num_lifting += 1
        try:
            lifted = await asyncio.to_thread(_lift, scene, header, region.outline_px)
            region = replace(region, lifted=(*lifted.box.center, *lifted.box.size))
            self._points = region, lifted.points_N3
        except WhatWhereError as error:
            self._board.notice(_sentence(error), level="warning")
        finally:
            self._num_lifting -= 1
        self._selected = region.region_id
        change = put_region(self._desk.said_of(region.case_id), region, title=title)
        self._acts.do(change)
        if change.is_empty:
            self._show()

    def _on_place_changed(self) -> None:
        self._selected = None
        self._view.end()
        self._show()

    def _show(self) -> None:
        """Draw what the store says of the frame in view."""
        regions = self._desk.said.regions if self._is_on and self._is_scene_of_case() else ()
        here = [item for item in regions if item.frame == self._workspace.frame]
        if all(item.region_id != self._selected for item in here):
            self._selected = None
        self._view.show_regions([self._shown(item) for item in here])
        self._listing.show_frames(_frames_of(regions))
        chosen = self._chosen()
        self._show_lifted(chosen)
        offered = chosen or self._last()
        can_accept = offered is not None and offered.lifted is not None
        self._set_acceptable(self._is_on and can_accept, self._is_on and chosen is not None)

    def _show_lifted(self, region: FrameRegion | None) -> None:
        self._pointing.cancel()
        if region is None or region.lifted is None:
            self._room.show_lifted(None, None)
            return
        box = Box.from_row(region.lifted)
        held = self._points
        if held is not None and held[0] == region:
            self._room.show_lifted(held[1], box)
            return
        self._room.show_lifted(None, box)
        scene, header = self._workspace.scene, self._header()
        if scene is not None and header is not None:
            self._pointing.run(self._find_points(scene, header, region), self._take_points)

    async def _find_points(
        self, scene: Scene, header: FrameHeader, region: FrameRegion
    ) -> tuple[FrameRegion, NDArray[np.float32]]:
        lifted = await asyncio.to_thread(_lift, scene, header, region.outline_px)
        return region, lifted.points_N3

    def _take_points(self, found: tuple[FrameRegion, NDArray[np.float32]]) -> None:
        self._points = found
        chosen = self._chosen()
        if chosen == found[0] and chosen.lifted is not None:
            self._room.show_lifted(found[1], Box.from_row(chosen.lifted))

    def _shown(self, region: FrameRegion) -> RegionShown:
        is_own = region.annotator == self._desk.annotator
        whose = "" if is_own else f"{region.annotator}'s outline. "
        behind = "No depth was measured behind it"
        if region.lifted is not None:
            sizes = " by ".join(f"{100 * side:.0f}" for side in region.lifted[3:])
            behind = f"Lifted to a box of {sizes} cm; M accepts it"
        return RegionShown(
            region.region_id,
            region.outline_px,
            is_selected=region.region_id == self._selected,
            is_own=is_own,
            hint=f"{whose}{behind}",
        )

    def _chosen(self) -> FrameRegion | None:
        found = (item for item in self._desk.said.regions if item.region_id == self._selected)
        return next(found, None)

    def _last(self) -> FrameRegion | None:
        """One's own last outline of the case that was lifted."""
        own = [
            item
            for item in self._desk.said.regions
            if item.annotator == self._desk.annotator and item.lifted is not None
        ]
        return own[-1] if own else None

    def _is_scene_of_case(self) -> bool:
        scene, case = self._workspace.scene, self._desk.case
        return scene is not None and case is not None and scene.scene_id == case.scene_id

    def _header(self) -> FrameHeader | None:
        scene, name = self._workspace.scene, self._workspace.frame
        if scene is None or not self._is_scene_of_case():
            return None
        return next((header for header in scene.headers if header.name == name), None)


def _lift(scene: Scene, header: FrameHeader, outline: Outline) -> LiftedRegion:
    if header.camera is None or header.world_from_camera is None:
        raise RegionError(
            f"frame {header.name} cannot be lifted: {header.fault or 'its pose is not known'}",
            remedy="Draw on another frame",
        )
    frame = scene.read_frame(header)
    vertices = None if scene.mesh is None else scene.mesh.vertices
    return lift_region(outline, frame.color_camera, frame.depth, vertices)


def _frames_of(regions: Sequence[FrameRegion]) -> list[tuple[str, str]]:
    counts: dict[str, int] = {}
    for region in regions:
        counts[region.frame] = counts.get(region.frame, 0) + 1
    return [
        (name, f"frame {name}" if count == 1 else f"frame {name} ({count})")
        for name, count in counts.items()
    ]


def _sentence(error: WhatWhereError) -> str:
    text = str(error)
    return text[:1].upper() + text[1:]
