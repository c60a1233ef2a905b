"""The rooms of the colour family are those that the shipped model was trained on.

A changed digest means other training data: then the model, its card and the figures in the
documents are no longer of these rooms, and `VERSION` of the data set must be raised with them.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from whatwhere.demo.dataset import write_dataset


@pytest.mark.parametrize(
    ("split", "twins", "rows", "poses", "boxes"),
    [
        ("train", False, "5dafac42925c4033", "b41724181a6ab5e5", "e6c8fa1dd3aa901b"),
        ("test", True, "ca02664e09db84a7", "8f040ffe3df70dfb", "1ae9ce2873823477"),
    ],
)
def test_colour_rooms_are_what_they_were(
    tmp_path: Path, split: str, twins: bool, rows: str, poses: str, boxes: str
) -> None:
    write_dataset(tmp_path, num_scenes=1, seed=0, split=split, twins=twins)
    scans = sorted((tmp_path / "scans").iterdir())
    said = [json.loads((tmp_path / f"ScanRefer_filtered_{split}.json").read_text())]
    if twins:
        said.append(json.loads((tmp_path / "twins.json").read_text()))
    looks = [
        [np.loadtxt(path).round(4).tolist() for path in sorted((scan / "pose").iterdir())]
        for scan in scans
    ]
    tables = [np.load(scan / f"{scan.name}_aligned_bbox.npy").round(4).tolist() for scan in scans]
    assert digest(said) == rows
    assert digest(looks) == poses
    assert digest(tables) == boxes


def digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
