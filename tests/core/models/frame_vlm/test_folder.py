"""A saved model is loaded through the public path, grounds, answers; a bad folder is refused."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny_models import BACKBONES, TEXT, WHOLE, tiny_network, tiny_texts, write_tiny
from tokenizers import Tokenizer, models

from whatwhere.cli.answer import answered
from whatwhere.cli.answer import readable as readable_answer
from whatwhere.cli.ground import grounded, readable
from whatwhere.errors import ExpressionError, ModelError, NotSupportedError
from whatwhere.models.frame_vlm.folder import write_frame_model
from whatwhere.models.frame_vlm.grounder import FrameGrounder
from whatwhere.models.grounder import MODALITIES, as_speaker
from whatwhere.models.registry import load_grounder
from whatwhere.models.weights import read_weights
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.proposals import annotation_proposals


def test_every_family_is_saved_loaded_and_answers(any_grounder, tmp_path, write_scan):
    folder = tmp_path / "model"
    write_frame_model(folder, any_grounder.network, any_grounder.texts, dtype=None)
    loaded = load_grounder(folder, device="cpu")
    assert isinstance(loaded, FrameGrounder)
    for name, tensor in any_grounder.network.state_dict().items():
        assert torch.equal(tensor, loaded.network.state_dict()[name]), name
    encoding = loaded.encode(open_scene(write_scan(tmp_path)))
    assert encoding.frames == ("0", "100")
    result = loaded.ground(encoding, TEXT, MODALITIES)
    assert set(result.groundings) == set(MODALITIES)
    assert len(result["fused"].candidates) == len(encoding.proposals) == 2
    spoken = as_speaker(loaded).answer(encoding, "what is red", ("fused", "3d"), max_tokens=3)
    for modality in ("fused", "3d"):
        assert len(spoken[modality].tokens) == len(spoken[modality].log_probs) == 3
        assert max(spoken[modality].log_probs) < 0


def test_the_command_line_grounds_and_answers(written, write_scan, tmp_path):
    scan = str(write_scan(tmp_path))
    found = grounded(scan, TEXT, "fused,2d", top=2, model=str(written), device="cpu")
    assert found["model"] == "tiny-speaker"
    assert len(found["groundings"]["2d"]["candidates"]) == 2
    assert "office chair" in readable(found)
    said = answered(scan, "what is red", "fused,2d", model=str(written), max_tokens=2, device="cpu")
    assert len(said["answers"]["2d"]["log_probs"]) == 2
    assert "fused" in readable_answer(said)
    with pytest.raises(ExpressionError):
        answered(scan, " ", "fused", model=str(written), max_tokens=2, device="cpu")


def test_a_model_that_only_points_says_so(write_tiny_model, write_scan, tmp_path):
    pointing = write_tiny_model(tmp_path / "points", TEXT)
    with pytest.raises(NotSupportedError, match="answers no questions"):
        answered(
            str(write_scan(tmp_path)),
            "what is red",
            "2d",
            model=str(pointing),
            max_tokens=2,
            device="cpu",
        )


def test_an_answer_goes_on_as_a_longer_question_would(grounder, make_encoding):
    """The kept keys and values are those that reading all words at once makes."""
    encoding = make_encoding(grounder)
    first = grounder.answer(encoding, "what is", ("fused",), max_tokens=3)["fused"]
    ids = grounder.texts.encode("{text}", "what is")
    chosen, _ = _answered(grounder, encoding, ids, 3)
    assert first.text == grounder.texts.decode(chosen)
    longer, log_probs = _answered(grounder, encoding, [*ids, *chosen[:2]], 1)
    assert longer == chosen[2:]
    assert log_probs[0] == pytest.approx(first.log_probs[2], abs=1e-5)


def test_an_end_token_ends_the_answer(make_encoding):
    free = FrameGrounder(
        tiny_network(BACKBONES["siglip+qwen2"]), tiny_texts(), name="free", device="cpu"
    )
    chosen, _ = _answered(free, make_encoding(free), [1, 2], 1)
    ended = FrameGrounder(
        tiny_network(BACKBONES["siglip+qwen2"], end_token_ids=tuple(chosen)),
        tiny_texts(),
        name="ended",
        device="cpu",
    )
    assert _answered(ended, make_encoding(ended), [1, 2], 4) == ([], [])


def _answered(grounder, encoding, token_ids, max_tokens):
    from whatwhere.models.spatial_vlm.modality import SENSES

    with torch.inference_mode():
        prefix = grounder.prefix(encoding, SENSES["fused"])
        return grounder.network.answer(prefix, torch.tensor(token_ids), max_tokens=max_tokens)


def test_other_candidates_reuse_the_frames(written, write_scan, tmp_path, monkeypatch):
    loaded = load_grounder(written, device="cpu")
    scene = open_scene(write_scan(tmp_path))
    proposals = annotation_proposals(scene)
    loaded.encode(scene)

    def not_again(*_):
        raise AssertionError("the frames were looked at twice")

    monkeypatch.setattr(type(loaded.network.backbone), "frame_features", not_again)
    assert len(loaded.encode(scene, proposals[:2]).proposals) == 2


def test_tensors_that_two_parts_share_are_written_once(written):
    tensors = load_file(written / "model.safetensors")
    assert not any("lm_head" in name for name in tensors)
    assert any("embed_tokens" in name for name in tensors)


def test_a_header_that_begins_like_a_pickle_is_none(tmp_path):
    for length in range(200):
        save_file({"a": torch.ones(1)}, tmp_path / "model.safetensors", {"k": "x" * length})
        if (tmp_path / "model.safetensors").read_bytes()[0] == 0x80:
            break
    else:
        pytest.fail("no header of that length")
    assert read_weights(tmp_path)["a"].tolist() == [1.0]


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("backbone", {"tower": {}}, "backbone"),
        ("backbone", {"whole": {"model_type": "bert"}}, '"bert" is no vision-language model'),
        ("backbone", [1], "backbone is not an object"),
        ("image_size", [32], "image_size is not"),
        ("positions", "random", "positions is not"),
        ("temperature", 0, "temperature is not"),
        ("ground_prompt", "where?", "ground_prompt is not"),
        ("end_token_ids", ["x"], "end_token_ids is not"),
        ("auto_map", "evil.py", "auto_map"),
    ],
)
def test_a_config_that_no_model_has_is_refused_by_name(folder: Path, key, value, said):
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), key: value}))
    with pytest.raises(ModelError, match=said):
        load_grounder(folder, device="cpu")


@pytest.mark.parametrize(
    ("part", "key", "value"),
    [
        ("tower", "model_type", "no-such-tower"),
        ("tower", "patch_size", "wide"),
        ("language_model", "hidden_size", -1),
        ("language_model", "num_attention_heads", 5),
    ],
)
def test_a_network_that_cannot_be_built_is_refused(folder: Path, part, key, value):
    path = folder / "config.json"
    config = json.loads(path.read_text())
    config["backbone"][part][key] = value
    path.write_text(json.dumps(config))
    with pytest.raises(ModelError):
        load_grounder(folder, device="cpu")


def test_weights_of_another_size_are_refused(folder: Path, tmp_path):
    other = write_tiny(tmp_path / "other", BACKBONES["siglip+qwen3"])
    (folder / "model.safetensors").write_bytes((other / "model.safetensors").read_bytes())
    with pytest.raises(ModelError, match="do not fit"):
        load_grounder(folder, device="cpu")


def test_a_tokenizer_of_another_model_is_refused(folder: Path):
    many = Tokenizer(models.WordLevel({f"w{i}": i for i in range(500)}, unk_token="w0"))
    (folder / "tokenizer.json").write_text(many.to_str())
    with pytest.raises(ModelError, match="500 tokens"):
        load_grounder(folder, device="cpu")


@pytest.mark.parametrize("image_size", [(30, 32), (32, 30)])
def test_an_image_that_does_not_divide_into_tokens_is_refused(image_size):
    with pytest.raises(ModelError, match="image_size of multiples of 8"):
        tiny_network(BACKBONES["qwen3-vl"], image_size=image_size)


@pytest.mark.parametrize("family", WHOLE)
def test_the_weights_of_a_pretrained_model_are_taken_over(family, tmp_path):
    """As `assets/help/models.md` says it: configuration and weights as the library gives them."""
    own = tiny_network(BACKBONES[family]).backbone.network
    own.config.save_pretrained(tmp_path)
    described = json.loads((tmp_path / "config.json").read_text())
    network = tiny_network({"whole": described})
    torch.nn.init.normal_(network.backbone.embedding)
    network.backbone.network.load_state_dict(own.state_dict())
    write_frame_model(tmp_path / "model", network, tiny_texts(), dtype=None)
    loaded = load_grounder(tmp_path / "model", device="cpu").network.backbone
    for name, tensor in own.state_dict().items():
        assert torch.equal(loaded.network.state_dict()[name], tensor), name
