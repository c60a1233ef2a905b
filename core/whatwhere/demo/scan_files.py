"""One scan as a ScanNet folder: the official names, units and conventions.

Everything in memory is in aligned metres; the files hold the mesh frame and the axisAlignment
that undoes it, as a real scan does.
"""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import simplejpeg  # type: ignore[import-untyped]
from numpy.typing import NDArray
from PIL import Image

from whatwhere.demo.scanner import View
from whatwhere.geometry.boxes import Box
from whatwhere.geometry.cameras import Intrinsics
from whatwhere.geometry.poses import Matrix4, invert, rotation_z


@dataclass(frozen=True, slots=True)
class Annotation:
    """One annotated object.

    Attributes:
        object_id: ScanNet's 0-based objectId.
        label: its raw category.
        nyu40: its NYU40 id.
        colour: one of the eight names; None for walls, floor and ceiling.
        box: aligned metres; None for what has no box in the benchmarks.
        segments: over-segment ids, also when no mesh is written.
        support: object_id of the annotated object it stands on, or None.
        is_clear: seen well enough for sentences to speak about it.
    """

    object_id: int
    label: str
    nyu40: int
    colour: str | None
    box: Box | None
    segments: tuple[int, ...]
    support: int | None = None
    is_clear: bool = False


def random_alignment(seed: int) -> Matrix4:
    """A turn and shift between the mesh frame and the aligned frame, as the .txt will state it."""
    rng = np.random.default_rng([seed, 5])
    aligned_from_mesh = rotation_z(float(rng.uniform(-np.pi, np.pi)))
    aligned_from_mesh[:3, 3] = [*rng.uniform(-6, 6, 2), rng.uniform(-0.1, 0.1)]
    return aligned_from_mesh


def write_scan_text(
    folder: Path,
    aligned_from_mesh: Matrix4,
    camera: Intrinsics,
    *,
    num_frames: int,
    scene_type: str,
) -> None:
    """`<scene_id>.txt` with the official keys, and the four intrinsic and extrinsic matrices."""
    values = {
        "axisAlignment": _joined(aligned_from_mesh.ravel()),
        "colorHeight": camera.height,
        "colorToDepthExtrinsics": _joined(np.eye(4).ravel()),
        "colorWidth": camera.width,
        "depthHeight": camera.height,
        "depthWidth": camera.width,
    }
    for key, number in (("fx", camera.fx), ("fy", camera.fy), ("mx", camera.cx), ("my", camera.cy)):
        values |= {f"{key}_{kind}": f"{number:.6f}" for kind in ("color", "depth")}
    values |= {"numColorFrames": num_frames, "numDepthFrames": num_frames}
    values |= {"numIMUmeasurements": 0, "sceneType": scene_type}
    lines = [f"{key} = {value}\n" for key, value in sorted(values.items())]
    (folder / f"{folder.name}.txt").write_text("".join(lines))
    matrix = np.eye(4)
    matrix[:2, :3] = [[camera.fx, 0, camera.cx], [0, camera.fy, camera.cy]]
    target = folder / "intrinsic"
    target.mkdir(exist_ok=True)
    for kind in ("color", "depth"):
        (target / f"intrinsic_{kind}.txt").write_text(_matrix_text(matrix))
        (target / f"extrinsic_{kind}.txt").write_text(_matrix_text(np.eye(4)))


def write_views(
    folder: Path, views: Sequence[View], aligned_from_mesh: Matrix4, *, quality: int = 92
) -> None:
    """color/N.jpg, depth/N.png (millimetres) and pose/N.txt (camera to mesh frame)."""
    mesh_from_aligned = invert(aligned_from_mesh)
    for name in ("color", "depth", "pose"):
        (folder / name).mkdir(exist_ok=True)
    for number, view in enumerate(views):
        jpeg = simplejpeg.encode_jpeg(
            np.ascontiguousarray(view.color), quality=quality, colorsubsampling="444"
        )
        (folder / "color" / f"{number}.jpg").write_bytes(jpeg)
        (folder / "depth" / f"{number}.png").write_bytes(_png16(view.depth_mm))
        pose = mesh_from_aligned @ view.world_from_camera
        (folder / "pose" / f"{number}.txt").write_text(_matrix_text(pose))


def write_annotations(folder: Path, annotations: Sequence[Annotation], *, has_mesh: bool) -> None:
    """The aggregation, and without a mesh the boxes that would follow from it."""
    scene_id = folder.name
    groups = [
        {
            "id": item.object_id,
            "objectId": item.object_id,
            "segments": list(item.segments),
            "label": item.label,
            "colour": item.colour,
            "support": item.support,
            "clear": item.is_clear,
        }
        for item in annotations
    ]
    document = {
        "sceneId": f"scannet.{scene_id}",
        "appId": "whatwhere.demo",
        "segGroups": groups,
        "segmentsFile": f"scannet.{scene_id}_vh_clean_2.0.010000.segs.json",
    }
    (folder / f"{scene_id}.aggregation.json").write_text(json.dumps(document))
    if not has_mesh:
        rows = [
            [*item.box.as_row(), item.nyu40, item.object_id]
            for item in annotations
            if item.box is not None
        ]
        np.save(folder / f"{scene_id}_aligned_bbox.npy", np.array(rows, float).reshape(-1, 8))


def _png16(depth_mm: NDArray[np.uint16]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(depth_mm).save(buffer, "PNG", compress_level=2)
    return buffer.getvalue()


def _joined(values: NDArray[np.float64]) -> str:
    return " ".join(f"{value:.6f}" for value in values)


def _matrix_text(matrix: Matrix4) -> str:
    return "".join(_joined(row) + "\n" for row in matrix)
