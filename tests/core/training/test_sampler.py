from dataclasses import fields, replace

import numpy as np
import pytest
import torch

from whatwhere.models.spatial_vlm.model import SceneTensors
from whatwhere.training.sampler import BatchPlan, BatchSampler, iou_targets
from whatwhere.training.samples import Samples, balanced, samples_as_tensors, samples_from

G, K, M, W = 6, 5, 40, 4
LEFT, RIGHT, UNKNOWN, GROUND = 3, 4, 1, 2
PLAN = BatchPlan(
    seed=0,
    rooms_per_step=4,
    sentences_per_room=3,
    drop_geometry=0.2,
    drop_appearance=0.2,
    box_noise_m=0.0,
    appearance_noise=0.0,
    exchange_share=0.0,
    ablated_share=0.5,
    second_pass_every=0,
    left_id=LEFT,
    right_id=RIGHT,
    unknown_id=UNKNOWN,
)


@pytest.fixture
def samples() -> Samples:
    random = np.random.default_rng(0)
    tensor = lambda *shape: torch.from_numpy(random.normal(size=shape).astype(np.float32))  # noqa: E731
    return Samples(
        scenes=SceneTensors(
            appearance_GKC=tensor(2 * G, K, 3),
            seen_GK=torch.ones(2 * G, K, dtype=torch.bool),
            centers_m_GK3=tensor(2 * G, K, 3),
            sizes_m_GK3=tensor(2 * G, K, 3).abs(),
            room_half_m_G3=tensor(2 * G, 3).abs(),
            mask_GK=torch.ones(2 * G, K, dtype=torch.bool),
        ),
        class_ids_GK=torch.zeros(G, K, dtype=torch.long),
        colour_ids_GK=torch.zeros(G, K, dtype=torch.long),
        scene_M=torch.arange(M) % G,
        token_ids_MW=torch.tensor([[LEFT, 5, RIGHT, GROUND]]).repeat(M, 1),
        length_M=torch.full((M,), W),
        target_M=torch.arange(M) % K,
        anchors_MA=torch.full((M, 2), -1),
        skills=np.array(["near"] * M),
        lookalikes_M=torch.full((M,), 2),
        spatial_M=torch.arange(M) % 4 != 0,
        aligned_M=torch.arange(M) % 2,
        weight_M=torch.ones(M),
    )


def test_a_step_is_the_same_whenever_it_is_drawn(samples):
    first = BatchSampler(samples, PLAN)
    for step in (0, 1, 2):
        first.batch(step)
    a, b = first.batch(7), BatchSampler(samples, PLAN).batch(7)
    torch.testing.assert_close(a.scenes.centers_m_GK3, b.scenes.centers_m_GK3, rtol=0, atol=0)
    assert torch.equal(a.sentences.token_ids_RW, b.sentences.token_ids_RW)
    assert torch.equal(a.target_R, b.target_R)
    assert not torch.equal(a.target_R, first.batch(8).target_R)


def test_left_and_right_change_exactly_where_x_is_mirrored(samples):
    sampler = BatchSampler(samples, PLAN)
    changed = set()
    for step in range(30):
        batch = sampler.batch(step)
        for row, scene in enumerate(batch.sentences.scene_R.tolist()):
            centers = batch.scenes.centers_m_GK3[scene]
            source = next(
                g
                for g in range(G)
                if torch.equal(samples.scenes.centers_m_GK3[g].abs(), centers.abs())
            )
            is_mirrored = bool(centers[0, 0] != samples.scenes.centers_m_GK3[source][0, 0])
            words = batch.sentences.token_ids_RW[row].tolist()
            if words[0] != UNKNOWN:
                assert words[0] == (RIGHT if is_mirrored else LEFT)
            changed.add(is_mirrored)
    assert changed == {True, False}


def test_the_ground_token_is_never_lost(samples):
    sampler = BatchSampler(samples, PLAN)
    for step in range(50):
        batch = sampler.batch(step)
        rows = torch.arange(len(batch.target_R))
        assert (batch.sentences.token_ids_RW[rows, batch.sentences.ground_R] == GROUND).all()


def test_the_senses_are_dropped_as_often_as_planned(samples):
    sampler = BatchSampler(samples, PLAN)
    batches = [sampler.batch(step).sentences for step in range(200)]
    appearance = torch.cat([batch.appearance_R for batch in batches])
    geometry = torch.cat([batch.geometry_R for batch in batches])
    assert appearance.mean().item() == pytest.approx(0.8, abs=0.03)
    assert geometry.mean().item() == pytest.approx(0.8, abs=0.03)
    assert ((appearance + geometry) > 0).all()


TWO_PASSES = replace(PLAN, second_pass_every=2)


def test_the_second_pass_asks_what_fused_answers_about_places(samples):
    sampler = BatchSampler(samples, TWO_PASSES)
    assert sampler.batch(1).second is None
    shuffled_shares = []
    for step in range(0, 60, 2):
        batch = sampler.batch(step)
        assert batch.second is not None
        rows, again = batch.second.rows_S, batch.second.sentences
        first = batch.sentences.rows(rows)
        assert (first.geometry_R == 1).all()
        assert (first.appearance_R == 1).all()
        assert torch.equal(again.token_ids_RW, first.token_ids_RW)
        num_rooms = len(batch.class_ids_GK)
        assert torch.equal(again.scene_R % num_rooms, first.scene_R)
        # Either no geometry, or that of the shuffled version of the room.
        shuffled = again.scene_R >= num_rooms
        assert torch.equal(again.geometry_R, shuffled.float())
        shuffled_shares.append(shuffled.float().mean().item())
    assert np.mean(shuffled_shares) == pytest.approx(0.5, abs=0.1)


