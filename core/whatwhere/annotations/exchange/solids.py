"""Cases as boxes in space, GLB or PLY, a file per scan: what annotators put and models answered.

A box of an annotator has the colour of the first tag of its case, and the names of parts say the
rest. The scan itself goes along only where it is asked for, and then the notice of its licence.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import hexdigits
from typing import Any

import numpy as np

from whatwhere.annotations.exchange.forms import write_whole
from whatwhere.annotations.exchange.records import Exchanged, Record
from whatwhere.annotations.values import Tag
from whatwhere.errors import ConfigError, WhatWhereError
from whatwhere.geometry.boxes import Box
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.scene import Mesh
from whatwhere.scenes.solid_files import glb_bytes, ply_bytes
from whatwhere.scenes.solids import NamedMesh, box_bars

Color = tuple[int, int, int]

_UNTAGGED: Color = (0xF0, 0xE4, 0x42)
_TAG_COLORS: tuple[Color, ...] = (
    (0xE6, 0x9F, 0x00), (0x00, 0x9E, 0x73), (0x33, 0x22, 0x88), (0x88, 0x22, 0x55),
    (0x99, 0x99, 0x33), (0xCC, 0x66, 0x77), (0x44, 0xAA, 0x99), (0x66, 0x11, 0x00),
    (0xAA, 0x44, 0x99), (0x77, 0x77, 0x77),
)  # fmt: skip
"""Told apart by people of every colour vision; none is that of an answer."""

_ANSWER_COLORS: Mapping[str, Color] = {
    "fused": (0x56, 0xB4, 0xE9),
    "2d": (0xD5, 0x5E, 0x00),
    "3d": (0xCC, 0x79, 0xA7),
}
_OTHER_ANSWER: Color = (0x88, 0x88, 0x88)
_ANSWER_BAR_M = 0.01
_NOTICE_FILE = "LICENCE-NOTICE.txt"


@dataclass(frozen=True, slots=True)
class Scans:
    """Which scans go along.

    Attributes:
        find: the scan of a case, by its record; None where it is not there.
        is_free: whether a scan may be passed on, as those that come with the program.
    """

    find: Callable[[Mapping[str, Any]], Path | None]
    is_free: Callable[[Path], bool] = lambda _: False


@dataclass(frozen=True, slots=True)
class WrittenSolids:
    """What was written.

    Attributes:
        paths: a file per scan, in order.
        num_boxes: in all of them.
        notice: the file that says what may not be passed on; None where everything may.
        without_scan: scans that should have gone along and were not found or read.
    """

    paths: tuple[Path, ...]
    num_boxes: int
    notice: Path | None
    without_scan: tuple[str, ...]


def tag_colors(tags: Sequence[Tag]) -> dict[str, Color]:
    """Tag -> RGB of the boxes of cases that carry it: its own colour where it has one."""
    return {
        tag.tag_id: _rgb(tag.color) or _TAG_COLORS[at % len(_TAG_COLORS)]
        for at, tag in enumerate(tags)
    }


def case_parts(record: Record, tags: Sequence[Tag]) -> list[NamedMesh]:
    """The boxes of one case: first the annotators', then those that the models answered."""
    order = [tag.tag_id for tag in tags]
    given = {item["tag_id"] for item in record["tags"]}
    captions = [tag.caption for tag in tags if tag.tag_id in given]
    first = min(given & set(order), key=order.index, default="")
    color = tag_colors(tags).get(first, _UNTAGGED)
    group = f"case {record['row']}: {record['expression']}"
    about = {
        "case_id": record["case_id"],
        "expression": record["expression"],
        "model": record["model"],
        "target": record["target_label"],
        "tags": captions,
        "notes": [f"{item['annotator']}: {item['text']}" for item in record["notes"]],
    }
    parts = []
    for said in _annotated(record):
        name = " · ".join([said["name"], said["annotator"], *captions])
        mesh = box_bars(Box(said["center"], said["size"]), color, yaw_rad=said["yaw_rad"])
        parts.append(NamedMesh(name, mesh, group, about | said))
    for modality, answer in record["seen"].items():
        if "box" not in answer:
            continue
        box = Box.from_row(answer["box"])
        mesh = box_bars(box, _ANSWER_COLORS.get(modality, _OTHER_ANSWER), bar_m=_ANSWER_BAR_M)
        name = " · ".join([f"{modality} answer", *captions])
        parts.append(NamedMesh(name, mesh, group, about | {"name": modality, **answer}))
    return parts


