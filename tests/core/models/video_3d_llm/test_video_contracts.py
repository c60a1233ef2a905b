"""The contracts of the modalities, to the bit on the CPU, and what the model says beside them."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from video_3d_checkpoint import CONFIG, TOKENS

from whatwhere.cli.answer import answered
from whatwhere.cli.ground import grounded
from whatwhere.errors import Cancelled, NotSupportedError
from whatwhere.geometry.boxes import Box
from whatwhere.models.grounder import MODALITIES
from whatwhere.models.load_settings import LoadSettings
from whatwhere.models.registry import load_grounder, load_spatial_grounder
from whatwhere.models.spatial_vlm.modality import SENSES
from whatwhere.models.video_3d_llm.grounder import RoomEncoding
from whatwhere.models.video_3d_llm.network import RoomTokens, shuffled
from whatwhere.models.video_3d_llm.views import object_patches, token_points
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.proposals import Proposal

TEXT = "the chair nearest the door"
BLIND_TO = {"geometry": ("2d", "blind"), "colour": ("3d", "blind")}
NUM_CANDIDATES = 4


def encoding(*, colour: int = 0, geometry: int = 0) -> RoomEncoding:
    """Two frames of noise; which patches are a candidate's is part of its colour features."""
    looks = torch.Generator().manual_seed(colour)
    room = torch.Generator().manual_seed(100 + geometry)
    width = CONFIG["hidden_size"]
    centers = torch.randn(NUM_CANDIDATES, 3, generator=room)
    proposals = [
        Proposal(index, Box(tuple(center.tolist()), (1.0, 1.0, 1.0)), "annotation", index)
        for index, center in enumerate(centers)
    ]
    tokens = RoomTokens(
        frames_FyxD=torch.randn(2, TOKENS, TOKENS, width, generator=looks),
        points_m_Fyx3=torch.randn(2, TOKENS, TOKENS, 3, generator=room) * 2,
        objects_KD=torch.randn(NUM_CANDIDATES, width, generator=looks),
        centers_m_K3=centers,
    )
    return RoomEncoding("room000001_00", tuple(proposals), ("0", "1"), tokens)


def scores(grounder, of, modality):
    return grounder.scores(of, TEXT, SENSES[modality])


@pytest.mark.parametrize("what", ["colour", "geometry"])
def test_what_a_modality_does_not_perceive_cannot_reach(video_grounder, what):
    one, other = encoding(), encoding(**{what: 1})
    for modality in MODALITIES:
        moved = np.abs(
            scores(video_grounder, one, modality) - scores(video_grounder, other, modality)
        ).max()
        if modality in BLIND_TO[what]:
            assert moved == 0, modality
        else:
            assert moved > 1e-4, modality


def test_blind_knows_only_how_many(video_grounder):
    found = video_grounder.ground(encoding(), TEXT, ("blind",))["blind"]
    shares = [candidate.score for candidate in found.candidates]
    assert shares == pytest.approx([-np.log(NUM_CANDIDATES)] * NUM_CANDIDATES, abs=1e-5)


def test_shuffled_is_fused_on_dealt_positions(video_grounder):
    one = encoding()
    dealt = replace(one, tokens=shuffled(one.tokens, one.scene_id))
    assert not torch.equal(one.tokens.points_m_Fyx3, dealt.tokens.points_m_Fyx3)
    np.testing.assert_array_equal(
        scores(video_grounder, one, "shuffled"), scores(video_grounder, dealt, "fused")
    )


def test_fading_geometry_in_begins_with_2d_to_the_bit(video_grounder):
    one = encoding()
    ends = video_grounder.ground(one, TEXT, ("fused", "2d"))
    none, half, all_of_it = video_grounder.mixed(one, TEXT, (0.0, 0.5, 1.0))
    assert none.candidates == ends["2d"].candidates
    assert all_of_it.candidates == ends["fused"].candidates
    assert half.candidates != none.candidates


