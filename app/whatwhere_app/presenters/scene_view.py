"""What the 3D view shows of the workspace, and what a click in it means."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import SceneError
from whatwhere.geometry.boxes import Box
from whatwhere.geometry.cameras import Intrinsics
from whatwhere.geometry.poses import Matrix4
from whatwhere.scenes.scene import Mesh, Scene
from whatwhere_app.presenters.labels import labels
from whatwhere_app.presenters.looking import Eye, frame_in_hand
from whatwhere_app.presenters.scene_badge import scene_badge
from whatwhere_app.presenters.shown import (
    layer_boxes,
    rival_boxes,
    selected_box,
    target_of,
    wipe_of,
)
from whatwhere_app.presenters.shown_mesh import MeshTools, ShownMesh, shown_mesh
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly
from whatwhere_app.theme import Layer
from whatwhere_app.view_values import Named, Wipe
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import ObjectRef


class SceneViewLike(Protocol):
    """The 3D view."""

    def show_mesh(
        self,
        mesh: Mesh | None,
        *,
        ceiling_m: float | None,
        extent: Box | None = None,
        keep_camera: bool = False,
    ) -> None:
        """Replace the scan."""

    def show_message(self, text: str) -> None:
        """A sentence in place of a scan."""

    def set_proxies(self, proxies: Sequence[Any]) -> None:
        """Light stand-ins, ever coarser."""

    def set_picker(self, picker: Any) -> None:
        """What finds points of the scan; None when nothing does."""

    def show_boxes(self, boxes: Mapping[Layer, Sequence[Box]]) -> None:
        """Replace the boxes."""

    def show_rivals(self, boxes: Mapping[Layer, Sequence[Box]]) -> None:
        """Replace the boxes of the other model."""

    def show_labels(self, labels: Sequence[Named]) -> None:
        """Replace the labels."""

    def show_wipe(self, wipe: Wipe | None) -> None:
        """Draw two models on the two sides of a divider, or both everywhere."""

    def show_selected(self, box: Box | None, layer: Layer | None) -> None:
        """Outline one box."""

    def highlight(self, vertex_indices: NDArray[np.int32] | None) -> None:
        """Tint one object."""

    def show_frustum(self, camera: Intrinsics | None, world_from_camera: Matrix4 | None) -> None:
        """The camera in hand."""

    def set_badge(self, text: str, hint: str) -> None:
        """The note in the corner."""

    def show_welcome(self) -> None:
        """Offer the ways in: nothing is open."""

    def call_when_drawn(self, call: Callable[[], None]) -> None:
        """Call once, when the next frame is on the screen."""

    def clip_above(self, height_m: float | None) -> None:
        """Hide what lies higher."""


class ScenePresenter:
    """Keeps the 3D view in step with the workspace.

    Args:
        tools: what is worked out of a mesh.
    """

    def __init__(
        self,
        view: SceneViewLike,
        eye: Eye,
        workspace: Workspace,
        board: TaskBoard,
        *,
        tools: MeshTools,
    ) -> None:
        self._view, self._eye = view, eye
        self._workspace = workspace
        self._tools = tools
        self._board = board
        self._latest = LatestOnly(board)
        self._shown: ShownMesh | None = None
        self._ahead: ShownMesh | None = None
        self._pose_before: Any = None
        self._is_ceiling_clipped = True
        workspace.scene_changed.connect(self._on_scene_changed)
        workspace.expression_changed.connect(self._on_expression_changed)
        workspace.answers_changed.connect(self._draw)
        workspace.mix_changed.connect(self._draw)
        workspace.visible_changed.connect(self._draw)
        workspace.wipe_changed.connect(self._draw)
        workspace.labelling_changed.connect(self._draw)
        workspace.selection_changed.connect(self._on_selection_changed)
        workspace.drawn_changed.connect(self._on_selection_changed)
        workspace.frame_changed.connect(self._on_frame_changed)

    @property
    def is_shown(self) -> bool:
        """Whether the scan that is wanted is in the view; all else of the scene may follow."""
        return self._shown is not None or self._ahead is not None

    @property
    def is_busy(self) -> bool:
        """Whether the scan is still being prepared."""
        return self._latest.is_running

    def prepare(self, scan: Mesh) -> ShownMesh:
        """What to draw of a scan; for a thread."""
        return shown_mesh(scan, self._tools)

    def show_ahead(self, ahead: ShownMesh, drawn: Callable[[], None]) -> None:
        """Draw the scan of a scene that is still being read, alone.

        Nothing of the open scene is drawn until `workspace.set_scene` brings the new one or
        `end_ahead` gives it up.

        Args:
            ahead: as `prepare` made it.
            drawn: called when it is on the screen.
        """
        self._latest.cancel()
        if self._ahead is None:
            self._pose_before = self._eye.pose
        self._ahead = ahead
        self._view.show_wipe(None)
        self._view.show_boxes({})
        self._view.show_rivals({})
        self._view.show_labels(())
        self._view.show_selected(None, None)
        self._view.show_frustum(None, None)
        self._view.set_badge("", "")
        self._show_mesh(ahead)
        self._view.call_when_drawn(drawn)

    def end_ahead(self) -> None:
        """The scene that was drawn ahead does not come: back to the open one."""
        if self._ahead is None:
            return
        self._ahead = None
        scene, shown = self._workspace.scene, self._shown
        if scene is None or shown is None:
            self._on_scene_changed()
            return
        self._show_mesh(shown, keep_camera=True)
        self._eye.return_to(self._pose_before)
        self._latest.run(self._complete(scene, shown), lambda _: None)

    def set_ceiling_clipped(self, is_clipped: bool) -> None:
        """Show or hide what would be in the way from above."""
        self._is_ceiling_clipped = is_clipped
        self._view.clip_above(self._cut_m)

    def show_whole(self) -> None:
        """Draw every triangle of a scan of which only a preview is shown."""
        scene = self._workspace.scene
        if scene is not None and scene.mesh is not None and self._shown is not None:
            if self._shown.is_preview:
                self._latest.run(self._show(scene, scene.mesh, is_whole=True), lambda _: None)
            else:
                self._board.notice("Every triangle is drawn already.", level="warning")

    @property
    def _cut_m(self) -> float | None:
        shown = self._ahead or self._shown
        return shown.ceiling_m if shown and self._is_ceiling_clipped else None

    def _on_scene_changed(self) -> None:
        scene, ahead = self._workspace.scene, self._ahead
        self._latest.cancel()
        self._shown = self._ahead = None
        if scene is None or scene.mesh is None:
            self._show_without_mesh(scene)
        elif ahead is not None and ahead.scan is scene.mesh:
            self._latest.run(self._complete(scene, ahead), lambda _: None)
        else:
            self._latest.run(self._show(scene, scene.mesh), lambda _: None)

    def _show_without_mesh(self, scene: Scene | None) -> None:
        boxes = [] if scene is None else [item.box for item in scene.objects if item.box]
        corners = np.array([corner for box in boxes for corner in box.corners()])
        extent = Box.from_points(corners) if boxes else None
        self._view.show_mesh(None, ceiling_m=None, extent=extent)
        self._view.show_message("" if scene is None else "This scene has no mesh to show.")
        self._view.set_badge(*(("", "") if scene is None else scene_badge(scene)))
        if scene is None:
            self._view.show_welcome()
        self._draw()

    async def _show(self, scene: Scene, mesh: Mesh, *, is_whole: bool = False) -> None:
        cancel = self._latest.cancel if is_whole else None
        with self._board.job(f"Preparing {scene.scene_id}", cancel=cancel):
            shown = await asyncio.to_thread(shown_mesh, mesh, self._tools, is_whole=is_whole)
        self._shown = shown
        self._show_mesh(shown, keep_camera=is_whole)
        await self._complete(scene, shown)

    def _show_mesh(self, shown: ShownMesh, *, keep_camera: bool = False) -> None:
        self._view.show_mesh(
            shown.mesh, ceiling_m=self._cut_m, extent=shown.extent, keep_camera=keep_camera
        )
        self._view.show_message("")

    async def _complete(self, scene: Scene, shown: ShownMesh) -> None:
        """What belongs to a scan that is drawn already, then what helps to move through it."""
        tools, self._shown = self._tools, shown
        self._view.set_badge(*scene_badge(scene, shown.note))
        self._draw()
        self._on_selection_changed()
        self._on_frame_changed()
        self._shown = await asyncio.to_thread(shown.with_objects, scene.objects)
        try:
            self._view.set_proxies(await asyncio.to_thread(tools.stand_ins, shown.mesh))
            self._view.set_picker(await asyncio.to_thread(tools.picker, shown.mesh))
        except Exception as error:
            self._view.set_picker(None)  # else clicks would wait for it
            reason = str(error) or type(error).__name__
            raise SceneError(
                f"points of this scan cannot be found by clicks ({reason})",
                remedy="Click boxes, rows and frames instead, or open the scan again",
                path=scene.path,
            ) from error

    def _on_expression_changed(self) -> None:
        if self._ahead is not None:
            return
        self._draw()
        target = target_of(self._workspace)
        if target is not None and target.box is not None:
            self._eye.look_at(target.box)

    def _draw(self) -> None:
        if self._ahead is not None:
            return
        self._view.show_wipe(wipe_of(self._workspace))
        self._view.show_boxes(layer_boxes(self._workspace))
        self._view.show_rivals(rival_boxes(self._workspace))
        self._view.show_labels(labels(self._workspace))

    def _on_selection_changed(self) -> None:
        if self._ahead is not None:
            return
        selected = selected_box(self._workspace)
        box, layer = (None, None) if selected is None else selected[:2]
        self._view.show_selected(box, layer)
        self._view.show_labels(labels(self._workspace))
        selection, scene = self._workspace.selection, self._workspace.scene
        item = None
        if isinstance(selection, ObjectRef) and scene is not None:
            item = scene.object_by_id(selection.object_id)
        if self._shown is not None:
            self._view.highlight(self._shown.drawn(None if item is None else item.vertex_indices))

    def _on_frame_changed(self) -> None:
        if self._ahead is not None:
            return
        header = frame_in_hand(self._workspace)
        if header is None:
            self._view.show_frustum(None, None)
        else:
            self._view.show_frustum(header.camera, header.world_from_camera)

    def object_at(self, vertex: int) -> int | None:
        """The annotated object with a box that a vertex of the scan belongs to, or None."""
        if self._ahead is not None or self._shown is None:
            return None
        return self._shown.object_at(vertex)