def write_solids(path: Path, exchanged: Exchanged, *, scans: Scans | None = None) -> WrittenSolids:
    """Write the boxes of cases, with their scans or without.

    Args:
        path: ends in .glb or .ply; where the cases are of several scans, each gets a file with its
            name before the ending.
        exchanged: the cases.
        scans: which scans go along; None writes boxes and texts only.

    Raises:
        ConfigError: no case has a box.
        RefusedPathError: a file cannot be written.
    """
    by_scan: dict[str, list[Record]] = {}
    for record in exchanged.records:
        by_scan.setdefault(record["scene_id"], []).append(record)
    drawn = {
        scan: [part for record in records for part in case_parts(record, exchanged.tags)]
        for scan, records in by_scan.items()
    }
    drawn = {scan: parts for scan, parts in drawn.items() if parts}
    if not drawn:
        raise ConfigError(
            "none of these cases has a box, which is all that GLB and PLY hold",
            remedy="Export JSON lines or CSV, which carry tags and notes as well",
        )
    paths, protected, missing = [], {}, []
    for scan, parts in drawn.items():
        found = None if scans is None else scans.find(by_scan[scan][0])
        mesh, to_mesh = _scan(found)
        notice = ""
        if scans is not None and (found is None or mesh is None):
            missing.append(scan)
        elif scans is not None and found is not None and not scans.is_free(found):
            protected[scan] = found
            notice = _notice({scan: found})
        whole = parts if mesh is None else [NamedMesh("scan", mesh), *parts]
        target = path if len(drawn) == 1 else path.with_name(f"{path.stem}-{scan}{path.suffix}")
        if path.suffix == ".ply":
            write_whole(target, ply_bytes(whole, notice=notice))
        else:
            about = _about(scan, exchanged.tags, to_mesh)
            write_whole(target, glb_bytes(whole, notice=notice, extras=about))
        paths.append(target)
    beside = None
    if protected:
        beside = path.with_name(f"{path.stem}.{_NOTICE_FILE}")
        write_whole(beside, (_notice(protected) + "\n").encode())
    return WrittenSolids(tuple(paths), sum(map(len, drawn.values())), beside, tuple(missing))


def _rgb(color: str) -> Color | None:
    digits = color.removeprefix("#")
    if len(digits) != 6 or any(digit not in hexdigits for digit in digits):
        return None
    red, green, blue = bytes.fromhex(digits)
    return red, green, blue


def _annotated(record: Record) -> Iterator[dict[str, Any]]:
    for box in record["boxes"]:
        name = "mended ground truth" if box["role"] == "mended" else "region"
        yield {
            "name": name,
            "annotator": box["annotator"],
            "center": tuple(box["center"]),
            "size": tuple(box["size"]),
            "yaw_rad": float(box["yaw_rad"]),
        }
    for region in record["regions"]:
        if region["lifted"] is not None:
            yield {
                "name": f"region on frame {region['frame']}",
                "annotator": region["annotator"],
                "center": tuple(region["lifted"][:3]),
                "size": tuple(region["lifted"][3:]),
                "yaw_rad": 0.0,
            }


def _scan(path: Path | None) -> tuple[Mesh | None, list[list[float]] | None]:
    if path is None:
        return None, None
    try:
        scene = open_scene(path)
        return scene.mesh, np.linalg.inv(scene.aligned_from_mesh).tolist()
    except WhatWhereError:
        return None, None


def _about(scan: str, tags: Sequence[Tag], to_mesh: list[list[float]] | None) -> dict[str, Any]:
    known = tag_colors(tags)
    colors = {tag.caption: f"#{bytes(known[tag.tag_id]).hex()}" for tag in tags}
    about: dict[str, Any] = {
        "scan": scan,
        "frame": "aligned metres, z up; the root node turns it to y up",
        "tag_colors": colors,
    }
    return about if to_mesh is None else about | {"mesh_from_aligned": to_mesh}


def _notice(scans: Mapping[str, Path]) -> str:
    names = ", ".join(scans)
    folders = ", ".join(sorted({str(path.parent) for path in scans.values()}))
    return (
        f"Holds the geometry of {'the scan' if len(scans) == 1 else 'scans'} {names}, read from "
        f"{folders}. Scans of ScanNet, and what is made of them, are under the ScanNet Terms of "
        "Use (http://kaldir.vc.in.tum.de/scannet/ScanNet_TOS.pdf): for those who have signed them, "
        "for research, not to be passed on. Scans of other sources are under the terms of those. "
        "The same cases may be shared as boxes and text only."
    )
