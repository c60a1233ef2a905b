import io
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whatwhere.errors import BrokenFileError, MissingFileError, SceneError, WhatWhereError
from whatwhere.scenes import memory, meshes
from whatwhere.scenes.meshes import read_ply_mesh

VERTICES = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0.5, 0.5, 2]], float)
FACES = np.array([[0, 1, 2], [0, 2, 3], [0, 1, 4], [1, 2, 4]])

TEXT = """ply
format ascii 1.0
element vertex 5
property float x
property float y
property float z
element face 2
property list uchar int vertex_indices
end_header
0 0 0
1 0 0
1 1 0
0 1 0
0.5 0.5 2
3 0 1 4
4 0 1 2 3
"""


@pytest.fixture
def good(binary_ply: Callable[..., bytes]) -> bytes:
    return binary_ply(VERTICES, FACES)


@pytest.fixture
def small_memory() -> Iterator[None]:
    """None of the broken files is large, so the reader has a reason to ask for much."""
    tracemalloc.start()
    yield
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64 << 20


def write(folder: Path, content: bytes | str) -> Path:
    path = folder / "mesh.ply"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_binary_mesh_in_either_byte_order(
    tmp_path: Path, binary_ply: Callable[..., bytes], order: str
) -> None:
    content = binary_ply(VERTICES, FACES, order=order)
    vertices, faces, colors = read_ply_mesh(write(tmp_path, content))
    np.testing.assert_array_equal(vertices, VERTICES)
    np.testing.assert_array_equal(faces, FACES)
    assert (colors == [10, 20, 30]).all()


def test_the_arrays_outlive_the_file(tmp_path: Path, good: bytes) -> None:
    path = write(tmp_path, good)
    vertices, faces, _ = read_ply_mesh(path)
    with path.open("r+b") as file:
        file.write(b"\0" * len(good))
    np.testing.assert_array_equal(vertices, VERTICES)
    np.testing.assert_array_equal(faces, FACES)


def test_a_text_mesh_with_a_quad_becomes_a_fan_of_grey_triangles(tmp_path: Path) -> None:
    vertices, faces, colors = read_ply_mesh(write(tmp_path, TEXT))
    np.testing.assert_array_equal(vertices, VERTICES)
    assert faces.tolist() == [[0, 1, 4], [0, 1, 2], [0, 2, 3]]
    assert len(np.unique(colors)) == 1


def test_a_binary_mesh_with_polygons_becomes_fans(tmp_path: Path, good: bytes) -> None:
    start = good.index(b"element face")
    header = good[: good.index(b"end_header\n") + 11].replace(b"element face 4", b"element face 2")
    points = good[good.index(b"end_header\n") + 11 :][: 5 * 16]
    polygons = bytes([4]) + np.arange(4, dtype="<i4").tobytes()
    polygons += bytes([5]) + np.arange(5, dtype="<i4").tobytes()
    assert start > 0
    _, faces, _ = read_ply_mesh(write(tmp_path, header + points + polygons))
    assert faces.tolist() == [[0, 1, 2], [0, 2, 3], [0, 1, 2], [0, 2, 3], [0, 3, 4]]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_any_line_ending(tmp_path: Path, newline: str) -> None:
    vertices, _, _ = read_ply_mesh(write(tmp_path, TEXT.replace("\n", newline)))
    assert len(vertices) == 5


def test_a_point_cloud_has_no_faces(tmp_path: Path) -> None:
    text = TEXT.replace("element face 2\nproperty list uchar int vertex_indices\n", "")
    vertices, faces, _ = read_ply_mesh(write(tmp_path, text[: text.index("3 0 1 4")]))
    assert len(vertices) == 5
    assert faces.shape == (0, 3)


def test_colours_as_floats_from_0_to_1(tmp_path: Path) -> None:
    text = (
        "ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nproperty float y\n"
        "property float z\nproperty float red\nproperty float green\nproperty float blue\n"
        "end_header\n0 0 0 1 0.5 0\n"
    )
    assert read_ply_mesh(write(tmp_path, text))[2].tolist() == [[255, 127, 0]]


