"""`whatwhere scenes import`."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from data_set_scans import write_arkit
from PIL import Image

from whatwhere.cli.main import command_line
from whatwhere.errors import ConfigError, MissingFileError, SceneError
from whatwhere.scenes.import_choices import NAME, ImportChoices, read_choices
from whatwhere.scenes.opening import open_scene

WriteScan = Callable[..., Path]


def run(*arguments: str) -> None:
    command_line(arguments)(arguments, standalone_mode=False)


@pytest.fixture
def turned(tmp_path: Path, write_scan: WriteScan) -> Path:
    """A scan whose two good poses lead from the world to the camera."""
    folder = write_scan(tmp_path, annotation=False, text=False, mesh=False)
    for name, ahead_m in (("0", 0.0), ("100", 0.6)):
        path = folder / "pose" / f"{name}.txt"
        pose = np.loadtxt(path)
        pose[1, 3] += ahead_m
        np.savetxt(path, np.linalg.inv(pose))
        depth_mm = np.full((24, 32), 3000 - ahead_m * 1000, np.uint16)
        Image.fromarray(depth_mm).save(folder / "depth" / f"{name}.png")
    return folder


def test_the_right_choice_makes_frames_agree(
    turned: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("scenes", "import", str(turned), "--pose", "world_from_camera", "--json")
    wrong = json.loads(capsys.readouterr().out)
    run("scenes", "import", str(turned), "--pose", "camera_from_world", "--up", "+z", "--json")
    right = json.loads(capsys.readouterr().out)
    assert right["choices"] == {"pose": "camera_from_world", "up": "+z"}
    assert right["num_valid_frames"] == 2
    assert read_choices(turned) == ImportChoices(pose="camera_from_world", up="+z")
    assert right["frame_agreement_m"] < 0.001
    assert wrong["frame_agreement_m"] > 0.5


def test_what_was_decided_before_stays(turned: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("scenes", "import", str(turned), "--depth-scale", "2000")
    run("scenes", "import", str(turned), "--camera", "30,30,15.75,11.75,32,24")
    said = capsys.readouterr().out
    assert "depth_units_per_m 2000.0" in said
    assert "2 of 3 usable" in said
    frame = open_scene(turned).read_frame(open_scene(turned).frames[0])
    assert frame.depth_m[5, 5] == 1.5
    assert frame.color_camera.fx == 60


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--pose", "sideways"], "sideways"),
        (["--camera", "a,b"], "no camera"),
        (["--camera", "1,2,3"], "no camera"),
        (["--up", "north"], "north"),
        (["--depth-scale", "-3"], "units per metre"),
    ],
)
def test_a_choice_that_cannot_be_changes_nothing(
    turned: Path, options: list[str], words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        run("scenes", "import", str(turned), *options)
    assert not (turned / NAME).exists()


def test_what_is_no_scan_gets_no_file(tmp_path: Path) -> None:
    with pytest.raises(SceneError):
        run("scenes", "import", str(tmp_path), "--up", "+z")
    assert not (tmp_path / NAME).exists()
    with pytest.raises(MissingFileError):
        run("scenes", "import", str(tmp_path / "nowhere"))


def test_a_recording_can_be_set_upright_and_says_all_else_itself(
    tmp_path: Path, sens_bytes: Callable[..., bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    recording = folder / "mine.sens"
    recording.write_bytes(sens_bytes())
    before = open_scene(recording).frames[0].world_from_camera
    run("scenes", "import", str(folder), "--up", "+y", "--floor", "-1.5")
    assert "the axis +y of its files is shown upwards" in capsys.readouterr().out
    for path in (folder, recording):
        after = open_scene(path).frames[0].world_from_camera
        # What lies along the files' y is height now, counted from the floor.
        np.testing.assert_allclose(after[2, :3], before[1, :3], atol=1e-9)
        assert after[2, 3] == pytest.approx(before[1, 3] + 1.5)
    with pytest.raises(ConfigError, match="say themselves what pose and camera would"):
        run(*f"scenes import {folder} --pose camera_from_world --camera 9,9,9,9,20,20".split())


def test_scans_of_data_sets_and_scans_without_frames_leave_nothing_to_decide(
    tmp_path: Path, write_scan: WriteScan, binary_ply: Callable[..., bytes]
) -> None:
    arkit = write_arkit(tmp_path / "41254925", binary_ply)
    with pytest.raises(ConfigError, match="41254925 say themselves what up would"):
        run("scenes", "import", str(arkit), "--up", "-y")
    assert not (arkit / NAME).exists()
    bare = write_scan(tmp_path, frames=False)
    with pytest.raises(SceneError, match="nothing to decide"):
        run("scenes", "import", str(bare), "--up", "-y")
