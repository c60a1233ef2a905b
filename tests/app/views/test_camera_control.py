"""What the camera's moves tell, and when they are over."""

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from whatwhere_app.views import camera_control
from whatwhere_app.views.camera_control import CameraControl


def test_another_scene_ends_a_turn_of_the_wheel(qtbot: QtBot, monkeypatch) -> None:
    monkeypatch.setattr(camera_control, "apply_pose", lambda plotter, pose: None)
    widget = QWidget()
    qtbot.addWidget(widget)
    control = CameraControl(widget, lambda _: None, widget)
    heard: list[bool] = []
    control.moving_changed.connect(heard.append)
    none = Qt.KeyboardModifier.NoModifier
    wheel = QWheelEvent(
        QPointF(5, 5),
        QPointF(5, 5),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        none,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    control.wheel(wheel)
    assert control.is_moving
    control.forget()
    assert not control.is_moving
    assert heard == [True, False]
