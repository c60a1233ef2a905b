"""The service against a host without a model, in a real child process."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from child_workers import child_workers

from whatwhere.errors import Cancelled, ModelError, WorkerDiedError
from whatwhere.language.expressions import Expression
from whatwhere.scenes.opening import open_scene
from whatwhere_app.services.grounder import GrounderService
from whatwhere_app.tasks.board import Notice, TaskBoard


def with_service(
    home: Path,
    scenario: Callable[[GrounderService, TaskBoard], Awaitable[None]],
    *,
    model: str = "m",
) -> None:
    async def run() -> None:
        board = TaskBoard()
        service = GrounderService(
            board, model=model, log_path=home / "host.log", entry="fake_host:run"
        )
        try:
            await scenario(service, board)
        finally:
            await board.close()
            await service.close()
        assert service.state.phase == "off"

    asyncio.run(run())
    assert not child_workers()


def test_a_question_starts_loads_encodes_and_answers(home: Path, tiny_scan: Path) -> None:
    async def scenario(service: GrounderService, board: TaskBoard) -> None:
        details: list[str] = []
        board.jobs_changed.connect(lambda: details.extend(job.detail for job in board.jobs))
        scene = open_scene(tiny_scan)
        expression = Expression.typed(scene.scene_id, "the gizmo")
        found = await service.ground(scene, expression, ("fused", "3d"))
        assert found.groundings["fused"].best.object_id == 1
        assert found.groundings["3d"].best.object_id == 5
        assert found.warnings == ('The model never saw "gizmo".',)
        assert service.state.phase == "ready"
        assert service.memory_bytes > 0
        assert "frame 10 of 10" in details
        details.clear()
        await service.encode(scene)
        assert not details

    with_service(home, scenario)


def test_each_of_two_scans_in_one_folder_is_encoded(
    home: Path, tmp_path: Path, write_scan: Callable[..., Path]
) -> None:
    folder = write_scan(tmp_path / "one", scene_id="one0000_00")
    for file in write_scan(tmp_path / "two", scene_id="two0000_00", frames=False).iterdir():
        file.rename(folder / file.name)

    async def scenario(service: GrounderService, board: TaskBoard) -> None:
        titles: set[str] = set()
        board.jobs_changed.connect(lambda: titles.update(job.title for job in board.jobs))
        for name in ("one0000_00", "two0000_00"):
            await service.encode(open_scene(folder / f"{name}_vh_clean_2.ply"))
        assert len([title for title in titles if title.startswith("Preparing")]) == 2

    with_service(home, scenario)


def test_scenes_that_are_no_longer_open_are_given_up(
    home: Path, tmp_path: Path, write_scan: Callable[..., Path]
) -> None:
    scenes = [open_scene(write_scan(tmp_path / name)) for name in ("one", "two", "three")]

    async def scenario(service: GrounderService, board: TaskBoard) -> None:
        # Two while the model is on its way, and one while the host looks at the second.
        first, second = (asyncio.ensure_future(service.encode(scene)) for scene in scenes[:2])
        with pytest.raises(Cancelled):
            await first
        begun = asyncio.Event()
        board.jobs_changed.connect(lambda: begun.set() if any(j.done for j in board.jobs) else None)
        await begun.wait()
        await service.encode(scenes[2])
        with pytest.raises(Cancelled):
            await second
        await service.encode(scenes[0])

    with_service(home, scenario)


def test_encoding_can_be_cancelled_and_asked_again(home: Path, tiny_scan: Path) -> None:
    async def scenario(service: GrounderService, board: TaskBoard) -> None:
        def stop() -> None:
            for job in board.jobs:
                if job.done:
                    board.cancel(job.number)

        board.jobs_changed.connect(stop)
        with pytest.raises(Cancelled):
            await service.encode(open_scene(tiny_scan))
        board.jobs_changed.disconnect(stop)
        await service.encode(open_scene(tiny_scan))

    with_service(home, scenario)


def test_only_what_the_model_has_is_asked(home: Path, tiny_scan: Path) -> None:
    async def scenario(service: GrounderService, board: TaskBoard) -> None:
        scene = open_scene(tiny_scan)
        expression = Expression.typed(scene.scene_id, "the chair")
        found = await service.ground(scene, expression, ("fused", "2d", "3d"))
        assert set(found.groundings) == {"2d"}
        assert await service.mix(scene, "the chair", (0.0, 0.5)) is None

    with_service(home, scenario, model="flat")


def test_a_killed_host_is_mourned_once_and_restarted(
    home: Path, tiny_scan: Path, until: Callable[[Callable[[], bool]], Awaitable[None]]
) -> None:
    async def scenario(service: GrounderService, board: TaskBoard) -> None:
        heard: list[Notice] = []
        board.noticed.connect(heard.append)
        scene = open_scene(tiny_scan)
        await service.encode(scene)
        assert service.state.pid is not None
        os.kill(service.state.pid, signal.SIGKILL)
        await until(lambda: service.state.phase == "died")
        await asyncio.sleep(0)
        assert [notice.restart for notice in heard] == [True]
        assert "SIGKILL" in heard[0].text
        await service.restart()
        assert service.state.phase == "ready"
        expression = Expression.typed(scene.scene_id, "the chair")
        assert (await service.ground(scene, expression, ("fused",))).groundings

    with_service(home, scenario)


def test_a_host_that_cannot_start_says_why(home: Path, tiny_scan: Path) -> None:
    async def scenario(service: GrounderService, board: TaskBoard) -> None:
        service._entry = "no_such_module:run"
        with pytest.raises(WorkerDiedError, match="no_such_module"):
            await service.encode(open_scene(tiny_scan))

    with_service(home, scenario)


def test_a_model_that_does_not_load_leaves_the_host_alive(home: Path, tiny_scan: Path) -> None:
    async def scenario(service: GrounderService, board: TaskBoard) -> None:
        for _ in range(2):
            with pytest.raises(ModelError, match='no model "missing"'):
                await service.encode(open_scene(tiny_scan))
            assert service.state.phase == "off"
        assert service.state.pid is not None

    with_service(home, scenario, model="missing")
