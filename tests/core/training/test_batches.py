import numpy as np
import pytest
import torch

from whatwhere.models.spatial_vlm.model import SceneTensors
from whatwhere.training.batches import BatchPlan, BatchSampler
from whatwhere.training.samples import Samples

G, K, M, W = 6, 5, 40, 4
LEFT, RIGHT, UNKNOWN, GROUND = 3, 4, 1, 2
PLAN = BatchPlan(
    seed=0,
    rooms_per_step=4,
    sentences_per_room=3,
    drop_geometry=0.2,
    drop_appearance=0.2,
    box_noise_m=0.0,
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
