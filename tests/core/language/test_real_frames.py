"""The frames that data sets count in, checked on real rows: mixing them up is the field's bug."""

import json

import numpy as np
import pytest

from whatwhere.geometry.boxes import Box, box_rows
from whatwhere.geometry.poses import invert, transform
from whatwhere.language.reading import read_sentences
from whatwhere.language.viewpoints import read_viewpoints
from whatwhere.scenes.scan_text import read_scan_text


@pytest.fixture(scope="module")
def scans(realdata):
    """Scene -> (aligned_from_mesh, {objectId: box}) of every other val scene."""
    reference = realdata / "scannet" / "reference" / "val_half_gt_boxes.json"
    texts = realdata / "scannet" / "scene_txt"
    return {
        scene_id: (
            read_scan_text(texts / f"{scene_id}.txt").aligned_from_mesh,
            {int(row[7]): Box.from_row(row[:6]) for row in rows},
        )
        for scene_id, rows in json.loads(reference.read_text()).items()
        if (texts / f"{scene_id}.txt").is_file()
    }


def test_annotators_look_at_their_targets_once_aligned(realdata, scans):
    off_m, off_unaligned_m = [], []
    for path in (realdata / "language" / "scanrefer" / "cameras").iterdir():
        viewpoints, problems = read_viewpoints(path)
        assert problems == ()
        for (scene_id, object_id, _), viewpoint in viewpoints.items():
            if scene_id not in scans:
                continue
            aligned_from_mesh, boxes = scans[scene_id]
            centre = np.array(boxes[object_id].center)
            off_m.append(np.linalg.norm(viewpoint.aligned(aligned_from_mesh)[1] - centre))
            off_unaligned_m.append(np.linalg.norm(viewpoint.aligned(np.eye(4))[1] - centre))
    assert len(off_m) > 1000
    assert np.median(off_m) <= 0.03
    assert np.median(off_unaligned_m) > 0.3


def test_situations_lie_inside_their_scenes(realdata, scans):
    path = realdata / "language" / "sqa3d" / "v1_balanced_questions_val_scannetv2.json"
    inside, inside_if_aligned = [], []
    for question in read_sentences(path).expressions:
        if question.scene_id not in scans:
            continue
        aligned_from_mesh, boxes = scans[question.scene_id]
        rows = box_rows(boxes.values())
        low = (rows[:, :3] - rows[:, 3:] / 2).min(axis=0)
        high = (rows[:, :3] + rows[:, 3:] / 2).max(axis=0)
        # The meshes are not here: the middle of all boxes stands in for that of the vertices.
        centre = transform((low + high) / 2, invert(aligned_from_mesh))
        place, facing = question.situation.aligned(centre, aligned_from_mesh)
        assert np.linalg.norm(facing) == pytest.approx(1, abs=1e-4)
        raw = np.array(question.situation.position_in_centred_m)
        inside.append(((place >= low) & (place <= high))[:2].all())
        inside_if_aligned.append(((raw >= low) & (raw <= high))[:2].all())
    assert len(inside) > 2000
    assert np.mean(inside) >= 0.985
    assert np.mean(inside_if_aligned) == pytest.approx(0.864, abs=0.001)
