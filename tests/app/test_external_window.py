"""Programs of others as model B in the whole window: what they do wrong is told, the rest works."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import psutil  # type: ignore[import-untyped]
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from whatwhere.models.adding import add_external

if TYPE_CHECKING:
    from whatwhere_app.composition import Explorer

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("display")]

Until = Callable[[Callable[[], bool]], Awaitable[None]]
ROOT = Path(__file__).parents[2]
STEADY = ROOT / "packaging" / "external_grounder.py"
FAULTY = ROOT / "tests" / "core" / "models" / "faulty_grounder.py"
REAL_HOST = "whatwhere.serving.grounder_host:run"
FLOODED_BYTES = 150 * 2**20


def programs() -> list[str]:
    """The modes of faulty programs that run below this process."""
    found = []
    for child in psutil.Process().children(recursive=True):
        try:
            words = child.cmdline()
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
        if str(FAULTY) in words and str(STEADY) not in words:
            found.append(words[words.index(str(FAULTY)) + 1])
    return found


def test_what_a_program_does_wrong_is_told_and_mended_by_restart(
    open_window: Callable[..., "Explorer"],
    home: Path,
    loop: asyncio.AbstractEventLoop,
    until: Until,
    tiny_scan: Path,
    tmp_path: Path,
) -> None:
    add_external(f"{sys.executable} {STEADY}", name="steady")
    for mode in ("hang-ground", "flood"):
        add_external(f"{sys.executable} {FAULTY} {mode}", name=mode, timeout_s=1.5)
    marker = tmp_path / "died"
    add_external(f"{sys.executable} {FAULTY} die-once {marker}", name="die-once")
    explorer = open_window(model="steady", host_entry=REAL_HOST)
    workspace, notices = explorer.workspace, explorer.views.notices

    def told(words: str) -> bool:
        return words in notices.text

    async def scenario() -> None:
        explorer.presenters.scenes.open(tiny_scan)
        await until(lambda: workspace.scene is not None and explorer.is_idle)
        explorer.presenters.query.on_submitted("the chair")
        await until(lambda: list(workspace.answers) == ["steady"])
        alone = workspace.answers["steady"]
        for mode, words in (
            ("hang-ground", "gave no answer"),
            ("flood", "gave no answer"),
            ("die-once", "died: exit status 9"),
        ):
            notices.clear()
            explorer.comparing.presenter.open(mode)
            await until(partial(told, words))
            assert f'"{mode}"' in notices.text
            assert notices.restart_button.isVisible()
            assert workspace.models.second == mode  # it is kept, to be asked again
            assert workspace.answers == {"steady": alone}
            assert explorer.grounder.state.phase == "ready"
            second = explorer.comparing.second
            assert second is not None
            assert second.memory_bytes < explorer.grounder.memory_bytes + FLOODED_BYTES
        QTest.mouseClick(notices.restart_button, Qt.MouseButton.LeftButton)
        await until(lambda: list(workspace.answers) == ["steady", "die-once"])
        assert notices.text == ""
        assert programs() == ["die-once"] * len(programs())
        explorer.comparing.presenter.unload()
        await until(lambda: not programs())
        explorer.presenters.query.on_submitted("the other chair")
        await until(lambda: explorer.is_idle and list(workspace.answers) == ["steady"])

    loop.run_until_complete(scenario())


def test_the_first_model_s_program_is_started_anew_by_restart(
    open_window: Callable[..., "Explorer"],
    home: Path,
    loop: asyncio.AbstractEventLoop,
    until: Until,
    tiny_scan: Path,
    tmp_path: Path,
) -> None:
    marker = tmp_path / "died"
    add_external(f"{sys.executable} {FAULTY} die-once {marker}", name="die-once")
    explorer = open_window(model="die-once", host_entry=REAL_HOST)
    workspace, notices = explorer.workspace, explorer.views.notices

    async def scenario() -> None:
        explorer.presenters.scenes.open(tiny_scan)
        await until(lambda: workspace.scene is not None and explorer.is_idle)
        explorer.presenters.query.on_submitted("the chair")
        await until(lambda: "died: exit status 9" in notices.text and explorer.is_idle)
        QTest.mouseClick(notices.restart_button, Qt.MouseButton.LeftButton)
        await until(lambda: list(workspace.answers) == ["die-once"])
        assert notices.text == ""

    loop.run_until_complete(scenario())
