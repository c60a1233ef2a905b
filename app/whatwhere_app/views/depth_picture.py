"""A depth image as colours with a scale in metres: dark blue is near, yellow is far.

The colours are cividis, even in brightness and the same to eyes with the common deficiencies.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter

from whatwhere_app.theme import Theme, rgb
from whatwhere_app.views.pictures import image_from

_CIVIDIS = (
    "#00224e", "#1a386f", "#434e6c", "#61656f", "#7d7c78", "#9b9476", "#bcae6c", "#dec958",
    "#fee838",
)  # fmt: skip
_TABLE = np.stack(
    [
        np.interp(np.linspace(0, 1, 256), np.linspace(0, 1, len(_CIVIDIS)), channel)
        for channel in np.array([rgb(color) for color in _CIVIDIS]).T
    ],
    axis=-1,
).astype(np.uint8)
_BAR_PX = QRectF(0, 0, 10, 96)
_MARGIN_PX = 8.0


@dataclass(frozen=True, slots=True)
class DepthPicture:
    """What is painted in place of the photo.

    Attributes:
        image: black where nothing was measured.
        near_m: depth of the darkest colour.
        far_m: depth of the lightest colour.
        place: in pixels of the photo: left, top, width, height, pixel centres at integers.
    """

    image: QImage
    near_m: float
    far_m: float
    place: QRectF


def depth_picture(
    depth_m: NDArray[np.float32], valid: NDArray[np.bool_], place: QRectF
) -> DepthPicture:
    """Colours between the second and the 98th hundredth of what was measured.

    Args:
        depth_m: (h, w) metres.
        valid: (h, w), where it was measured.
        place: of this image in the photo.
    """
    measured = depth_m[valid]
    near_m, far_m = (0.0, 1.0)
    if len(measured):
        near_m, far_m = (float(value) for value in np.percentile(measured[::7], [2, 98]))
    far_m = max(far_m, near_m + 0.01)
    level = ((depth_m - near_m) * (255 / (far_m - near_m))).clip(0, 255).astype(np.uint8)
    colors = _TABLE[level]
    colors[~valid] = 0
    return DepthPicture(image_from(colors), near_m, far_m, place)


def paint_depth_scale(painter: QPainter, area: QRectF, picture: DepthPicture, theme: Theme) -> None:
    """The colours with their metres, at the bottom right of an area."""
    plate = QRectF(0, 0, 78, _BAR_PX.height() + 38)
    plate.moveBottomRight(area.bottomRight() - QPointF(_MARGIN_PX, _MARGIN_PX))
    color = QColor(theme.surface_1)
    color.setAlphaF(0.88)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawRoundedRect(plate, 4, 4)
    bar = _BAR_PX.translated(plate.topLeft() + QPointF(_MARGIN_PX, _MARGIN_PX))
    gradient = QLinearGradient(bar.bottomLeft(), bar.topLeft())
    for step, stop in enumerate(_CIVIDIS):
        gradient.setColorAt(step / (len(_CIVIDIS) - 1), QColor(stop))
    painter.fillRect(bar, gradient)
    font = painter.font()
    font.setPixelSize(12)
    painter.setFont(font)
    painter.setPen(QColor(theme.text_1))
    for share in (0.0, 0.5, 1.0):
        depth_m = picture.near_m + share * (picture.far_m - picture.near_m)
        line = QRectF(bar.right() + 6, bar.bottom() - share * bar.height() - 8, 56, 16)
        painter.drawText(line, int(Qt.AlignmentFlag.AlignVCenter), f"{depth_m:.2f} m")
    painter.setPen(QColor(theme.text_2))
    below = QRectF(plate.left() + _MARGIN_PX, bar.bottom() + 8, plate.width() - _MARGIN_PX, 16)
    painter.drawText(below, int(Qt.AlignmentFlag.AlignVCenter), "black: none")