def test_that_nothing_is_meant_is_said(video_grounder, monkeypatch):
    """Where "nothing is meant" has the features of the best object, which itself is not there."""
    one, network = encoding(), video_grounder.network
    places = network.positions(one.tokens.centers_m_K3)
    whole = one.tokens.objects_KD + places
    order = np.argsort(scores(video_grounder, one, "fused")[:-1])
    others = sorted(order[:-1].tolist())
    tokens = replace(
        one.tokens,
        objects_KD=one.tokens.objects_KD[others],
        centers_m_K3=one.tokens.centers_m_K3[others],
    )
    without = replace(one, proposals=tuple(one.proposals[i] for i in others), tokens=tokens)
    for index, is_said in ((order[-1], True), (order[0], False)):
        monkeypatch.setattr(network.zero_target, "data", whole[index])
        result = video_grounder.ground(without, TEXT, ("fused",))
        assert any("nothing is meant (fused)" in said for said in result.warnings) is is_said
        assert len(result["fused"].candidates) == NUM_CANDIDATES - 1


def test_patches_of_an_object_are_those_half_inside():
    points = np.zeros((1, 5, 5, 3), np.float32)
    points[0, :, :, 0] = np.arange(5) + 0.5
    box = Box((1.5, 0.0, 0.0), (3.0, 1.0, 1.0))  # columns 0, 1, 2
    found = object_patches(points, [box], patches=2, patch=2)
    assert found[0, 0].tolist() == [[True, True], [True, True]]
    narrow = Box((0.5, 0.0, 0.0), (0.9, 1.0, 1.0))  # column 0 alone: half of the left patches
    found = object_patches(points, [narrow], patches=2, patch=2)
    assert found[0, 0].tolist() == [[True, False], [True, False]]
    assert token_points(points, patches=2, patch=2, tokens=1)[0, 0, 0, 0] == 2.0


def test_looking_is_told_of_and_can_be_cancelled(video_grounder, video_scan):
    scene, told, polled = open_scene(video_scan), [], []
    video_grounder.encode(
        scene,
        progress=lambda *now: told.append(now[2]),
        is_cancelled=lambda: bool(polled.append(False)),
    )
    assert told[-1] == "looking for candidate 2 of 2"
    assert len(polled) >= 5  # two frames are read, then looked at, then two candidates
    for polls in range(len(polled)):
        left = iter([False] * polls)
        with pytest.raises(Cancelled):
            video_grounder.encode(scene, is_cancelled=lambda left=left: next(left, True))


def test_the_command_line_grounds_and_answers(converted, video_scan):
    scan = str(video_scan)
    found = grounded(scan, TEXT, "fused,2d,3d", top=2, model=str(converted), device="cpu")
    assert found["model"] == "converted"
    assert {len(item["candidates"]) for item in found["groundings"].values()} == {2}
    said = answered(scan, "what is it", "2d", model=str(converted), max_tokens=2, device="cpu")
    assert len(said["answers"]["2d"]["log_probs"]) == 2
    with pytest.raises(NotSupportedError, match="is a video_3d_llm"):
        load_spatial_grounder(converted)


def test_what_the_tower_saw_is_kept_on_disk(converted, video_scan, tmp_path, monkeypatch):
    monkeypatch.setenv("WHATWHERE_HOME", str(tmp_path / "home"))
    scene, counts, said = open_scene(video_scan), [], []
    for cache_bytes in (10**8, 10**8, 0):
        settings = LoadSettings(device="cpu", cache_bytes=cache_bytes)
        grounder = load_grounder(converted, settings=settings)
        said.append(grounder.ground(grounder.encode(scene), TEXT, ("fused", "2d")).groundings)
        counts.append((grounder.kept.num_used, grounder.kept.num_made))
    assert counts[:2] == [(0, 1), (1, 0)]
    assert said[0] == said[1] == said[2]
