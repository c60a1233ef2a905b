"""Scans of people's own: TUM, 7-Scenes, a mesh with frames beside it, and what was decided."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from whatwhere.cli.info import scene_info
from whatwhere.errors import BrokenFileError, ConfigError, SceneError
from whatwhere.geometry.poses import rotation_z, rotations
from whatwhere.scenes.agreement import frame_agreement_m
from whatwhere.scenes.health import scene_health
from whatwhere.scenes.import_choices import NAME, ImportChoices, read_choices, write_choices
from whatwhere.scenes.opening import open_scene, read_whole_scene
from whatwhere.scenes.scene import Mesh, Scene

WriteScan = Callable[..., Path]

Y_UP = np.array([[1, 0, 0, 0], [0, -1, 0, 0], [0, 0, -1, 0], [0, 0, 0, 1.0]])
"""A camera that looks along -z of a world with y up."""


def write_image(path: Path, *, value: int = 2000, size: tuple[int, int] = (64, 48)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if "depth" in str(path.relative_to(path.parents[1])):
        depth = np.full(size[::-1], value, np.uint16)
        depth[0] = 65535
        Image.fromarray(depth).save(path)
    else:
        Image.fromarray(np.full((*size[::-1], 3), 90, np.uint8)).save(path)


@pytest.fixture
def seven(tmp_path: Path) -> Path:
    """A sequence of 7-Scenes: four frames, one of which lost tracking."""
    folder = tmp_path / "chess" / "seq-01"
    for index in range(4):
        stem = folder / f"frame-{index:06d}"
        write_image(stem.with_suffix(".color.png"))
        write_image(stem.with_suffix(".depth.png"))
        pose = np.full((4, 4), -np.inf) if index == 2 else Y_UP.copy()
        pose[0, 3] = index * 0.01
        np.savetxt(stem.with_suffix(".pose.txt"), pose)
    return folder


def write_tum(folder: Path, *, num_frames: int = 3, units: int = 5000) -> Path:
    """The official layout: lists with times, and a trajectory at other times."""
    rows = ["# a comment"]
    colors, depths = [], []
    for index in range(num_frames):
        time_s = 1305031102.175304 + index * 0.033
        write_image(folder / "rgb" / f"{time_s:.6f}.png")
        write_image(folder / "depth" / f"{time_s + 0.004:.6f}.png", value=2 * units)
        colors.append(f"{time_s:.6f} rgb/{time_s:.6f}.png")
        depths.append(f"{time_s + 0.004:.6f} depth/{time_s + 0.004:.6f}.png")
        # Looks along +y with z up.
        rows.append(f"{time_s + 0.003:.4f} {index} 0 1 -0.7071068 0 0 0.7071068")
    (folder / "rgb.txt").write_text("\n".join(["# color", *colors]))
    (folder / "depth.txt").write_text("\n".join(["# depth", *depths]))
    (folder / "groundtruth.txt").write_text("\n".join(rows))
    return folder


def faults(scene: Scene) -> list[str | None]:
    return [header.fault for header in scene.headers]


def test_a_sequence_of_7_scenes(seven: Path) -> None:
    scene = open_scene(seven)
    assert [header.name for header in scene.frames] == ["000000", "000001", "000003"]
    assert "tracking was lost" in str(faults(scene)[2])
    frame = scene.read_frame(scene.frames[0])
    assert frame.depth_m[5, 5] == 2
    assert not frame.depth_valid[0].any()  # 65535 is no measurement there
    assert frame.color_camera.fx == 585 * 64 / 640
    assert [text for text in scene.warnings if "fx 585" in text]
    # Its world has y up, and the cameras tell.
    assert [text for text in scene.warnings if "the axis +y of its files" in text]
    np.testing.assert_allclose(frame.world_from_camera[:3, 1], [0, 0, -1], atol=1e-12)


def test_a_folder_of_sequences_names_one(seven: Path) -> None:
    with pytest.raises(SceneError, match=r"such as .*seq-01\."):
        open_scene(seven.parent)


def test_a_tum_sequence(tmp_path: Path) -> None:
    scene = open_scene(write_tum(tmp_path / "desk"))
    assert faults(scene) == [None] * 3
    frame = scene.read_frame(scene.frames[2])
    assert frame.depth_m[5, 5] == 2
    np.testing.assert_allclose(frame.world_from_camera[:3, 3], [2, 0, 1], atol=1e-9)
    np.testing.assert_allclose(frame.world_from_camera[:3, 2], [0, 1, 0], atol=1e-6)
    assert [text for text in scene.warnings if "the axis +z" in text]


def test_what_a_tum_sequence_lacks_is_said_frame_by_frame(tmp_path: Path) -> None:
    folder = write_tum(tmp_path / "desk")
    rows = (folder / "groundtruth.txt").read_text().splitlines()
    (folder / "groundtruth.txt").write_text("\n".join(rows[:-1]))
    next(iter(sorted((folder / "depth").iterdir()))).unlink()
    found = faults(open_scene(folder))
    assert found == ["its depth file is missing", None, "no pose belongs to it"]


def test_names_that_lead_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    folder = write_tum(tmp_path / "desk")
    secret = tmp_path / "secret.png"
    write_image(secret)
    lines = (folder / "rgb.txt").read_text().splitlines()
    times = [line.split()[0] for line in lines[1:]]
    outside = ["../secret.png", str(secret), "rgb/../../secret.png"]
    listed = [f"{time} {name}" for time, name in zip(times, outside, strict=True)]
    (folder / "rgb.txt").write_text("\n".join(listed))
    scene = open_scene(folder)
    assert faults(scene) == ["its color file is missing"] * 3
    assert any("3 of the listed images lie outside" in text for text in scene.warnings)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("groundtruth.txt", "1 2 3", "line 1 is no pose"),
        ("groundtruth.txt", "0 0 0 0 0 0 1\n1 0 0 0 0 0 0 1", "line 2 has another form"),
        ("groundtruth.txt", "# nothing", "no pose"),
        ("rgb.txt", "1 2 3", "line 1 is not a time"),
        ("rgb.txt", "# nothing", "lists no images"),
        ("depth.txt", "nan depth/a.png", "line 1 is not a time"),
    ],
)
def test_a_broken_list_is_named(tmp_path: Path, name: str, text: str, words: str) -> None:
    folder = write_tum(tmp_path / "desk")
    (folder / name).write_text(text)
    with pytest.raises(BrokenFileError, match=words) as refused:
        open_scene(folder)
    assert refused.value.path is not None
    assert refused.value.path.name == name


def test_quaternions_that_are_none_drop_their_frames(tmp_path: Path) -> None:
    folder = write_tum(tmp_path / "desk")
    path = folder / "groundtruth.txt"
    rows = path.read_text().splitlines()
    rows[1] = rows[1].replace("0.7071068", "7e200")
    rows[2] = rows[2].replace("0.7071068", "nan")
    path.write_text("\n".join(rows))
    found = faults(open_scene(folder))
    assert found[2] is None
    assert all("not finite" in str(fault) for fault in found[:2])


def test_quaternions_turn_as_matrices_do() -> None:
    half = 0.35
    about_z = rotations(np.array([[0, 0, np.sin(half), np.cos(half)]]) * 3)
    np.testing.assert_allclose(about_z[0], rotation_z(2 * half)[:3, :3], atol=1e-12)


def test_the_real_tum_frames_open_as_an_own_scan(realdata: Path) -> None:
    shown: list[Mesh] = []
    scene = read_whole_scene(realdata / "own_scan" / "tum_rgbd", on_mesh=shown.append)
    assert [header.name for header in scene.frames] == ["1", "2", "3", "4", "5"]
    frame = scene.read_frame(scene.frames[0])
    assert (frame.color_camera.fx, frame.color_camera.cx, frame.color_camera.cy) == (
        525,
        319.5,
        239.5,
    )
    assert 0.5 < np.median(frame.depth_m[frame.depth_valid]) < 5
    assert any("fx 525" in text for text in scene.warnings)
    assert shown == [scene.mesh]
    assert len(shown[0].faces) > 10_000
    # Its poses drift, by some centimetres from frame to frame; turned round they lie metres off.
    agreement_m = frame_agreement_m(scene)
    assert agreement_m is not None
    assert agreement_m < 0.15
    assert all(item.depth_error_m < 0.2 for item in scene_health(scene)[0] if item.depth_error_m)


def test_a_mesh_with_frames_beside_it(tmp_path: Path, write_scan: WriteScan) -> None:
    folder = write_scan(tmp_path, annotation=False, text=False)
    mesh = folder / "my room.ply"
    (folder / "tiny0000_00_vh_clean_2.ply").rename(mesh)
    for path in (folder, mesh):
        scene = open_scene(path)
        assert scene.scene_id == "my room"
        assert [header.name for header in scene.frames] == ["0", "100"]
        assert scene.mesh is not None
        assert open_scene(scene.path).scene_id == "my room"
    assert all(item.depth_error_m < 0.01 for item in scene_health(scene)[0] if item.depth_error_m)


def test_of_two_meshes_in_a_folder_none_owns_the_frames(
    tmp_path: Path, write_scan: WriteScan
) -> None:
    folder = write_scan(tmp_path, annotation=False, text=False)
    mesh = folder / "my room.ply"
    (folder / "tiny0000_00_vh_clean_2.ply").rename(mesh)
    shutil.copy(mesh, folder / "another.ply")
    assert open_scene(mesh).headers == ()


@pytest.mark.parametrize("axes", ["opencv", "opengl"])
@pytest.mark.parametrize("pose", ["world_from_camera", "camera_from_world"])
def test_what_was_decided_about_poses_and_depth_holds(
    tmp_path: Path, write_scan: WriteScan, pose: str, axes: str
) -> None:
    folder = write_scan(tmp_path, annotation=False, text=False)
    expected = open_scene(folder)
    poses = [header.world_from_camera for header in expected.frames]
    for name, matrix in zip(("0", "100"), poses, strict=True):
        assert matrix is not None
        if axes == "opengl":
            matrix = matrix @ np.diag([1, -1, -1, 1])
        stored = np.linalg.inv(matrix) if pose == "camera_from_world" else matrix
        np.savetxt(folder / "pose" / f"{name}.txt", stored)
    write_choices(folder, ImportChoices(pose=pose, axes=axes, depth_units_per_m=2000))  # type: ignore[arg-type]
    scene = open_scene(folder)
    for header, matrix in zip(scene.frames, poses, strict=True):
        assert header.world_from_camera is not None
        assert matrix is not None
        np.testing.assert_allclose(header.world_from_camera, matrix, atol=1e-9)
    frame = scene.read_frame(scene.frames[0])
    assert frame.depth_m[5, 5] == 1.5
    assert scene.source.depth_units_per_m == 2000


@pytest.mark.parametrize("up", ["+x", "-x", "+y", "-y", "+z", "-z"])
def test_what_is_up_comes_up(tmp_path: Path, up: str, seven: Path) -> None:
    write_choices(seven, ImportChoices(up=up, camera=(60, 61, 31, 22, 64, 48)))  # type: ignore[arg-type]
    scene = open_scene(seven)
    axis = np.zeros(3)
    axis["xyz".index(up[1])] = 1 if up[0] == "+" else -1
    np.testing.assert_allclose(scene.aligned_from_mesh[:3, :3] @ axis, [0, 0, 1], atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(scene.aligned_from_mesh), 1)
    camera = scene.frames[0].camera
    assert camera is not None
    assert (camera.fx, camera.fy) == (60, 61)
    assert not [text for text in scene.warnings if "judging" in text or "assumed" in text]


def test_the_floor_is_brought_to_0(seven: Path) -> None:
    before = open_scene(seven).frames[0].world_from_camera
    write_choices(seven, ImportChoices(floor_m=-1.25))
    after = open_scene(seven).frames[0].world_from_camera
    assert before is not None
    assert after is not None
    np.testing.assert_allclose(after[:3, 3] - before[:3, 3], [0, 0, 1.25], atol=1e-12)


def test_what_was_decided_about_a_folder_that_cannot_be_written_to_is_kept_elsewhere(
    seven: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHATWHERE_HOME", str(tmp_path / "home"))
    write_choices(seven, ImportChoices(up="+x"))
    (seven / NAME).unlink()
    (seven / NAME).mkdir()  # root may write anywhere, but not over a folder
    path = write_choices(seven, ImportChoices(up="-z"))
    assert path.is_relative_to(tmp_path / "home")
    assert read_choices(seven) == ImportChoices(up="-z")
    (seven / NAME).rmdir()
    write_choices(seven, ImportChoices(up="-x"))
    assert not path.exists()
    assert read_choices(seven) == ImportChoices(up="-x")


def test_an_alignment_of_the_scan_comes_before_a_choice(
    tmp_path: Path, write_scan: WriteScan, tiny_alignment: np.ndarray
) -> None:
    folder = write_scan(tmp_path)
    write_choices(folder, ImportChoices(up="-y"))
    np.testing.assert_allclose(open_scene(folder).aligned_from_mesh, tiny_alignment, atol=1e-8)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("{", "not JSON"),
        ("[]", "nothing else"),
        ('{"scale": 2}', "nothing else"),
        ('{"pose": "sideways"}', "cannot be 'sideways'"),
        ('{"pose": ["x"]}', "cannot be"),
        ('{"depth_units_per_m": "1000"}', "no number"),
        ('{"floor_m": "low"}', "no number"),
        ('{"floor_m": Infinity}', "the floor cannot lie at inf m"),
        ('{"depth_units_per_m": 0}', "units per metre"),
        ('{"depth_units_per_m": NaN}', "units per metre"),
        ('{"camera": [1, 2, 3]}', "no camera"),
        ('{"camera": [60, 60, 99, 24, 64, 48]}', "no camera"),
        ('{"camera": 5}', "no list of numbers"),
    ],
)
def test_choices_that_cannot_be_are_refused(tmp_path: Path, document: str, words: str) -> None:
    (tmp_path / NAME).write_text(document)
    with pytest.raises(BrokenFileError, match=words):
        read_choices(tmp_path)


def test_choices_are_kept_as_json(tmp_path: Path) -> None:
    choices = ImportChoices(pose="camera_from_world", camera=(1.5, 2, 3, 4, 5, 6), up="-y")
    path = write_choices(tmp_path, choices)
    assert read_choices(tmp_path) == choices
    assert set(json.loads(path.read_text())) == {"pose", "camera", "up"}
    with pytest.raises(ConfigError, match="0 units per metre"):
        ImportChoices(depth_units_per_m=0)


def test_info_of_an_own_scan(seven: Path) -> None:
    document = scene_info(open_scene(seven))
    assert document["num_valid_frames"] == 3
    assert any("no mesh: the window shows" in text for text in document["warnings"])
