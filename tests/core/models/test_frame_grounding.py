"""The contract of `2d-frame`: a frame's pixels and the sentence, and nothing else, to the bit."""

import json

import numpy as np
import pytest
import torch
from PIL import Image
from tiny_models import BACKBONES, tiny_network, tiny_texts

from whatwhere.errors import BrokenFileError, Cancelled, ExpressionError, SceneError
from whatwhere.models.frame_grounding import FrameGrounding
from whatwhere.models.frame_masks import answer_mask
from whatwhere.models.frame_vlm.grounder import FrameGrounder
from whatwhere.models.predictor import SpatialGrounder
from whatwhere.models.words import Words
from whatwhere.scenes.opening import open_scene

TEXT = "the chair nearest the door"


@pytest.fixture(scope="module", params=["spatial_vlm", "frame_vlm"])
def grounder(request, tiny_network_of_candidates):
    """One of either kind, with the values that training gives "absent" vectors."""
    if request.param == "spatial_vlm":
        words = Words.from_texts([TEXT])
        found = SpatialGrounder(
            tiny_network_of_candidates(words), words, name="random", device="cpu"
        )
    else:
        network = tiny_network(BACKBONES["siglip+qwen2"])
        found = FrameGrounder(network, tiny_texts(), name="random", device="cpu")
    with torch.no_grad():
        for name, parameter in found.network.named_parameters():
            if "absent" in name:
                parameter.normal_()
    return found


@pytest.fixture(scope="module")
def tiny_network_of_candidates(request):
    return request.getfixturevalue("tiny_network")


@pytest.fixture
def scan(write_scan, tmp_path):
    return write_scan(tmp_path / "as recorded")


def point(grounder, folder, frame=None, text=TEXT, **options) -> FrameGrounding:
    return grounder.point_in_frame(open_scene(folder), text, frame, **options)


def test_depth_poses_and_boxes_cannot_reach(grounder, scan, write_scan, tmp_path):
    other = write_scan(tmp_path / "other", annotation=False, mesh=False)
    for name, x_m in (("0", 4.0), ("100", -7.0)):
        Image.fromarray(np.full((24, 32), 777, np.uint16)).save(other / "depth" / f"{name}.png")
        pose = np.loadtxt(other / "pose" / f"{name}.txt")
        pose[:3] = np.roll(pose[:3], 1, axis=0)
        pose[0, 3] = x_m
        np.savetxt(other / "pose" / f"{name}.txt", pose)
    one, two = point(grounder, scan), point(grounder, other)
    assert one.frame == two.frame
    np.testing.assert_array_equal(one.log_probs, two.log_probs)
    np.testing.assert_array_equal(one.mask, two.mask)


def test_not_even_a_broken_depth_image_can_reach(grounder, scan, write_scan, tmp_path):
    other = write_scan(tmp_path / "other")
    scene = open_scene(other)
    (other / "depth" / "0.png").write_bytes(b"cut short")
    (other / "depth" / "100.png").write_bytes(b"cut short")
    found = grounder.point_in_frame(scene, TEXT)
    np.testing.assert_array_equal(found.log_probs, point(grounder, scan).log_probs)


def test_other_frames_cannot_reach(grounder, scan):
    best = point(grounder, scan)
    by_name = point(grounder, scan, best.frame)
    assert (best.frames, by_name.frames) == (("0", "100"), (best.frame,))
    np.testing.assert_array_equal(best.log_probs, by_name.log_probs)


def test_pixels_and_words_matter(grounder, scan, write_scan, tmp_path):
    other = write_scan(tmp_path / "other")
    Image.new("RGB", (64, 48), (200, 30, 30)).save(other / "color" / "0.jpg")
    before = point(grounder, scan, "0")
    assert np.abs(point(grounder, other, "0").log_probs - before.log_probs).max() > 1e-4
    said = point(grounder, scan, "0", "door the the")
    assert np.abs(said.log_probs - before.log_probs).max() > 1e-6


def test_an_answer_is_a_part_of_the_picture(grounder, scan):
    found = point(grounder, scan)
    assert np.exp(found.log_probs).sum() == pytest.approx(1, abs=1e-4)
    assert found.size_px == (64, 48)
    assert found.mask[found.best_patch]
    assert found.log_probs[found.best_patch] == found.log_probs.max()
    left, top, right, bottom = found.box_px
    assert -0.5 <= left < found.point_px[0] < right <= 63.5
    assert -0.5 <= top < found.point_px[1] < bottom <= 47.5
    assert found.lifted is None


def test_an_edited_picture_is_looked_at_anew(grounder, scan):
    scene = open_scene(scan)
    before = grounder.point_in_frame(scene, TEXT, "0")
    Image.new("RGB", (64, 48), (200, 30, 30)).save(scan / "color" / "0.jpg")
    edited = open_scene(scan)
    edited.edit = "painted red"
    after = grounder.point_in_frame(edited, TEXT, "0")
    assert np.abs(after.log_probs - before.log_probs).max() > 1e-4


def test_a_picture_that_is_broken_is_left_out_and_named(grounder, scan):
    scene = open_scene(scan)
    (scan / "color" / "0.jpg").write_bytes(b"cut short")
    found = grounder.point_in_frame(scene, TEXT)
    assert (found.frame, found.frames) == ("100", ("100",))
    assert any("Frame 0 was left out" in warning for warning in found.warnings)
    with pytest.raises(BrokenFileError):
        grounder.point_in_frame(scene, TEXT, "0")
    (scan / "color" / "100.jpg").write_bytes(b"cut short")
    scene.edit = "nothing is kept of it"
    with pytest.raises(SceneError, match="none of the 2 frames"):
        grounder.point_in_frame(scene, TEXT)


def test_a_frame_that_is_not_there_is_refused(grounder, scan):
    with pytest.raises(SceneError, match='no usable frame "20"') as refused:  # it lost tracking
        point(grounder, scan, "20")
    assert "0 to 100" in str(refused.value.remedy)


def test_nothing_to_say_and_no_wish_to_wait(grounder, scan):
    with pytest.raises(ExpressionError):
        point(grounder, scan, text="  ")
    with pytest.raises(Cancelled):
        point(grounder, scan, is_cancelled=lambda: True)


def test_json_and_back(grounder, scan):
    found = point(grounder, scan)
    again = FrameGrounding.from_json(json.loads(json.dumps(found.as_json())))
    np.testing.assert_array_equal(again.log_probs, found.log_probs)
    np.testing.assert_array_equal(again.mask, found.mask)
    assert (again.frame, again.size_px, again.frames) == (found.frame, found.size_px, found.frames)


def test_the_mask_holds_what_joins_the_best_patch_alone():
    log_probs = np.log(
        np.array([[0.4, 0.2, 1e-6], [1e-6, 1e-6, 0.39], [0.003, 1e-6, 1e-6]], np.float32)
    )
    expected = np.array([[1, 1, 0], [0, 0, 0], [0, 0, 0]], bool)
    np.testing.assert_array_equal(answer_mask(log_probs), expected)
