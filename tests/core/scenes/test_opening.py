import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from whatwhere.errors import BrokenFileError, Cancelled, MissingFileError, SceneError
from whatwhere.geometry.poses import invert, transform
from whatwhere.scenes.opening import open_scene, read_whole_scene, scene_name
from whatwhere.scenes.scene import Mesh, display_name

WriteScan = Callable[..., Path]


def test_a_whole_scan(tmp_path: Path, write_scan: WriteScan, tiny_alignment: np.ndarray) -> None:
    scene = open_scene(write_scan(tmp_path))
    assert scene.scene_id == "tiny0000_00"
    assert scene.is_aligned
    np.testing.assert_allclose(scene.aligned_from_mesh, tiny_alignment, atol=1e-8)
    assert scene.mesh is not None
    assert scene.mesh.faces.shape == (800, 3)
    assert scene.mesh.vertices.dtype == np.float32
    wall = transform(scene.mesh.vertices, invert(tiny_alignment))
    np.testing.assert_allclose(wall[:, 1], 3, atol=1e-5)


def test_frames_come_in_capture_order_with_the_reason_where_one_is_dropped(
    tmp_path: Path, write_scan: WriteScan
) -> None:
    scene = open_scene(write_scan(tmp_path))
    assert [header.name for header in scene.headers] == ["0", "20", "100"]
    assert [header.name for header in scene.frames] == ["0", "100"]
    assert "tracking was lost" in str(scene.headers[1].fault)
    assert [text for text in scene.warnings if text.startswith("1 of 3 frames was dropped")]


def test_a_frame_is_in_metres_in_the_aligned_world(
    tmp_path: Path, write_scan: WriteScan, tiny_alignment: np.ndarray
) -> None:
    scene = open_scene(write_scan(tmp_path))
    frame = scene.read_frame(scene.frames[0])
    assert frame.color.shape == (48, 64, 3)
    assert frame.depth_m.shape == frame.depth_valid.shape == (24, 32)
    assert not frame.depth_valid[:2].any()
    assert (frame.depth_m[2:] == 3).all()
    assert (frame.color_camera.width, frame.depth_camera.width) == (64, 32)
    assert frame.color_camera == scene.frames[0].camera
    np.testing.assert_allclose(frame.world_from_camera[:3, 3], tiny_alignment[:3, 3], atol=1e-8)
    assert scene.read_frame(scene.frames[0]) is frame


def test_colour_of_another_size_than_its_intrinsics_is_said_and_scaled(
    tmp_path: Path, write_scan: WriteScan
) -> None:
    folder = write_scan(tmp_path)
    for path in (folder / "color").iterdir():
        Image.open(path).resize((32, 12)).save(path)
    scene = open_scene(folder)
    camera = scene.frames[0].camera
    assert camera is not None
    assert (camera.fx, camera.fy, camera.width, camera.height) == (30, 15, 32, 12)
    assert any("32x12" in text and "64x48" in text for text in scene.warnings)


def test_an_export_in_the_posed_images_layout(tmp_path: Path, write_scan: WriteScan) -> None:
    folder = write_scan(tmp_path / "scans")
    flat = tmp_path / "posed_images" / folder.name
    flat.mkdir(parents=True)
    for kind, suffix in (("color", "jpg"), ("depth", "png"), ("pose", "txt")):
        for path in (folder / kind).iterdir():
            shutil.move(path, flat / f"{int(path.stem):05d}.{suffix}")
        (folder / kind).rmdir()
    shutil.move(folder / "intrinsic" / "intrinsic_color.txt", flat / "intrinsic.txt")
    shutil.move(folder / "intrinsic" / "intrinsic_depth.txt", flat / "depth_intrinsic.txt")

    scene = open_scene(folder)
    assert [header.name for header in scene.frames] == ["00000", "00100"]
    assert scene.read_frame(scene.frames[1]).depth_camera.fx == 30
    # The flat folder is the same scan: its mesh lies beside it, in scans.
    same = open_scene(flat)
    assert [header.name for header in same.frames] == ["00000", "00100"]
    assert same.is_aligned
    assert len(same.objects) == 3
    assert open_scene(same.path).scene_id == scene.scene_id
    shutil.rmtree(folder)
    alone = open_scene(flat)
    assert [header.name for header in alone.frames] == ["00000", "00100"]
    assert alone.mesh is None


