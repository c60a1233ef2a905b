"""The photo of a frame faded over the 3D view, while one looks through that frame's camera."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSlider, QWidget

from whatwhere.geometry.cameras import Intrinsics
from whatwhere_app.theme import GAP_PX
from whatwhere_app.views.corners import Corners, Place
from whatwhere_app.views.pictures import image_from

_SLIDER_PX = 120


class PhotoOverlay(QWidget):
    """A photo in the place where the 3D view shows the same, as opaque as the fader says.

    Args:
        beneath: the 3D view, which this covers.
    """

    def __init__(self, beneath: QWidget) -> None:
        super().__init__(beneath)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._beneath = beneath
        self._photo: QImage | None = None
        self._camera: Intrinsics | None = None
        self.fader = QFrame(beneath)
        self.fader.setObjectName("chips")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, 100)
        self.slider.setFixedWidth(_SLIDER_PX)
        self.slider.setAccessibleName("Photo over the 3D view")
        self.slider.setToolTip("How much of the frame's photo is laid over the 3D view")
        self.slider.valueChanged.connect(self._on_slid)
        row = QHBoxLayout(self.fader)
        row.setContentsMargins(2 * GAP_PX, GAP_PX, 2 * GAP_PX, GAP_PX)
        for widget in (QLabel("3D"), self.slider, QLabel("Photo")):
            row.addWidget(widget)
        Corners.over(beneath).add(self.fader, Place.TOP_LEFT)
        beneath.installEventFilter(self)
        self.hide_photo()

    def show_photo(self, color: NDArray[np.uint8], camera: Intrinsics) -> None:
        """Lay this photo, (H, W, 3) uint8 RGB, over a view through this camera."""
        self._photo, self._camera = image_from(color), camera
        self._cover()
        self.setVisible(self.slider.value() > 0)
        self.fader.show()
        self.update()

    def hide_photo(self) -> None:
        """One looks from somewhere else now."""
        self._photo = self._camera = None
        self.hide()
        self.fader.hide()

    def toggle(self) -> None:
        """Half of the photo, or none."""
        self.slider.setValue(0 if self.slider.value() else 50)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt: draw."""
        if self._photo is None or self._camera is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setOpacity(self.slider.value() / 100)
        painter.drawImage(photo_place(self._camera, self.width(), self.height()), self._photo)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt: stay as large as the 3D view."""
        if event.type() == QEvent.Type.Resize:
            self._cover()
        return super().eventFilter(watched, event)

    def _cover(self) -> None:
        self.setGeometry(self._beneath.rect())

    def _on_slid(self, value: int) -> None:
        self.setVisible(value > 0 and self._photo is not None)
        self.update()


def photo_place(camera: Intrinsics, width_px: float, height_px: float) -> QRectF:
    """Where a view of this size through a frame's camera shows what the frame shows.

    The view spans the frame's height and looks through the middle of its own picture, which need
    not be the middle of the frame's.
    """
    focal_px = height_px * camera.fy / camera.height
    across, down = focal_px / camera.fx, focal_px / camera.fy
    return QRectF(
        width_px / 2 - (camera.cx + 0.5) * across,
        height_px / 2 - (camera.cy + 0.5) * down,
        camera.width * across,
        camera.height * down,
    )
