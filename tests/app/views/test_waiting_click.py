import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from whatwhere.scenes.scene import Mesh
from whatwhere_app.render.mesh import room_extent
from whatwhere_app.render.surface_picker import SurfacePicker
from whatwhere_app.views.scene_view import SceneView

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("display")]


def test_a_click_before_the_picker_is_there_is_answered_when_it_comes(qtbot: QtBot) -> None:
    vertices = np.float32([[-2, -2, 0], [2, -2, 0], [2, 2, 0], [-2, 2, 0]])
    faces = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    mesh = Mesh(vertices, faces, np.full((4, 3), 99, np.uint8))
    view = SceneView(QWidget(), QWidget())
    view.resize(300, 200)
    with qtbot.waitSignal(view.painted):
        view.show()
    clicked: list[int] = []
    view.pointing.vertex_clicked.connect(clicked.append)
    view.show_mesh(mesh, ceiling_m=None, extent=room_extent(mesh))
    middle = QPointF(150, 100)
    for _ in range(2):  # the last click counts
        view.canvas.clicked.emit(middle)
    assert clicked == []
    assert view.canvas.cursor().shape() == Qt.CursorShape.BusyCursor
    view.set_picker(SurfacePicker(mesh))
    assert len(clicked) == 1
    view.canvas.clicked.emit(middle)
    assert clicked[0] == clicked[1]
    assert view.canvas.cursor().shape() != Qt.CursorShape.BusyCursor
    view.show_mesh(mesh, ceiling_m=None, extent=room_extent(mesh))
    view.canvas.clicked.emit(middle)
    view.show_mesh(None, ceiling_m=None)
    assert len(clicked) == 2
    view.show_mesh(mesh, ceiling_m=None, extent=room_extent(mesh))
    view.canvas.clicked.emit(middle)
    with qtbot.waitSignal(view.pointing.nothing_clicked):
        view.set_picker(None)  # it could not be built
    assert view.canvas.cursor().shape() != Qt.CursorShape.BusyCursor
    assert len(clicked) == 2
    view.canvas.shut()
    view.close()
