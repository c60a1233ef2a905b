"""What opens a scene again, where its folder alone would not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from whatwhere.scenes.opening import open_scene

WriteScan = Callable[..., Path]


@pytest.mark.parametrize("mesh", [True, False])
def test_a_scan_in_a_folder_of_its_own_is_opened_by_it(
    mesh: bool, tmp_path: Path, write_scan: WriteScan
) -> None:
    folder = write_scan(tmp_path, mesh=mesh)
    assert open_scene(folder).path == folder


def test_a_mesh_beside_a_scan_is_not_taken_for_the_scan(
    tmp_path: Path, write_scan: WriteScan
) -> None:
    folder = write_scan(tmp_path)
    mesh = folder / "mine.ply"
    mesh.write_bytes((folder / "tiny0000_00_vh_clean_2.ply").read_bytes())
    scene = open_scene(mesh)
    assert scene.path == mesh
    assert open_scene(scene.path).scene_id == "mine"


def test_of_two_scans_in_one_folder_each_is_opened_by_its_mesh(
    tmp_path: Path, write_scan: WriteScan
) -> None:
    folder = write_scan(tmp_path / "one", scene_id="one0000_00")
    for file in write_scan(tmp_path / "two", scene_id="two0000_00", frames=False).iterdir():
        file.rename(folder / file.name)
    for name in ("one0000_00", "two0000_00"):
        scene = open_scene(folder / f"{name}_vh_clean_2.ply")
        again = open_scene(scene.path)
        assert again.scene_id == scene.scene_id == name
    assert open_scene(folder).path == folder
