from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from whatwhere.evaluation.probes.probe import Case
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.proposals import annotation_proposals


@pytest.fixture(scope="session")
def painted_scan(write_scan, tmp_path_factory) -> Path:
    """The tiny scan with its pictures red on the left half and blue on the right."""
    folder = write_scan(tmp_path_factory.mktemp("painted"))
    color = np.zeros((48, 64, 3), np.uint8)
    color[:, :32] = (200, 30, 30)
    color[:, 32:] = (30, 30, 200)
    for name in ("0", "100"):
        Image.fromarray(color).save(folder / "color" / f"{name}.jpg", quality=98)
    return folder


@pytest.fixture
def scene(painted_scan):
    return open_scene(painted_scan)


@pytest.fixture
def make_case(scene):
    """`make_case(text)`: the first of the two office chairs was chosen."""

    def make(text, ranking=(0, 1), labels=None):
        proposals = annotation_proposals(scene)
        if labels is not None:
            proposals = tuple(
                replace(item, label=label) for item, label in zip(proposals, labels, strict=True)
            )
        return Case(scene, proposals, text, ranking, tuple(h.name for h in scene.frames))

    return make
