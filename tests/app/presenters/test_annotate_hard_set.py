"""What is asked before tagged cases become a hard set."""

from dataclasses import replace
from pathlib import Path
from unittest.mock import MagicMock

import pytest
from PySide6.QtCore import QObject

from whatwhere.annotations.case_annotations import CaseAnnotations
from whatwhere.annotations.default_tags import DEFAULT_TAGS
from whatwhere.annotations.edits import toggle_tag
from whatwhere.evaluation.cases.made import made_cases
from whatwhere.evaluation.cases.store import open_cases, write_cases
from whatwhere.serving.annotated_cases import annotated_cases
from whatwhere_app.annotate_desk import AnnotateDesk, Queue
from whatwhere_app.presenters.annotate_hard_set import AnnotateHardSetPresenter
from whatwhere_app.tasks.board import TaskBoard

pytestmark = pytest.mark.usefixtures("display")


@pytest.mark.parametrize("model", ["runs/first/checkpoints/step-120", ""])
def test_a_look_without_a_model_is_nothing_to_go_on_from(tmp_path: Path, model: str) -> None:
    made = made_cases(2, seed=1)
    facts = replace(made.facts, checkpoint_of="runs/first", asked_model=model)
    write_cases(tmp_path / "look", facts, made.columns, made.texts)
    stored = open_cases(tmp_path / "look")
    cases = annotated_cases(stored, (0, 1))
    change = toggle_tag(CaseAnnotations(), cases[0].case_id, "me", DEFAULT_TAGS[0])
    said = {cases[0].case_id: CaseAnnotations().after(change.rows)}
    parent, view = QObject(), MagicMock()
    board, desk = TaskBoard(parent), AnnotateDesk("me", parent)
    notices: list[str] = []
    board.noticed.connect(lambda notice: notices.append(notice.text))
    desk.set_queue(Queue(stored, (0, 1), cases), said)
    presenter = AnnotateHardSetPresenter(view, desk, MagicMock(), board, train_on=MagicMock())
    presenter.train()
    assert view.show_tags.called == bool(model)
    assert any("between checkpoints" in text for text in notices) != bool(model)
