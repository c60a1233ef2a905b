import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from whatwhere.cli.info import info, scene_info
from whatwhere.errors import BrokenFileError, SceneError
from whatwhere.scenes.opening import open_scene

WriteScan = Callable[..., Path]


def run(*arguments: str | Path) -> str:
    app = typer.Typer()
    app.command()(info)
    result = CliRunner().invoke(app, [str(item) for item in arguments], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_the_document_has_the_promised_keys(tmp_path: Path, write_scan: WriteScan) -> None:
    document = json.loads(run(write_scan(tmp_path), "--json"))
    assert document["scene"] == "tiny0000_00"
    assert (document["num_vertices"], document["num_faces"]) == (441, 800)
    assert (document["num_frames"], document["num_objects"]) == (3, 3)
    assert document["aligned"] is True
    assert document["objects"][0] == {
        "object_id": 0, "label": "wall", "num_vertices": 147, "box": None
    }  # fmt: skip
    assert set(document["objects"][1]["box"]) == {"center", "size"}
    valid = {frame["name"]: frame["valid"] for frame in document["frames"]}
    assert valid == {"0": True, "20": False, "100": True}
    assert document["frames"][1]["reason"] == "the pose is not finite (tracking was lost)"
    assert document["frames"][0]["depth_error_m"] == pytest.approx(0, abs=1e-4)


def test_warnings_of_files_and_of_geometry_are_both_there(
    tmp_path: Path, write_scan: WriteScan
) -> None:
    warnings = json.loads(run(write_scan(tmp_path), "--json"))["warnings"]
    for words in ("1 of 3 frames was dropped", "names segments", "outside the mesh"):
        assert any(words in text for text in warnings)


def test_people_read_counts_health_and_warnings(tmp_path: Path, write_scan: WriteScan) -> None:
    text = run(write_scan(tmp_path))
    for words in (
        "441 vertices", "3, 2 with a box", "2 usable (1 dropped)", "office chair 2",
        "worst median 0.0 cm", "tracking was lost",
    ):  # fmt: skip
        assert words in text


def test_a_scene_of_frames_only(tmp_path: Path, write_scan: WriteScan) -> None:
    document = scene_info(open_scene(write_scan(tmp_path, mesh=False, annotation=False)))
    assert (document["num_vertices"], document["num_objects"]) == (0, 0)
    assert document["num_valid_frames"] == 2
    assert document["frames"][0]["depth_error_m"] is None


def test_a_broken_scene_raises_its_sentence(tmp_path: Path, write_scan: WriteScan) -> None:
    with pytest.raises(SceneError, match="not a scene"):
        run(tmp_path)
    folder = write_scan(tmp_path)
    (folder / "tiny0000_00_vh_clean_2.ply").write_bytes(b"ply\n")
    with pytest.raises(BrokenFileError, match="header"):
        run(folder)


def test_info_loads_nothing_heavy() -> None:
    code = (
        "import sys, whatwhere.cli.info\n"
        "heavy = {'torch', 'scipy', 'transformers', 'PySide6', 'vtkmodules', 'numpy.ma'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"


def test_the_real_scan(realdata: Path) -> None:
    document = json.loads(run(realdata / "scannet" / "scans" / "scene0000_00", "--json"))
    assert (document["num_vertices"], document["num_faces"]) == (81_369, 153_587)
    assert (document["num_objects"], document["num_boxes"]) == (67, 56)
    errors = [frame["depth_error_m"] for frame in document["frames"]]
    assert len(errors) == 4
    assert max(errors) <= 0.05
