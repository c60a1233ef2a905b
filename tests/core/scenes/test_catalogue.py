"""Listing the scans below some folders: what is found, what is kept, what is told."""

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from whatwhere.errors import Cancelled
from whatwhere.scenes.catalogue import Catalogue, find_scans
from whatwhere.scenes.listed_scans import look_into
from whatwhere.scenes.opening import open_scene

WriteScan = Callable[..., Path]


def settle(root: Path, *, ago_s: float = 3600) -> None:
    """As if all of this had been written long ago; what is new may still be changing."""
    then_s = time.time() - ago_s
    for folder, _, names in os.walk(root):
        for path in (Path(folder), *(Path(folder, name) for name in names)):
            os.utime(path, (then_s, then_s))


@pytest.fixture
def data(tmp_path: Path, write_scan: WriteScan) -> Path:
    """Three scans in `scans`: a whole one, one without frames, one with nothing but frames."""
    root = tmp_path / "data"
    write_scan(root / "scans", scene_id="scene0001_00")
    bare = write_scan(root / "scans", scene_id="scene0002_00", annotation=False)
    for part in ("color", "depth", "pose", "intrinsic"):
        shutil.rmtree(bare / part)
    write_scan(root / "scans", scene_id="scene0003_00", annotation=False, text=False, mesh=False)
    (root / "notes").mkdir()
    (root / "notes" / "readme.md").write_text("no scan")
    settle(root)
    return root


@pytest.fixture
def find(tmp_path: Path) -> Callable[..., Catalogue]:
    def found(*folders: Path) -> Catalogue:
        return find_scans(folders, cache=tmp_path / "cache" / "scans.json")

    return found


def test_every_scan_says_what_is_there_and_why_something_is_not(
    data: Path, find: Callable[..., Catalogue]
) -> None:
    found = find(data)
    whole, no_frames, only_frames = found.scans
    assert found.faults == ()
    assert (whole.scene_id, whole.kind, whole.missing) == ("scene0001_00", "Test = odd", {})
    assert whole.num_frames == len(open_scene(whole.path).headers)
    assert set(no_frames.missing) == {"frames", "objects"}
    assert "scene0002_00.aggregation.json and scene0002_00_vh" in no_frames.missing["objects"]
    assert set(only_frames.missing) == {"mesh", "objects"}
    assert "A surface is made from depth" in only_frames.missing["mesh"]
    for scan in found.scans:
        scene = open_scene(scan.path)
        assert scan.has("frames") == bool(scene.headers)
        assert scan.has("objects") == bool(scene.objects)


def test_the_second_time_no_folder_is_listed(data: Path, find: Callable[..., Catalogue]) -> None:
    first = find(data)
    assert first.num_looked_into == 6
    second = find(data)
    assert second.num_looked_into == 0
    assert second.scans == first.scans


def test_only_what_changed_is_looked_into_again(data: Path, find: Callable[..., Catalogue]) -> None:
    find(data)
    scan = data / "scans" / "scene0001_00"
    (scan / "scene0001_00.aggregation.json").unlink()
    changed = find(data)
    # The scan, and `scans` above it, which watches the few folders in it.
    assert changed.num_looked_into <= 2
    assert set(changed.scans[0].missing) == {"objects"}
    (scan / "scene0001_00.txt").write_text("sceneType = Kitchen\n")
    assert find(data).scans[0].kind == "Kitchen"
    shutil.rmtree(scan)
    assert [item.scene_id for item in find(data).scans] == ["scene0002_00", "scene0003_00"]


