import json
import struct

import numpy as np
import pytest
from safetensors.numpy import save_file

from whatwhere.errors import Cancelled, ModelError
from whatwhere.models.adding import Watch, add_folder, add_from_hub, described, verify
from whatwhere.models.catalogue import entries, find_model, models_folder, remove
from whatwhere.models.folder_checks import check_folder

INDEX = "model.safetensors.index.json"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("WHATWHERE_HOME", str(tmp_path / "home"))


@pytest.fixture
def folder(tmp_path):
    """A model of two shards."""
    return write_model(tmp_path / "mine")


def write_model(folder):
    folder.mkdir(parents=True)
    (folder / "config.json").write_text('{"model_type": "qwen2"}')
    (folder / "README.md").write_text("---\nlicense: mit\ntags: [x]\n---\n# Mine\n")
    names = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")
    for number, name in enumerate(names):
        save_file({f"layer.{number}": np.ones((4, 4), np.float32)}, folder / name)
    weight_map = {f"layer.{number}": name for number, name in enumerate(names)}
    (folder / INDEX).write_text(json.dumps({"weight_map": weight_map}))
    return folder


def rewrite_map(folder, **changes):
    document = json.loads((folder / INDEX).read_text())
    document["weight_map"].update(changes)
    (folder / INDEX).write_text(json.dumps(document))


def cut(folder):
    path = folder / "model-00002-of-00002.safetensors"
    path.write_bytes(path.read_bytes()[:-1])


def lengthen(folder):
    path = folder / "model-00002-of-00002.safetensors"
    path.write_bytes(path.read_bytes() + b"\0")


def lie(folder):
    (folder / "model-00001-of-00002.safetensors").write_bytes(struct.pack("<Q", 2**40) + b"{}")


def disguise(folder):
    (folder / "model-00001-of-00002.safetensors").write_bytes(b"PK\x03\x04" + b"\0" * 64)


def write(name, text):
    return lambda folder: (folder / name).write_text(text)


