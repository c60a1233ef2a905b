"""Scans in the forms of ScanNet++ and ARKitScenes: the wall of `write_scan` and two frames."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.spatial.transform import Rotation

POSE = np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1.0]])
"""Of a camera that looks along +y with z up."""

UPRIGHT_FROM_STORED = np.array([[0, -1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]])
"""Camera axes of a picture, from those of its copy turned counter-clockwise by a quarter."""

FACES_AHEAD_M = 3.0


def wall() -> tuple[np.ndarray, np.ndarray]:
    """Vertices (441, 3) and faces (800, 3) of a wall 4 m wide and 2 m high at y = 3 m."""
    x, z = np.meshgrid(np.linspace(-2, 2, 21), np.linspace(-1, 1, 21))
    vertices = np.stack([x, np.full_like(x, FACES_AHEAD_M), z], axis=-1).reshape(-1, 3)
    corner = (np.arange(20)[:, None] * 21 + np.arange(20)).reshape(-1, 1)
    lower, upper = corner + np.array([0, 1, 22]), corner + np.array([0, 22, 21])
    return vertices, np.concatenate([lower, upper])


def pose_at(x_m: float) -> np.ndarray:
    pose = POSE.copy()
    pose[0, 3] = x_m
    return pose


def write_images(color: Path, depth: Path, *, size: tuple[int, int], quarters: int = 0) -> None:
    """A picture that is light above and dark below, and the wall's depth, two rows unmeasured."""
    for path in (color, depth):
        path.parent.mkdir(parents=True, exist_ok=True)
    picture = np.full((*size[::-1], 3), 90, np.uint8)
    picture[: size[1] // 2] = 200
    Image.fromarray(np.rot90(picture, quarters)).save(color)
    depth_mm = np.full((24, 32), 1000 * FACES_AHEAD_M, np.uint16)
    depth_mm[:2] = 0
    Image.fromarray(np.rot90(depth_mm, quarters)).save(depth)


def write_scannetpp(folder: Path, binary_ply: Callable[..., bytes]) -> Path:
    """The folder `data/<id>` with extracted frames 0 and 10, and a pose for 20 without images.

    The pictures are a thirtieth of the iPhone's, whose size the intrinsics are for. Object 3 is a
    part of object 8: they share the wall's left third.
    """
    vertices, faces = wall()
    scans, iphone = folder / "scans", folder / "iphone"
    scans.mkdir(parents=True)
    (scans / "mesh_aligned_0.05.ply").write_bytes(binary_ply(vertices, faces))
    segments = np.select([vertices[:, 0] < -0.7, vertices[:, 0] < 0.7], [7, 30], 900)
    (scans / "segments.json").write_text(
        json.dumps({"sceneId": folder.name, "segIndices": segments.tolist()})
    )
    groups = [
        {"id": 3, "objectId": 3, "label": "pillow", "segments": [7], "obb": {"centroid": [0]}},
        {"id": 8, "objectId": 8, "label": "bed", "segments": [7, 30], "partId": 1},
        {"id": 9, "objectId": 9, "label": "wall", "segments": [900]},
    ]
    (scans / "segments_anno.json").write_text(json.dumps({"segGroups": groups}))
    frames = {}
    for index in (0, 10, 20):
        name = f"frame_{index:06d}"
        focal = 1800.0 + index
        frames[name] = {
            "timestamp": index / 60,
            "pose": (POSE + 50).tolist(),
            "intrinsic": [[focal, 0, 945], [0, focal, 705], [0, 0, 1]],
            "imu": {},
            "aligned_pose": pose_at(index / 100).tolist(),
        }
        if index < 20:
            pictures = iphone / "rgb" / f"{name}.jpg", iphone / "depth" / f"{name}.png"
            write_images(*pictures, size=(64, 48))
    (iphone / "pose_intrinsic_imu.json").write_text(json.dumps(frames))
    return folder


def write_arkit(
    folder: Path,
    binary_ply: Callable[..., bytes],
    *,
    is_3dod: bool = False,
    quarters: int = 0,
) -> Path:
    """The folder `<id>` with frames at 10.000, 10.050 and 10.100 s; poses are at 10.0 and 10.1.

    The camera moves by 1 m between the poses and does not turn. Of the first frame's depth the
    upper half is of low confidence; the file of the last frame's intrinsics is a millisecond off.
    The pictures are stored turned counter-clockwise by so many `quarters`.
    """
    name = folder.name
    vertices, faces = wall()
    folder.mkdir(parents=True)
    (folder / f"{name}_3dod_mesh.ply").write_bytes(binary_ply(vertices, faces))
    turned = Rotation.from_euler("z", 30, degrees=True).as_matrix()
    boxes = [
        ("office_chair", [0, 3, 0], [2, 1, 1], np.eye(3)),
        ("table", [1, 2, 0], [2, 1, 1], turned.T),
    ]
    rows = [
        {
            "uid": f"uid-{index}",
            "label": label,
            "segments": {
                "obbAligned": {
                    "centroid": center,
                    "axesLengths": size,
                    "normalizedAxes": axes.ravel().tolist(),
                }
            },
        }
        for index, (label, center, size, axes) in enumerate(boxes)
    ]
    (folder / f"{name}_3dod_annotation.json").write_text(
        json.dumps({"data": rows, "skipped": False})
    )
    assets = folder / f"{name}_frames" if is_3dod else folder
    for index, stamp in enumerate(("10.000", "10.050", "10.100")):
        stem = f"{name}_{stamp}"
        pictures = assets / "lowres_wide" / f"{stem}.png", assets / "lowres_depth" / f"{stem}.png"
        write_images(*pictures, size=(32, 24), quarters=quarters)
        levels = np.full((24, 32), 2, np.uint8)
        levels[:12] = 0 if index == 0 else 1
        (assets / "confidence").mkdir(exist_ok=True)
        Image.fromarray(np.rot90(levels, quarters)).save(assets / "confidence" / f"{stem}.png")
        cameras = assets / "lowres_wide_intrinsics"
        cameras.mkdir(exist_ok=True)
        beside = stem if index < 2 else f"{name}_10.101"
        width, height, cx, cy = 32, 24, 15.75, 11.75
        for _ in range(quarters):
            width, height, cx, cy = height, width, cy, width - 1 - cx
        numbers = (width, height, 30 + index, 30 + index, cx, cy)
        (cameras / f"{beside}.pincam").write_text(" ".join(map(str, numbers)))
    lines = []
    for time_s, x_m in ((10.0, 0.0), (10.1, 1.0)):
        pose = pose_at(x_m) @ np.linalg.matrix_power(UPRIGHT_FROM_STORED, quarters)
        camera_from_world = pose[:3, :3].T
        turn = Rotation.from_matrix(camera_from_world).as_rotvec()
        shift = -camera_from_world @ pose[:3, 3]
        lines.append(" ".join(f"{value:.9f}" for value in (time_s, *turn, *shift)))
    (assets / "lowres_wide.traj").write_text("\n".join(lines) + "\n")
    return folder
