"""What the selected outline points at, in the 3D view."""

import numpy as np
from numpy.typing import NDArray

from whatwhere.geometry.boxes import Box
from whatwhere_app.render.lifted import draw_lifted
from whatwhere_app.views.scene_view import SceneView


class LiftedOverlay:
    """Draws into the 3D view."""

    def __init__(self, view: SceneView) -> None:
        self._view = view

    def show_lifted(self, points: NDArray[np.floating] | None, box: Box | None) -> None:
        """Points (N, 3) and the box that is offered, aligned metres; None erases either."""
        canvas = self._view.canvas
        draw_lifted(canvas, points, box, pixel_ratio=canvas.devicePixelRatioF())
        canvas.update()
