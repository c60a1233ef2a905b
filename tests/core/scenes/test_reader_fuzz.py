"""Broken files of every layout: a clear error, or a scene that says what it lacks.

The mutations are drawn from a seed, so a failure can be repeated: cuts, flipped bits, numbers that
are too large, too small or none, words and bytes exchanged, paths that lead elsewhere.
"""

import shutil
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import numpy as np
import pytest
from data_set_scans import write_arkit, write_scannetpp

from whatwhere.errors import WhatWhereError
from whatwhere.scenes.opening import open_scene

SensBytes = Callable[..., bytes]
WriteScan = Callable[..., Path]

NUM_MUTATIONS = 300
SPARE_BYTES = 4 << 20
"""What any opening takes, whatever the size of the file (these are of some kilobytes)."""

WHOLE_NUMBERS = [0, 1, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**64 - 1]

NUMBERS = [b"nan", b"inf", b"-inf", b"1e308", b"-1", b"0", b"99999999999999999999", b"", b"x"]
PATHS = [b"../../../../etc/passwd", b"/etc/passwd", b"..\\..\\x.png", b"\x00", b"C:/x.png"]
WORDS = [*NUMBERS, *PATHS]
TEXTS = (".txt", ".json", ".traj", ".pincam")


def mutated(content: bytes, rng: np.random.Generator, *, is_text: bool) -> bytes:
    """One way in which a file breaks."""
    kind = rng.integers(0, 6)
    if not content or kind == 0:
        return content[: rng.integers(0, len(content) + 1)]
    at = int(rng.integers(0, len(content)))
    if kind == 1:
        flipped = bytearray(content)
        for place in rng.integers(0, len(content), 1 + rng.integers(0, 8)):
            flipped[place] ^= 1 << rng.integers(0, 8)
        return bytes(flipped)
    if is_text and kind in (2, 3):
        words = content.split(b" ")
        words[rng.integers(0, len(words))] = WORDS[rng.integers(0, len(WORDS))]
        return b" ".join(words)
    if kind in (2, 3):
        # A whole number where it stands, as small, as large or as negative as it gets.
        value = WHOLE_NUMBERS[rng.integers(0, len(WHOLE_NUMBERS))]
        size = int(rng.choice([4, 8]))
        packed: bytes = (value & (2 ** (8 * size) - 1)).to_bytes(size, "little")
        at = min(at, 500) if kind == 2 else at
        return content[:at] + packed + content[at + size :]
    if kind == 4:
        return content[:at] + content[at + int(rng.integers(1, 40)) :]
    return content[:at] + bytes(rng.bytes(int(rng.integers(1, 40)))) + content[at:]


def outcomes(folder: Path, victims: list[Path], *, count: int = NUM_MUTATIONS) -> dict[str, int]:
    """What becomes of the scene when one of its files breaks, in so many ways; counted."""
    rng = np.random.default_rng(7)
    contents = {path: path.read_bytes() for path in victims}
    num_bytes = sum(map(len, contents.values()))
    counts = dict.fromkeys(("whole", "partial", "refused"), 0)
    for number in range(count):
        victim = victims[rng.integers(0, len(victims))]
        broken = mutated(contents[victim], rng, is_text=victim.suffix in TEXTS)
        victim.write_bytes(broken)
        # Watching memory takes thrice the time, so it is watched in every third case.
        with watched(num_bytes) if number % 3 == 0 else nullcontext():
            counts[opened(folder)] += 1
        victim.write_bytes(contents[victim])
    return counts


@contextmanager
def watched(num_bytes: int) -> Iterator[None]:
    """Fails where more memory is held at once than files of this size explain."""
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < SPARE_BYTES + 10 * num_bytes


def opened(path: Path) -> str:
    """ "whole", "partial" or "refused"; anything else that is raised is a bug."""
    try:
        scene = open_scene(path)
        mesh = scene.mesh
        boxes = [item.box for item in scene.objects if item.box is not None]
    except WhatWhereError:
        return "refused"
    assert mesh is None or np.isfinite(mesh.vertices).all()
    assert all(np.isfinite(box.as_row()).all() for box in boxes)
    is_whole = all(header.fault is None for header in scene.headers)
    for header in scene.frames[:2]:
        assert header.world_from_camera is not None
        assert np.isfinite(header.world_from_camera).all()
        try:
            assert np.isfinite(scene.read_frame(header).depth_m).all()
        except WhatWhereError:
            is_whole = False
    assert is_whole or scene.warnings
    return "whole" if is_whole else "partial"