FAULTS = {
    "no config": (lambda f: (f / "config.json").unlink(), r"mine.*has no config\.json"),
    "broken config": (write("config.json", "{"), r"config\.json: it cannot be read"),
    "pickle": (write("pytorch_model.bin", "x"), r"pytorch_model\.bin: this is a pickle"),
    "checkpoint": (write("last.pt", "x"), r"last\.pt: this is a pickle"),
    "disguised": (disguise, r"00001-of-00002\.safetensors: this is a pickle"),
    "code": (
        write("config.json", '{"auto_map": {"AutoModel": "modeling.Mine"}}'),
        r"config\.json: it asks for code of its own \(auto_map\)",
    ),
    "nested code": (
        write("tokenizer_config.json", '{"a": {"auto_map": {"AutoTokenizer": "x.Y"}}}'),
        r"tokenizer_config\.json: it asks for code",
    ),
    "outside": (
        lambda f: rewrite_map(f, other="../../etc/passwd"),
        r"index\.json: it points outside the folder \('\.\./\.\./etc/passwd'\)",
    ),
    "absolute": (lambda f: rewrite_map(f, other="/etc/passwd"), "points outside the folder"),
    "missing shard": (
        lambda f: (f / "model-00002-of-00002.safetensors").unlink(),
        r"its shard model-00002-of-00002\.safetensors is missing",
    ),
    "missing tensor": (
        lambda f: rewrite_map(f, other="model-00001-of-00002.safetensors"),
        "does not hold other",
    ),
    "no map": (write(INDEX, "[]"), "it has no weight_map"),
    "cut": (cut, r"00002-of-00002\.safetensors: the weights are damaged: it has .* less than"),
    "longer": (lengthen, "more than the"),
    "lying header": (lie, "it ends within its header"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_cannot_be_taken_is_refused_by_file_and_fault(folder, fault):
    spoil, said = FAULTS[fault]
    spoil(folder)
    with pytest.raises(ModelError, match=said):
        add_folder(folder)
    assert not models_folder().exists()


def test_no_weights_and_no_folder_are_refused(folder, tmp_path):
    for path in folder.glob("*.safetensors*"):
        path.unlink()
    with pytest.raises(ModelError, match="no weights in safetensors"):
        check_folder(folder)
    with pytest.raises(ModelError, match="no such folder"):
        check_folder(tmp_path / "gone")


def test_an_added_folder_has_a_name_a_hash_and_a_licence(folder):
    entry = add_folder(folder, name="second")
    assert find_model("second") == entry
    known = described(entry)
    assert known["licence"] == "mit"
    assert known["origin"] == str(folder)
    assert len(known["sha256"]) == 64
    assert set(known["files"]) == {path.name for path in folder.iterdir()}
    assert len(verify(entry)) == 2
    assert [item.name for item in entries()[0]][:1] == ["default"]
    remove("second")
    assert (folder / "config.json").is_file()
    with pytest.raises(ModelError, match='no model "second"'):
        find_model("second")


def test_a_file_that_was_changed_or_lost_is_noticed(folder):
    entry = add_folder(folder)
    (folder / "README.md").write_text("# Theirs\n")
    with pytest.raises(ModelError, match=r"README\.md: it is not the file it was"):
        verify(entry)
    (folder / "README.md").unlink()
    with pytest.raises(ModelError, match=r"README\.md: a file of it is gone"):
        verify(entry)
    folder.rename(folder.with_name("elsewhere"))
    with pytest.raises(ModelError, match="the folder is gone"):
        verify(entry)


def test_a_model_of_a_hub_is_fetched_checked_and_kept(tmp_path):
    asked = []

    def fetch(hub_id, folder):
        asked.append(hub_id)
        for path in write_model(tmp_path / "remote").iterdir():
            (folder / path.name).write_bytes(path.read_bytes())

    entry = add_from_hub("organisation/grounder", fetch=fetch)
    assert asked == ["organisation/grounder"]
    assert (entry.name, entry.kind) == ("grounder", "hub")
    assert verify(entry)
    assert described(entry)["origin"] == "organisation/grounder"
    assert find_model("grounder").folder == models_folder() / "grounder"


def test_a_model_of_a_hub_that_is_refused_leaves_nothing(tmp_path):
    def fetch(hub_id, folder):
        (folder / "config.json").write_text("{}")
        (folder / "pytorch_model.bin").write_bytes(b"\x80\x04")

    with pytest.raises(ModelError, match="this is a pickle"):
        add_from_hub("organisation/grounder", fetch=fetch)
    assert list(models_folder().iterdir()) == []


def test_only_text_and_safetensors_are_fetched(monkeypatch):
    seen = {}

    def snapshot(hub_id, *, local_dir, allow_patterns, tqdm_class):
        seen.update(hub_id=hub_id, patterns=allow_patterns)
        raise OSError("no network here")

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot)
    with pytest.raises(ModelError, match=r'"a/b" cannot be fetched \(no network here\)'):
        add_from_hub("a/b")
    assert seen["hub_id"] == "a/b"
    assert not any(name.endswith((".bin", ".pt", ".py", "*")) for name in seen["patterns"][:5])


def test_a_download_is_followed_and_can_be_ended(monkeypatch):
    steps = []

    def snapshot(hub_id, *, local_dir, allow_patterns, tqdm_class):
        bar = tqdm_class(total=0, initial=0, unit="B", unit_scale=True, desc="Downloading")
        bar.total = 300
        for _ in range(3):
            bar.update(100)

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot)
    watch = Watch(progress=lambda *step: steps.append(step), is_cancelled=lambda: len(steps) == 2)
    with pytest.raises(Cancelled):
        add_from_hub("a/b", watch=watch)
    assert steps == [(100, 300, "fetching a/b"), (200, 300, "fetching a/b")]
    assert not list(models_folder().iterdir())


def test_a_broken_record_costs_its_model_alone(folder):
    add_folder(folder)
    (models_folder() / "mine" / "record.json").write_text('{"kind": "folder"')
    found, problems = entries()
    assert "mine" not in [entry.name for entry in found]
    assert "record of this model cannot be read" in problems[0]
    assert "models remove mine" in problems[0]
    remove("mine")
    assert entries()[1] == ()


def test_what_ships_cannot_be_removed():
    with pytest.raises(ModelError, match="ships with the program"):
        remove("default")
    with pytest.raises(ModelError, match="no added model"):
        remove("nobody")
    with pytest.raises(ModelError, match="no added model"):
        remove("../data")
