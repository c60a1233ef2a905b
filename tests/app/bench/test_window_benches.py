"""The benches of the window, each with as little work as shows that it measures what it says."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from child_workers import child_workers
from PySide6.QtWidgets import QApplication

from whatwhere_app.bench import cases, frames, opening, scenes
from whatwhere_app.bench.surroundings import until
from whatwhere_app.bench.synthetic import synthetic_room
from whatwhere_app.composition import Explorer

pytestmark = pytest.mark.window

Scenario = Callable[[Explorer], Coroutine[Any, Any, None]]


@pytest.mark.parametrize("num_faces", [5_000, 60_000])
def test_the_synthetic_room_has_the_size_that_is_asked_for(num_faces: int) -> None:
    room = synthetic_room(num_faces)
    assert num_faces * 0.8 < len(room.faces) < num_faces * 1.2
    assert room.faces.max() == len(room.vertices) - 1
    size_m = np.ptp(room.vertices, axis=0)
    assert size_m == pytest.approx([8.0, 6.0, 2.6], abs=0.3)


def test_frames_stand_beside_pyvistas_own(
    display: None, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frames, "_SIZE_PX", (200, 150))
    for name in ("_MOVES", "_STILLS", "_PEER_FRAMES", "_PICKS", "_RETURNS"):
        monkeypatch.setattr(frames, name, 2)
    figures = frames.measure_frames(qapp, "tiny", synthetic_room(3000))
    ours = figures["frame while moving, tiny triangles"]
    peer = figures["frame of a default PyVista window, tiny"]
    assert ours.at_most == 20
    ratio = figures["moving / default PyVista, tiny"]
    assert ratio.value == pytest.approx(ours.value / peer.value)
    assert ratio.at_most == 0.1
    assert all(figure.n == 2 for figure in figures.values())


@pytest.fixture
def in_window(
    qapp: QApplication, loop: asyncio.AbstractEventLoop, display: None, home: Path
) -> Callable[[Scenario], None]:
    """Plays a scenario in a window that lives no longer than the loop runs."""

    async def whole(scenario: Scenario) -> None:
        explorer = Explorer(qapp, demo_rooms={}, host_entry="fake_host:run")
        explorer.window.resize(800, 600)
        explorer.window.show()
        try:
            await scenario(explorer)
        finally:
            await explorer.end_work()
            explorer.shut_views()
            explorer.window.close_for_good()
            explorer.window.deleteLater()

    def play(scenario: Scenario) -> None:
        loop.run_until_complete(whole(scenario))
        assert not child_workers()

    return play


def test_opening_and_selecting_are_timed_beside_reading_and_drawing(
    in_window: Callable[[Scenario], None], tiny_scan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "_REPEATS", 1)

    async def scenario(explorer: Explorer) -> None:
        figures = await opening.measure_opening(explorer, tiny_scan)
        opened = figures["scene opened, from its path to its first frame"]
        least = figures["plyfile's reading and that frame alone"]
        ratio = figures["opened / read and drawn"]
        assert ratio.value == pytest.approx(opened.value / least.value)
        assert ratio.at_most == 2
        assert figures["selection, beside the drawn frame"].at_most == 50

    in_window(scenario)


def test_a_dozen_scenes_in_turn_leave_nothing_behind(
    in_window: Callable[[Scenario], None], write_scan: Callable[..., Path], tmp_path: Path
) -> None:
    rooms = [
        write_scan(tmp_path / str(number), scene_id=f"tiny000{number}_00") for number in range(4)
    ]

    async def open_and_count(explorer: Explorer, count: int) -> tuple[int, int]:
        await scenes.open_in_turn(explorer, rooms, count)
        await until(lambda: explorer.is_idle)
        actors = explorer.views.scene.canvas.renderer.GetViewProps().GetNumberOfItems()
        return scenes.num_vtk_objects(), actors

    async def scenario(explorer: Explorer) -> None:
        before = await open_and_count(explorer, 4)
        assert await open_and_count(explorer, 12) == before

    in_window(scenario)


def test_cases_are_panned_and_sifted(in_window: Callable[[Scenario], None]) -> None:
    async def scenario(explorer: Explorer) -> None:
        figures = await cases.measure(explorer, 120, 1)
        assert len(figures) == 4
        assert all(figure.value > 0 and figure.n == 1 for figure in figures.values())
        assert figures["lasso to filtered table, 120 cases"].at_most == 100
        assert figures["scatter: one step of a pan, 120 cases"].at_most == 40

    in_window(scenario)
