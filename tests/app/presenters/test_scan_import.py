"""The import panel's presenter: faults, what is kept, and what the figures are called."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import pytest

from whatwhere.errors import BrokenFileError
from whatwhere.geometry.cameras import Intrinsics
from whatwhere.scenes.import_checks import MeshAgreement
from whatwhere.scenes.import_choices import ImportChoices
from whatwhere.scenes.import_trial import ImportTrial
from whatwhere_app.presenters.import_lines import check_lines
from whatwhere_app.presenters.scan_import import ImportPresenter, ImportTools
from whatwhere_app.tasks.board import TaskBoard

Until = Callable[[Callable[[], bool]], Awaitable[None]]
CAMERA = Intrinsics(525, 525, 319.5, 239.5, 640, 480)
READ = ImportChoices(
    "world_from_camera", "opencv", 1000.0, (525, 525, 319.5, 239.5, 640, 480), "-y", -1.0
)


def a_trial(**changes: Any) -> ImportTrial:
    trial = ImportTrial(
        scene_id="desk",
        folder=Path("/scans/desk"),
        choices=READ,
        is_up_guessed=True,
        is_camera_assumed=True,
        mesh=None,
        has_mesh=False,
        cameras=((CAMERA, np.eye(4)), (CAMERA, np.eye(4))),
        num_frames=2,
        num_tried=2,
        faults={},
        frames_apart_m=0.02,
        on_mesh=None,
        median_depth_m=2.0,
        better=None,
    )
    return replace(trial, **changes)


def test_figures_that_are_at_odds_are_told_from_those_in_order() -> None:
    good = check_lines(a_trial(), -1.4)
    assert {line.level for line in good} == {"good"}
    assert "Cameras stand 1.40 to 1.40 m above the floor." in [line.text for line in good]
    on_mesh = MeshAgreement(0.021, 0.94, 12_000, 5, 0)
    said = check_lines(a_trial(has_mesh=True, on_mesh=on_mesh), None)
    assert "within 2.1 cm (median of 12,000 points); 94 % of them within 5 cm." in said[1].text
    assert said[1].level == "good"
    assert said[-1].level == "unknown"
    bad = check_lines(
        a_trial(
            has_mesh=True,
            on_mesh=replace(on_mesh, num_blind=2),
            frames_apart_m=0.8,
            median_depth_m=0.02,
            faults={"its depth file is missing": 1},
        ),
        1.0,
    )
    assert [line.level for line in bad] == ["unknown", "bad", "bad", "bad", "bad"]
    assert check_lines(a_trial(cameras=(), faults={"it lies on its side": 2}), None)[0].level == (
        "bad"
    )


class Desk:
    """The presenter with a scan that is read as `attempt` says."""

    def __init__(self, attempt: Callable[..., ImportTrial]) -> None:
        self.view, self.marks, self.ahead = MagicMock(), MagicMock(), MagicMock()
        self.ahead.prepare.return_value = None
        self.kept: list[tuple[Path, ImportChoices]] = []
        self.opened: list[Path] = []
        self.is_full = False
        self.board = TaskBoard()
        self.presenter = ImportPresenter(
            self.view,
            self.marks,
            self.ahead,
            self.board,
            tools=ImportTools(lambda _: ImportChoices(), attempt, self._keep),
            open_scan=self.opened.append,
        )

    def _keep(self, folder: Path, choices: ImportChoices) -> Path:
        if self.is_full:
            raise OSError(28, "No space left on device")
        self.kept.append((folder, choices))
        return folder

    @property
    def checks(self) -> list[str]:
        return [line.text for line in self.view.show_checks.call_args.args[0]]


@pytest.mark.usefixtures("qapp")
def test_a_scan_that_cannot_be_read_says_why_and_is_not_accepted(until: Until) -> None:
    def attempt(path: Path, choices: ImportChoices, **_: Any) -> ImportTrial:
        raise BrokenFileError(path / "pose.txt", "line 3 is no pose")

    desk = Desk(attempt)

    async def scenario() -> None:
        desk.presenter.ask(Path("/scans/desk"))
        await until(lambda: not desk.presenter.is_busy)
        assert "line 3 is no pose" in desk.checks[0]
        desk.view.set_acceptable.assert_not_called()
        desk.presenter.accept()
        assert not desk.kept
        desk.presenter.give_up()
        desk.ahead.end_ahead.assert_called_once()

    asyncio.run(scenario())


@pytest.mark.usefixtures("qapp")
def test_a_camera_that_cannot_be_is_named_and_not_accepted(until: Until) -> None:
    desk = Desk(lambda *_, **__: a_trial())

    async def scenario() -> None:
        desk.presenter.ask(Path("/scans/desk"))
        await until(lambda: not desk.presenter.is_busy)
        desk.presenter.on_edited("camera", (0.0, 525.0, 319.5, 239.5, 640, 480))
        assert "is no camera" in desk.checks[0]
        desk.view.set_acceptable.assert_called_with(False)
        desk.presenter.give_up()

    asyncio.run(scenario())


@pytest.mark.usefixtures("qapp")
def test_an_offer_taken_right_after_an_edit_is_tried_once_and_can_be_accepted(
    until: Until, loop: asyncio.AbstractEventLoop
) -> None:
    better = replace(READ, pose="camera_from_world")
    tried: list[ImportChoices] = []

    def attempt(path: Path, choices: ImportChoices, **_: Any) -> ImportTrial:
        tried.append(choices)
        is_wrong = choices.pose is None
        return a_trial(better=(better, 0.01) if is_wrong else None)

    async def scenario() -> None:
        desk = Desk(attempt)
        desk.presenter.ask(Path("/scans/desk"))
        await until(lambda: bool(tried) and not desk.presenter.is_busy)
        desk.presenter.on_edited("up", "+z")  # waits for more digits
        desk.presenter.take_offer()
        await until(lambda: not desk.presenter.is_busy)
        began_s = time.monotonic()
        await until(lambda: time.monotonic() > began_s + 0.5)  # longer than an edit waits
        assert [choices.pose for choices in tried] == [None, "camera_from_world"]
        desk.presenter.accept()
        await until(lambda: bool(desk.opened))

    loop.run_until_complete(scenario())


@pytest.mark.usefixtures("qapp")
def test_what_was_shown_is_kept_and_a_full_disk_keeps_the_panel(until: Until) -> None:
    tried: list[ImportChoices] = []

    def attempt(path: Path, choices: ImportChoices, **_: Any) -> ImportTrial:
        tried.append(choices)
        return a_trial(choices=replace(READ, pose=choices.pose or READ.pose))

    desk = Desk(attempt)

    async def scenario() -> None:
        desk.presenter.ask(Path("/scans/desk"))
        await until(lambda: not desk.presenter.is_busy)
        desk.presenter.on_edited("floor_m", -0.25)
        assert len(tried) == 1  # the scan need not be read again for it
        desk.marks.show_floor.assert_called_with(-0.25)
        desk.is_full = True
        desk.presenter.accept()
        await until(lambda: not desk.presenter.is_busy)
        assert "No space left" in desk.checks[0]
        assert desk.presenter.is_asking
        desk.is_full = False
        desk.presenter.accept()
        await until(lambda: bool(desk.opened))
        assert desk.kept == [(Path("/scans/desk"), replace(READ, floor_m=-0.25))]
        desk.ahead.end_ahead.assert_not_called()

    asyncio.run(scenario())
