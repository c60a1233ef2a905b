"""Folders of scans: listed in the background, filtered, remembered, taken off again."""

import asyncio
import shutil
import threading
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from unittest.mock import MagicMock

import numpy as np
import pytest

from whatwhere.scenes.catalogue import Catalogue
from whatwhere.scenes.layouts import OnStep
from whatwhere.scenes.listed_scans import Part
from whatwhere_app.presenters.scan_folders import ListScans, ScanFolders
from whatwhere_app.presenters.scene_shelf import SceneShelf
from whatwhere_app.services.scan_catalogue import listed_scans
from whatwhere_app.services.scene_facts import scene_facts
from whatwhere_app.settings import SettingsStore
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.view_values import Row

Until = Callable[[Callable[[], bool]], Awaitable[None]]


class Desk:
    """The list of scenes and the folders behind it."""

    def __init__(self, tmp_path: Path, find: ListScans = listed_scans) -> None:
        self.view = MagicMock()
        self.board = TaskBoard()
        self.said: list[str] = []
        self.board.noticed.connect(lambda notice: self.said.append(notice.text))
        self.settings = SettingsStore(tmp_path / "settings.json")
        self.drawn: list[Path] = []
        self.shelf = SceneShelf(
            self.view,
            self.board,
            demo_rooms={},
            settings=self.settings,
            facts=scene_facts,
            picture=self._picture,
        )
        self.folders = ScanFolders(self.board, self.settings, find=find, show=self.shelf.set_listed)

    @property
    def rows(self) -> list[Row]:
        return list(self.view.set_rows.call_args.args[0])

    @property
    def names(self) -> list[str]:
        return [row.text.split(" · ")[0] for row in self.rows]

    def _picture(self, path: Path) -> np.ndarray:
        self.drawn.append(path)
        return np.zeros((2, 3, 4), np.uint8)


@pytest.fixture
def data(tmp_path: Path, write_scan: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a whole scan and one that has neither frames nor annotation."""
    monkeypatch.setenv("WHATWHERE_HOME", str(tmp_path / "home"))
    write_scan(tmp_path / "data", scene_id="scene0001_00")
    bare = write_scan(tmp_path / "data", scene_id="scene0002_00", annotation=False, text=False)
    for part in ("color", "depth", "pose", "intrinsic"):
        shutil.rmtree(bare / part)
    return tmp_path / "data"


def test_every_scan_of_a_folder_is_listed_with_what_is_missing(
    data: Path, tmp_path: Path, until: Until
) -> None:
    desk = Desk(tmp_path)

    async def scenario() -> None:
        desk.folders.add(data)
        await until(lambda: not desk.folders.is_looking)

    asyncio.run(scenario())
    whole, bare = desk.rows
    assert (whole.text, whole.is_listed) == ("scene0001_00 · Test = odd", True)
    assert [part.name for part in whole.parts if not part.is_there] == ["text"]
    assert [part.name for part in bare.parts if part.is_there] == ["mesh"]
    assert bare.hint.startswith(f"{data / 'scene0002_00'}\nmesh.\nNo frames: neither color")
    assert "scene0002_00.aggregation.json" in bare.hint
    assert desk.view.set_count.call_args.args == ("Find among 2 scans",)
    assert desk.view.set_filters_shown.call_args.args == (True,)
    assert SettingsStore(tmp_path / "settings.json").value.scan_folders == (str(data),)


def test_filters_and_words_narrow_the_list_together(
    data: Path, tmp_path: Path, until: Until
) -> None:
    desk = Desk(tmp_path)

    async def scenario() -> None:
        desk.folders.add(data)
        await until(lambda: not desk.folders.is_looking)

    asyncio.run(scenario())
    cases: tuple[tuple[set[Part], str, list[str]], ...] = (
        ({"mesh"}, "", ["scene0001_00", "scene0002_00"]),
        ({"frames"}, "", ["scene0001_00"]),
        ({"frames"}, "0002", []),
        ({"frames", "sentences"}, "", []),
        (set(), "odd", ["scene0001_00"]),
    )
    for parts, words, names in cases:
        desk.shelf.on_filtered(frozenset(parts))
        desk.shelf.on_searched(words)
        assert desk.names == names, (parts, words)


def test_a_listed_scan_that_is_recent_stays_in_its_place(
    data: Path, tmp_path: Path, until: Until
) -> None:
    desk = Desk(tmp_path)
    desk.settings.change(desk.settings.value.with_recent(data / "scene0002_00"))

    async def scenario() -> None:
        desk.folders.add(data)
        await until(lambda: not desk.folders.is_looking)
        assert desk.names == ["scene0001_00", "scene0002_00"]
        desk.shelf.toggle_pin(str(data / "scene0002_00"))
        assert desk.names == ["scene0002_00", "scene0001_00"]
        desk.folders.remove_around(str(data / "scene0001_00"))
        assert desk.names == ["scene0002_00"]
        assert desk.settings.value.scan_folders == ()

    asyncio.run(scenario())


def test_only_pictures_in_sight_are_drawn(data: Path, tmp_path: Path, until: Until) -> None:
    desk = Desk(tmp_path)

    async def scenario() -> None:
        desk.folders.add(data)
        await until(lambda: not desk.folders.is_looking and not desk.board.jobs)
        desk.shelf.on_in_sight([str(data / "scene0002_00")])
        await until(lambda: desk.view.set_picture.called)

    asyncio.run(scenario())
    assert desk.drawn == [data / "scene0002_00"]


def test_a_folder_that_is_gone_is_named(data: Path, tmp_path: Path, until: Until) -> None:
    desk = Desk(tmp_path)

    async def scenario() -> None:
        desk.folders.add(tmp_path / "gone")
        desk.folders.add(data)
        await until(lambda: not desk.folders.is_looking)

    asyncio.run(scenario())
    assert len(desk.rows) == 2
    assert desk.said[-1].startswith(f"{tmp_path / 'gone'}: Folder of scans not found")


def test_the_search_stops_when_it_is_cancelled(tmp_path: Path, until: Until) -> None:
    stopped = threading.Event()

    def endless(folders: Sequence[Path], *, on_step: OnStep) -> Catalogue:
        try:
            while True:
                on_step(1, 2, "3 scans found")
                threading.Event().wait(0.001)
        finally:
            stopped.set()

    desk = Desk(tmp_path, endless)

    async def scenario() -> None:
        desk.folders.add(tmp_path)
        await until(lambda: bool(desk.board.jobs) and desk.board.jobs[0].detail != "")
        assert (desk.board.jobs[0].done, desk.board.jobs[0].total) == (1, 2)
        desk.board.cancel(desk.board.jobs[0].number)
        await until(lambda: stopped.is_set() and not desk.board.jobs)

    asyncio.run(scenario())
    assert desk.said == []
