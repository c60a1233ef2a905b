"""w2r2-plus for a model that sees frames: look-alikes exchange their looks there as well."""

from dataclasses import replace

import pytest
import torch

from whatwhere.models.frame_vlm.exchanged import exchanged_frames, owners
from whatwhere.training.loop import GrounderTraining

SIDE, LEVELS, WIDTH = 4, 2, 3


def shares_of(*patches):
    """(K, 2, 4, 4): candidates that cover these patches of (frame, row, column) wholly."""
    shares = torch.zeros(len(patches), 2, SIDE, SIDE)
    for candidate, covered in enumerate(patches):
        for place in covered:
            shares[(candidate, *place)] = 1
    return shares


@pytest.fixture
def features():
    return torch.randn(2, SIDE, SIDE, LEVELS, WIDTH, generator=torch.Generator().manual_seed(0))


TWO_EACH = shares_of([(0, 0, 0), (0, 0, 1)], [(1, 3, 2), (1, 3, 3)], [(0, 2, 2)])


def test_two_that_exchange_twice_are_as_they_were(features):
    swap = torch.tensor([1, 0, 2])
    once = exchanged_frames(features, TWO_EACH, swap)
    assert torch.equal(once[0, 0, :2], features[1, 3, 2:])
    assert torch.equal(once[1, 3, 2:], features[0, 0, :2])
    assert torch.equal(exchanged_frames(once, TWO_EACH, swap), features)


def test_nothing_but_their_own_patches_moves(features):
    once = exchanged_frames(features, TWO_EACH, torch.tensor([1, 0, 2]))
    others = (owners(TWO_EACH) < 0) | (owners(TWO_EACH) == 2)
    assert torch.equal(once.flatten(0, 2)[others], features.flatten(0, 2)[others])
    assert torch.equal(exchanged_frames(features, TWO_EACH, torch.arange(3)), features)


def test_of_unequal_counts_each_patch_takes_the_one_at_its_share_of_the_way(features):
    shares = shares_of([(0, 0, column) for column in range(4)], [(1, 0, 0), (1, 0, 1)])
    once = exchanged_frames(features, shares, torch.tensor([1, 0]))
    first, second = features[1, 0, 0], features[1, 0, 1]
    assert torch.equal(once[0, 0], torch.stack([first, first, second, second]))
    assert torch.equal(once[1, 0, :2], features[0, 0, [1, 3]])


def test_one_that_owns_no_patch_gives_its_mean_look(features):
    shares = shares_of([(0, 0, 0)], [])
    shares[1, 1, 2, 2], shares[1, 1, 2, 3] = 0.1, 0.1
    once = exchanged_frames(features, shares, torch.tensor([1, 0]))
    torch.testing.assert_close(once[0, 0, 0], features[1, 2, 2:].mean(0))
    assert torch.equal(once[1], features[1])


def test_who_covers_most_of_a_patch_owns_it_if_that_is_a_quarter():
    shares = torch.tensor([[0.3, 0.2, 0.0], [0.6, 0.2, 0.0]])[:, None, None, :]
    assert owners(shares).tolist() == [1, -1, -1]


@pytest.fixture(scope="module")
def trainee(trainee_of):
    return trainee_of(
        "qwen3-vl", preset="w2r2-plus", drop_geometry="0", drop_appearance="0", steps="10"
    )


@pytest.fixture(scope="module")
def samples(trainee, dataset):
    """Of both scenes, with all candidates look-alikes, so that something is exchanged for sure."""
    found = trainee[0].samples(dataset)
    known = found.class_ids_GK >= 0
    same = torch.where(known, 0, -1)
    return replace(found, class_ids_GK=same, spatial_M=torch.ones_like(found.spatial_M))


def test_looks_are_exchanged_in_candidates_and_frames_and_places_are_not(trainee, samples):
    network = trainee[0].network
    batch = trainee[0].sampler(samples).batch(0)
    num_rooms = len(batch.class_ids_GK)
    assert len(batch.scenes.mask_GK) == 2 * num_rooms
    assert (batch.sentences.scene_R >= num_rooms).all(), "every sentence is about places"
    plain, changed = batch.scenes.sight(0), batch.scenes.sight(num_rooms)
    order = changed.looks_from_K
    assert plain.looks_from_K is None
    assert sorted(order.tolist()) == list(range(len(order)))
    features = network.features(plain)
    one, other = network.tokens(plain, features), network.tokens(changed, features)
    assert torch.equal(other.looks_KD, one.looks_KD[order])
    assert not torch.equal(other.frames_FPLD, one.frames_FPLD)
    for name in ("points_m_FP3", "measured_FP", "seen_K", "centers_m_K3", "sizes_m_K3"):
        assert torch.equal(getattr(other, name), getattr(one, name)), name


def test_beside_a_second_pass_only_the_last_version_has_other_places(trainee, samples):
    one, config = trainee
    both = config.model_copy(update={"pseudo_label": "within-class", "ablated_share": 1.0})
    batch = replace(one, config=both).sampler(samples).batch(0)
    num_rooms = len(batch.class_ids_GK)
    assert len(batch.scenes.mask_GK) == 3 * num_rooms
    plain, looks, places = (batch.scenes.sight(version * num_rooms) for version in range(3))
    assert torch.equal(looks.points_m_FP3, plain.points_m_FP3)
    assert looks.looks_from_K is not None
    assert not torch.equal(places.points_m_FP3, plain.points_m_FP3)
    assert places.looks_from_K is None


def test_ten_steps_learn(trainee, samples):
    one, config = trainee
    first = one.sampler(samples).batch(0)

    class Again:
        def batch(self, step):
            return first

    training = GrounderTraining(one.network, Again(), config, num_attributes=one.num_attributes)
    told = [training.take_step().values["loss/total"] for _ in range(10)]
    assert told[-1] < 0.8 * told[0]