def test_what_has_just_been_written_is_not_trusted_yet(
    data: Path, find: Callable[..., Catalogue]
) -> None:
    settle(data / "scans" / "scene0001_00", ago_s=0)
    assert find(data).num_looked_into == 6
    assert find(data).num_looked_into > 0


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"\x00\xff garbage",
        b'{"scheme": 1, "entries": []}',
        b'{"scheme": 99, "entries": {}}',
        b"[" * 100_000,
    ],
)
def test_a_broken_cache_is_made_anew(
    data: Path, find: Callable[..., Catalogue], tmp_path: Path, damage: bytes
) -> None:
    scans = find(data).scans
    cache = tmp_path / "cache" / "scans.json"
    cache.write_bytes(damage)
    assert find(data).scans == scans
    assert find(data).num_looked_into == 0


def test_entries_that_nobody_wrote_like_that_are_found_out_again(
    data: Path, find: Callable[..., Catalogue], tmp_path: Path
) -> None:
    scans = find(data).scans
    cache = tmp_path / "cache" / "scans.json"
    document = json.loads(cache.read_text())
    faulty = [7, {"scans": 3}, {"scans": [{}], "inside": []}, {"inside": []}]
    for entry, wrong in zip(document["entries"].values(), [*faulty, *faulty], strict=False):
        entry["document"] = wrong
    cache.write_text(json.dumps(document))
    assert find(data).scans == scans


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(data: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = find_scans([data], cache=tmp_path / "file" / "scans.json")
    assert len(found.scans) == 3


def test_folders_that_are_gone_are_named_and_others_listed(
    data: Path, find: Callable[..., Catalogue], tmp_path: Path
) -> None:
    (tmp_path / "a file").write_text("")
    found = find(tmp_path / "gone", tmp_path / "a file", data)
    assert len(found.scans) == 3
    gone, no_folder = found.faults
    assert gone.startswith(f"{tmp_path / 'gone'}: Folder of scans not found. Bring")
    assert no_folder.startswith(f"{tmp_path / 'a file'}: this is a file")


def test_a_folder_that_the_system_refuses_is_named(
    data: Path, find: Callable[..., Catalogue], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(folder: Path) -> object:
        if folder.name == "notes":
            raise PermissionError(13, "Permission denied", str(folder))
        return look_into(folder)

    monkeypatch.setattr("whatwhere.scenes.catalogue.look_into", refuse)
    found = find(data)
    assert len(found.scans) == 3
    assert found.faults[0].startswith(f"{data / 'notes'}: the system refuses it (Permission")


def test_a_scan_that_cannot_be_opened_says_why(data: Path, find: Callable[..., Catalogue]) -> None:
    text = data / "scans" / "scene0001_00" / "scene0001_00.txt"
    text.write_text("axisAlignment = 1 2 3\n")
    broken = find(data).scans[0]
    assert broken.fault.startswith(f"{text}: axisAlignment does not hold 16 numbers")
    assert not broken.has("mesh")


def test_a_search_that_is_given_up_is_gone_on_with(data: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache" / "scans.json"

    def stop(done: int, known: int, _: str) -> None:
        assert known > done
        if done == 3:
            raise Cancelled("Looking for scans")

    with pytest.raises(Cancelled):
        find_scans([data], cache=cache, on_step=stop)
    assert find_scans([data], cache=cache).num_looked_into == 3


def test_a_scan_is_listed_once_however_it_is_reached(
    data: Path, find: Callable[..., Catalogue], write_scan: WriteScan
) -> None:
    (data / "again").symlink_to(data / "scans")
    found = find(data, data / "scans", data / "scans" / "scene0001_00")
    assert len(found.scans) == 3


def test_loose_meshes_and_single_scans_are_listed_too(
    tmp_path: Path, data: Path, find: Callable[..., Catalogue]
) -> None:
    loose = tmp_path / "loose"
    loose.mkdir()
    mesh = data / "scans" / "scene0001_00" / "scene0001_00_vh_clean_2.ply"
    for name in ("a.ply", "b.PLY"):
        shutil.copy(mesh, loose / name)
    found = find(loose, data / "scans" / "scene0003_00")
    assert [scan.path.name for scan in found.scans] == ["a.ply", "b.PLY", "scene0003_00"]
    assert set(found.scans[0].missing) == {"frames", "objects"}
