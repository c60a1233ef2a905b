"""Boxes drawn over pictures, in the pixels of the picture."""

from collections.abc import Sequence

from PySide6.QtCore import QLineF
from PySide6.QtGui import QPainter

from whatwhere_app.theme import Theme
from whatwhere_app.view_values import Overlay
from whatwhere_app.views.strokes import stroke_pen

_RIVAL_TIMES = 0.5


def paint_overlays(
    painter: QPainter,
    overlays: Sequence[Overlay],
    theme: Theme,
    *,
    scale: float,
    thinner: float = 1.0,
) -> None:
    """Draw boxes over a picture that is shown `scale` times its own size."""
    for overlay in overlays:
        stroke = theme.stroke_of(overlay.layer)
        width_px = stroke.width_px * thinner * (_RIVAL_TIMES if overlay.is_rival else 1.0)
        painter.setPen(stroke_pen(stroke, width_px=width_px))
        painter.drawLines(
            [
                QLineF(
                    (x0 + 0.5) * scale, (y0 + 0.5) * scale, (x1 + 0.5) * scale, (y1 + 0.5) * scale
                )
                for (x0, y0), (x1, y1) in overlay.segments
            ]
        )
