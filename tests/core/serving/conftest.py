from importlib import import_module
from pathlib import Path

import pytest

HERE = Path(__file__).parent

TRIANGLE = """ply
format ascii 1.0
element vertex 3
property float x
property float y
property float z
property uchar red
property uchar green
property uchar blue
element face 1
property list uchar int vertex_indices
end_header
0 0 0 255 0 0
1 0 0 0 255 0
0 1 0 0 0 255
3 0 1 2
"""


@pytest.fixture
def fake(monkeypatch):
    """The module with the grounder that needs no weights."""
    monkeypatch.syspath_prepend(HERE)
    return import_module("fake_grounder")


@pytest.fixture
def scene(tmp_path):
    """A scene that opens: one triangle."""
    return write_scene(tmp_path, "triangle")


@pytest.fixture
def make_scene(tmp_path):
    """`make_scene(name)` writes one more scene that opens."""
    return lambda name: write_scene(tmp_path, name)


def write_scene(folder, name):
    path = folder / f"{name}.ply"
    path.write_text(TRIANGLE)
    return path
