"""A guard against PySide6 6.12.0: on Python 3.11 it loses references and aborts the interpreter."""

import sys

import pytest
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

_CALLS = 200
_DRIFT = 20


class _Emitter(QObject):
    said = Signal()


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None and True are immortal there")
def test_calls_into_qt_keep_the_references_of_none_and_true(qapp: QApplication) -> None:
    emitter, timer = _Emitter(), QTimer()
    emitter.said.connect(lambda: None)
    before = sys.getrefcount(None), sys.getrefcount(True)
    for number in range(_CALLS):
        emitter.said.emit()
        emitter.setObjectName(str(number))
        timer.start(1000)
        timer.stop()
    after = sys.getrefcount(None), sys.getrefcount(True)
    assert abs(after[0] - before[0]) < _DRIFT
    assert abs(after[1] - before[1]) < _DRIFT
