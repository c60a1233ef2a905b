"""The zero surface of a grid of distances."""

import numpy as np

from whatwhere.geometry.surface_nets import surface_of


def sphere(radius: float) -> np.ndarray:
    axes = np.meshgrid(*[np.arange(24)] * 3, indexing="ij")
    offsets = np.stack(axes, axis=-1) - [11.3, 11.6, 12.1]
    return (np.linalg.norm(offsets, axis=-1) - radius).astype(np.float32)


def test_a_sphere_comes_out_closed_round_and_facing_outwards() -> None:
    distance = sphere(7.0)
    vertices, faces = surface_of(distance, np.ones_like(distance, bool))
    radii = np.linalg.norm(vertices - [11.3, 11.6, 12.1], axis=1)
    np.testing.assert_allclose(radii, 7, atol=0.12)
    edges = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    _, counts = np.unique(edges, axis=0, return_counts=True)
    assert (counts == 2).all()
    a, b, c = (vertices[faces[:, corner]] for corner in range(3))
    volume = np.einsum("ij,ij->", a, np.cross(b, c)) / 6
    assert abs(volume / (4 / 3 * np.pi * 7**3) - 1) < 0.03


def test_nothing_is_made_up_where_nothing_is_known() -> None:
    distance = sphere(7.0)
    known = np.ones_like(distance, bool)
    known[12:] = False
    vertices, faces = surface_of(distance, known)
    assert vertices[:, 0].max() <= 11
    assert faces.max() == len(vertices) - 1
    assert len(surface_of(distance, np.zeros_like(known))[0]) == 0


def test_a_grid_without_a_surface() -> None:
    vertices, faces = surface_of(np.ones((4, 4, 4), np.float32), np.ones((4, 4, 4), bool))
    assert (vertices.shape, faces.shape) == ((0, 3), (0, 3))
