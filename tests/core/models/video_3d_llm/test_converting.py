"""Checkpoints are taken whole or refused, and then nothing is written."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from typer.testing import CliRunner
from video_3d_checkpoint import CONFIG, tokenizer, weights, write_checkpoint

from whatwhere.cli.models import models as app
from whatwhere.errors import ModelError, NotSupportedError
from whatwhere.models.adding import add_folder
from whatwhere.models.load_settings import LoadSettings
from whatwhere.models.registry import load_grounder
from whatwhere.models.spatial_vlm.modality import SENSES
from whatwhere.models.video_3d_llm.converting import convert
from whatwhere.models.video_3d_llm.folder import load_video_3d_grounder
from whatwhere.scenes.opening import open_scene


def test_numbers_stay_and_names_change(converted):
    here, there = load_file(converted / "model.safetensors"), weights()
    dropped = {name for name in there if "post_layernorm" in name}
    assert len(here) == len(there) - len(dropped)
    assert torch.equal(here["newline"], there["model.image_newline"])
    assert torch.equal(here["zero_target"], there["ground_head_zero_target"])
    assert torch.equal(here["ground_head.query.3.weight"], there["ground_head_query.3.weight"])
    sums = [
        sorted(float(t.double().sum()) for t in tensors.values())
        for tensors in (here, {name: t for name, t in there.items() if name not in dropped})
    ]
    np.testing.assert_array_equal(*sums)


def test_the_card_says_where_it_came_from(converted):
    card = (converted / "card.md").read_text()
    assert card.startswith("---\nlicense: apache-2.0\n---\n")
    assert "SHA-256" in card
    assert "2412.00493" in card


def test_shards_stay_shards(converted, tmp_path, video_scan, video_grounder):
    checkpoint = write_checkpoint(tmp_path / "checkpoint", num_shards=3)
    out = tmp_path / "sharded"
    told: list[str] = []
    convert(checkpoint, out, tower=tmp_path / "tower.json", told=told.append)
    assert len(list(out.glob("model-*.safetensors"))) == 3
    assert sum("converting" in line for line in told) == 3
    loaded = load_grounder(out, device="cpu").network.state_dict()
    for name, tensor in video_grounder.network.state_dict().items():
        assert torch.equal(loaded[name], tensor), name


def test_the_command_converts_and_the_result_can_be_named(checkpoint, tmp_path, monkeypatch):
    monkeypatch.setenv("WHATWHERE_HOME", str(tmp_path / "home"))
    out, tower = tmp_path / "mine", checkpoint.parent / "tower.json"
    words = ["convert", "video-3d-llm", str(checkpoint), str(out), "--json"]
    done = CliRunner().invoke(app, [*words, "--tower", str(tower)])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == {"kind": "video-3d-llm", "folder": str(out)}
    assert add_folder(out).name == "mine"
    assert load_grounder("mine", device="cpu").name == "mine"
    odd = CliRunner().invoke(app, ["convert", "llava-3d", str(checkpoint), str(out)])
    assert odd.exit_code != 0


def changed(checkpoint, **tensors):
    """The checkpoint with tensors exchanged, added, or (None) taken away."""
    path = checkpoint / "model.safetensors"
    kept = {**load_file(path), **tensors}
    save_file({name: t for name, t in kept.items() if t is not None}, path)


def refused(checkpoint, tmp_path, match, *, tower=True):
    out = tmp_path / "out"
    path = checkpoint.parent / "tower.json" if tower else None
    with pytest.raises(ModelError, match=match):
        convert(checkpoint, out, tower=path)
    assert not out.exists()
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".tmp")]


def test_a_pickle_is_refused_with_the_way_to_convert_it(checkpoint, tmp_path):
    (checkpoint / "pytorch_model.bin").write_bytes(b"\x80\x04never opened")
    refused(checkpoint, tmp_path, "pickle.*safe_serialization=True")


def test_what_is_missing_is_listed(checkpoint, tmp_path):
    changed(checkpoint, **{"model.image_newline": None, "model.layers.1.mlp.up_proj.weight": None})
    refused(checkpoint, tmp_path, "lacks model.image_newline, model.layers.1.mlp.up_proj.weight")


def test_what_is_unknown_is_listed(checkpoint, tmp_path):
    many = {f"model.lora.{index:02d}": torch.ones(1) for index in range(20)}
    changed(checkpoint, **many, **{"model.vision_tower.other.weight": torch.ones(1)})
    refused(checkpoint, tmp_path, "not known here: model.lora.00, model.lora.01.* and 9 more")


def test_another_shape_is_named(checkpoint, tmp_path):
    changed(checkpoint, ground_head_zero_target=torch.ones(31))
    refused(checkpoint, tmp_path, r"ground_head_zero_target \(31,\) instead of \(32,\)")


def test_weights_without_words_are_refused(checkpoint, tmp_path):
    changed(checkpoint, **{"model.embed_tokens.weight": None})
    refused(checkpoint, tmp_path, "lacks model.embed_tokens.weight")


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"model_type": "llama"}, "it is a llama, not a llava_qwen"),
        ({"ground_head_type": "score"}, "ground_head_type is 'score'"),
        ({"ground_head_type": None}, "ground_head_type is None"),
        ({"world_position_embedding_type": "avg-mlp"}, "world_position_embedding_type"),
        ({"mm_spatial_pool_mode": "max"}, "mm_spatial_pool_mode is 'max'"),
        ({"ground_token_ids": [7]}, "<ground> is 258, the model's 7"),
        ({"ground_token_ids": []}, "lacks something"),
        ({"voxel_size": None}, "lacks something"),
        ({"voxel_size": -1}, "lacks something"),
        ({"hidden_size": "wide"}, "no network that can be built"),
        ({"auto_map": {"AutoModel": "evil.py"}}, "auto_map"),
    ],
)
def test_another_kind_of_checkpoint_is_refused(checkpoint, tmp_path, changes, match):
    (checkpoint / "config.json").write_text(json.dumps({**CONFIG, **changes}))
    refused(checkpoint, tmp_path, match)


def test_a_tower_that_is_not_known_must_be_named(checkpoint, tmp_path):
    refused(checkpoint, tmp_path, 'tower is "some/other-tower".*--tower', tower=False)


def test_the_released_tower_is_known(checkpoint, tmp_path):
    """Its sizes do not fit these tiny weights: that is noticed, with the first that differs."""
    released = {**CONFIG, "mm_vision_tower": "google/siglip-so400m-patch14-384"}
    (checkpoint / "config.json").write_text(json.dumps(released))
    refused(checkpoint, tmp_path, r"patch_embedding.*\(1152, 3, 14, 14\)", tower=False)


def test_a_folder_without_a_tokenizer_says_how_to_make_one(checkpoint, tmp_path):
    (checkpoint / "tokenizer.json").unlink()
    refused(checkpoint, tmp_path, "no tokenizer.json.*AutoTokenizer")


def test_a_tokenizer_without_the_token_is_refused(checkpoint, tmp_path):
    text = tokenizer().to_str().replace("<ground>", "<there>")
    (checkpoint / "tokenizer.json").write_text(text)
    refused(checkpoint, tmp_path, "<ground> is None")


def test_a_cut_copy_is_refused(checkpoint, tmp_path):
    path = checkpoint / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    refused(checkpoint, tmp_path, "damaged")


def test_nothing_is_overwritten(checkpoint, tmp_path):
    (tmp_path / "out").mkdir()
    with pytest.raises(ModelError, match="there already"):
        convert(checkpoint, tmp_path / "out", tower=checkpoint.parent / "tower.json")


def test_numbers_and_frames_are_chosen_on_loading(converted, video_scan):
    chosen = LoadSettings(dtype="bfloat16", max_frames=1)
    loaded = load_video_3d_grounder(converted, device="cpu", settings=chosen)
    assert loaded.network.backbone.embedding.dtype == torch.bfloat16
    assert loaded.network.newline.dtype == torch.float32
    scene = open_scene(video_scan)
    encoding = loaded.encode(scene)
    assert len(encoding.frames) == 1
    half = loaded.scores(encoding, "the chair", SENSES["fused"])
    full = load_video_3d_grounder(
        converted, device="cpu", settings=LoadSettings(max_frames=1)
    ).scores(encoding, "the chair", SENSES["fused"])
    assert 0 < np.abs(half - full).max() < 2
    with pytest.raises(NotSupportedError, match="image size is that of its weights"):
        load_video_3d_grounder(converted, device="cpu", settings=LoadSettings(image_size=(64, 64)))