def test_the_second_pass_does_not_touch_the_first(samples):
    one, two = BatchSampler(samples, PLAN).batch(4), BatchSampler(samples, TWO_PASSES).batch(4)
    assert torch.equal(one.target_R, two.target_R)
    assert torch.equal(one.scenes.centers_m_GK3, two.scenes.centers_m_GK3[: len(one.class_ids_GK)])


def test_shuffling_deals_the_places_of_a_room_out_anew(samples):
    batch = BatchSampler(samples, TWO_PASSES).batch(0)
    true, dealt = batch.scenes.centers_m_GK3.chunk(2)
    assert not torch.equal(true, dealt)
    torch.testing.assert_close(true.sort(1).values, dealt.sort(1).values, rtol=0, atol=0)
    assert torch.equal(*batch.scenes.appearance_GKC.chunk(2))


@pytest.mark.parametrize("exchange_share", [0.0, 0.7])
def test_parts_hold_the_same_sentences_on_the_same_rooms(samples, exchange_share):
    plan = replace(TWO_PASSES, exchange_share=exchange_share)
    batch = BatchSampler(samples, plan).batch(2)
    parts = batch.parts(2)
    assert len(parts) == 2
    targets = torch.cat([part.target_R for part in parts])
    assert torch.equal(targets, batch.target_R)
    for part in parts:
        rows = part.scenes.rows(part.sentences.scene_R).appearance_GKC
        assert len(rows) == len(part.target_R)
    for seen in ("centers_m_GK3", "appearance_GKC"):
        whole = getattr(batch.scenes.rows(batch.sentences.scene_R), seen)
        cut = torch.cat([getattr(p.scenes.rows(p.sentences.scene_R), seen) for p in parts])
        assert torch.equal(whole, cut)
    assert batch.second is not None
    again = batch.scenes.rows(batch.second.sentences.scene_R).centers_m_GK3
    seconds = [part for part in parts if part.second is not None]
    cut = torch.cat([p.scenes.rows(p.second.sentences.scene_R).centers_m_GK3 for p in seconds])
    assert torch.equal(again, cut)


def test_looks_are_exchanged_among_lookalikes_alone(samples):
    classes = torch.tensor([[0, 0, 0, 1, 2]]).expand(G, K)
    seen = torch.tensor([[True, True, False, True, True]]).expand(2 * G, K)
    everywhere = torch.ones(M, dtype=torch.bool)
    samples = replace(
        samples,
        spatial_M=everywhere,
        class_ids_GK=classes,
        scenes=replace(samples.scenes, seen_GK=seen),
    )
    sampler = BatchSampler(samples, replace(TWO_PASSES, exchange_share=0.5))
    moved, shares = 0, []
    for step in range(1, 60, 2):
        batch = sampler.batch(step)
        num_rooms = len(batch.class_ids_GK)
        looks, dealt = batch.scenes.appearance_GKC.chunk(2)
        assert torch.equal(looks[:, 2:], dealt[:, 2:])
        torch.testing.assert_close(looks.sort(1).values, dealt.sort(1).values, rtol=0, atol=0)
        moved += int((looks[:, 0] != dealt[:, 0]).any(-1).sum())
        assert torch.equal(*batch.scenes.centers_m_GK3.chunk(2))
        exchanged = batch.sentences.scene_R >= num_rooms
        alone = (batch.sentences.geometry_R == 0) | (batch.sentences.appearance_R == 0)
        assert not (exchanged & alone).any()
        shares.append(exchanged[~alone].float().mean().item())
    assert moved == pytest.approx(30 * 4 / 2, abs=25)
    assert np.mean(shares) == pytest.approx(0.5, abs=0.1)


def test_the_second_pass_sees_the_looks_that_the_first_one_saw(samples):
    sampler = BatchSampler(samples, replace(TWO_PASSES, exchange_share=1.0))
    batch = sampler.batch(0)
    assert batch.second is not None
    num_rooms = len(batch.class_ids_GK)
    assert len(batch.scenes.mask_GK) == 3 * num_rooms
    first, again = batch.sentences.rows(batch.second.rows_S), batch.second.sentences
    absent = again.geometry_R == 0
    assert torch.equal(again.scene_R[absent], first.scene_R[absent])
    assert (again.scene_R[~absent] >= 2 * num_rooms).all()
    assert torch.equal(again.scene_R % num_rooms, first.scene_R % num_rooms)


def test_soft_targets_are_overlaps_with_the_target(samples):
    scenes = samples.scenes.rows(torch.tensor([0]))
    scenes.centers_m_GK3 = torch.zeros(1, K, 3)
    scenes.sizes_m_GK3 = torch.ones(1, K, 3)
    scenes.centers_m_GK3[0, :, 0] = torch.tensor([0.0, 0.5, 0.9, 5.0, 0.0])
    weights = iou_targets(scenes, torch.tensor([0]))[0]
    assert weights.tolist() == pytest.approx([1, 1 / 3, 0, 0, 1])


def test_balanced_groups_count_alike(samples):
    uneven = replace(samples, aligned_M=(torch.arange(M) % 4 != 0).long())
    weight = balanced(uneven).weight_M
    assert weight[uneven.aligned_M == 1].sum() == pytest.approx(M / 2)
    assert weight[uneven.aligned_M == 0].sum() == pytest.approx(M / 2)


def test_samples_survive_storage(samples):
    back = samples_from(samples_as_tensors(samples))
    for item in fields(Samples):
        before, after = getattr(samples, item.name), getattr(back, item.name)
        if item.name == "skills":
            assert before.tolist() == after.tolist()
        elif item.name != "scenes":
            assert torch.equal(before, after)
    assert torch.equal(samples.scenes.centers_m_GK3, back.scenes.centers_m_GK3)
