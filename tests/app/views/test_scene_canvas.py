"""What the 3D view hands to Qt."""

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from whatwhere.geometry.boxes import Box
from whatwhere_app.bench.synthetic import synthetic_room
from whatwhere_app.theme import DARK, rgb
from whatwhere_app.view_values import Named
from whatwhere_app.views.scene_view import SceneView

pytestmark = pytest.mark.window


def test_the_picture_is_opaque_everywhere_labels_and_background_too(
    qtbot: QtBot, display: None
) -> None:
    view = SceneView(QWidget(), QWidget())
    qtbot.addWidget(view)
    view.resize(400, 300)
    view.show()
    qtbot.waitExposed(view)
    view.set_theme(DARK)
    box = Box((4.0, 3.0, 1.0), (1.0, 1.0, 1.0))
    view.show_mesh(synthetic_room(3000), ceiling_m=None, extent=Box((4.0, 3.0, 1.0), (8, 6, 3)))
    view.show_boxes({"gt": [box]})
    view.show_labels([Named(box, "gt", None, "office chair 1")])
    image = view.canvas.grabFramebuffer()
    assert image.hasAlphaChannel()
    size = (image.height(), image.width(), 4)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(size).copy()
    view.canvas.shut()
    assert (pixels[..., 3] == 255).all()
    assert len(np.unique(pixels[..., :3].reshape(-1, 3), axis=0)) > 100
    # Top left there is nothing but the background.
    assert tuple(int(channel) for channel in pixels[0, 0, 2::-1]) == rgb(DARK.scene)


def test_the_sizes_on_the_way_to_another_arrangement_are_not_drawn(
    qtbot: QtBot, display: None
) -> None:
    view = SceneView(QWidget(), QWidget())
    qtbot.addWidget(view)
    view.resize(400, 300)
    painted: list[float] = []
    view.painted.connect(painted.append)
    view.show()
    qtbot.waitUntil(lambda: bool(painted))
    view.set_theme(DARK)
    view.show_mesh(synthetic_room(3000), ceiling_m=None, extent=Box((4.0, 3.0, 1.0), (8, 6, 3)))
    QApplication.processEvents()
    painted.clear()
    for width in (300, 350, 450, 380):
        view.resize(width, 260)
        view.layout().activate()  # type: ignore[union-attr]
    assert view.canvas.width() == 380
    assert not painted
    qtbot.waitUntil(lambda: bool(painted))
    image = view.canvas.grabFramebuffer()
    ratio = image.devicePixelRatio()
    view.canvas.shut()
    assert (image.width(), image.height()) == (380 * ratio, 260 * ratio)
