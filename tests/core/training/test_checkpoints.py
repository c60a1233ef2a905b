import json

import pytest
import torch
from safetensors.torch import load_file

from whatwhere.errors import BrokenFileError, CheckpointError
from whatwhere.training.checkpoints import (
    Checkpoint,
    checkpoints,
    read_checkpoint,
    write_checkpoint,
)
from whatwhere.training.config import read_config
from whatwhere.training.run_folder import RunFolder

STATE = {"step": 7, "order": [3, 1, 2], "seed": 2**100}


def tensors():
    shared = torch.arange(6.0).reshape(2, 3)
    return {
        "model": {
            "weight": torch.randn(4, 3),
            "half": torch.randn(5).to(torch.bfloat16),
            "tied": shared,
            "tied too": shared,
            "turned": shared.T,
            "step": torch.tensor(7.0),
        },
        "rng": {"torch": torch.get_rng_state()},
        "heads": {},
    }


def test_what_is_written_is_read_to_the_bit(tmp_path):
    groups = tensors()
    written = write_checkpoint(tmp_path, 7, groups, STATE)
    assert written == Checkpoint(tmp_path / "checkpoints" / "step-000007", 7)
    found, state = read_checkpoint(written)
    assert state == STATE
    assert {name: set(group) for name, group in found.items()} == {
        name: set(group) for name, group in groups.items()
    }
    for name, group in groups.items():
        for key, tensor in group.items():
            assert found[name][key].dtype == tensor.dtype
            assert torch.equal(found[name][key], tensor)


def test_whole_checkpoints_are_listed_by_step(tmp_path):
    assert checkpoints(tmp_path) == []
    for step in (1_000_000, 20, 3):
        write_checkpoint(tmp_path, step, {}, {})
    (tmp_path / "checkpoints" / "step-000030.partial-99").mkdir()
    (tmp_path / "checkpoints" / "notes.txt").touch()
    assert [found.step for found in checkpoints(tmp_path)] == [3, 20, 1_000_000]


def test_texts_lie_beside_the_weights(tmp_path):
    folder = write_checkpoint(tmp_path, 1, {}, {}, texts={"config.json": '{"kind": "x"}'}).path
    assert (folder / "config.json").read_text() == '{"kind": "x"}'


def test_a_checkpoint_of_the_same_step_is_replaced(tmp_path):
    for value in (1.0, 2.0):
        last = write_checkpoint(tmp_path, 5, {"model": {"a": torch.tensor(value)}}, {"v": value})
    found, state = read_checkpoint(last)
    assert (found["model"]["a"], state) == (2.0, {"v": 2.0})
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["step-000005"]


def test_the_next_start_clears_what_a_killed_writer_left(tmp_path):
    config = read_config("plain")
    with RunFolder(tmp_path, config):
        write_checkpoint(tmp_path, 5, {"model": {"a": torch.ones(2)}}, {})
        write_checkpoint(tmp_path, 6, {"model": {"a": torch.ones(2)}}, {})
    folder = tmp_path / "checkpoints"
    half = folder / "step-000007.partial-99"
    half.mkdir()
    (half / "model.safetensors").write_bytes(b"half")
    # Killed between moving the old one aside and putting the new one in its place.
    (folder / "step-000005").rename(folder / "step-000005.partial-99-old")
    with RunFolder(tmp_path, config, resume=True):
        assert sorted(path.name for path in folder.iterdir()) == ["step-000005", "step-000006"]
    read_checkpoint(checkpoints(tmp_path)[0])


def flip_a_bit(path):
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("name", "harm"),
    [
        ("model.safetensors", lambda path: path.unlink()),
        ("model.safetensors", lambda path: path.write_bytes(path.read_bytes()[:-4])),
        ("model.safetensors", flip_a_bit),
        ("model.safetensors", lambda path: path.write_bytes(b"\x80\x04pickled")),
        ("state.json", lambda path: path.unlink()),
        ("state.json", lambda path: path.write_bytes(path.read_bytes()[:20])),
        ("state.json", lambda path: path.write_text("[]")),
        ("state.json", lambda path: path.write_text('{"files": 3, "state": {}}')),
    ],
)
def test_a_broken_file_is_named(tmp_path, name, harm):
    checkpoint = write_checkpoint(tmp_path, 1, {"model": {"a": torch.ones(3)}}, {})
    harm(checkpoint.path / name)
    with pytest.raises(BrokenFileError, match=r"one before") as fault:
        read_checkpoint(checkpoint)
    assert fault.value.path == checkpoint.path / name


def test_tensors_that_do_not_fit_what_was_promised_are_refused(tmp_path):
    checkpoint = write_checkpoint(tmp_path, 1, {"model": {"a": torch.ones(3)}}, {})
    path = checkpoint.path / "state.json"
    document = json.loads(path.read_text())
    document["files"]["../outside.safetensors"] = 0
    path.write_text(json.dumps(document))
    with pytest.raises(BrokenFileError, match=r"state\.json"):
        read_checkpoint(checkpoint)


def test_a_folder_that_is_refused_is_named_and_nothing_is_left(tmp_path):
    (tmp_path / "checkpoints").write_text("a file where a folder belongs")
    with pytest.raises(CheckpointError, match="checkpoint of step 3 cannot be written"):
        write_checkpoint(tmp_path, 3, {"model": {"a": torch.ones(3)}}, {})


def test_what_cannot_be_stored_leaves_nothing_behind(tmp_path):
    with pytest.raises(TypeError):
        write_checkpoint(tmp_path, 3, {"model": {"a": torch.ones(3)}}, {"bad": object()})
    assert list((tmp_path / "checkpoints").iterdir()) == []


def test_weights_can_be_read_by_others(tmp_path):
    folder = write_checkpoint(tmp_path, 1, {"model": {"a": torch.ones(3)}}, {}).path
    assert torch.equal(load_file(folder / "model.safetensors")["a"], torch.ones(3))
    assert (folder / "model.safetensors").stat().st_mode & 0o044
