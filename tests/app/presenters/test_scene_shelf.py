"""The list of scenes: what stands in it, how it is searched, what happens while one opens."""

import asyncio
import shutil
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from unittest.mock import MagicMock

import numpy as np

from whatwhere.errors import Cancelled
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.scene import Scene
from whatwhere_app.presenters.scene_shelf import SceneShelf
from whatwhere_app.presenters.scenes import ScenesPresenter
from whatwhere_app.services.scene_facts import scene_facts
from whatwhere_app.settings import SettingsStore
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.view_values import Row
from whatwhere_app.workspace import Workspace

Until = Callable[[Callable[[], bool]], Awaitable[None]]


class Shelf:
    """A shelf over a list that remembers what it was told."""

    def __init__(
        self, tmp_path: Path, demo_rooms: dict[str, Path] | None = None, kept: Path | None = None
    ) -> None:
        self.view = MagicMock()
        self.board = TaskBoard()
        self.settings = SettingsStore(tmp_path / "settings.json")
        self.presenter = SceneShelf(
            self.view,
            self.board,
            demo_rooms=demo_rooms or {},
            settings=self.settings,
            facts=scene_facts,
            picture=lambda path: np.full((2, 3, 4), 7, np.uint8) if path.exists() else None,
            kept=lambda path: np.full((2, 3, 4), 9, np.uint8) if path == kept else None,
        )

    @property
    def rows(self) -> list[Row]:
        return list(self.view.set_rows.call_args.args[0])

    async def refreshed(self, until: Until) -> None:
        told = self.view.set_rows.call_count
        self.presenter.refresh()
        await until(lambda: self.view.set_rows.call_count > told)


def test_pictures_drawn_before_do_not_wait_for_jobs(
    tmp_path: Path, write_scan: Callable[..., Path], until: Until
) -> None:
    rooms = {name: write_scan(tmp_path / name) for name in ("new", "known")}
    shelf = Shelf(tmp_path, rooms, kept=rooms["known"])

    async def scenario() -> None:
        with shelf.board.job("Something long"):
            shelf.presenter.refresh()
            await until(lambda: shelf.view.set_picture.called)
            ((path, pixels),) = (call.args for call in shelf.view.set_picture.call_args_list)
            assert path == str(rooms["known"])
            assert pixels[0, 0, 0] == 9
        await until(lambda: shelf.view.set_picture.call_count == 2)

    asyncio.run(scenario())


def test_rooms_have_names_and_scans_their_ids(
    tmp_path: Path, write_scan: Callable[..., Path], until: Until
) -> None:
    room = write_scan(tmp_path / "rooms", scene_id="room0001_00")
    scan = write_scan(tmp_path / "scans", scene_id="scene0001_00")
    shelf = Shelf(tmp_path, {"living-room": room})
    shelf.settings.change(shelf.settings.value.with_recent(scan))
    assert shelf.rows[0].text == "Living room"  # before anybody has looked at the disk

    async def scenario() -> None:
        await shelf.refreshed(until)
        await until(lambda: shelf.view.set_picture.call_count == 2)

    asyncio.run(scenario())
    first, second = shelf.rows
    assert (first.text, first.caption) == ("Test = odd", "demo · room0001_00")
    assert (second.text, second.caption) == ("scene0001_00", f"Test = odd · {tmp_path / 'scans'}")
    assert (first.is_fixed, second.is_fixed) == (True, False)
    assert [call.args[0] for call in shelf.view.set_picture.call_args_list] == [
        str(room),
        str(scan),
    ]


def test_a_scene_that_goes_turns_faint_and_comes_back(
    tmp_path: Path, write_scan: Callable[..., Path], until: Until
) -> None:
    scan = write_scan(tmp_path / "scans")
    shelf = Shelf(tmp_path)
    shelf.settings.change(shelf.settings.value.with_recent(scan))

    async def scenario() -> None:
        await shelf.refreshed(until)
        assert [row.is_faint for row in shelf.rows] == [False]
        shutil.move(scan, tmp_path / "away")
        await shelf.refreshed(until)
        assert [row.is_faint for row in shelf.rows] == [True]
        assert shelf.rows[0].caption.startswith("no longer there")
        shutil.move(tmp_path / "away", scan)
        await shelf.refreshed(until)
        assert [row.is_faint for row in shelf.rows] == [False]

    asyncio.run(scenario())


