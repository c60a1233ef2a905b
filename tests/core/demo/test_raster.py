import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from whatwhere.demo.raster import rasterise
from whatwhere.demo.solids import Shape, plane_normals
from whatwhere.geometry.cameras import Intrinsics

CAMERA = Intrinsics(30.0, 28.0, 19.5, 15.5, 40, 32)


def by_rays(corners: np.ndarray, camera: Intrinsics) -> np.ndarray:
    """Depth by intersecting every ray with every quad, the plain way."""
    x, y = np.meshgrid(np.arange(camera.width), np.arange(camera.height))
    rays = np.stack(
        [(x - camera.cx) / camera.fx, (y - camera.cy) / camera.fy, np.ones(x.shape)], axis=-1
    )
    best = np.full(x.shape, np.inf)
    for quad, normal in zip(corners, plane_normals(corners), strict=True):
        facing = rays @ normal
        with np.errstate(divide="ignore", invalid="ignore"):
            depth = (quad[0] @ normal) / facing
        inside = (facing < -1e-9) & (depth > 0.05)
        points = rays * np.where(inside, depth, 0.0)[..., None]
        for a, b in zip(quad, np.roll(quad, -1, axis=0), strict=True):
            inside &= np.cross(b - a, points - a) @ normal >= -1e-9
        best = np.where(inside, np.minimum(best, depth), best)
    return np.where(np.isfinite(best), best, 0.0)


def scene(seed: int) -> np.ndarray:
    """A few solids before, beside and behind a camera at the origin that looks along +z."""
    rng = np.random.default_rng(seed)
    corners = []
    for _ in range(4):
        shape = Shape()
        colour = (0.5, 0.5, 0.5)
        w, d, h = (float(value) for value in rng.uniform(0.3, 2, 3))
        shape.box((0, 0, 0), (w, d, h), colour, top=float(rng.uniform(0, 1)))
        shape.rod((1, 0, 0), 0.4, 0.8, colour, top_radius=0.0, sides=6)
        shape.ball((-1, 0, 0), 0.5, colour)
        placed = shape.quads().placed(np.zeros(3), float(rng.uniform(0, 6)), 0)
        corners.append(placed.corners + rng.uniform(-2, 2, 3) + [0, 0, rng.uniform(0, 4)])
    return np.concatenate(corners)


@settings(max_examples=20)
@given(st.integers(0, 10_000))
def test_agrees_with_casting_every_ray(seed: int) -> None:
    corners = scene(seed)
    depth_m, quad = rasterise(corners, CAMERA)
    expected = by_rays(corners, CAMERA)
    differs = np.abs(depth_m - expected) > 1e-4 * np.maximum(expected, 1)
    # A ray that meets an edge exactly may fall to either side.
    assert differs.mean() < 0.01
    np.testing.assert_array_equal(quad >= 0, depth_m > 0)


def test_a_closed_room_leaves_no_pixel_open() -> None:
    shape = Shape()
    shape.box((0, 0, 0), (4, 5, 2.6), (1, 1, 1))
    inward = shape.quads().corners[:, ::-1]
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    turn *= np.sign(np.linalg.det(turn))
    depth_m, quad = rasterise((inward - [0.3, -0.4, 1.1]) @ turn, CAMERA)
    assert (quad >= 0).all()
    assert depth_m.min() > 0


def test_nothing_to_draw() -> None:
    behind = scene(0) - [0, 0, 50]
    depth_m, quad = rasterise(behind, CAMERA)
    assert not depth_m.any()
    assert (quad == -1).all()