def test_the_mesh_of_a_scan_opens_the_scan(tmp_path: Path, write_scan: WriteScan) -> None:
    folder = write_scan(tmp_path)
    scene = open_scene(folder / "tiny0000_00_vh_clean_2.ply")
    assert len(scene.frames) == 2
    assert len(scene.objects) == 3


def test_a_ply_file_alone_is_a_scene(tmp_path: Path, write_scan: WriteScan) -> None:
    folder = write_scan(tmp_path)
    path = tmp_path / "room.ply"
    shutil.copy(folder / "tiny0000_00_vh_clean_2.ply", path)
    scene = open_scene(path)
    assert scene.scene_id == "room"
    assert scene.mesh is not None
    assert scene.objects == ()
    assert not scene.is_aligned
    assert scene.frames == []


def test_a_renamed_folder_keeps_its_scene_id(tmp_path: Path, write_scan: WriteScan) -> None:
    folder = write_scan(tmp_path).rename(tmp_path / "my scan")
    scene = open_scene(folder)
    assert scene.scene_id == "tiny0000_00"
    assert len(scene.objects) == 3


@pytest.mark.parametrize(
    ("left_out", "words"),
    [("frames", "no frames"), ("annotation", "no annotated objects"), ("mesh", "no mesh")],
)
def test_what_is_missing_becomes_a_warning(
    tmp_path: Path, write_scan: WriteScan, left_out: str, words: str
) -> None:
    scene = open_scene(write_scan(tmp_path, **{left_out: False}))
    assert any(words in text for text in scene.warnings)
    assert (scene.mesh is None) == (left_out == "mesh")
    assert (scene.objects == ()) == (left_out != "frames")


def test_a_scan_without_its_text_file_is_not_aligned(tmp_path: Path, write_scan: WriteScan) -> None:
    scene = open_scene(write_scan(tmp_path, text=False))
    assert not scene.is_aligned
    np.testing.assert_array_equal(scene.aligned_from_mesh, np.eye(4))
    assert any("axisAlignment" in text for text in scene.warnings)
    assert len(scene.frames) == 2


def test_what_is_not_a_scene_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="nowhere"):
        open_scene(tmp_path / "nowhere")
    with pytest.raises(SceneError, match="not a scene"):
        open_scene(tmp_path)
    letter = tmp_path / "letter.txt"
    letter.write_text("hello")
    with pytest.raises(SceneError, match="neither a folder nor a PLY"):
        open_scene(letter)


def test_a_data_set_names_a_scan_to_open(tmp_path: Path, write_scan: WriteScan) -> None:
    scan = write_scan(tmp_path / "scans")
    for folder in (tmp_path, tmp_path / "scans"):
        with pytest.raises(SceneError) as refused:
            open_scene(folder)
        assert f"such as {scan}." in str(refused.value)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("axisAlignment = 1 0 0 0", "16 numbers"),
        ("axisAlignment = " + "one " * 16, "16 numbers"),
        ("axisAlignment = " + "0 " * 16, "not a rotation"),
        ("axisAlignment = " + "nan " * 16, "not a rotation"),
    ],
)
def test_a_broken_alignment_is_refused(
    tmp_path: Path, write_scan: WriteScan, line: str, words: str
) -> None:
    folder = write_scan(tmp_path)
    (folder / "tiny0000_00.txt").write_text(line)
    with pytest.raises(BrokenFileError, match=words):
        open_scene(folder)


def test_a_tilting_alignment_is_a_warning(tmp_path: Path, write_scan: WriteScan) -> None:
    folder = write_scan(tmp_path)
    (folder / "tiny0000_00.txt").write_text("axisAlignment = 1 0 0 0 0 0 -1 0 0 1 0 0 0 0 0 1")
    assert any("vertical axis" in text for text in open_scene(folder).warnings)


