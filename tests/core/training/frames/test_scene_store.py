"""Many scenes on disk, few in memory; a file is whole or not there."""

from dataclasses import replace

import pytest
import torch

from whatwhere.errors import BrokenFileError, RefusedPathError
from whatwhere.models.frame_vlm.sights import Sight
from whatwhere.training import scene_store
from whatwhere.training.frame_sampler import FrameSampler
from whatwhere.training.frame_samples import frame_samples, mirrored
from whatwhere.training.samples import Told
from whatwhere.training.scene_store import (
    SceneStore,
    read_kept,
    sight_of,
    sight_tensors,
    write_scene,
)

K, GRID = 3, (2, 2)


def sight(number: int = 0) -> Sight:
    generator = torch.Generator().manual_seed(number)

    def numbers(*shape: int) -> torch.Tensor:
        return torch.rand(shape, generator=generator)

    return Sight(
        room=number,
        seen=numbers(2, *GRID, 1, 4),
        shares_KFyx=numbers(K, 2, *GRID).half(),
        points_m_FP3=numbers(2, 4, 3) + 1,
        measured_FP=numbers(2, 4) < 0.8,
        seen_K=torch.ones(K, dtype=torch.bool),
        centers_m_K3=numbers(K, 3) + 1,
        sizes_m_K3=numbers(K, 3) + 0.1,
        room_half_m_3=numbers(3) + 2,
    )


def about(number: int) -> dict[str, object]:
    return {
        "scene_id": f"scan{number:04d}_00",
        "object_ids": [4, 7, 9],
        "classes": ["chair", "chair", "table"],
        "colours": ["red", "", ""],
    }


@pytest.fixture
def paths(tmp_path):
    found = [tmp_path / f"{number}.safetensors" for number in range(12)]
    for number, path in enumerate(found):
        write_scene(path, sight_tensors(sight(number)), about(number))
    return found


def test_what_was_written_is_read(paths):
    kept = read_kept(paths[3])
    assert (kept.scene_id, kept.object_ids) == ("scan0003_00", (4, 7, 9))
    assert torch.equal(kept.small["centers_m_K3"], sight(3).centers_m_K3)
    store = SceneStore(paths, sight_of)
    mapped = store.scene(3)
    assert mapped.room == 3
    assert torch.equal(mapped.seen, sight(3).seen)
    assert store.num_held == 0
    store.hold([3])
    assert torch.equal(store.scene(3).seen, sight(3).seen)
    store.close()
    assert store.num_held == 0


def test_a_file_that_is_not_whole_is_not_there(paths, tmp_path):
    whole = paths[0].read_bytes()
    for length in (0, 5, len(whole) // 2, len(whole) - 1):
        paths[0].write_bytes(whole[:length])
        assert read_kept(paths[0]) is None
    assert read_kept(tmp_path / "none.safetensors") is None
    with pytest.raises(BrokenFileError, match="cannot be read"):
        SceneStore(paths, sight_of).scene(0)


def test_what_is_not_written_to_its_end_leaves_nothing(tmp_path, monkeypatch):
    path = tmp_path / "scene.safetensors"

    def torn(tensors, target, **_):
        target.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(scene_store, "save_file", torn)
    with pytest.raises(RefusedPathError, match="No space"):
        write_scene(path, sight_tensors(sight()), about(0))
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def samples(paths, make_texts, make_expression):
    kept = [read_kept(path) for path in paths]
    told = [
        Told(item.object_ids, item.classes, item.colours, (make_expression(item.scene_id),))
        for item in kept
    ]
    texts = make_texts()

    def encode(text):
        return [*texts.encode("{text}", text), 0]

    return frame_samples(kept, told, encode, grid=GRID, classes=("chair",), colours=("red",))


def test_a_walk_over_many_scenes_holds_two_batches_of_them(samples, config_of):
    sampler = FrameSampler(samples, config_of("siglip+qwen2", rooms_per_step="2"))
    store, visited = samples.sights.store, set()
    for step in range(30):
        batch = sampler.batch(step)
        assert store.num_held <= 4
        for scene in range(len(batch.scenes.mask_GK)):
            visited.add(batch.scenes.room(scene))
            assert batch.scenes.sight(scene).room == batch.scenes.room(scene)
        assert store.num_held <= 4
    assert len(visited) == 12
    store.close()


def test_the_next_batch_is_read_while_this_one_is_computed(samples, config_of):
    sampler, store = FrameSampler(samples, config_of("siglip+qwen2")), samples.sights.store
    following = set(sampler.batch(6).scenes.rooms_G.tolist())
    before = set(sampler.batch(5).scenes.rooms_G.tolist())
    for number in sorted(following | before):
        store.scene(number)
        store.paths[number].unlink()
    assert all(store.scene(number).room == number for number in following), "they are in memory"
    store.close()


def test_a_mirrored_room_is_seen_by_mirrored_cameras(samples):
    straight = samples.sights.rows(torch.tensor([0]))
    flip = torch.tensor([[-1.0, 1.0, 1.0]])
    outline = replace(
        straight.outline, centers_m_GK3=straight.outline.centers_m_GK3 * flip[:, None]
    )
    one, other = straight.sight(0), replace(straight, outline=outline, flip_G3=flip).sight(0)
    assert torch.equal(other.seen, one.seen.flip(2))
    assert torch.equal(other.shares_KFyx, one.shares_KFyx.flip(3))
    assert torch.equal(
        other.points_m_FP3.unflatten(1, GRID), one.points_m_FP3.unflatten(1, GRID).flip(2) * flip
    )
    assert torch.equal(other.centers_m_K3, one.centers_m_K3 * flip)
    turned = replace(straight, flip_G3=torch.tensor([[-1.0, -1.0, 1.0]])).sight(0)
    assert torch.equal(turned.seen, one.seen), "two mirrors are a turn"


def test_dealt_positions_are_the_same_ones_elsewhere(samples):
    moved = set()
    for number in range(samples.num_scenes):
        both = samples.sights.rows(torch.tensor([number, number + samples.num_scenes]))
        one, dealt = both.sight(0), both.sight(1)
        assert torch.equal(one.seen, dealt.seen)
        for name in ("points_m_FP3", "centers_m_K3"):
            before, after = getattr(one, name), getattr(dealt, name)
            assert torch.equal(before.flatten().sort()[0], after.flatten().sort()[0]), name
            if not torch.equal(before, after):
                moved.add(name)
    assert moved == {"points_m_FP3", "centers_m_K3"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the chair left of the bed", "the chair right of the bed"),
        ("Left of it, the rightmost lamp", "Right of it, the leftmost lamp"),
        ("the left-hand, bright copyright", "the right-hand, bright copyright"),
    ],
)
def test_left_and_right_change_places(text, expected):
    assert mirrored(text) == expected
    assert mirrored(expected) == text
