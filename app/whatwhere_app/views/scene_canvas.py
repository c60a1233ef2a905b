"""The OpenGL surface of the 3D view: a pyvista plotter that draws once per change.

Keys are left to the window's actions and the mouse to `CameraControl`; VTK's own interaction,
with its single-key commands, never gets an event.
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRect, Qt, Signal
from PySide6.QtGui import (
    QKeyEvent,
    QMouseEvent,
    QOpenGLContext,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget
from pyvistaqt import QtInteractor

from whatwhere_app.render.camera import Vector
from whatwhere_app.render.labels import spread_labels
from whatwhere_app.render.picking import screen_ray
from whatwhere_app.render.surface_picker import SurfacePicker
from whatwhere_app.views.camera_control import CameraControl

_GL_COLOR_BUFFER_BIT, _GL_DRAW_FRAMEBUFFER, _GL_SCISSOR_TEST = 0x4000, 0x8CA9, 0x0C11
_GL_NEAREST = 0x2600
_GL_VENDOR, _GL_RENDERER, _GL_VERSION = 0x1F00, 0x1F01, 0x1F02
_SOFTWARE = ("llvmpipe", "softpipe", "swiftshader", "software")
_HARDWARE_SAMPLES = 8

Hit = tuple[Vector, int]
"""A point of the scan, and its nearest vertex."""

_Ray = tuple[NDArray[np.float64], NDArray[np.float64]]


class SceneCanvas(QtInteractor):
    """A plotter in a widget.

    Args:
        multi_samples: None takes 8, or 0 where OpenGL runs in software (there 8 samples make a
            frame three to four times as long).
    """

    clicked = Signal(QPointF)
    double_clicked = Signal(QPointF)
    pointed = Signal(object)
    painted = Signal(float)
    brought = Signal(float)

    def __init__(self, parent: QWidget | None = None, *, multi_samples: int | None = None) -> None:
        super().__init__(parent, auto_update=False, multi_samples=multi_samples or 0)
        self._wanted_samples = multi_samples
        self._is_closed = False
        self._is_resizing = False
        self._drawn_s: float | None = None
        self._was_double = False
        self._picker: SurfacePicker | None = None
        self._is_picker_coming = False
        self._waiting: tuple[_Ray, Callable[[Hit | None], None]] | None = None
        self.clip_height_m: float | None = None
        self.renderer.SetBackgroundAlpha(1.0)  # so that no pixel of the picture is see-through
        self.setAcceptDrops(False)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.reset_key_events()
        self.camera_control = CameraControl(self, self.point_under, self)
        self.camera_control.moved.connect(self.update)
        self.frameSwapped.connect(self._on_swapped)

    def point_under(self, position: QPointF) -> Vector | None:
        """The point of the scan under a position in logical pixels."""
        found = self.surface_under(position)
        return None if found is None else found[0]

    @property
    def picker(self) -> SurfacePicker | None:
        """What finds points of the scan; None until it is built."""
        return self._picker

    def surface_under(self, position: QPointF) -> Hit | None:
        """What lies under a position in logical pixels; None also before `set_picker`."""
        return self._hit(screen_ray(self, *self.device_position(position)))

    def find_surface(self, position: QPointF, found: Callable[[Hit | None], None]) -> None:
        """Tell what lies under a position: at once, or as soon as the picker has come."""
        ray = screen_ray(self, *self.device_position(position))
        if self._is_picker_coming:
            self._waiting = ray, found
            self.setCursor(Qt.CursorShape.BusyCursor)
        else:
            found(self._hit(ray))

    def await_picker(self, is_coming: bool) -> None:
        """Another scan: forget the picker of the old one, and who waited for it."""
        self._picker, self._waiting, self._is_picker_coming = None, None, is_coming
        self.unsetCursor()

    @property
    def is_picker_coming(self) -> bool:
        """Whether the picker of the present scan is still being built."""
        return self._is_picker_coming

    def set_picker(self, picker: SurfacePicker | None) -> None:
        """The picker of the present scan; the last click that waited for it is answered.

        With None no point is ever found.
        """
        waiting = self._waiting
        self.await_picker(False)
        self._picker = picker
        if waiting is not None:
            ray, found = waiting
            found(self._hit(ray))

    def _hit(self, ray: _Ray) -> Hit | None:
        found = None
        if self._picker is not None:
            found = self._picker.hit(*ray, below_m=self.clip_height_m)
        if found is None:
            return None
        x, y, z = (float(value) for value in found[0])
        return (x, y, z), found[1]

    def device_position(self, position: QPointF) -> tuple[float, float]:
        """Logical to device pixels, from the top left."""
        ratio = self.devicePixelRatioF()
        return position.x() * ratio, position.y() * ratio

    def shut(self) -> None:
        """Release OpenGL while its context still lives."""
        self._is_closed = True
        self.close()

    def initializeGL(self) -> None:
        """Qt: the context exists; choose the number of samples."""
        super().initializeGL()  # type: ignore[no-untyped-call]
        if self._wanted_samples is None:
            window: Any = self.ren_win
            name = str(QOpenGLContext.currentContext().functions().glGetString(_GL_RENDERER))
            is_software = any(word in name.lower() for word in _SOFTWARE)
            window.SetMultiSamples(0 if is_software else _HARDWARE_SAMPLES)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt: another size; the picture for it is drawn once, with all else that has changed.

        Qt's own draws at once, for each of the sizes that a new arrangement of panels goes through.
        """
        self._is_resizing = True
        super().resizeEvent(event)
        self._is_resizing = False
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt: draw, unless this is one size of several."""
        if not self._is_resizing:
            super().paintEvent(event)

    def paintGL(self) -> None:
        """Qt: draw; tells how long it took."""
        if self._is_closed:
            return
        started_s = time.perf_counter()
        self.renderer.ResetCameraClippingRange()
        spread_labels(self.renderer)
        super().paintGL()  # type: ignore[no-untyped-call]
        self._drawn_s = time.perf_counter()
        self.painted.emit((self._drawn_s - started_s) * 1e3)

    def _on_swapped(self) -> None:
        """Tell what Qt took to bring the picture to the screen."""
        if self._drawn_s is not None:
            self.brought.emit((time.perf_counter() - self._drawn_s) * 1e3)
            self._drawn_s = None

    def _blit(self, target_id: int, rect: QRect) -> None:
        """PyVistaQt: copy VTK's picture into Qt's framebuffer.

        PyVistaQt's own filters linearly, though the sizes are equal, and then clears the alpha of
        every pixel, which is one already: in software that is a fifth of a frame.
        """
        window: Any = self.ren_win
        if self._gl is None or window.GetSize() != (rect.width(), rect.height()):
            super()._blit(target_id, rect)  # type: ignore[no-untyped-call]
            return
        self._gl.glBindFramebuffer(_GL_DRAW_FRAMEBUFFER, target_id)
        self._gl.draw_buffer_attachment0()
        window.GetState().vtkglDisable(_GL_SCISSOR_TEST)
        corners = (rect.x(), rect.y(), rect.width(), rect.height())
        window.BlitDisplayFramebuffer(
            0, 0, 0, *corners[2:], *corners, _GL_COLOR_BUFFER_BIT, _GL_NEAREST
        )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Qt: a drag or a click begins."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.camera_control.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Qt: a drag goes on."""
        if event.buttons():
            self.camera_control.move(event)
        else:
            self.pointed.emit(event.position())

    def leaveEvent(self, event: QEvent) -> None:
        """Qt: the pointer is elsewhere."""
        self.pointed.emit(None)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Qt: a drag ends, or it was a click."""
        is_click = not self.camera_control.is_dragging and not self._was_double
        self._was_double = False
        self.camera_control.release()
        if is_click and event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit(event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Qt: the second press of a double-click."""
        self._was_double = True
        self.camera_control.press(event)
        if event.button() == Qt.MouseButton.LeftButton:
            self.double_clicked.emit(event.position())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Qt: the wheel turned."""
        self.camera_control.wheel(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt: keys are the window's business."""
        event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Qt: keys are the window's business."""
        event.ignore()


def opengl_facts(canvas: SceneCanvas) -> dict[str, str]:
    """What OpenGL says of itself; nothing before the first frame."""
    canvas.makeCurrent()
    context = QOpenGLContext.currentContext()
    if context is None:
        return {}
    functions = context.functions()
    names = {"vendor": _GL_VENDOR, "renderer": _GL_RENDERER, "version": _GL_VERSION}
    facts = {f"opengl {name}": str(functions.glGetString(key)) for name, key in names.items()}
    canvas.doneCurrent()
    return facts
