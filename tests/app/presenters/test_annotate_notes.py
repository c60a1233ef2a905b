"""A note that is being typed: it is kept whatever happens beside it, and for its own case."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QUndoStack
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from whatwhere.annotations.changes import Change
from whatwhere.annotations.default_tags import DEFAULT_TAGS
from whatwhere.annotations.values import Case
from whatwhere.evaluation.cases.made import made_cases
from whatwhere.evaluation.cases.store import open_cases, write_cases
from whatwhere.serving.annotated_cases import annotated_cases
from whatwhere_app.annotate_desk import AnnotateDesk, Queue
from whatwhere_app.presenters.annotate_acts import AnnotateActs
from whatwhere_app.presenters.annotate_tags import AnnotateTagsPresenter
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.views.annotate_tags import AnnotateTags


@dataclass
class Kept:
    """A store that only remembers what it was told."""

    changes: list[Change] = field(default_factory=list)

    def apply(self, change: Change, _: Any = ()) -> None:
        self.changes.append(change)


@dataclass
class Panel:
    """The right side at work on two cases."""

    view: AnnotateTags
    desk: AnnotateDesk
    kept: Kept
    cases: tuple[Case, ...]
    presenter: AnnotateTagsPresenter

    def notes(self) -> list[str]:
        """Of the cases, in their order."""
        found = [self.desk.said_of(case.case_id).note_of("me") for case in self.cases]
        return ["" if note is None else note.text for note in found]


@pytest.fixture
def panel(qtbot: QtBot, tmp_path: Path) -> Panel:
    made = made_cases(2, seed=1)
    write_cases(tmp_path / "made", made.facts, made.columns, made.texts)
    stored = open_cases(tmp_path / "made")
    cases = tuple(annotated_cases(stored, (0, 1)))
    parent = QObject()
    view = AnnotateTags(QAction("Done", parent), QAction("Edit", parent))
    qtbot.addWidget(view)
    desk, kept, board = AnnotateDesk("me", parent), Kept(), TaskBoard(parent)
    store: Any = MagicMock(wraps=kept, apply=kept.apply)
    presenter = AnnotateTagsPresenter(
        view, desk, AnnotateActs(desk, store, QUndoStack(parent), board), board
    )
    view.note_left.connect(presenter.write)
    view.tag_clicked.connect(presenter.toggle)
    view._parent = parent  # type: ignore[attr-defined]
    desk.set_tags(DEFAULT_TAGS)
    desk.set_queue(Queue(stored, (0, 1), cases), {})
    view.show()
    return Panel(view, desk, kept, cases, presenter)


def test_what_is_typed_outlives_a_tag_and_is_saved_without_enter(
    panel: Panel, qtbot: QtBot
) -> None:
    panel.view.note.setFocus()
    QTest.keyClicks(panel.view.note, "behind the ")
    panel.view.buttons["copies-2d"].click()
    assert panel.view.note.text() == "behind the "
    qtbot.waitUntil(lambda: panel.notes() == ["behind the", ""])
    assert panel.view.note.text() == "behind the "  # the blank that is being typed on from
    QTest.keyClicks(panel.view.note, "lamp")
    qtbot.waitUntil(lambda: panel.notes() == ["behind the lamp", ""])
    assert panel.desk.place == 0


def test_a_note_goes_to_the_case_that_it_was_typed_for(panel: Panel) -> None:
    QTest.keyClicks(panel.view.note, "mine")
    panel.desk.set_place(1)
    assert panel.desk.place == 1
    assert panel.notes() == ["mine", ""]
    assert panel.view.note.text() == ""
    assert panel.kept.changes[-1].case_id == panel.cases[0].case_id
    QTest.keyClicks(panel.view.note, "other")
    panel.presenter.keep_typed()
    assert panel.notes() == ["mine", "other"]
    panel.desk.set_place(0)
    assert panel.view.note.text() == "mine"
