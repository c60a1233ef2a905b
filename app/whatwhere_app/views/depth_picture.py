"""A depth image as colours with a scale in metres: dark blue is near, yellow is far.

The colours are cividis, even in brightness and the same to eyes with the common deficiencies.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
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
_BAR_PX, _PLATE_PX, _WIDEST_PX, _MARGIN_PX = 8.0, 34.0, 220.0, 8.0


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
    """The colours with their metres, at the bottom left of an area."""
    plate = QRectF(0, 0, min(area.width() - 2 * _MARGIN_PX, _WIDEST_PX), _PLATE_PX)
    plate.moveBottomLeft(area.bottomLeft() + QPointF(_MARGIN_PX, -_MARGIN_PX))
    color = QColor(theme.surface_1)
    color.setAlphaF(0.88)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawRoundedRect(plate, 4, 4)
    inner = plate.adjusted(_MARGIN_PX, _MARGIN_PX / 2, -_MARGIN_PX, -_MARGIN_PX / 2)
    bar = QRectF(inner.topLeft(), QSizeF(inner.width(), _BAR_PX))
    gradient = QLinearGradient(bar.topLeft(), bar.topRight())
    for step, stop in enumerate(_CIVIDIS):
        gradient.setColorAt(step / (len(_CIVIDIS) - 1), QColor(stop))
    painter.fillRect(bar, gradient)
    font = painter.font()
    font.setPixelSize(12)
    painter.setFont(font)
    painter.setPen(QColor(theme.text_1))
    below = QRectF(QPointF(bar.left(), bar.bottom()), inner.bottomRight())
    for share, side in (
        (0.0, Qt.AlignmentFlag.AlignLeft),
        (0.5, Qt.AlignmentFlag.AlignHCenter),
        (1.0, Qt.AlignmentFlag.AlignRight),
    ):
        depth_m = picture.near_m + share * (picture.far_m - picture.near_m)
        flags = side | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(below, int(flags), f"{depth_m:.2f} m")
