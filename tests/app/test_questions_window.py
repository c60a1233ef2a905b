"""A question typed into the real window, with a host that speaks by a fixed rule."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from whatwhere_app.composition import Explorer

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("display")]

Until = Callable[[Callable[[], bool]], Awaitable[None]]


def test_a_question_is_answered_beside_a_model_that_only_points(
    open_window: Callable[..., "Explorer"],
    loop: asyncio.AbstractEventLoop,
    until: Until,
    tiny_scan: Path,
) -> None:
    explorer = open_window(model="speaker")
    query, answer = explorer.views.query, explorer.views.answer

    async def scenario() -> None:
        explorer.presenters.scenes.open(tiny_scan)
        await until(lambda: explorer.workspace.scene is not None and explorer.is_idle)
        query.line.setText("the chair")
        assert query.button.text() == "Run"
        query.line.setText("What colour is the chair?")
        assert query.button.text() == "Answer"
        query.button.click()
        await until(lambda: bool(explorer.workspace.replies) and explorer.is_idle)
        assert answer.replies.texts["2d"] == ("A red one.",)
        assert answer.verdict_text == "Fused and 2D say the same; 3D says something else."
        explorer.comparing.presenter.open("default")
        await until(lambda: len(explorer.workspace.replies) == 2)
        assert answer.replies.texts["fused"] == ("a red one", "\u2013")
        assert "B (default): default only points" in answer.verdict_text
        explorer.window.actions_by_name["query.point"].trigger()
        await until(lambda: len(explorer.workspace.answers) == 2)
        assert answer.tree.isVisible()
        assert not explorer.workspace.replies

    loop.run_until_complete(scenario())
