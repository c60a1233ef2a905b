from pathlib import Path

import numpy as np
import pytest

from whatwhere.errors import BrokenFileError
from whatwhere.scenes.calibration import measured_size, read_calibration
from whatwhere.scenes.scan_text import ScanText, read_scan_text


def matrix(cx: float, cy: float, focal: float = 500) -> np.ndarray:
    values = np.diag([focal, focal, 1.0, 1.0])
    values[:2, 2] = cx, cy
    return values


def scan_text(**values: str) -> ScanText:
    return ScanText(np.eye(4), is_aligned=False, values=values)


@pytest.mark.parametrize(
    ("center", "image", "text", "expected"),
    [
        ((646, 490), (640, 480), (1296, 968), ((1296, 968), False)),
        ((319, 243), (640, 480), (1296, 968), ((640, 480), False)),
        ((319, 243), (640, 480), None, ((640, 480), False)),
        ((646, 490), (640, 480), None, ((1292, 980), True)),
        ((646, 490), None, (1296, 968), ((1296, 968), False)),
        ((646, 490), None, None, ((1292, 980), True)),
    ],
)
def test_the_principal_point_tells_the_size(center, image, text, expected) -> None:
    assert measured_size(matrix(*center), image_size=image, text_size=text) == expected


def test_a_guess_is_said(tmp_path: Path) -> None:
    np.savetxt(tmp_path / "intrinsic_color.txt", matrix(646, 490))
    np.savetxt(tmp_path / "intrinsic_depth.txt", matrix(319, 243))
    found = read_calibration(tmp_path, scan_text(), color_size=(640, 480), depth_size=(640, 480))
    assert len(found.assumptions) == 1
    assert "principal point" in found.assumptions[0]


@pytest.mark.parametrize(("given", "missing"), [("color", "depth"), ("depth", "colour")])
def test_one_camera_stands_in_for_the_other(tmp_path: Path, given: str, missing: str) -> None:
    np.savetxt(tmp_path / f"intrinsic_{given}.txt", matrix(319, 243))
    found = read_calibration(tmp_path, scan_text(), color_size=(640, 480), depth_size=(640, 480))
    assert found.color == found.depth
    assert found.color is not None
    assert [text for text in found.assumptions if f"The {missing} camera" in text]


@pytest.mark.parametrize("center", [(np.nan, 243), (319, np.inf), (-319, 243)])
def test_a_matrix_of_no_camera_is_refused_by_name(tmp_path: Path, center) -> None:
    np.savetxt(tmp_path / "intrinsic_depth.txt", matrix(*center))
    with pytest.raises(BrokenFileError, match=r"intrinsic_depth\.txt: it is no camera matrix"):
        read_calibration(tmp_path, scan_text(), color_size=None, depth_size=(640, 480))


def test_the_scan_text_stands_in_for_both(realdata: Path) -> None:
    text = read_scan_text(realdata / "scannet" / "scans" / "scene0000_00" / "scene0000_00.txt")
    found = read_calibration(Path("nowhere"), text, color_size=(1296, 968), depth_size=(640, 480))
    assert found.color is not None
    assert found.depth is not None
    assert (found.color.fx, found.depth.cx) == (1170.187988, 319.5)
    assert found.assumptions == ()


def test_every_real_scan_text_has_a_vertical_alignment(realdata: Path) -> None:
    paths = sorted((realdata / "scannet" / "scene_txt").glob("*.txt"))
    assert paths
    for path in paths:
        text = read_scan_text(path)
        assert text.is_aligned
        np.testing.assert_allclose(text.aligned_from_mesh[2, :3], [0, 0, 1], atol=1e-6)
        assert text.size("depth") == (640, 480)
        assert text.camera_matrix("color") is not None
