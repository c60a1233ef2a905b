"""Cases as boxes in GLB and PLY: names, tags as colours, turned boxes, scans and their notice."""

import json
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from plyfile import PlyData  # type: ignore[import-untyped]
from tests.core.annotations.made_cases import made_case

from whatwhere.annotations.case_annotations import CaseAnnotations
from whatwhere.annotations.edits import put_box, put_region, set_note, toggle_tag
from whatwhere.annotations.exchange.exporting import export_cases
from whatwhere.annotations.exchange.files import form_of
from whatwhere.annotations.exchange.records import Exchanged, read_store
from whatwhere.annotations.exchange.scans import ScanFinder
from whatwhere.annotations.exchange.solids import Scans, tag_colors
from whatwhere.annotations.queries import CaseQuery
from whatwhere.annotations.store import AnnotationStore
from whatwhere.annotations.values import CaseBox, FrameRegion, now
from whatwhere.errors import ConfigError
from whatwhere.scenes.meshes import read_ply_mesh

SAID = CaseAnnotations()
TURN_RAD = np.pi / 6


@pytest.fixture
def exchanged(store: AnnotationStore) -> Exchanged:
    """Two cases of one scan and one of another; the first has a turned box and a lifted region."""
    tags = {tag.tag_id: tag for tag in store.tags()}
    first = made_case(0)
    store.apply(toggle_tag(SAID, first.case_id, "zoë", tags["ignores-relation"]), [first])
    box = CaseBox(
        "a" * 32, first.case_id, "zoë", "mended", (1, 2, 0.5), (2, 1, 1), TURN_RAD, "drawn", now()
    )
    store.apply(put_box(SAID, box))
    lifted = (1.0, 2.0, 3.0, 0.5, 0.5, 0.25)
    region = FrameRegion("b" * 32, first.case_id, "zoë", "12", ((0, 0), (9, 9)), lifted, now())
    store.apply(put_region(SAID, region))
    store.apply(set_note(SAID, made_case(1).case_id, "zoë", "naïve"), [made_case(1)])
    store.apply(set_note(SAID, made_case(4).case_id, "zoë", "far"), [made_case(4)])
    return read_store(store, CaseQuery())


def glb(path: Path) -> tuple[dict[str, Any], Callable[[str], np.ndarray]]:
    """The document, and the corners of a part by its name."""
    data = path.read_bytes()
    length = struct.unpack_from("<I", data, 12)[0]
    document = json.loads(data[20 : 20 + length])
    binary = data[28 + length :]

    def vertices(name: str) -> np.ndarray:
        mesh = next(item for item in document["meshes"] if item["name"].startswith(name))
        accessor = document["accessors"][mesh["primitives"][0]["attributes"]["POSITION"]]
        view = document["bufferViews"][accessor["bufferView"]]
        return np.frombuffer(binary, "<f4", 3 * accessor["count"], view["byteOffset"]).reshape(
            -1, 3
        )

    return document, vertices


def write(path: Path, exchanged: Exchanged, scans: Scans | None = None) -> Any:
    return export_cases(path, form_of(path), exchanged, scans=scans)


def test_a_file_per_scan_holds_every_box_by_name(exchanged: Exchanged, tmp_path: Path) -> None:
    written = write(tmp_path / "cases.glb", exchanged)
    names = ["cases-scene0000_00.glb", "cases-scene0001_00.glb"]
    assert [path.name for path in written.paths] == names
    assert (written.num_rows, written.rows_are, written.notice) == (5, "box", None)
    document, vertices = glb(written.paths[0])
    caption = "ignores relation"
    assert [node["name"] for node in document["nodes"]] == [
        f"mended ground truth · zoë · {caption}",
        f"region on frame 12 · zoë · {caption}",
        f"fused answer · {caption}",
        "fused answer",
        f"case 0: {made_case(0).expression}",
        f"case 1: {made_case(1).expression}",
        "aligned",
    ]
    extras = document["nodes"][0]["extras"]
    assert extras["tags"] == [caption]
    assert extras["yaw_rad"] == TURN_RAD
    assert document["nodes"][3]["extras"]["notes"] == ["zoë: naïve"]
    x, y = (vertices("mended").max(axis=0) + vertices("mended").min(axis=0))[:2] / 2
    assert (x, y) == pytest.approx((1, 2))
    wide = np.ptp(vertices("mended"), axis=0)
    cos, sin = np.cos(TURN_RAD), np.sin(TURN_RAD)
    assert wide == pytest.approx([2.02 * cos + 1.02 * sin, 2.02 * sin + 1.02 * cos, 1.02])


def test_boxes_have_the_colour_of_their_first_tag(exchanged: Exchanged, tmp_path: Path) -> None:
    path = write(tmp_path / "cases.ply", exchanged).paths[0]
    data = PlyData.read(path)
    points = data["vertex"].data
    first = points[points["part"] == 0][0]
    colors = tag_colors(exchanged.tags)
    assert (first["red"], first["green"], first["blue"]) == colors["ignores-relation"]
    assert len(set(colors.values())) == len(colors)
    own = replace(exchanged.tags[0], color="#0a141e")
    assert tag_colors([own]) == {own.tag_id: (10, 20, 30)}
    assert tag_colors([replace(own, color="red")]) == tag_colors(exchanged.tags[:1])
    assert data.comments[0].startswith(f"part 0: case 0: {made_case(0).expression}")
    assert "zo\\xeb" in data.comments[0]
    vertices, faces, _ = read_ply_mesh(path)
    assert len(vertices) == 4 * 12 * 8
    assert len(faces) == 4 * 12 * 12


def test_the_scan_goes_along_with_its_notice_where_it_is_asked_for(
    exchanged: Exchanged, tmp_path: Path, write_scan: Callable[..., Path]
) -> None:
    scan = write_scan(tmp_path / "scans", scene_id="scene0000_00")
    found = {"scene0000_00": scan}
    scans = Scans(lambda record: found.get(record["scene_id"]))
    written = write(tmp_path / "out" / "cases.glb", exchanged, scans)
    assert written.without_scan == ("scene0001_00",)
    assert written.notice is not None
    notice = written.notice.read_text()
    assert "ScanNet Terms of Use" in notice
    assert "scene0000_00" in notice
    assert "scene0001_00" not in notice
    document, vertices = glb(written.paths[0])
    assert "Terms of Use" in document["asset"]["copyright"]
    assert "mesh_from_aligned" in document["scenes"][0]["extras"]
    assert len(vertices("scan")) == 441
    assert "copyright" not in glb(written.paths[1])[0]["asset"]
    free = Scans(scans.find, lambda _: True)
    assert write(tmp_path / "free" / "cases.ply", exchanged, free).notice is None
    ply = write(tmp_path / "bound" / "cases.ply", exchanged, scans).paths[0]
    assert any("Terms of Use" in line for line in PlyData.read(ply).comments)


def test_cases_without_a_box_are_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="none of these cases has a box"):
        write(tmp_path / "cases.glb", Exchanged((), ()))
    assert list(tmp_path.iterdir()) == []


def test_a_scan_that_is_gone_is_not_found(exchanged: Exchanged, tmp_path: Path) -> None:
    gone = {**exchanged.records[0], "data": str(tmp_path / "gone.json")}
    assert ScanFinder().find(gone) is None
