"""The Models panel in the real window: hosts without a model, and the real keeper of models."""

import asyncio
import json
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from whatwhere.assets import asset

if TYPE_CHECKING:
    from whatwhere_app.composition import Explorer

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("display")]

Until = Callable[[Callable[[], bool]], Awaitable[None]]


def test_a_model_is_added_loaded_exchanged_unloaded_and_removed(
    explorer: "Explorer",
    loop: asyncio.AbstractEventLoop,
    until: Until,
    tiny_scan: Path,
    tmp_path: Path,
) -> None:
    shutil.copytree(asset("models", "default"), tmp_path / "mine")
    actions, panel = explorer.window.actions_by_name, explorer.modelling.panel

    def states() -> dict[str, tuple[str, ...]]:
        return {row.key: (row.texts[0], row.texts[4]) for row in panel.table.rows}

    async def scenario() -> None:
        explorer.presenters.scenes.open(tiny_scan)
        await until(lambda: explorer.workspace.scene is not None and explorer.is_idle)
        explorer.presenters.query.on_submitted("the chair")
        actions["models.add_folder"].trigger()
        await until(lambda: "default" in states() and explorer.is_idle)
        assert panel.isVisible()
        panel.form.source.setText(str(tmp_path / "mine"))
        panel.form.add.click()
        await until(lambda: panel.said.startswith("mine is added"))
        await until(lambda: explorer.is_idle)
        assert panel.form.isHidden()
        assert "needs" in panel.sheet.plan_text
        panel.buttons["Load as B"].click()
        await until(lambda: list(explorer.workspace.answers) == ["default", "mine"])
        await until(lambda: explorer.is_idle)
        assert states()["mine"][0] == "B"
        panel.buttons["Load as A"].click()
        await until(lambda: list(explorer.workspace.answers) == ["mine"])
        await until(lambda: explorer.is_idle)
        assert states()["mine"][1].startswith("loaded · cpu")
        assert explorer.workspace.models.second is None
        panel.buttons["Unload"].click()
        await until(lambda: explorer.grounder.state.phase == "off")
        assert "given back" in panel.said
        panel.table.show_rows(panel.table.rows, ("default",))
        panel.chosen.emit("default")
        actions["models.load_first"].trigger()
        await until(lambda: list(explorer.workspace.answers) == ["default"])
        panel.chosen.emit("mine")
        await until(lambda: explorer.is_idle)
        panel.buttons["Remove…"].click()
        panel.question.buttons["remove"].click()
        await until(lambda: "mine" not in states())
        panel.close()

    loop.run_until_complete(scenario())
    assert (tmp_path / "mine" / "config.json").is_file()
    assert not actions["models.load_first"].isEnabled()


def test_predictions_and_programs_are_taken_in_and_faults_are_sentences(
    explorer: "Explorer", loop: asyncio.AbstractEventLoop, until: Until, tmp_path: Path
) -> None:
    line = {"scene_id": "a", "text": "the chair", "boxes": [[0, 0, 0, 1, 1, 1]]}
    (tmp_path / "theirs.jsonl").write_text(json.dumps({**line, "modality": "fused"}) + "\n")
    panel, said = explorer.modelling.panel, []

    async def take(kind: str, source: str, name: str) -> None:
        explorer.window.actions_by_name[f"models.add_{kind}"].trigger()
        panel.form.source.setText(source)
        panel.form.name.setText(name)
        panel.form.add.click()
        await until(lambda: explorer.is_idle)
        said.append(panel.said)

    async def scenario() -> None:
        await take("predictions", str(tmp_path / "theirs.jsonl"), "theirs")
        await take("program", "true --fast", "prog")
        await take("folder", str(tmp_path / "nowhere"), "")
        await take("hub", "", "")
        await take("predictions", str(tmp_path / "theirs.jsonl"), "")

    loop.run_until_complete(scenario())
    assert "theirs is added. JSON lines: 1 sentence in 1 scene, fused." in said[0]
    assert said[1] == "prog is added. Press Verify to start it once, or load it."
    assert "there is no such folder" in said[2]
    assert said[3] == "Type the model's id: organisation/name."
    assert said[4].startswith("Give it a name")
    assert [row.key for row in panel.table.rows][-2:] == ["prog", "theirs"]


def test_a_work_is_cancelled_and_leaves_nothing(
    explorer: "Explorer", loop: asyncio.AbstractEventLoop, until: Until, tmp_path: Path
) -> None:
    shutil.copytree(asset("models", "default"), tmp_path / "mine")
    panel = explorer.modelling.panel

    async def scenario() -> None:
        explorer.window.actions_by_name["models.add_folder"].trigger()
        panel.form.source.setText(str(tmp_path / "mine"))
        panel.form.add.click()
        await until(
            lambda: explorer.modelling.adding.is_busy and not panel.cancel_button.isHidden()
        )
        panel.cancel_button.click()
        await until(lambda: explorer.is_idle)

    loop.run_until_complete(scenario())
    assert "mine" not in [row.key for row in panel.table.rows]
    assert panel.cancel_button.isHidden()
