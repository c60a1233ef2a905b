"""What is written down while a session comes back."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from whatwhere_app.presenters.session import SessionPresenter
from whatwhere_app.starting import Start
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.views.question_bar import QuestionBar
from whatwhere_app.workspace import Workspace


def explorer_in(folder: Path, parent: QObject) -> Any:
    """As much of the program as a start needs; its scene takes for ever to open."""
    workspace, board = Workspace(parent), TaskBoard(parent)
    window = MagicMock(layout_version=1)
    window.layout_bytes.return_value = (b"geometry", b"panels")
    session = SessionPresenter(
        folder / "session.json",
        window,
        MagicMock(),
        workspace,
        board,
        opened=lambda: None,
        take_up=MagicMock(),
    )
    question = QuestionBar()
    comforts = SimpleNamespace(
        session=session, question=question, keep_session=lambda: session.keep(parent)
    )
    explorer = MagicMock(comforts=comforts, workspace=workspace)
    explorer.board.spawn = lambda work: work.close()
    explorer.modelling.slots.bring_back.return_value = ()
    return explorer


def test_killed_again_while_it_comes_back_the_session_still_names_its_scene(
    tmp_path: Path, qtbot: QtBot
) -> None:
    scan, path, parent = tmp_path / "scan", tmp_path / "session.json", QObject()
    scan.mkdir()
    kept = {"schema_version": 3, "is_clean": False, "arrangement": "annotate", "scene": str(scan)}
    path.write_text(json.dumps(kept))
    explorer = explorer_in(tmp_path, parent)
    start = Start(explorer)
    start.open_first(None)
    question = explorer.comforts.question
    qtbot.addWidget(question)
    question.buttons["restore"].click()
    assert explorer.workspace.arrangement == "annotate"
    explorer.presenters.scenes.open.assert_called_once_with(scan)
    written = json.loads(path.read_text())
    assert written["scene"] == str(scan)
    assert written["is_clean"] is False
