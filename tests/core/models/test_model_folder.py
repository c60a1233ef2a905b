"""Loading model folders: what is accepted, and what is refused with a sentence."""

import json
import pickle
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from whatwhere.errors import ModelError, NotSupportedError
from whatwhere.models.registry import load_grounder, load_spatial_grounder
from whatwhere.models.words import Words
from whatwhere.scenes.opening import open_scene


@pytest.fixture(scope="module")
def written(tmp_path_factory, write_tiny_model):
    return write_tiny_model(tmp_path_factory.mktemp("models") / "tiny", "the chair near a door")


@pytest.fixture
def folder(written, tmp_path):
    return shutil.copytree(written, tmp_path / "tiny")


def test_what_is_written_is_read(folder):
    grounder = load_spatial_grounder(folder, device="cpu")
    assert grounder.name == "tiny"
    assert grounder.device == "cpu"
    again = load_spatial_grounder(folder, device="cpu").network.state_dict()
    for name, tensor in grounder.network.state_dict().items():
        torch.testing.assert_close(tensor, again[name], rtol=0, atol=0)
        assert not tensor.is_floating_point() or tensor.dtype == torch.float32


@pytest.mark.parametrize(
    ("trained_on", "said"),
    [
        ({"what": "demo rooms", "scene_prefix": "room"}, "only seen demo rooms"),
        ({"scene_prefix": "room"}, "only seen scenes whose names begin with room"),
        ({"what": "a cured set of rooms"}, None),
        ({"what": "tiny scans", "scene_prefix": "tiny"}, None),
        ("a text", None),
    ],
)
def test_a_scene_outside_the_training_is_said_where_the_model_knows_it(
    trained_on, said, folder, write_scan, tmp_path
):
    config = json.loads((folder / "config.json").read_text())
    config["extra"]["trained_on"] = trained_on
    (folder / "config.json").write_text(json.dumps(config))
    grounder = load_spatial_grounder(folder, device="cpu")
    encoding = grounder.encode(open_scene(write_scan(tmp_path / "scans")))
    warnings = " ".join(grounder.ground(encoding, "the chair").warnings)
    assert ("Outside its training" in warnings) is (said is not None)
    assert said is None or said in warnings


def test_a_pickle_is_refused_by_name(folder):
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(ModelError, match=r"pytorch_model\.bin: this is a pickle"):
        load_grounder(folder)


def test_a_pickle_in_disguise_is_refused(folder):
    torch.save({"a": torch.zeros(1)}, folder / "model.safetensors")
    with pytest.raises(ModelError, match=r"model\.safetensors: this is a pickle"):
        load_grounder(folder)


def test_damaged_weights_are_refused(folder):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ModelError, match="weights are damaged"):
        load_grounder(folder)


def test_weights_of_another_model_are_refused(folder):
    save_file({"other": torch.zeros(2)}, folder / "model.safetensors")
    with pytest.raises(ModelError, match="do not fit"):
        load_grounder(folder)


def test_a_missing_weights_file_is_named(folder):
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelError, match=r"no model\.safetensors"):
        load_grounder(folder)


@pytest.mark.parametrize("text", ["{", "[]", '{"kind": "other"}', '{"kind": "spatial_vlm"}'])
def test_a_broken_config_is_refused(folder, text):
    (folder / "config.json").write_text(text)
    with pytest.raises(ModelError):
        load_grounder(folder)


@pytest.mark.parametrize(
    ("part", "key", "value"),
    [
        ("tower", "model_type", "no-such-tower"),
        ("tower", "hidden_sizes", "wide"),
        ("language_model", "model_type", 3),
        ("language_model", "hidden_size", -1),
    ],
)
def test_a_network_that_cannot_be_built_is_refused(folder, part, key, value):
    config = json.loads((folder / "config.json").read_text())
    config[part][key] = value
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError):
        load_grounder(folder)


@pytest.mark.parametrize(
    ("key", "value"),
    [("image_size", "abc"), ("image_size", [32]), ("max_frames", 0), ("extra", [1]), ("tower", 3)],
)
def test_a_config_that_no_model_has_is_refused_by_name(folder, key, value):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, key: value}))
    with pytest.raises(ModelError, match=rf"tiny/config\.json: .*{key}"):
        load_grounder(folder)


def test_weights_that_are_not_finite_are_refused(folder):
    path = folder / "model.safetensors"
    tensors = load_file(path)
    name = sorted(tensors)[0]
    save_file({**tensors, name: tensors[name] * float("nan")}, path)
    with pytest.raises(ModelError, match=rf"weights are damaged \({name} is not finite\)"):
        load_grounder(folder)


def test_scans_that_share_a_folder_are_looked_at_one_by_one(folder, write_scan, tmp_path):
    grounder = load_spatial_grounder(folder, device="cpu")
    scans = tmp_path / "scans"
    scans.mkdir()
    looked_at = []
    for scene_id, dropped in (("scan0000_00", "0"), ("scan0001_00", "100")):
        written = write_scan(tmp_path, scene_id=scene_id)
        images = tmp_path / "posed_images" / scene_id
        images.mkdir(parents=True)
        for part in ("color", "depth", "pose", "intrinsic"):
            for path in (written / part).iterdir():
                if path.stem != dropped:
                    path.rename(images / path.name)
        for path in written.glob(f"{scene_id}*"):
            path.rename(scans / path.name)
        scene = open_scene(scans / f"{scene_id}_vh_clean_2.ply")
        looked_at.append(grounder.encode(scene).frames)
    assert looked_at == [("100",), ("0",)]


def test_unknown_fields_are_refused(folder):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "auto_map": "evil.py"}))
    with pytest.raises(ModelError, match="auto_map"):
        load_grounder(folder)


def test_another_vocabulary_is_refused(folder):
    Words.from_texts(["a sofa"]).write(folder / "tokenizer.json")
    with pytest.raises(ModelError, match="tokenizer is not the one"):
        load_grounder(folder)


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe"])
def test_a_broken_tokenizer_is_refused(folder, content):
    (folder / "tokenizer.json").write_bytes(content)
    with pytest.raises(ModelError):
        load_grounder(folder)


def test_a_folder_that_is_no_model_is_refused(tmp_path):
    with pytest.raises(ModelError, match=r"no config\.json"):
        load_grounder(tmp_path)


def test_an_unknown_name_is_refused():
    with pytest.raises(ModelError, match='no model "nonsense"'):
        load_grounder("nonsense")


def test_a_device_that_is_not_here_is_refused(folder):
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    with pytest.raises(NotSupportedError, match="cannot be used here"):
        load_grounder(folder, device="cuda")