@pytest.mark.parametrize(("color", "depth"), [(2, 1), (1, 0), (0, 1)])
def test_recordings(tmp_path: Path, sens_bytes: SensBytes, color: int, depth: int) -> None:
    path = tmp_path / "a.sens"
    path.write_bytes(sens_bytes(num_frames=3, color=color, depth=depth, noise=500))
    counts = outcomes(tmp_path, [path], count=NUM_MUTATIONS // 3)
    assert counts["partial"] > 50
    assert counts["refused"] > 2


def test_a_mesh_with_frames_beside_it(tmp_path: Path, write_scan: WriteScan) -> None:
    folder = write_scan(tmp_path, annotation=False, text=False)
    (folder / "tiny0000_00_vh_clean_2.ply").rename(folder / "room.ply")
    files = [path for path in folder.rglob("*.*") if path.is_file()]
    counts = outcomes(folder, sorted(files))
    assert counts["partial"] > 100
    assert counts["refused"] > 5


def test_sequences_of_7_scenes(tmp_path: Path, write_scan: WriteScan) -> None:
    scan = write_scan(tmp_path / "scan", annotation=False, text=False)
    folder = tmp_path / "seq-01"
    folder.mkdir()
    for number, name in enumerate(("0", "100")):
        for kind, suffix in (("color", "jpg"), ("depth", "png"), ("pose", "txt")):
            target = folder / f"frame-{number:06d}.{kind}.{suffix}"
            shutil.copy(scan / kind / f"{name}.{suffix}", target)
    counts = outcomes(folder, sorted(folder.iterdir()))
    assert counts["partial"] > 100


@pytest.mark.parametrize("has_lists", [True, False])
def test_tum_sequences(tmp_path: Path, write_scan: WriteScan, has_lists: bool) -> None:
    scan = write_scan(tmp_path / "scan", annotation=False, text=False)
    folder = tmp_path / "desk"
    lists: dict[str, list[str]] = {"rgb": [], "depth": []}
    for index, name in enumerate(("0", "100")):
        for kind, source, suffix in (("rgb", "color", "jpg"), ("depth", "depth", "png")):
            target = folder / kind / f"{index}.{suffix}"
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(scan / source / f"{name}.{suffix}", target)
            lists[kind].append(f"{index}.0 {kind}/{target.name}")
    (folder / "groundtruth.txt").write_text(
        "# time tx ty tz qx qy qz qw\n0.0 0 0 1 0 0 0 1\n1.0 0.1 0 1 0 0 0.6 0.8\n"
    )
    if has_lists:
        for kind, lines in lists.items():
            (folder / f"{kind}.txt").write_text("\n".join(lines))
    victims = [path for path in folder.rglob("*.*") if path.is_file()]
    counts = outcomes(folder, sorted(victims), count=NUM_MUTATIONS // 2)
    assert counts["partial"] + counts["refused"] > 50


def test_scans_of_scannetpp(tmp_path: Path, binary_ply: SensBytes) -> None:
    folder = write_scannetpp(tmp_path / "0a7cc12c0e", binary_ply)
    counts = outcomes(folder, _files_in(folder))
    assert counts["partial"] + counts["refused"] > 100


@pytest.mark.parametrize("is_3dod", [True, False])
def test_scans_of_arkitscenes(tmp_path: Path, binary_ply: SensBytes, is_3dod: bool) -> None:
    folder = write_arkit(tmp_path / "41254925", binary_ply, is_3dod=is_3dod)
    counts = outcomes(folder, _files_in(folder), count=NUM_MUTATIONS // 2)
    assert counts["partial"] + counts["refused"] > 50


def _files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.*") if path.is_file())


def test_decisions(tmp_path: Path, write_scan: WriteScan) -> None:
    folder = write_scan(tmp_path, mesh=False, annotation=False, text=False)
    path = folder / "whatwhere-import.json"
    path.write_text(
        '{"pose": "camera_from_world", "up": "-y", "camera": [60, 60, 31, 23, 64, 48], '
        '"depth_units_per_m": 1000.0, "axes": "opengl"}'
    )
    assert outcomes(folder, [path])["refused"] > 100
