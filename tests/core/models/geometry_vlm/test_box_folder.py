"""A saved model is loaded through the public path, says boxes and answers; bad ones are refused."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_box_models import KINDS, TEXT, write_box_model

from whatwhere.cli.answer import answered
from whatwhere.cli.ground import grounded, readable
from whatwhere.errors import Cancelled, ExpressionError, ModelError, NotSupportedError
from whatwhere.models.geometry_vlm.folder import write_geometry_model
from whatwhere.models.geometry_vlm.grounder import GeometryGrounder
from whatwhere.models.load_settings import LoadSettings
from whatwhere.models.registry import load_grounder, load_spatial_grounder
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.proposals import Proposal, annotation_proposals


@pytest.fixture(scope="module")
def written(taught, tmp_path_factory) -> Path:
    """The folder of the model that has learned one box; not to be changed."""
    folder = tmp_path_factory.mktemp("models") / "says-boxes"
    write_geometry_model(folder, taught[0].network, taught[0].texts, dtype=None)
    return folder


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    """The same, to be changed."""
    return Path(shutil.copytree(written, tmp_path / "says-boxes"))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_saved_loaded_and_speaks(kind, tmp_path, write_scan):
    loaded = load_grounder(write_box_model(tmp_path / "model", kind), device="cpu")
    assert isinstance(loaded, GeometryGrounder)
    encoding = loaded.encode(open_scene(write_scan(tmp_path)))
    assert encoding.frames == ("0", "100")
    modalities = loaded.capabilities.modalities
    spoken = loaded.answer(encoding, "what is red", modalities, max_tokens=3)
    assert set(spoken.answers) == set(modalities)
    assert all(len(spoken[name].log_probs) <= 3 for name in modalities)


def test_what_it_has_learned_it_says_and_the_pose_lifts_it(written, taught):
    grounder, scene = load_grounder(written, device="cpu"), open_scene(taught[1])
    target = annotation_proposals(scene)[0]
    encoding = grounder.encode(scene)
    result = grounder.ground(encoding, TEXT, ("fused",))
    best = result["fused"].best
    np.testing.assert_allclose(best.box.as_row(), target.box.as_row(), atol=0.05)
    assert (best.object_id, best.label) == (target.object_id, target.label)
    assert -0.2 < best.score < 0
    assert result["fused"].frames == encoding.frames
    assert not encoding.proposals


def test_a_pose_that_moves_takes_the_box_along_and_not_the_words(written, taught):
    from dataclasses import replace

    grounder = load_grounder(written, device="cpu")
    encoding = grounder.encode(open_scene(taught[1]))
    moved = []
    for depth in encoding.depths:
        pose = depth.world_from_camera.copy()
        pose[:3, 3] += [1, 2, 3]
        moved.append(replace(depth, world_from_camera=pose))
    # Only what lifts the answer: the features are those of the old poses.
    other = replace(encoding, depths=tuple(moved))
    before = grounder.ground(encoding, TEXT, ("fused",))["fused"].best
    after = grounder.ground(other, TEXT, ("fused",))["fused"].best
    assert after.score == before.score
    np.testing.assert_allclose(np.subtract(after.box.center, before.box.center), (1, 2, 3))


def test_the_command_line_shows_the_box(written, taught):
    scan = str(taught[1])
    document = grounded(scan, TEXT, "fused", top=5, model=str(written), device="cpu")
    assert document["box_source"] == "model"
    (candidate,) = document["groundings"]["fused"]["candidates"]
    assert candidate["label"] == annotation_proposals(open_scene(taught[1]))[0].label
    assert candidate["label"] in readable(document)
    said = answered(scan, "what is it", "fused", model=str(written), max_tokens=2, device="cpu")
    assert "fused" in said["answers"]


def test_words_that_are_no_box_are_quoted(tmp_path, taught):
    """Where some modality says a box the others are left out, else the sentence fails."""
    scene = open_scene(taught[1])
    random = load_grounder(write_box_model(tmp_path / "random", max_box_tokens=8), device="cpu")
    with pytest.raises(
        ExpressionError, match=r"In fused, random says no box \(no bbox_3d is in it"
    ):
        random.ground(random.encode(scene), TEXT, ("fused", "2d"))
    grounder = taught[0]
    found = grounder.ground(grounder.encode(scene), TEXT, ("fused", "blind"))
    if "blind" in found.groundings:  # it may have learned the words by heart
        assert not found.warnings
    else:
        assert "In blind, points says no box" in found.warnings[0]


def test_boxes_that_the_user_drew_are_no_candidates(taught):
    grounder, scene = taught[0], open_scene(taught[1])
    box = annotation_proposals(scene)[0].box
    encoding = grounder.encode(scene, [Proposal(0, box, "user", label="R1")])
    assert "it finds its own" in encoding.warnings[0]
    assert encoding.warnings[0] in grounder.ground(encoding, TEXT, ("fused",)).warnings


def test_it_cannot_be_faded_or_trained_as_another_kind(taught, written):
    grounder = taught[0]
    assert not grounder.capabilities.mixes
    with pytest.raises(NotSupportedError, match="fade"):
        grounder.mixed(grounder.encode(open_scene(taught[1])), TEXT, (0.5,))
    with pytest.raises(NotSupportedError, match="is a geometry_vlm"):
        load_spatial_grounder(written)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("backbone", {"tower": {}}, "backbone"),
        ("image_size", [32], "image_size"),
        ("max_frames", 0, "max_frames"),
        ("geometry", {"kind": "sonar"}, "geometry"),
        ("geometry", {"kind": "points", "width": 15}, "no network that can be built"),
        ("box_prompt", "where?", "box_prompt"),
        ("end_token_ids", ["x"], "end_token_ids"),
        ("auto_map", "evil.py", "auto_map"),
    ],
)
def test_a_config_that_no_model_has_is_refused_by_name(folder, key, value, said):
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), key: value}))
    with pytest.raises(ModelError, match=said):
        load_grounder(folder, device="cpu")


def test_a_tokenizer_of_another_model_is_refused(folder):
    from tokenizers import Tokenizer, models

    many = Tokenizer(models.WordLevel({f"w{i}": i for i in range(500)}, unk_token="w0"))
    (folder / "tokenizer.json").write_text(many.to_str())
    with pytest.raises(ModelError, match="500 tokens"):
        load_grounder(folder, device="cpu")


def test_half_of_the_bits_load_too(taught, tmp_path):
    write_geometry_model(tmp_path / "half", taught[0].network, taught[0].texts)
    loaded = load_grounder(tmp_path / "half", device="cpu").network.state_dict()
    for name, tensor in taught[0].network.state_dict().items():
        torch.testing.assert_close(loaded[name].float(), tensor, rtol=1e-2, atol=1e-2)


def test_numbers_and_frames_are_chosen_on_loading(written, taught):
    from whatwhere.models.geometry_vlm.folder import load_geometry_grounder
    from whatwhere.models.load_settings import LoadSettings

    chosen = LoadSettings(dtype="bfloat16", max_frames=1)
    told: list[str] = []
    loaded = load_geometry_grounder(
        written, device="cpu", settings=chosen, progress=lambda *now: told.append(now[2])
    )
    network = loaded.network
    assert network.backbone.embedding.dtype == torch.bfloat16
    assert network.frame_end.dtype == torch.float32
    assert "100 %" in told[-1]
    encoding = loaded.encode(open_scene(taught[1]))
    assert len(encoding.frames) == 1
    assert loaded.answer(encoding, TEXT, ("fused", "3d"), max_tokens=2)["3d"].log_probs


@pytest.mark.parametrize("kind", ["points", "images"])
def test_looking_is_told_of_and_can_be_cancelled(kind, tmp_path, taught):
    grounder, scene = load_grounder(write_box_model(tmp_path / kind, kind)), open_scene(taught[1])
    told: list[str] = []
    grounder.encode(scene, progress=lambda *now: told.append(now[2]))
    assert any("encoding frame" in what for what in told)
    assert any("geometry of frame" in what for what in told) is (kind == "images")
    polled: list[bool] = []
    grounder.encode(scene, is_cancelled=lambda: bool(polled.append(False)))
    assert len(polled) > len(scene.frames)
    for polls in range(len(polled)):
        left = iter([False] * polls)
        with pytest.raises(Cancelled):
            grounder.encode(scene, is_cancelled=lambda left=left: next(left, True))


def test_what_the_tower_saw_is_kept_on_disk(written, taught, tmp_path, monkeypatch):
    monkeypatch.setenv("WHATWHERE_HOME", str(tmp_path / "home"))
    scene, counts, said = open_scene(taught[1]), [], []
    for cache_bytes in (10**7, 10**7, 0):
        settings = LoadSettings(device="cpu", cache_bytes=cache_bytes)
        grounder = load_grounder(written, settings=settings)
        said.append(grounder.ground(grounder.encode(scene), TEXT, ("fused", "3d")).groundings)
        counts.append((grounder.kept.num_used, grounder.kept.num_made))
    assert counts[:2] == [(0, 1), (1, 0)]
    assert said[0] == said[1] == said[2]
