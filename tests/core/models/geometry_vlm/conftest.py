"""Tiny models in memory and on disk, and scenes of random numbers."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_box_models
import torch

from whatwhere.geometry.cameras import Intrinsics
from whatwhere.geometry.posed_depth import PosedDepth
from whatwhere.models.frame_vlm.encoding import look
from whatwhere.models.geometry_vlm.encoding import GeometryEncoding
from whatwhere.models.geometry_vlm.grounder import GeometryGrounder
from whatwhere.models.geometry_vlm.network import SceneFeatures
from whatwhere.models.spatial_vlm.views import SceneViews
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.proposals import annotation_proposals

CAMERA = Intrinsics(30, 30, 16, 16, 32, 32)


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Networks this small only wait for each other's threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session", params=tiny_box_models.KINDS)
def any_grounder(request: pytest.FixtureRequest) -> GeometryGrounder:
    """One of every kind of geometry, and one that injects features past its input."""
    return grounder_of(request.param)


def grounder_of(kind: str, **changes: Any) -> GeometryGrounder:
    network = tiny_box_models.box_network(kind, **changes)
    return GeometryGrounder(network, tiny_box_models.byte_texts(), name=kind, device="cpu")


@pytest.fixture(scope="session")
def make_box_encoding() -> Callable[..., GeometryEncoding]:
    """Two frames of noise: `make_box_encoding(grounder, colour=0, geometry=0)`."""
    return _make_encoding


def _make_encoding(
    grounder: GeometryGrounder, *, colour: int = 0, geometry: int = 0
) -> GeometryEncoding:
    images = np.random.default_rng(colour).integers(0, 256, (2, 32, 32, 3), np.uint8)
    room = np.random.default_rng(100 + geometry)
    depths = []
    for _ in range(2):
        world_from_camera = np.eye(4)
        world_from_camera[:3, 3] = room.uniform(-1, 1, 3)
        depth_m = room.uniform(0.5, 4, (32, 32)).astype(np.float32)
        valid = room.random((32, 32)) < 0.8
        depths.append(PosedDepth(depth_m * valid, valid, CAMERA, world_from_camera))
    low, high = room.uniform(-3, -2, 3), room.uniform(2, 3, 3)
    views = SceneViews(
        ("0", "1"), images, tuple(depths), low.astype(np.float32), high.astype(np.float32)
    )
    network = grounder.network
    looks = look(network.backbone, views.images).flatten(1, 2)
    features = SceneFeatures(looks, network.geometry.prepare(views))
    return GeometryEncoding("room000001_00", views.names, features, views.depths)


@pytest.fixture(scope="session")
def taught(
    tmp_path_factory: pytest.TempPathFactory, write_scan: Callable[..., Path]
) -> tuple[GeometryGrounder, Path]:
    """A model that has learned the box of one object of one scan, and that scan; plain training."""
    scan = write_scan(tmp_path_factory.mktemp("taught"))
    grounder = grounder_of("points")
    scene = open_scene(scan)
    encoding, target = grounder.encode(scene), annotation_proposals(scene)[0]
    sample = tiny_box_models.sample_of(grounder, encoding, target.box)
    for parts in tiny_box_models.learn(
        grounder.network, sample, steps=400, learning_rate=1e-2, weight=0
    ):
        if parts["alignment"] < 0.05:
            break
    return grounder, scan