def with_index(content: bytes, value: int) -> bytes:
    """The same mesh with the very last corner replaced."""
    return content[:-4] + np.array(value, "<u4").tobytes()


def with_vertex_count(content: bytes, count: str) -> bytes:
    return content.replace(b"element vertex 5", f"element vertex {count}".encode())


BROKEN: dict[str, Callable[[bytes], bytes]] = {
    "truncated vertices": lambda good: good[: good.index(b"end_header\n") + 11 + 30],
    "truncated faces": lambda good: good[:-7],
    "header only": lambda good: good[: good.index(b"end_header\n") + 11],
    "huge vertex count": lambda good: with_vertex_count(good, "4000000000"),
    "astronomic vertex count": lambda good: with_vertex_count(good, "9" * 40),
    "index 0x0fffffff": lambda good: with_index(good, 0x0FFFFFFF),
    "list length 255": lambda good: good[:-13] + b"\xff" + good[-12:],
    "list length 0": lambda good: good[:-13] + b"\x00",
    "negative count": lambda good: with_vertex_count(good, "-5"),
    "count is a word": lambda good: with_vertex_count(good, "many"),
    "text cut in half": lambda good: TEXT[: len(TEXT) * 3 // 4].encode(),
    "text with words": lambda good: TEXT.replace("0.5 0.5 2", "0.5 half 2").encode(),
    "text with a short row": lambda good: TEXT.replace("0.5 0.5 2", "0.5 0.5").encode(),
    "text with an endless index": lambda good: TEXT.replace("3 0 1 4", f"3 0 1 {9**30}").encode(),
    "garbage": lambda good: bytes(range(256)) * 8,
    "empty": lambda good: b"",
    "half header": lambda good: good[: good.index(b"end_header") - 20],
    "endless header": lambda good: b"ply\nformat ascii 1.0\n" + b"comment no end\n" * 10_000,
    "header that is not text": lambda good: good.replace(b"made for", b"m\xffde for"),
    "index -1": lambda good: with_index(good, 0xFFFFFFFF),
    "index one too large": lambda good: with_index(good, 5),
    "coordinate NaN": lambda good: TEXT.replace("0.5 0.5 2", "0.5 nan 2").encode(),
    "coordinate signalling NaN": lambda good: good.replace(
        b"end_header\n" + bytes(4), b"end_header\n" + np.array(0x7F8A217C, "<u4").tobytes()
    ),
    "coordinate infinite": lambda good: TEXT.replace("0.5 0.5 2", "0.5 inf 2").encode(),
    "coordinate beyond any room": lambda good: TEXT.replace("0.5 0.5 2", "0.5 1e30 2").encode(),
    "no vertices": lambda good: (
        TEXT.replace("element vertex 5", "element vertex 0")
        .replace("element face 2", "element face 0")
        .encode()
    ),
    "no vertex element": lambda good: TEXT.replace("element vertex", "element voxel").encode(),
    "no z": lambda good: TEXT.replace("property float z", "property float w").encode(),
    "no vertex_indices": lambda good: TEXT.replace("vertex_indices", "corners").encode(),
    "fractional corners": lambda good: TEXT.replace("uchar int", "uchar float").encode(),
    "two elements of one name": lambda good: TEXT.replace(
        "element face", "element vertex"
    ).encode(),
    "element without properties": lambda good: TEXT.replace(
        "end_header", "element nothing 9999999999\nend_header"
    ).encode(),
}


@pytest.mark.usefixtures("small_memory")
@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_file_is_refused_with_its_name(tmp_path: Path, good: bytes, kind: str) -> None:
    content = BROKEN[kind](good)
    assert content != good
    path = write(tmp_path, content)
    with pytest.raises(BrokenFileError) as caught:
        read_ply_mesh(path)
    assert caught.value.path == path
    assert str(path) in str(caught.value)


@pytest.mark.usefixtures("small_memory")
def test_a_list_that_claims_two_billion_corners_is_refused(tmp_path: Path, good: bytes) -> None:
    header, body = good.split(b"end_header\n", maxsplit=1)
    header = header.replace(b"list uchar int", b"list int int").replace(b"face 4", b"face 1")
    triangle = np.array([2**31 - 1, 0, 1, 2], "<i4").tobytes()
    with pytest.raises(BrokenFileError):
        read_ply_mesh(write(tmp_path, header + b"end_header\n" + body[: 5 * 16] + triangle))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"nowhere\.ply"):
        read_ply_mesh(tmp_path / "nowhere.ply")


