"""The panel of answers shows what it has room for, and comes to rest at every height."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from whatwhere_app.view_values import CandidateRow, ModalityRows
from whatwhere_app.views.answer_panel import AnswerPanel

_ENOUGH = 20


def sections(top: int) -> list[ModalityRows]:
    rows = tuple(CandidateRow(rank, f"chair {rank}", 0.3, -1.2, None) for rank in range(top))
    return [
        ModalityRows(layer, rows, model=model, is_rival=model == "B")
        for layer in ("fused", "2d", "3d")
        for model in ("A", "B")
    ]


@pytest.mark.usefixtures("display")
def test_showing_more_makes_no_room_for_showing_more(qtbot: QtBot, qapp: QApplication) -> None:
    panel = AnswerPanel()
    qtbot.addWidget(panel)
    told: list[int] = []

    def show(num_lines: int) -> None:
        told.append(num_lines)
        if len(told) < _ENOUGH:
            panel.show_answer("A chooses one, B the other.", sections(1 + num_lines % 2))

    panel.room_changed.connect(show, Qt.ConnectionType.QueuedConnection)
    panel.resize(300, 300)
    panel.show()
    qtbot.waitExposed(panel)
    panel.show_answer("A chooses one, B the other.", sections(1))
    for height in range(300, 360, 3):
        told.clear()
        panel.resize(300, height)
        for _ in range(_ENOUGH):
            qapp.processEvents()
        assert len(told) < 3, f"{told} at {height} px"
