import gc
import threading
import weakref

import pytest
from PySide6.QtCore import QObject, QThread
from pytestqt.qtbot import QtBot

from whatwhere_app.tasks.collector import Collector, collect_if_due


class Cyclic(QObject):
    """Collected by the cycle collector only; says in which thread."""

    def __init__(self, seen: list[QThread]) -> None:
        super().__init__()
        self.itself = self
        weakref.finalize(self, lambda: seen.append(QThread.currentThread()))


@pytest.fixture
def collector():
    collector = Collector()
    collector.start()
    yield collector
    collector.stop()


def make_garbage() -> None:
    for _ in range(5 * gc.get_threshold()[0]):
        cycle: list[object] = []
        cycle.append(cycle)


def test_no_other_thread_collects(qtbot: QtBot, collector: Collector):
    seen: list[QThread] = []
    Cyclic(seen)
    worker = threading.Thread(target=make_garbage)
    worker.start()
    worker.join()
    assert seen == []
    qtbot.waitUntil(lambda: len(seen) == 1)
    assert seen == [QThread.currentThread()]


def test_python_has_it_back_at_the_end(qtbot: QtBot):
    collector = Collector()
    collector.start()
    assert not gc.isenabled()
    collector.stop()
    assert gc.isenabled()


def test_little_garbage_is_left_alone():
    gc.collect()
    before = gc.get_count()[0]
    collect_if_due()
    assert gc.get_count()[0] >= before
