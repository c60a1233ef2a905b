"""What a frame of the 3D view costs, beside a plain PyVista window that shows the same mesh."""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pyvista as pv
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtOpenGLWidgets import QOpenGLWidget
from PySide6.QtWidgets import QApplication, QWidget
from pyvistaqt import QtInteractor

from whatwhere.bench.figures import Figure, Figures
from whatwhere.errors import SceneError
from whatwhere.geometry.boxes import Box
from whatwhere.scenes.scene import Mesh
from whatwhere_app.__main__ import start_qt
from whatwhere_app.bench import opening
from whatwhere_app.bench.surroundings import bench_home
from whatwhere_app.bench.synthetic import synthetic_room
from whatwhere_app.render.mesh import room_extent
from whatwhere_app.render.picking import screen_ray
from whatwhere_app.render.proxy import stand_ins
from whatwhere_app.render.surface_picker import SurfacePicker
from whatwhere_app.theme import DARK
from whatwhere_app.view_values import Named
from whatwhere_app.views.scene_view import SceneView

_SIZE_PX = (1280, 800)
_NUM_FACES = {"300 k": 300_000, "4 M": 4_000_000}
_MOVES, _STILLS, _PEER_FRAMES, _RETURNS = 20, 5, 3, 3
_NUM_BOXES = 55
_PICKS = 200
_LIMIT_S = 120.0


def run() -> Figures:
    """Frames of ours and of a default PyVista window in turns, then picks, boxes and opening.

    A frame lasts from its wish until Qt has brought it to the screen.

    Raises:
        NotSupportedError: there is no display.
        SceneError: the demo room could not be opened.
    """
    with bench_home():
        app = start_qt()
        figures: Figures = {}
        for name, num_faces in _NUM_FACES.items():
            figures |= measure_frames(app, name, synthetic_room(num_faces))
        return figures | opening.run()


@dataclass(slots=True)
class _Times:
    moving_ms: list[float] = field(default_factory=list)
    still_ms: list[float] = field(default_factory=list)
    boxes_ms: list[float] = field(default_factory=list)
    boxes_moving_ms: list[float] = field(default_factory=list)
    peer_ms: list[float] = field(default_factory=list)
    empty_ms: list[float] = field(default_factory=list)
    return_ms: list[float] = field(default_factory=list)
    pick_ms: list[float] = field(default_factory=list)


class _Peer(QtInteractor):
    """PyVista's own widget with its defaults, which counts its frames."""

    num_frames = 0

    def paintGL(self) -> None:
        """Qt: draw."""
        super().paintGL()  # type: ignore[no-untyped-call]
        self.num_frames += 1


class _Empty(QOpenGLWidget):
    """An OpenGL widget that draws nothing: the least that Qt needs for a frame of this size."""

    num_frames = 0

    def paintGL(self) -> None:
        """Qt: draw."""
        self.num_frames += 1


def measure_frames(app: QApplication, name: str, mesh: Mesh) -> Figures:
    """Frames and picks of one mesh, ours and PyVista's."""
    times = _Times()
    with _our_view(app, mesh) as (view, frame):
        _move(app, view, frame, _MOVES)  # lets the view find out how coarse it must be
        times.moving_ms = _move(app, view, frame, _MOVES)
        # In turns: what boxes add is little beside what frames at rest differ by over time.
        for _ in range(_STILLS):
            for count, still_ms in ((0, times.still_ms), (_NUM_BOXES, times.boxes_ms)):
                _show_boxes(view, count)
                frame(view.canvas.update)  # texts become pictures
                still_ms.append(frame(view.canvas.update))
        times.boxes_moving_ms = _move(app, view, frame, _MOVES)
        times.pick_ms = _pick_ms(view, mesh)
        times.return_ms = [_return_ms(app, view, frame) for _ in range(_RETURNS)]
    times.peer_ms = _peer_ms(app, mesh)
    times.empty_ms = _empty_ms(app)
    return _figures(name, times)


def _figures(name: str, times: _Times) -> Figures:
    moving = Figure.median(times.moving_ms, "ms", at_most=20)
    still = Figure.median(times.still_ms, "ms")
    peer = Figure.median(times.peer_ms, "ms")
    empty = Figure.median(times.empty_ms, "ms")
    added_ms = statistics.median(times.boxes_moving_ms) - moving.value
    pairs = zip(times.boxes_ms, times.still_ms, strict=True)
    added_still_ms = statistics.median(boxes - without for boxes, without in pairs)
    boxes = f"{_NUM_BOXES} boxes with labels"
    return {
        f"frame while moving, {name} triangles": moving,
        f"frame at rest, {name} triangles": still,
        f"frame of a default PyVista window, {name}": peer,
        f"frame of an OpenGL widget that draws nothing, {name}": empty,
        f"moving / drawing nothing, {name}": Figure.ratio(moving, empty),
        f"moving / default PyVista, {name}": Figure.ratio(moving, peer, at_most=0.1),
        f"at rest / default PyVista, {name}": Figure.ratio(still, peer, at_most=1.0),
        f"{boxes} add, moving, {name}": Figure(added_ms, "ms", len(times.moving_ms), at_most=20),
        f"{boxes} add, at rest, {name}": Figure(added_still_ms, "ms", _STILLS, at_most=20),
        f"all triangles back after the wheel, {name}": Figure.median(
            times.return_ms, "ms", at_most=200
        ),
        f"point under the cursor, {name}": Figure.median(times.pick_ms, "ms", at_most=1),
    }


Frame = Callable[[Callable[[], object]], float]


