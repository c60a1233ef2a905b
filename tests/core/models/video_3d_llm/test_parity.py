"""A converted checkpoint scores and speaks as the written-out forward pass does, to 1e-4."""

import numpy as np
import pytest
import torch
from video_3d_checkpoint import CONFIG, SPECIAL, TOWER, tokenizer, weights
from video_3d_reference import position_row, reference_next_word, reference_scores

from whatwhere.geometry.boxes import Box, box_rows
from whatwhere.models.spatial_vlm.modality import SENSES
from whatwhere.models.video_3d_llm.positions import RoomPositions
from whatwhere.models.video_3d_llm.views import square_views
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.proposals import Proposal

TOLERANCE = 1e-4
START, END, GROUND = (256 + SPECIAL.index(name) for name in SPECIAL[:3])
SIZES = {"patch": TOWER["patch_size"], "tower_heads": TOWER["num_attention_heads"]}


def ids(text: str) -> list[int]:
    return list(tokenizer().encode(text, add_special_tokens=False).ids)


def before() -> list[int]:
    """The system's turn and the beginning of the user's, as the original's evaluation has them."""
    system = [START, *ids("system"), *ids("\n"), *ids("You are a helpful assistant.")]
    return [*system, END, *ids("\n"), START, *ids("user"), *ids("\n")]


def after(said: str) -> list[int]:
    """What follows the frames: a newline, the text, and the beginning of the assistant's turn."""
    text = [*ids("\n"), *ids(said), END, *ids("\n")]
    return [*text, START, *ids("assistant"), *ids("\n")]


@pytest.fixture(scope="module")
def scene(video_scan):
    return open_scene(video_scan)


@pytest.fixture(scope="module")
def boxes(scene):
    """Two objects, one that holds all, one that nothing is in, one cut by many patches."""
    wall = [item.box for item in scene.objects if item.box is not None]
    points = square_views(scene, side=32, max_frames=8).points_m.reshape(-1, 3)
    room = Box.from_points(points)
    middle = Box(room.center, tuple(size / 2 + 0.2 for size in room.size))
    return [*wall, room, Box((9.0, 9.0, 2.0), (1.0, 1.0, 1.0)), middle]


@pytest.fixture(scope="module")
def inputs(scene):
    views = square_views(scene, side=32, max_frames=8)
    return {
        "images_FSS3": torch.from_numpy(views.images),
        "points_FSS3": torch.from_numpy(views.points_m),
        "before_ids": before(),
        **SIZES,
    }


def test_scores_are_those_of_the_original(video_grounder, scene, boxes, inputs):
    proposals = [Proposal(index, box, "user") for index, box in enumerate(boxes)]
    encoding = video_grounder.encode(scene, proposals)
    own = video_grounder.scores(encoding, "the Chair by the wall", SENSES["fused"])
    said = "Identify the object according to the following description.\nThe chair by the wall"
    expected = reference_scores(
        weights(),
        CONFIG,
        boxes_K6=torch.from_numpy(box_rows(boxes)).float(),
        after_ids=[*after(said), GROUND],
        **inputs,
    ).numpy()
    assert np.ptp(expected) > 0.05
    np.testing.assert_allclose(own * CONFIG["ground_head_temperature"], expected, atol=TOLERANCE)
    ranking = video_grounder.ground(encoding, "the Chair by the wall", ("fused",))["fused"]
    assert [c.proposal for c in ranking.candidates] == np.argsort(-expected[:-1]).tolist()


def test_words_are_those_of_the_original(video_grounder, scene, inputs):
    answer = video_grounder.answer(
        video_grounder.encode(scene), "What is it?", ("fused",), max_tokens=4
    )["fused"]
    prompt, expected = after(" What is it? Answer the question simply."), []
    for _ in answer.log_probs:
        spread = reference_next_word(weights(), CONFIG, after_ids=prompt, **inputs)
        expected.append(float(spread.max()))
        prompt = [*prompt, int(spread.argmax())]
    assert len(expected) == 4
    np.testing.assert_allclose(answer.log_probs, expected, atol=TOLERANCE)


@pytest.mark.parametrize("width", [32, 28, 31, 3584])
def test_positions_are_those_of_the_original(width):
    """Also where a third of the width is odd."""
    encode = RoomPositions(width, voxel_size_m=0.1, lower_m=(-15, -15, -5), upper_m=(15, 15, 5))
    points = [[0.0, 0.0, 0.0], [1.234, -5.678, 0.9], [-99.0, 99.0, 5.01], [0.05, 14.96, -4.94]]
    expected = [position_row(CONFIG, point, width) for point in points]
    np.testing.assert_allclose(encode(torch.tensor(points)), expected, atol=TOLERANCE)


def test_frames_are_squares_from_the_middle(scene):
    """48 x 64 pixels of colour become 32 x 42, of which 5 go at either end."""
    views = square_views(scene, side=32, max_frames=8)
    assert views.images.shape == views.points_m.shape == (2, 32, 32, 3)
    frame = next(f for f in (scene.read_frame(h) for h in scene.frames if h.fault is None))
    # The point of the middle of the square is that of the middle of the depth image.
    height, width = frame.depth_m.shape
    row, column = int(16.5 / 32 * height), int((5 + 16.5) / 42 * width)
    z = frame.depth_m[row, column]
    assert z > 0
    camera = frame.depth_camera
    local = [(column - camera.cx) / camera.fx * z, (row - camera.cy) / camera.fy * z, z, 1]
    expected = (frame.world_from_camera @ local)[:3]
    np.testing.assert_allclose(views.points_m[0, 16, 16], expected, atol=0.1)
