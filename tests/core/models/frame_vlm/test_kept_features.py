"""What the tower saw, kept on disk: used again, made again when damaged, bounded."""

import os
from dataclasses import replace

import pytest
import torch
from data_set_scans import write_arkit
from PIL import Image
from tiny_models import TEXT

from whatwhere.models.kept_features import KeptFeatures
from whatwhere.models.load_settings import LoadSettings
from whatwhere.models.registry import load_grounder
from whatwhere.scenes.opening import open_scene

KEEPING = LoadSettings(device="cpu", cache_bytes=10**7)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("WHATWHERE_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "cache" / "encodings"


@pytest.fixture
def scan(write_scan, tmp_path):
    return write_scan(tmp_path)


class Looks:
    """Counts how often the tower of a loaded model runs."""

    def __init__(self, grounder, monkeypatch):
        self.count = 0
        backbone = grounder.network.backbone
        look = backbone.frame_features

        def counted(images):
            self.count += 1
            return look(images)

        monkeypatch.setattr(backbone, "frame_features", counted)


@pytest.fixture
def ask(folder, scan, monkeypatch):
    """`ask(settings)`: how often the tower ran, and what a newly loaded model answers."""

    def ask(settings=KEEPING):
        grounder = load_grounder(folder, settings=settings)
        looks = Looks(grounder, monkeypatch)
        found = grounder.ground(grounder.encode(open_scene(scan)), TEXT)
        return looks.count, found.groundings

    return ask


def test_a_scene_opened_again_skips_the_tower_and_answers_the_same(ask, home):
    assert ask()[0] == 1
    again, answers = ask()
    assert again == 0
    assert answers == ask(replace(KEEPING, cache_bytes=0))[1]
    assert len(list(home.iterdir())) == 1


def test_nothing_is_kept_unless_it_is_wished(ask, home):
    ask(LoadSettings(device="cpu"))
    assert not home.exists()


def test_other_pictures_types_and_frames_are_looked_at(ask, scan):
    assert ask()[0] == 1
    assert ask(replace(KEEPING, dtype="bfloat16"))[0] == 1
    assert ask(replace(KEEPING, max_frames=1))[0] == 1
    Image.new("RGB", (64, 48), "red").save(scan / "color" / "0.jpg")
    assert ask()[0] == 1


@pytest.mark.parametrize("damage", [b"", b"\x80\x04nonsense", b"\x08\0\0\0\0\0\0\0{}      "])
def test_a_damaged_entry_is_made_again(ask, home, damage):
    ask()
    (entry,) = home.iterdir()
    entry.write_bytes(damage)
    assert ask()[0] == 1
    assert ask()[0] == 0


def test_another_model_in_the_same_folder_looks_anew(ask, folder):
    ask()
    weights = folder / "model.safetensors"
    state = weights.stat()
    os.utime(weights, ns=(state.st_atime_ns, state.st_mtime_ns + 10**9))
    assert ask()[0] == 1


def test_what_was_not_used_for_longest_goes_first(folder, tmp_path):
    where = tmp_path / "kept"
    kept = KeptFeatures(folder, max_bytes=2500, folder=where)
    cpu = torch.device("cpu")
    for number, key in enumerate("abc"):
        kept.put(key, torch.full((1, 200), float(number)), ["0"], dtype=torch.float32)
        os.utime(where / f"{key}.safetensors", ns=(number, number))
        if key == "b":
            assert kept.get("a", device=cpu) is not None  # used now, so no longer the oldest
    assert kept.get("b", device=cpu) is None
    features, names = kept.get("a", device=cpu)
    assert features.unique().tolist() == [0.0]
    assert names == ("0",)
    kept.put("large", torch.zeros(1, 10_000), ["0"], dtype=torch.float32)
    assert kept.get("large", device=cpu) is None
    assert kept.get("c", device=cpu) is not None


def test_going_through_more_scenes_than_fit_keeps_those_that_came_first(tmp_path, folder):
    cap = 3 * 4_000
    rounds = []
    for _ in range(2):
        kept = KeptFeatures(folder, max_bytes=cap, folder=tmp_path / "kept")
        kept.spares_own = True
        for name in ("a", "b", "c", "d", "e"):
            if kept.get(name, device=torch.device("cpu")) is None:
                kept.put(name, torch.zeros(1, 900), ["0"], dtype=torch.float32)
        rounds.append((kept.num_used, kept.num_made))
    assert rounds == [(0, 5), (3, 2)]


def test_turned_pictures_count_by_the_file_that_each_lies_in(folder, tmp_path, binary_ply):
    scene = open_scene(write_arkit(tmp_path / "41254925", binary_ply, quarters=1))
    kept = KeptFeatures(folder, max_bytes=10**6, folder=tmp_path / "kept")

    def key():
        return kept.key(scene, scene.frames, image_size=(32, 32), dtype=torch.float32)

    before = key()
    assert before == key()
    picture = next(iter(sorted((tmp_path / "41254925" / "lowres_wide").iterdir())))
    os.utime(picture, ns=(1, 1))
    assert key() != before