@contextmanager
def _our_view(app: QApplication, mesh: Mesh) -> Iterator[tuple[SceneView, Frame]]:
    view = SceneView(QWidget(), QWidget())
    painted: list[float] = []
    view.painted.connect(painted.append)

    def frame(wish: Callable[[], object]) -> float:
        return _frame_ms(app, wish, lambda: len(painted))

    view.set_theme(DARK)
    view.resize(*_SIZE_PX)
    try:
        frame(view.show)
        extent = room_extent(mesh)
        frame(lambda: view.show_mesh(mesh, ceiling_m=None, extent=extent))
        view.set_proxies(stand_ins(mesh))
        view.set_picker(SurfacePicker(mesh))
        frame(view.canvas.update)
        yield view, frame
    finally:
        view.canvas.shut()
        view.close()
        view.deleteLater()
        app.processEvents()


def _move(app: QApplication, view: SceneView, frame: Frame, count: int) -> list[float]:
    """Frame times of one drag with the left button, as the mouse would make it."""
    canvas = view.canvas
    middle = QPointF(canvas.width() / 2, canvas.height() / 2)

    def send(kind: QEvent.Type, position: QPointF, buttons: Qt.MouseButton) -> None:
        left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        place = canvas.mapToGlobal(position)
        app.sendEvent(canvas, QMouseEvent(kind, position, place, left, buttons, none))

    send(QEvent.Type.MouseButtonPress, middle, Qt.MouseButton.LeftButton)
    times = []
    for step in range(1, count + 1):
        position = middle + QPointF(12.0 * step, 0)
        move = partial(send, QEvent.Type.MouseMove, position, Qt.MouseButton.LeftButton)
        times.append(frame(move))
    send(QEvent.Type.MouseButtonRelease, middle, Qt.MouseButton.NoButton)
    frame(canvas.update)
    return times


def _return_ms(app: QApplication, view: SceneView, frame: Frame) -> float:
    """From the last turn of the wheel to the scan's own triangles, less a frame of them."""
    still_ms = frame(view.canvas.update)
    canvas = view.canvas
    middle = QPointF(canvas.width() / 2, canvas.height() / 2)
    place, none = canvas.mapToGlobal(middle), Qt.MouseButton.NoButton
    keys, phase = Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase
    for notch in (-120, 120, -120, 120):
        turn = QWheelEvent(middle, place, QPoint(), QPoint(0, notch), none, keys, phase, False)
        turned_s = time.perf_counter()
        frame(partial(app.sendEvent, canvas, turn))
    while canvas.camera_control.is_moving:
        app.processEvents()
    waited_ms = (time.perf_counter() - turned_s) * 1e3
    return waited_ms + frame(canvas.update) - still_ms


def _show_boxes(view: SceneView, count: int) -> None:
    rng = np.random.default_rng(0)
    centers = rng.uniform([0.5, 0.5, 0.3], [7.5, 5.5, 1.5], (count, 3))
    boxes = [Box((float(x), float(y), float(z)), (0.6, 0.5, 0.5)) for x, y, z in centers]
    view.show_boxes({"gt": boxes})
    names = [Named(box, "gt", None, f"object {index}") for index, box in enumerate(boxes)]
    view.show_labels(names)


def _pick_ms(view: SceneView, mesh: Mesh) -> list[float]:
    canvas, rng = view.canvas, np.random.default_rng(0)
    assert canvas.picker is not None
    times = []
    for x, y in rng.uniform(0.2, 0.8, (_PICKS, 2)) * _SIZE_PX:
        started_s = time.perf_counter()
        canvas.picker.hit(*screen_ray(canvas, x, y))
        times.append((time.perf_counter() - started_s) * 1e3)
    return times


def _peer_ms(app: QApplication, mesh: Mesh) -> list[float]:
    """The same mesh, size and turn of the camera in PyVista's widget as it comes."""
    peer = _Peer(auto_update=False)
    peer.resize(*_SIZE_PX)
    vertices: Any = mesh.vertices
    faces: Any = mesh.faces
    shown = pv.PolyData.from_regular_faces(vertices, faces)
    shown.point_data["colors"] = mesh.colors

    def turn() -> None:
        peer.camera.Azimuth(3)
        peer.update()

    try:
        _frame_ms(app, peer.show, lambda: peer.num_frames)
        peer.add_mesh(shown, scalars="colors", rgb=True)
        for _ in range(2):
            _frame_ms(app, turn, lambda: peer.num_frames)
        return [_frame_ms(app, turn, lambda: peer.num_frames) for _ in range(_PEER_FRAMES)]
    finally:
        peer.close()
        peer.deleteLater()
        app.processEvents()


def _empty_ms(app: QApplication) -> list[float]:
    """The same size, with nothing in it."""
    widget = _Empty()
    widget.resize(*_SIZE_PX)
    try:
        _frame_ms(app, widget.show, lambda: widget.num_frames)
        return [_frame_ms(app, widget.update, lambda: widget.num_frames) for _ in range(_MOVES)]
    finally:
        widget.close()
        widget.deleteLater()
        app.processEvents()


def _frame_ms(app: QApplication, wish: Callable[[], object], count: Callable[[], int]) -> float:
    """From a wish until a frame has been painted and brought to the screen."""
    app.processEvents()
    before, started_s = count(), time.perf_counter()
    wish()
    while count() == before:
        if time.perf_counter() - started_s > _LIMIT_S:
            raise SceneError("the bench waited in vain", remedy="Look into the window's log")
        app.processEvents()
    return (time.perf_counter() - started_s) * 1e3
