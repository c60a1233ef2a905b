"""An own scan tried in some way: what has to be asked, what the figures say, where the floor is."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from whatwhere.errors import Cancelled, SceneError
from whatwhere.scenes.floors import floor_height_m
from whatwhere.scenes.import_asking import takes_choices, what_to_ask
from whatwhere.scenes.import_choices import ImportChoices, read_choices, write_choices
from whatwhere.scenes.import_trial import MAX_TRIED, try_choices
from whatwhere.scenes.scene import Mesh

WriteScan = Callable[..., Path]


@pytest.fixture
def own(tmp_path: Path, write_scan: WriteScan) -> Path:
    """A mesh with frames beside it, whose poses lead from the world to the camera."""
    folder = write_scan(tmp_path / "own", annotation=False, text=False)
    (folder / "tiny0000_00_vh_clean_2.ply").rename(folder / "my room.ply")
    for name, ahead_m in (("0", 0.0), ("100", 0.6)):
        path = folder / "pose" / f"{name}.txt"
        pose = np.loadtxt(path)
        pose[1, 3] += ahead_m
        np.savetxt(path, np.linalg.inv(pose))
        depth_mm = np.full((24, 32), 3000 - ahead_m * 1000, np.uint16)
        Image.fromarray(depth_mm).save(folder / "depth" / f"{name}.png")
    return folder


def level_square(height_m: float, side_m: float) -> tuple[np.ndarray, np.ndarray]:
    half = side_m / 2
    corners = np.array([[-half, -half], [half, -half], [half, half], [-half, half]])
    return np.column_stack([corners, np.full(4, height_m)]), np.array([[0, 1, 2], [0, 2, 3]])


def mesh_of(*squares: tuple[np.ndarray, np.ndarray]) -> Mesh:
    vertices = np.concatenate([square[0] for square in squares]).astype(np.float32)
    faces = np.concatenate([square[1] + 4 * number for number, square in enumerate(squares)])
    return Mesh(vertices, faces.astype(np.int32), np.zeros((len(vertices), 3), np.uint8))


def test_what_is_asked_before_something_is_opened(own: Path, write_scan: WriteScan) -> None:
    official = write_scan(own.parent / "scans")
    assert what_to_ask(own) == "choices"
    assert what_to_ask(own / "my room.ply") == "choices"
    assert what_to_ask(official) == "nothing"
    assert takes_choices(official)
    assert what_to_ask(official.parent) == "listing"
    assert what_to_ask(own.parent.parent) == "listing"
    assert what_to_ask(own / "color") == "nothing"
    assert what_to_ask(own / "nowhere") == "nothing"
    write_choices(own, ImportChoices())
    assert what_to_ask(own) == "nothing"
    assert takes_choices(own)


def test_frames_without_intrinsics_are_asked_about_and_a_usual_camera_is_assumed(
    tmp_path: Path, write_scan: WriteScan
) -> None:
    folder = write_scan(tmp_path, annotation=False, text=False, mesh=False)
    assert what_to_ask(folder) == "nothing"
    for path in (folder / "intrinsic").iterdir():
        path.unlink()
    assert what_to_ask(folder) == "choices"
    trial = try_choices(folder, ImportChoices())
    assert trial.is_camera_assumed
    assert trial.choices.camera == (52.5, 52.5, 31.5, 23.5, 64, 48)
    assert len(trial.cameras) == 2


def test_a_wrong_reading_is_found_out_and_a_better_one_named(own: Path) -> None:
    wrong = try_choices(own, ImportChoices(up="+z"))
    assert wrong.choices.pose == "world_from_camera"
    assert wrong.on_mesh is None
    assert wrong.better is not None
    choices, distance_m = wrong.better
    assert (choices.pose, choices.axes) == ("camera_from_world", "opencv")
    assert distance_m < 0.01
    right = try_choices(own, choices)
    assert right.on_mesh is not None
    assert right.on_mesh.median_m < 0.01
    assert right.on_mesh.near_share == 1
    assert right.better is None
    assert right.has_mesh
    assert right.choices.up == "+z"
    assert sum(right.faults.values()) == 1  # the frame that lost tracking
    assert right.median_depth_m == pytest.approx(3)
    assert read_choices(own) == ImportChoices()  # nothing is kept


def test_only_some_frames_of_many_are_looked_at(tmp_path: Path, write_scan: WriteScan) -> None:
    folder = write_scan(tmp_path, annotation=False, text=False, mesh=False)
    for number in range(2 * MAX_TRIED):
        for kind, suffix in (("color", "jpg"), ("depth", "png"), ("pose", "txt")):
            path = folder / kind / f"{1000 + number}.{suffix}"
            path.write_bytes((folder / kind / f"0.{suffix}").read_bytes())
    trial = try_choices(folder, ImportChoices(pose="world_from_camera"))
    assert trial.num_frames == 2 * MAX_TRIED + 3
    assert trial.num_tried <= MAX_TRIED
    assert trial.mesh is not None


def test_a_trial_that_is_not_wanted_any_more_stops(own: Path) -> None:
    with pytest.raises(Cancelled):
        try_choices(own, ImportChoices(), is_cancelled=lambda: True)


def test_a_scene_without_frames_has_nothing_to_choose(
    tmp_path: Path, write_scan: WriteScan
) -> None:
    folder = write_scan(tmp_path, frames=False)
    assert not takes_choices(folder)
    with pytest.raises(SceneError, match="nothing to choose"):
        try_choices(folder, ImportChoices())


def test_the_floor_is_the_lowest_wide_level_surface() -> None:
    floor, table = level_square(-1.2, 5), level_square(-0.45, 2)
    speck = level_square(-2.0, 0.3)
    assert floor_height_m(mesh_of(floor, table, speck)) == pytest.approx(-1.2)
    assert floor_height_m(mesh_of(table)) == pytest.approx(-0.45)


def test_without_a_level_surface_there_is_no_floor() -> None:
    corners, faces = level_square(0, 2)
    wall = np.column_stack([corners[:, 0], np.zeros(4), corners[:, 1]])
    assert floor_height_m(mesh_of((wall, faces))) is None
    assert (
        floor_height_m(
            Mesh(
                np.zeros((3, 3), np.float32), np.zeros((0, 3), np.int32), np.zeros((3, 3), np.uint8)
            )
        )
        is None
    )


def test_the_real_tum_frames_are_asked_about(realdata: Path) -> None:
    folder = realdata / "own_scan" / "tum_rgbd"
    if read_choices(folder) != ImportChoices():
        pytest.skip("somebody has decided about these frames here")
    assert what_to_ask(folder) == "choices"
    trial = try_choices(folder, ImportChoices())
    assert trial.choices.camera == (525, 525, 319.5, 239.5, 640, 480)
    assert trial.choices.depth_units_per_m == 1000
    assert trial.choices.up == "-y"
    assert trial.is_up_guessed
    assert trial.frames_apart_m is not None
    assert trial.frames_apart_m < 0.1
    assert trial.choices.floor_m is not None
    heights_m = trial.camera_heights_m - trial.choices.floor_m
    assert ((heights_m > 0.8) & (heights_m < 1.5)).all()
