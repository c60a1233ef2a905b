"""What tests of every room share: real files, and a scan small enough to know by heart."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from PIL import Image

from whatwhere.geometry.poses import rotation_z

# No deadline: how long one example takes says more of the machine than of the code.
settings.register_profile("whatwhere", deadline=None, derandomize=True)
settings.load_profile("whatwhere")

REALDATA = Path(__file__).resolve().parents[1].parent / "shared" / "realdata"

TINY_TOWER = {
    "model_type": "convnext",
    "hidden_sizes": [8, 16],
    "depths": [1, 1],
    "num_stages": 2,
    "patch_size": 4,
    "out_features": ["stage2"],
}
TINY_LANGUAGE_MODEL = {
    "model_type": "qwen2",
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "intermediate_size": 64,
}

TINY_ALIGNMENT = rotation_z(0.5)
TINY_ALIGNMENT[:3, 3] = [1.0, -2.0, 0.25]


@pytest.fixture(scope="session")
def realdata() -> Path:
    """The folder of real public files."""
    if not REALDATA.is_dir():
        pytest.skip("the real files are not on this machine")
    return REALDATA


@pytest.fixture
def tiny_alignment() -> np.ndarray:
    """(4, 4): the axisAlignment of `write_scan`'s scan."""
    return TINY_ALIGNMENT


@pytest.fixture(scope="session")
def tiny_network() -> Callable[..., Any]:
    """Makes a network with random weights, the same at each call: `tiny_network(words)`.

    Images are 32 x 32; `tower` is another Hugging Face vision configuration.
    """
    return _tiny_network


def _tiny_network(words: Any, *, tower: dict[str, Any] | None = None) -> Any:
    import torch

    from whatwhere.models.spatial_vlm.config import SpatialVLMConfig
    from whatwhere.models.spatial_vlm.model import SpatialVLM

    torch.manual_seed(0)
    return SpatialVLM(
        SpatialVLMConfig(
            tower=tower or TINY_TOWER,
            language_model={**TINY_LANGUAGE_MODEL, "vocab_size": words.size},
            image_size=(32, 32),
        )
    )


@pytest.fixture(scope="session")
def write_tiny_model(tiny_network: Callable[..., Any]) -> Callable[[Path, str], Path]:
    """Writes a model folder with random weights that knows the words of one sentence."""

    def write(folder: Path, sentence: str) -> Path:
        from whatwhere.models.words import Words
        from whatwhere.training.model_folder import write_model

        words = Words.from_texts([sentence])
        trained_on = {"what": "demo rooms", "scene_prefix": "room"}
        write_model(folder, tiny_network(words), words, trained_on=trained_on)
        return folder

    return write


@pytest.fixture(scope="session")
def binary_ply() -> Callable[..., bytes]:
    """The bytes of a coloured triangle mesh as ScanNet writes it; `order` "<" or ">"."""
    return _binary_ply


@pytest.fixture(scope="session")
def write_scan() -> Callable[..., Path]:
    """Writes `tiny0000_00`: a wall at y = 3 m seen by cameras that look along +y.

    The wall is a 21x21 grid, 4 m wide and 2 m high; its left, middle and right thirds are a wall
    and two office chairs. There are three frames: two good ones and one that lost tracking.
    """
    return _write_scan


def _write_scan(
    parent: Path,
    *,
    mesh: bool = True,
    annotation: bool = True,
    frames: bool = True,
    text: bool = True,
    scene_id: str = "tiny0000_00",
) -> Path:
    folder = parent / scene_id
    folder.mkdir(parents=True)
    vertices, faces = _wall_mesh()
    if text:
        numbers = " ".join(f"{value:.9f}" for value in TINY_ALIGNMENT.ravel())
        (folder / f"{scene_id}.txt").write_text(
            f"axisAlignment = {numbers} \ncolorWidth = 64\ncolorHeight = 48\n"
            "depthWidth = 32\ndepthHeight = 24\nsceneType = Test = odd\nodd line\n"
        )
    if mesh:
        (folder / f"{scene_id}_vh_clean_2.ply").write_bytes(_binary_ply(vertices, faces))
    if annotation:
        _write_annotation(folder, scene_id, vertices)
    if frames:
        _write_frames(folder)
    return folder


