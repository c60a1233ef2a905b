"""The marked point: from a pixel to the room, and from a point into every frame."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import pytest
from PIL import Image

from whatwhere.geometry.cameras import project
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.scene import Scene
from whatwhere_app.presenters.photo import PhotoPresenter
from whatwhere_app.presenters.point_mark import PointMarkPresenter
from whatwhere_app.render.camera import orbited, through
from whatwhere_app.render.surface_picker import SurfacePicker
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import PointMark

Until = Callable[[Callable[[], bool]], Awaitable[None]]
Act = Callable[[PointMarkPresenter, Workspace], Coroutine[Any, Any, None]]


class Views:
    def __init__(self) -> None:
        self.room, self.picture = MagicMock(), MagicMock()
        self.note, self.strip = MagicMock(), MagicMock()

    @property
    def sentence(self) -> str:
        return str(self.note.show_note.call_args.args[0])


@pytest.fixture
def play(until: Until) -> Callable[[Scene, Act], tuple[Views, Workspace]]:
    """Opens a scene with its first frame in hand, and plays an act in it."""

    def run(scene: Scene, act: Act) -> tuple[Views, Workspace]:
        views, workspace, board = Views(), Workspace(), TaskBoard()
        picker = None if scene.mesh is None else SurfacePicker(scene.mesh)

        async def cast(origin: np.ndarray, end: np.ndarray) -> np.ndarray | None:
            found = None if picker is None else picker.hit(origin, end)
            return None if found is None else found[0]

        async def scenario() -> None:
            presenter = PointMarkPresenter(
                views.room,
                views.picture,
                views.note,
                views.strip,
                workspace,
                board,
                cast=cast,
            )
            workspace.set_scene(scene)
            workspace.set_frame("0")
            await act(presenter, workspace)
            await until(lambda: not presenter.is_busy)

        asyncio.run(scenario())
        return views, workspace

    return run


def click(x_px: float, y_px: float) -> Act:
    async def act(presenter: PointMarkPresenter, workspace: Workspace) -> None:
        presenter.on_pixel_clicked(x_px, y_px)

    return act


def test_the_first_click_of_two_marks_nothing(
    tiny_scan: Path, play: Callable[..., tuple[Views, Workspace]], until: Until
) -> None:
    before = PointMark((0.0, 0.0, 1.0))

    async def act(presenter: PointMarkPresenter, workspace: Workspace) -> None:
        workspace.set_mark(before)
        presenter.on_pixel_clicked(40, 30)
        await until(lambda: workspace.mark != before)
        presenter.on_click_withdrawn()
        assert workspace.mark == before
        presenter.on_pixel_clicked(40, 30)
        presenter.on_click_withdrawn()  # before the point was found

    _, workspace = play(open_scene(tiny_scan), act)
    assert workspace.mark == before


def with_depth(folder: Path, depth_mm: int, *, name: str = "0") -> Scene:
    Image.fromarray(np.full((24, 32), depth_mm, np.uint16)).save(folder / "depth" / f"{name}.png")
    return open_scene(folder)


def test_a_pixel_leads_to_its_point_and_to_the_other_frames(
    tiny_scan: Path, play: Callable[..., tuple[Views, Workspace]]
) -> None:
    scene = open_scene(tiny_scan)
    views, workspace = play(scene, click(40, 30))
    mark = workspace.mark
    assert mark is not None
    assert mark.frame == "0"
    header = scene.frames[0]
    assert header.camera is not None
    assert header.world_from_camera is not None
    pixel, depth_m = project(np.array(mark.point), header.camera, header.world_from_camera)
    assert tuple(pixel) == pytest.approx((40, 30), abs=1e-4)
    assert depth_m == pytest.approx(3)
    assert views.sentence == (
        "3.00 m by the depth image, 3.00 m by the mesh: 0.0 cm apart. 2 of 2 frames see it."
    )
    shown = views.picture.show_mark.call_args.args[0]
    assert (shown.x_px, shown.y_px) == pytest.approx((40, 30), abs=1e-4)
    marks = views.strip.set_marks.call_args.args[0]
    # Frame 100 stands 20 cm further to the right, 3 m away, at 60 px focal length.
    assert marks["100"].x_px == pytest.approx(40 - 0.2 / 3 * 60, abs=1e-3)
    point, eye = views.room.show_mark.call_args.args
    assert point == mark.point
    np.testing.assert_allclose(eye, header.world_from_camera[:3, 3])


def test_depth_and_mesh_that_disagree_are_said_in_centimetres(
    tiny_scan: Path, play: Callable[..., tuple[Views, Workspace]]
) -> None:
    views, workspace = play(with_depth(tiny_scan, 2926), click(40, 30))
    assert "2.93 m by the depth image, 3.00 m by the mesh: 7.4 cm apart." in views.sentence
    assert workspace.mark is not None


def test_without_a_measurement_the_mesh_alone_gives_the_point(
    tiny_scan: Path, play: Callable[..., tuple[Views, Workspace]]
) -> None:
    views, workspace = play(with_depth(tiny_scan, 0), click(40, 30))
    said = "3.00 m by the mesh; the depth image has no measurement there."
    assert views.sentence.startswith(said)
    assert workspace.mark is not None


def test_without_a_mesh_the_depth_image_alone_gives_the_point(
    write_scan: Callable[..., Path],
    tmp_path: Path,
    play: Callable[..., tuple[Views, Workspace]],
) -> None:
    scene = open_scene(write_scan(tmp_path, mesh=False))
    views, _ = play(scene, click(40, 30))
    assert "3.00 m by the depth image; this scene has no mesh to compare." in views.sentence


def test_nothing_measured_and_no_surface_is_no_point(
    tiny_scan: Path, play: Callable[..., tuple[Views, Workspace]]
) -> None:
    # The wall's upper edge is 1 m above the camera: 20 px above the middle.
    views, workspace = play(open_scene(tiny_scan), click(32, 0))
    assert views.sentence.startswith("No point there: the depth image has no measurement")
    assert workspace.mark is None


def test_a_point_from_the_room_is_hidden_where_something_stands_before_it(
    tiny_scan: Path, play: Callable[..., tuple[Views, Workspace]]
) -> None:
    scene = with_depth(tiny_scan, 1500, name="100")
    assert scene.mesh is not None
    x, y, z = scene.mesh.vertices[220].tolist()  # the middle of the wall

    async def act(presenter: PointMarkPresenter, workspace: Workspace) -> None:
        presenter.on_point_clicked((x, y, z))

    views, _ = play(scene, act)
    marks = views.strip.set_marks.call_args.args[0]
    assert (marks["0"].is_hidden, marks["100"].is_hidden) == (False, True)
    assert views.room.show_mark.call_args.args == ((x, y, z), None)
    assert "1 of 2 frames see it." in views.sentence

    async def in_the_other_frame(presenter: PointMarkPresenter, workspace: Workspace) -> None:
        workspace.set_frame("100")
        workspace.set_mark(PointMark((x, y, z)))

    views, _ = play(scene, in_the_other_frame)
    assert "hidden here: it is 3.00 m away, and the depth image saw something at 1.50 m" in (
        views.sentence
    )


def test_the_mark_stays_until_it_is_cleared_or_the_scene_changes(
    tiny_scan: Path, play: Callable[..., tuple[Views, Workspace]], until: Until
) -> None:
    async def stays(presenter: PointMarkPresenter, workspace: Workspace) -> None:
        presenter.on_pixel_clicked(40, 30)
        await until(lambda: not presenter.is_busy)
        workspace.set_frame("100")
        await until(lambda: not presenter.is_busy)
        assert workspace.mark is not None
        presenter.clear()

    views, workspace = play(open_scene(tiny_scan), stays)
    assert workspace.mark is None
    assert views.sentence == ""
    assert views.picture.show_mark.call_args.args == (None,)
    assert views.strip.set_marks.call_args.args == ({},)
    assert views.room.show_mark.call_args.args == (None, None)

    async def other_scene(presenter: PointMarkPresenter, workspace: Workspace) -> None:
        presenter.on_pixel_clicked(40, 30)
        await until(lambda: not presenter.is_busy)
        workspace.set_scene(open_scene(tiny_scan))

    _, workspace = play(open_scene(tiny_scan), other_scene)
    assert workspace.mark is None


def test_the_photo_is_offered_only_through_its_own_camera(tiny_scan: Path, until: Until) -> None:
    view, workspace = MagicMock(), Workspace()
    scene = open_scene(tiny_scan)
    header = scene.frames[0]
    assert header.camera is not None
    assert header.world_from_camera is not None
    pose = through(header.camera, header.world_from_camera)

    async def scenario() -> None:
        presenter = PhotoPresenter(view, workspace, TaskBoard())
        workspace.set_scene(scene)
        workspace.set_frame(header.name)
        presenter.on_camera_moved(orbited(pose, (0, 0, 0), yaw_rad=0.01, pitch_rad=0))
        assert not presenter.is_busy
        presenter.on_camera_moved(pose)
        await until(lambda: not presenter.is_busy)
        assert view.show_photo.call_args.args[0].shape == (48, 64, 3)
        view.hide_photo.assert_not_called()
        workspace.set_frame("100")
        view.hide_photo.assert_called_once()

    asyncio.run(scenario())
