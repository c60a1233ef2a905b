"""The first start: an example of two models, in the real window with a host without a model."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import MagicMock

import pytest

from whatwhere.demo.showcase import CHEATING, CURED, read_showcase
from whatwhere.errors import MissingFileError
from whatwhere_app import __main__ as program
from whatwhere_app.showing import Showing, read_example
from whatwhere_app.starting import Start

if TYPE_CHECKING:
    from whatwhere_app.composition import Explorer

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("display")]

Begin = Callable[..., "Explorer"]
Until = Callable[[Callable[[], bool]], Awaitable[None]]


def test_both_models_answer_and_the_window_says_what_that_shows(
    open_window: Begin, loop: asyncio.AbstractEventLoop, until: Until
) -> None:
    case, rooms = read_showcase(), program.shipped_folders()
    explorer = open_window(rooms, CHEATING)
    showing = Showing(explorer, case)

    async def scenario() -> None:
        Start(explorer, showing, demo_rooms=rooms).open_first(None)
        assert case.sentence in showing.bar.text
        await until(lambda: len(explorer.workspace.answers) == 2 and explorer.is_idle)
        assert explorer.presenters.scenes.opened == rooms[case.room]
        assert explorer.views.query.line.text() == case.sentence
        assert list(explorer.workspace.answers) == [CHEATING, CURED]
        said = explorer.views.answer.verdict_text.splitlines()
        assert said[0].startswith("A follows the colour, B the place")
        assert said[2].startswith("B (cured): Right.")
        assert case.rival_colour in showing.bar.text
        showing.bar.buttons["done"].click()
        assert showing.bar.isHidden()
        assert explorer.views.answer.verdict_text.startswith("A follows the colour")
        explorer.comforts.session.end()

    loop.run_until_complete(scenario())


def test_another_room_ends_the_example(
    open_window: Begin, loop: asyncio.AbstractEventLoop, until: Until, tiny_scan: Path
) -> None:
    rooms = program.shipped_folders()
    explorer = open_window(rooms, CHEATING)
    showing = Showing(explorer, read_showcase())

    async def scenario() -> None:
        Start(explorer, showing, demo_rooms=rooms).open_first(None)
        await until(lambda: len(explorer.workspace.answers) == 2 and explorer.is_idle)
        explorer.presenters.scenes.open(tiny_scan)
        await until(lambda: explorer.presenters.scenes.opened == tiny_scan and explorer.is_idle)
        assert showing.bar.isHidden()
        explorer.comforts.session.end()

    loop.run_until_complete(scenario())


def test_without_its_files_a_demo_room_opens_and_the_window_says_why(
    open_window: Begin,
    loop: asyncio.AbstractEventLoop,
    until: Until,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(*parts: str) -> Path:
        raise MissingFileError("/".join(parts), what="Shipped file", remedy="Install it again")

    monkeypatch.setattr("whatwhere_app.showing.asset", missing)
    example = read_example()
    assert example.showcase is None
    assert "models/cheating" in example.fault
    assert "A demo room opens" in example.fault
    rooms = program.shipped_folders()
    explorer = open_window(rooms)

    async def scenario() -> None:
        start = Start(explorer, demo_rooms=rooms)
        start.said.append(example.fault)
        start.open_first(None)
        await until(lambda: example.fault in explorer.views.notices.text)
        assert explorer.presenters.scenes.opened == rooms["bedroom"]
        explorer.comforts.session.end()

    loop.run_until_complete(scenario())


@pytest.mark.parametrize(
    ("arguments", "is_shown"),
    [
        ({}, True),
        ({"model": "default"}, False),
        ({"expression": "the chair"}, False),
        ({"compare": "default"}, False),
        ({"example": True}, True),
    ],
)
def test_it_is_shown_when_nothing_else_is_named(
    arguments: dict[str, object], is_shown: bool, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _is_shown(monkeypatch, **arguments) is is_shown


def test_a_later_start_goes_on_where_one_was(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session = home / "state" / "session.json"
    session.parent.mkdir(parents=True)
    session.write_text("{}")
    assert not _is_shown(monkeypatch)
    assert _is_shown(monkeypatch, example=True)


def _is_shown(monkeypatch: pytest.MonkeyPatch, **arguments: object) -> bool:
    for name in ("qasync", "asyncio", "start_qt", "_write_crashes_down"):
        monkeypatch.setattr(program, name, MagicMock())
    monkeypatch.setattr(program, "_Session", session := MagicMock())
    program.run(None, **arguments)  # type: ignore[arg-type]
    return session.call_args.kwargs["example"] is not None