def _wall_mesh() -> tuple[np.ndarray, np.ndarray]:
    """Vertices (441, 3) and faces (800, 3) of the wall, mesh frame."""
    x, z = np.meshgrid(np.linspace(-2, 2, 21), np.linspace(-1, 1, 21))
    vertices = np.stack([x, np.full_like(x, 3.0), z], axis=-1).reshape(-1, 3)
    corner = (np.arange(20)[:, None] * 21 + np.arange(20)).reshape(-1, 1)
    lower, upper = corner + np.array([0, 1, 22]), corner + np.array([0, 22, 21])
    return vertices, np.concatenate([lower, upper])


def _binary_ply(vertices: np.ndarray, faces: np.ndarray, *, order: str = "<") -> bytes:
    name = {"<": "little", ">": "big"}[order]
    header = (
        f"ply\nformat binary_{name}_endian 1.0\ncomment made for a test\n"
        f"element vertex {len(vertices)}\n"
        "property float x\nproperty float y\nproperty float z\n"
        "property uchar red\nproperty uchar green\nproperty uchar blue\nproperty uchar alpha\n"
        f"element face {len(faces)}\nproperty list uchar int vertex_indices\nend_header\n"
    )
    points = np.zeros(len(vertices), [("xyz", f"{order}f4", 3), ("rgba", "u1", 4)])
    points["xyz"], points["rgba"] = vertices, [10, 20, 30, 255]
    triangles = np.zeros(len(faces), [("n", "u1"), ("v", f"{order}i4", 3)])
    triangles["n"], triangles["v"] = 3, faces
    return header.encode() + points.tobytes() + triangles.tobytes()


def _write_annotation(folder: Path, scene_id: str, vertices: np.ndarray) -> None:
    # Sparse ids; the last object claims a segment of the first again, and one that no vertex has.
    segments = np.select([vertices[:, 0] < -0.7, vertices[:, 0] < 0.7], [7, 30], 900)
    groups: list[dict[str, Any]] = [
        {"id": 0, "objectId": 0, "segments": [7, 900], "label": "wall"},
        {"id": 1, "objectId": 1, "segments": [30], "label": "office chair", "colour": "red"},
        {"id": 5, "objectId": 5, "segments": [900, 4242], "label": "office chair"},
    ]
    (folder / f"{scene_id}.aggregation.json").write_text(
        json.dumps({"sceneId": f"scannet.{scene_id}", "segGroups": groups})
    )
    (folder / f"{scene_id}_vh_clean_2.0.010000.segs.json").write_text(
        json.dumps({"sceneId": scene_id, "segIndices": segments.tolist()})
    )


def _write_frames(folder: Path) -> None:
    for name in ("color", "depth", "pose", "intrinsic"):
        os.mkdir(folder / name)
    # OpenCV axes of a camera that looks along +y with z up: x right, y down (-z), z ahead (+y).
    pose = np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1.0]])
    lost = np.full((4, 4), -np.inf)
    aside = pose.copy()
    aside[0, 3] = 0.2
    rng = np.random.default_rng(0)
    for name, matrix in (("0", pose), ("20", lost), ("100", aside)):
        color = rng.integers(0, 255, (48, 64, 3), np.uint8)
        Image.fromarray(color).save(folder / "color" / f"{name}.jpg")
        depth_mm = np.full((24, 32), 3000, np.uint16)
        depth_mm[:2] = 0
        Image.fromarray(depth_mm).save(folder / "depth" / f"{name}.png")
        np.savetxt(folder / "pose" / f"{name}.txt", matrix)
    for kind, focal, cx, cy in (("color", 60, 31.5, 23.5), ("depth", 30, 15.75, 11.75)):
        matrix = np.diag([focal, focal, 1.0, 1.0])
        matrix[:2, 2] = cx, cy
        np.savetxt(folder / "intrinsic" / f"intrinsic_{kind}.txt", matrix)
