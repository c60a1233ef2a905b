"""The marks of an import over the 3D view, in the present look."""

from collections.abc import Sequence

import numpy as np

from whatwhere.geometry.cameras import Intrinsics
from whatwhere.geometry.poses import Matrix4
from whatwhere.scenes.scene import Mesh
from whatwhere_app.render.import_marks import MarkColours, draw_cameras, draw_floor, erase_marks
from whatwhere_app.theme import Theme
from whatwhere_app.views.scene_view import SceneView

Cameras = Sequence[tuple[Intrinsics, Matrix4]]


class ImportMarks:
    """Remembers what is marked, so that another look draws it again."""

    def __init__(self, view: SceneView) -> None:
        self._view = view
        self._mesh: Mesh | None = None
        self._cameras: Cameras = ()
        self._floor_m: float | None = None
        self._is_shown = False
        view.theme_changed.connect(lambda _: self._draw())

    @property
    def floor_m(self) -> float | None:
        """Where the floor is drawn; None while none is."""
        return self._floor_m if self._is_shown else None

    def show(self, mesh: Mesh | None, cameras: Cameras, floor_m: float | None) -> None:
        """Mark the cameras of a scan and its floor."""
        self._view.set_badge("as it would be read", "Nothing is kept before it is accepted.")
        self._mesh, self._cameras, self._floor_m = mesh, cameras, floor_m
        self._is_shown = True
        self._draw()

    def show_floor(self, floor_m: float | None) -> None:
        """Move the floor."""
        self._floor_m = floor_m
        self._draw()

    def erase(self) -> None:
        """Mark nothing any more."""
        self._is_shown = False
        self._mesh, self._cameras = None, ()
        erase_marks(self._view.canvas)
        self._view.canvas.update()

    def _draw(self) -> None:
        if not self._is_shown:
            return
        theme, canvas = self._view.theme, self._view.canvas
        colours = _colours(theme)
        width_px = 1.2 * self._view.devicePixelRatioF()
        erase_marks(canvas)
        draw_cameras(canvas, self._cameras, colours, width_px=width_px)
        points = [pose[:3, 3] for _, pose in self._cameras]
        if self._mesh is not None and len(self._mesh.vertices):
            points += [self._mesh.vertices.min(axis=0), self._mesh.vertices.max(axis=0)]
        if self._floor_m is not None and points:
            around = np.array(points)
            draw_floor(
                canvas,
                around.min(axis=0),
                around.max(axis=0),
                self._floor_m,
                colours,
                width_px=width_px,
            )
        canvas.update()


def _colours(theme: Theme) -> MarkColours:
    return MarkColours(
        cameras=theme.text_1,
        way=theme.strokes["2d"].color,
        floor=theme.accent,
        up=theme.strokes["gt"].color,
    )