def test_opening_decodes_no_pixels(tmp_path: Path, write_scan: WriteScan) -> None:
    folder = write_scan(tmp_path)
    for path in [*(folder / "color").iterdir(), *(folder / "depth").iterdir()]:
        content = path.read_bytes()
        path.write_bytes(content[: len(content) * 3 // 4])
    scene = open_scene(folder)
    assert len(scene.frames) == 2
    with pytest.raises(BrokenFileError, match=r"(color|depth).0\.(jpg|png)"):
        scene.read_frame(scene.frames[0])


def test_the_real_scan(realdata: Path) -> None:
    scene = open_scene(realdata / "scannet" / "scans" / "scene0000_00")
    assert scene.mesh is not None
    assert (len(scene.mesh.vertices), len(scene.mesh.faces)) == (81_369, 153_587)
    assert len(scene.objects) == 67
    assert [header.name for header in scene.frames] == ["1660", "2760", "3700", "5560"]
    assert any("1296x968" in text for text in scene.warnings)
    rows = np.load(realdata / "scannet" / "reference" / "scene0000_00_aligned_bbox.npy")
    boxes = {item.object_id: item.box for item in scene.objects if item.box is not None}
    assert sorted(boxes) == sorted(int(row[7]) for row in rows)
    for row in rows:
        np.testing.assert_allclose(boxes[int(row[7])].as_row(), row[:6], atol=1e-4)


def test_every_vertex_of_the_real_scan_has_its_object(realdata: Path) -> None:
    scene = open_scene(realdata / "scannet" / "scans" / "scene0000_00")
    labels = np.load(realdata / "scannet" / "reference" / "scene0000_00_vertex_labels.npz")
    found = np.zeros(len(labels["instance"]), int)
    for item in scene.objects:
        found[item.vertex_indices] = item.object_id + 1
    np.testing.assert_array_equal(found, labels["instance"])


def test_empty_frame_folders_are_no_frames(tmp_path: Path, write_scan: WriteScan) -> None:
    folder = write_scan(tmp_path)
    for kind in ("color", "depth", "pose"):
        for path in (folder / kind).iterdir():
            path.unlink()
    scene = open_scene(folder)
    assert scene.headers == ()
    assert [text for text in scene.warnings if "has no frames" in text]


def test_a_scene_is_called_what_its_text_file_says(write_scan: WriteScan, tmp_path: Path) -> None:
    folder = write_scan(tmp_path)
    scene = open_scene(folder)
    assert scene.display_name == "Test = odd"
    assert scene.title == "Test = odd · tiny0000_00"
    assert scene_name(folder) == ("tiny0000_00", "Test = odd")
    (folder / "tiny0000_00.txt").unlink()
    assert open_scene(folder).title == "tiny0000_00"
    assert scene_name(folder) == ("tiny0000_00", "")
    assert display_name("room1_00", "living room") == "Living room"


def test_the_name_of_a_scene_that_is_gone_is_its_folder(tmp_path: Path) -> None:
    assert scene_name(tmp_path / "scene0707_00") == ("scene0707_00", "")
    assert scene_name(tmp_path / "room.ply") == ("room", "")
    assert scene_name(tmp_path / "a" / "scene1_00_vh_clean_2.ply") == ("scene1_00", "")


def test_opening_tells_its_steps_and_stops_when_it_is_cancelled(
    write_scan: WriteScan, tmp_path: Path
) -> None:
    folder = write_scan(tmp_path)
    told: list[tuple[int, int, str]] = []
    seen: list[tuple[Mesh, int]] = []
    scene = read_whole_scene(
        folder,
        on_step=lambda *step: told.append(step),
        on_mesh=lambda mesh: seen.append((mesh, len(told))),
    )
    # Whoever draws the mesh gets it before anything else is read, and it is read once.
    assert seen == [(scene.mesh, 1)]
    assert [(done, total) for done, total, _ in told if total] == [(0, 3), (1, 3), (2, 3)]
    assert [what for _, total, what in told if not total] == [
        "reading the mesh",
        "reading the frames' poses",
        "reading the objects",
        "done",
    ]
    read: list[tuple[int, int, str]] = []
    with pytest.raises(Cancelled):
        read_whole_scene(
            folder, on_step=lambda *step: read.append(step), is_cancelled=lambda: len(read) > 2
        )
    assert len(read) == 3  # in the middle of the frames


def test_boxes_and_frames_without_a_mesh_are_shown_on_the_depth(
    tmp_path: Path, write_scan: WriteScan
) -> None:
    folder = write_scan(tmp_path, mesh=False, annotation=False)
    row = [0.0, 3.0, 1.0, 1.0, 0.5, 2.0, 4.0, 7.0]
    np.save(folder / "tiny0000_00_aligned_bbox.npy", np.array([row]))
    shown: list[Mesh] = []
    scene = open_scene(folder, on_mesh=shown.append)
    assert len(shown[0].faces) > 0
    assert [item.object_id for item in scene.objects] == [7], "its boxes are those of the table"
    assert any("a surface made from depth" in text for text in scene.warnings)
    unseen = open_scene(folder)
    assert unseen.mesh is None, "only whoever looks waits for it"
    assert [item.box for item in unseen.objects] == [item.box for item in scene.objects]