def test_that_the_open_scene_has_gone_is_told_once_per_fault(tmp_path: Path, until: Until) -> None:
    scan = tmp_path / "scene0001_00"
    shelf = Shelf(tmp_path)
    shelf.settings.change(shelf.settings.value.with_recent(scan))
    said: list[str] = []
    shelf.board.noticed.connect(lambda notice: said.append(notice.text))
    shelf.board.noticed.connect(lambda _: shelf.presenter.refresh())

    async def scenario() -> None:
        shelf.presenter.show_opened(scan)
        shelf.board.notice("color/20.jpg: the image is missing.")
        await until(lambda: len(said) == 2)
        assert said[1].startswith(f"{scan}: the open scene is no longer there. Bring its disk")
        scan.mkdir()
        await shelf.refreshed(until)
        assert len(said) == 2

    asyncio.run(scenario())


def test_words_find_names_ids_and_folders(tmp_path: Path, until: Until) -> None:
    shelf = Shelf(tmp_path)
    for name in ("lab/scene0001_00", "lab/scene0002_00", "home/scene0001_01"):
        shelf.settings.change(shelf.settings.value.with_recent(tmp_path / name))
    for text, names in (
        ("0001", ["scene0001_01", "scene0001_00"]),
        ("LAB 0001", ["scene0001_00"]),
        ("cellar", []),
        (" ", ["scene0001_01", "scene0002_00", "scene0001_00"]),
    ):
        shelf.presenter.on_searched(text)
        assert [row.text for row in shelf.rows] == names, text


def test_pinned_scenes_outlive_the_recent_ones(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    kept, other = tmp_path / "kept", tmp_path / "other"
    shelf.settings.change(shelf.settings.value.with_recent(kept).with_recent(other))

    async def scenario() -> None:
        shelf.presenter.toggle_pin(str(kept))
        assert [(row.text, row.is_pinned) for row in shelf.rows] == [
            ("kept", True),
            ("other", False),
        ]
        shelf.presenter.clear_recent()
        assert [row.text for row in shelf.rows] == ["kept"]
        assert SettingsStore(tmp_path / "settings.json").value.pinned_scenes == (str(kept),)
        shelf.presenter.toggle_pin(str(kept))
        assert [(row.text, row.is_pinned) for row in shelf.rows] == [("kept", False)]
        shelf.presenter.remove(str(kept))
        assert shelf.rows == []

    asyncio.run(scenario())


def test_a_newer_scene_wins_and_the_older_stops_being_read(
    tmp_path: Path, tiny_scan: Path, until: Until
) -> None:
    begun, stopped = threading.Event(), threading.Event()

    def read(path: Path, *, is_cancelled: Callable[[], bool], **_: object) -> Scene:
        if path.name == "endless":
            begun.set()
            while not is_cancelled():
                threading.Event().wait(0.001)
            stopped.set()
            raise Cancelled
        return open_scene(path)

    workspace, board, shelf = Workspace(), TaskBoard(), MagicMock()

    async def scenario() -> None:
        presenter = ScenesPresenter(
            shelf,
            workspace,
            board,
            read=read,
            demo_rooms={},
            settings=SettingsStore(tmp_path / "settings.json"),
        )
        presenter.open(tmp_path / "endless")
        await until(begun.is_set)
        presenter.open(tiny_scan)
        await until(lambda: workspace.scene is not None and stopped.is_set() and not board.jobs)
        assert presenter.opened == tiny_scan
        begun.clear()
        stopped.clear()
        presenter.open(tmp_path / "endless")
        await until(begun.is_set)
        board.cancel(board.jobs[0].number)
        await until(stopped.is_set)
        assert not presenter.is_opening
        assert presenter.opened == tiny_scan
        assert shelf.show_opening.call_args.args == (None,)

    asyncio.run(scenario())
