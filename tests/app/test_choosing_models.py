"""A second model chosen by its name, in the real window with a host without a model."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QFileDialog, QInputDialog

from whatwhere.models.adding import import_predictions

if TYPE_CHECKING:
    from whatwhere_app.composition import Explorer

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("display")]

Until = Callable[[Callable[[], bool]], Awaitable[None]]


def choose(monkeypatch: pytest.MonkeyPatch, name: str, offered: list[str]) -> None:
    """The next dialog offers, and gets this name for an answer."""

    def answer(parent: object, title: str, label: str, items: Sequence[str], **_: object) -> object:
        offered.extend(items)
        return name, True

    monkeypatch.setattr(QInputDialog, "getItem", answer)


def test_a_model_with_a_name_answers_beside_the_first(
    explorer: "Explorer",
    loop: asyncio.AbstractEventLoop,
    until: Until,
    tiny_scan: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = {"scene_id": "tiny0000_00", "text": "the chair", "modality": "2d", "boxes": []}
    (tmp_path / "answers.jsonl").write_text(json.dumps(line) + "\n")
    import_predictions(tmp_path / "answers.jsonl", name="theirs")
    offered: list[str] = []
    choose(monkeypatch, "theirs", offered)

    async def scenario() -> None:
        explorer.presenters.scenes.open(tiny_scan)
        await until(lambda: explorer.workspace.scene is not None and explorer.is_idle)
        explorer.presenters.query.on_submitted("the chair")
        explorer.window.actions_by_name["models.compare"].trigger()
        await until(lambda: list(explorer.workspace.answers) == ["default", "theirs"])

    loop.run_until_complete(scenario())
    assert "theirs" in offered
    assert "default" not in offered
    assert offered[-1] == "A model folder…"


def test_a_folder_can_be_chosen_all_the_same(
    explorer: "Explorer", monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(monkeypatch, "A model folder…", [])
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "/models/mine")
    assert explorer.window.ask_for_model(["a"]) == "/models/mine"
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    assert explorer.window.ask_for_model(["a"]) is None
