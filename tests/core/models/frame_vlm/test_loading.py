"""Weights in several files, hostile indexes, progress, and modules that are not needed."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from safetensors.torch import load_file, save_file
from tiny_models import TEXT

from whatwhere.errors import Cancelled, ModelError
from whatwhere.models.load_settings import LoadSettings
from whatwhere.models.registry import load_grounder

INDEX = "model.safetensors.index.json"


@pytest.fixture
def sharded(folder):
    """The same model, its weights in two files."""
    tensors = load_file(folder / "model.safetensors")
    names = sorted(tensors)
    halves = names[: len(names) // 2], names[len(names) // 2 :]
    weight_map = {}
    for number, half in enumerate(halves, start=1):
        shard = f"model-0000{number}-of-00002.safetensors"
        save_file({name: tensors[name].clone() for name in half}, folder / shard)
        weight_map |= dict.fromkeys(half, shard)
    (folder / INDEX).write_text(json.dumps({"weight_map": weight_map}))
    (folder / "model.safetensors").unlink()
    return folder


def change_index(folder, change):
    document = json.loads((folder / INDEX).read_text())
    change(document["weight_map"])
    (folder / INDEX).write_text(json.dumps(document))


def test_shards_are_one_model(sharded, written, make_encoding):
    one, parts = load_grounder(written, device="cpu"), load_grounder(sharded, device="cpu")
    encoding = make_encoding(one)
    expected = one.ground(encoding, TEXT)["fused"].candidates
    assert parts.ground(encoding, TEXT)["fused"].candidates == expected


def test_a_shard_elsewhere_is_refused(sharded):
    change_index(sharded, lambda names: names.update({next(iter(names)): "../other.safetensors"}))
    with pytest.raises(ModelError, match="points outside the folder"):
        load_grounder(sharded, device="cpu")


def test_a_missing_shard_is_named(sharded):
    (sharded / "model-00002-of-00002.safetensors").unlink()
    with pytest.raises(ModelError, match=r"shard model-00002-of-00002\.safetensors is missing"):
        load_grounder(sharded, device="cpu")


def test_a_shard_that_was_cut_short_is_refused_before_anything_is_loaded(sharded):
    shard = sharded / "model-00002-of-00002.safetensors"
    shard.write_bytes(shard.read_bytes()[:-10])
    with pytest.raises(ModelError, match=r"00002\.safetensors: the weights are damaged"):
        load_grounder(sharded, device="cpu")


def test_a_header_that_lies_about_a_tensor_is_refused(folder):
    path = folder / "model.safetensors"
    content = path.read_bytes()
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    name = next(name for name in header if name != "__metadata__")
    header[name]["shape"] = [10**6, 10**6]
    changed = json.dumps(header).encode()
    path.write_bytes(len(changed).to_bytes(8, "little") + changed + content[8 + size :])
    with pytest.raises(ModelError, match="the weights are damaged"):
        load_grounder(folder, device="cpu")


def test_loading_tells_how_far_it_is_and_stops_when_it_is_cancelled(folder):
    told = []
    load_grounder(folder, device="cpu", progress=lambda *said: told.append(said))
    assert told[-1][0] == told[-1][1] > 0
    assert told[-1][2].endswith("100 %")
    assert [done for done, *_ in told] == sorted(done for done, *_ in told)
    with pytest.raises(Cancelled, match="Loading the model"):
        load_grounder(folder, device="cpu", is_cancelled=lambda: True)


def test_numbers_that_a_type_cannot_hold_are_named(folder):
    path = folder / "model.safetensors"
    tensors = load_file(path)
    name = next(name for name in tensors if name.startswith("backbone.projector"))
    tensors[name] = tensors[name].clone() + 1e6
    save_file(tensors, path)
    with pytest.raises(ModelError, match=f"{name} holds numbers that float16 cannot hold"):
        load_grounder(folder, settings=LoadSettings(device="cpu", dtype="float16"))
    assert np.isfinite(load_grounder(folder, device="cpu").num_parameters)


def test_plans_and_models_of_others_need_no_torch(tmp_path):
    script = (
        "import sys\n"
        "import whatwhere.serving.grounder_host\n"
        "from whatwhere.models.planning import plan_for\n"
        "assert plan_for('default').need_bytes > 0\n"
        "assert not {'torch', 'transformers'} & set(sys.modules)\n"
    )
    home = {"WHATWHERE_HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    subprocess.run([sys.executable, "-c", script], check=True, env=home)
