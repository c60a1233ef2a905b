"""Which files belong to which frame, in the two folder layouts that ScanNet users export.

The official exporter writes `color/N.jpg depth/N.png pose/N.txt intrinsic/*.txt` into the scan
folder; the EmbodiedScan layout is `posed_images/<scene>/NNNNN.{jpg,png,txt}` beside the scans.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".pgm", ".ppm")


@dataclass(frozen=True, slots=True)
class FrameFiles:
    """The files of one frame; None where one is missing.

    Attributes:
        name: of the frame.
        color: its picture.
        depth: what was measured.
        pose: its pose, where each frame has a file of it.
        confidence: how sure the sensor was of each depth pixel: 0 (low) to 2 (high).
    """

    name: str
    color: Path | None
    depth: Path | None
    pose: Path | None
    confidence: Path | None = None


def find_frames(folder: Path, scene_id: str) -> tuple[list[FrameFiles], Path] | None:
    """The frames' files in capture order and the folder of their intrinsics; None without frames.

    Looks into the scan folder first, then for `posed_images/<scene>` beside it, beside its parent,
    or for the folder being one.
    """
    if (folder / "color").is_dir():
        files = _join([_by_stem(folder / part) for part in ("color", "depth", "pose")])
        if files:
            return files, folder / "intrinsic"
    for root in (folder.parent, folder.parent.parent):
        flat = root / "posed_images" / scene_id
        if flat.is_dir() and (files := _flat_frames(flat)):
            return files, flat
    if files := _flat_frames(folder):
        return files, folder
    return None


def _flat_frames(folder: Path) -> list[FrameFiles]:
    """Frames of a `posed_images/<scene>` folder: files whose stem is a number."""
    kinds: list[dict[str, Path]] = [{}, {}, {}]
    for path in folder.iterdir():
        if not path.stem.isdigit():
            continue
        suffix = path.suffix.lower()
        for kind, suffixes in zip(kinds, ((".jpg", ".jpeg"), (".png",), (".txt",)), strict=True):
            if suffix in suffixes:
                kind[path.stem] = path
    return _join(kinds) if kinds[0] else []


def image_files(folder: Path) -> dict[str, Path]:
    """The images in a folder, by their names without the ending."""
    found = (path for path in folder.iterdir() if path.suffix.lower() in _IMAGE_SUFFIXES)
    return {path.name.removesuffix(path.suffix): path for path in found}


def _by_stem(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        return {}
    if folder.name != "pose":
        return image_files(folder)
    return {path.stem: path for path in folder.iterdir() if path.suffix.lower() == ".txt"}


def _join(kinds: Sequence[dict[str, Path]]) -> list[FrameFiles]:
    color, depth, pose = kinds
    names = sorted(set(color) | set(depth) | set(pose), key=_capture_order)
    return [FrameFiles(name, color.get(name), depth.get(name), pose.get(name)) for name in names]


def _capture_order(name: str) -> tuple[int, int, str]:
    return (0, int(name), name) if name.isdecimal() else (1, 0, name)