@pytest.mark.parametrize(
    ("name", "num_vertices", "num_faces"),
    [
        ("BoxTextured.ply", 24, 12),
        ("cube_blender_uv.ply", 24, 12),
        ("featuretype.ply", 5096, 3476),
        ("fuze.ply", 502, 1000),
        ("metadata.ply", 4, 2),
        ("multi.ply", 4, 2),
        ("plane.ply", 4, 2),
        ("ply_points_ascii.ply", 8, 0),
        ("points_ascii.ply", 5, 0),
        ("points_bin.ply", 5, 0),
        ("points_emptyface.ply", 1024, 0),
        ("sphere.ply", 642, 1280),
        ("tet.ply", 4, 4),
        ("empty.ply", None, None),
        ("ply_empty_bin.ply", None, None),
    ],
)
def test_odd_files_found_in_the_wild(
    realdata: Path, name: str, num_vertices: int | None, num_faces: int | None
) -> None:
    path = realdata / "odd_ply" / name
    if num_vertices is None:
        with pytest.raises(BrokenFileError, match="empty"):
            read_ply_mesh(path)
        return
    vertices, faces, colors = read_ply_mesh(path)
    assert (len(vertices), len(colors), len(faces)) == (num_vertices, num_vertices, num_faces)


def test_a_row_with_more_words_than_its_header_says_is_named(realdata: Path) -> None:
    with pytest.raises(BrokenFileError, match="'face': row 0: expected end-of-line"):
        read_ply_mesh(realdata / "odd_ply" / "fuze_ascii.ply")


edits = st.lists(
    st.tuples(st.integers(0, 400), st.integers(0, 8), st.binary(max_size=8)),
    min_size=1,
    max_size=4,
)


@settings(max_examples=300)
@given(st.sampled_from(["binary", "text"]), edits)
def test_no_edit_of_a_file_crashes_the_reader(
    tmp_path_factory: pytest.TempPathFactory,
    binary_ply: Callable[..., bytes],
    form: str,
    edits: list[tuple[int, int, bytes]],
) -> None:
    content = binary_ply(VERTICES, FACES) if form == "binary" else TEXT.encode()
    for start, length, replacement in edits:
        content = content[:start] + replacement + content[start + length :]
    path = write(tmp_path_factory.getbasetemp(), content)
    try:
        vertices, faces, colors = read_ply_mesh(path)
    except WhatWhereError:
        return
    assert len(vertices) == len(colors) > 0
    assert np.isfinite(vertices).all()
    assert faces.shape == (0, 3) or 0 <= faces.min() <= faces.max() < len(vertices)


def test_a_mesh_that_does_not_fit_is_refused_before_it_is_read(
    tmp_path: Path, good: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory.psutil, "virtual_memory", lambda: SimpleNamespace(available=10**8))
    monkeypatch.setattr(meshes.PlyData, "read", _read_headers_only(meshes.PlyData.read))
    with pytest.raises(SceneError, match=r"5 vertices and 4 faces.* 0\.1 GB is free") as caught:
        read_ply_mesh(write(tmp_path, good))
    assert "decimated copy" in str(caught.value)


def _read_headers_only(read: Callable[..., object]) -> Callable[..., object]:
    def checked(stream: object, *args: object, **options: object) -> object:
        assert isinstance(stream, io.BytesIO), "the file itself was read"
        return read(stream, *args, **options)

    return checked
