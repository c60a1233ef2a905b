import json
import threading
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from whatwhere.errors import Cancelled, NotSupportedError
from whatwhere.evaluation.cases.made import made_cases
from whatwhere.evaluation.cases.store import write_cases
from whatwhere.evaluation.kept_shortcuts import kept_shortcuts
from whatwhere.evaluation.probes.catalogue import parse_probes
from whatwhere.jobs.connection import Request
from whatwhere.language.splits import SplitScene
from whatwhere.serving import split_probing
from whatwhere.serving.diagnosis_facts import DiagnosisAsked
from whatwhere.serving.shortcut_finding import shortcuts_of
from whatwhere.serving.shortcuts_job import find

PROBES = parse_probes(["swap-relation", "exchange-places", "mirror-words"])


@pytest.fixture(scope="module")
def data(write_scan, tmp_path_factory) -> Path:
    """Two scans, each with a red and a blue chair, and two sentences about each."""
    root = tmp_path_factory.mktemp("data")
    rows = []
    for number in range(2):
        scene_id = f"tiny000{number}_00"
        folder = write_scan(root / "scans", scene_id=scene_id)
        color = np.zeros((48, 64, 3), np.uint8)
        color[:, :36], color[:, 36:] = (30, 30, 200), (200, 30, 30)
        for name in ("0", "100"):
            Image.fromarray(color).save(folder / "color" / f"{name}.jpg", quality=98)
        for ann, text in enumerate(("the office chair nearest the door", "the office chair")):
            rows.append(
                {
                    **{"scene_id": scene_id, "object_id": "5", "object_name": "office_chair"},
                    **{"ann_id": str(ann), "description": text, "token": text.split()},
                }
            )
    (root / "ScanRefer_filtered_val.json").write_text(json.dumps(rows))
    return root


@pytest.fixture
def probed(monkeypatch, data, tmp_path):
    """`probed(vividness)`: the rates of a model that is so much drawn by red."""
    monkeypatch.syspath_prepend(Path(__file__).parent)
    planted = import_module("planted_grounder").PlantedGrounder
    monkeypatch.setattr("whatwhere.serving.diagnosis_facts.model_mark", lambda _: "planted")

    def run(vividness, **more):
        monkeypatch.setattr(
            "whatwhere.models.registry.load_grounder", lambda *_, **__: planted(vividness)
        )
        asked = DiagnosisAsked("planted", data, modalities=("fused", "2d"))
        return split_probing.probe_split(asked, tmp_path / str(vividness), PROBES, **more)

    return run


def test_rates_over_a_split_tell_a_cheat_from_an_honest_model(probed):
    cheat, honest = probed(1.0), probed(0.0)
    assert list(cheat) == ["swap-relation", "exchange-places"]  # no sentence says a side
    assert cheat["swap-relation"]["n"] == 2
    assert cheat["swap-relation"]["moved_when_it_should"]["value"] == 0
    assert honest["swap-relation"]["moved_when_it_should"]["value"] == 1
    assert cheat["exchange-places"]["stayed_when_it_should"]["value"] == 0
    assert honest["exchange-places"]["stayed_when_it_should"]["value"] == 1
    assert honest["exchange-places"]["moved_when_it_should"] is None


def test_what_was_stopped_goes_on_behind_the_last_scan(probed):
    told = []
    with pytest.raises(Cancelled):
        probed(0.0, on_scene=lambda *at: told.append(at), is_cancelled=lambda: bool(told))
    assert told == [(1, 2)]
    found = probed(0.0, on_scene=lambda *at: told.append(at))
    assert told == [(1, 2), (2, 2)]
    assert found["swap-relation"]["n"] == 2


def test_cues_are_weighed_over_the_cases_of_a_diagnosis(data, tmp_path):
    made = made_cases(60)
    cases = made.columns
    ids = ("tiny0000_00", "tiny0001_00")
    scenes = [SplitScene(name, data / "scans" / name, ()) for name in ids]
    chosen = np.where(np.arange(60) % 3 == 0, 1, 5).astype(np.int32)  # mostly the right chair
    flat = replace(cases.modalities["2d"], object_ids=chosen)
    columns = replace(
        cases,
        scene_ids=ids,
        excluded=np.full(60, -1, np.int32),
        modalities={"2d": flat},
    )
    found = shortcuts_of(columns, scenes)
    assert found.n == 60
    assert found.num_scenes == 2
    assert {item.name for item in found.weights} >= {"prominence", "colour"}
    with pytest.raises(NotSupportedError, match="no 3d answers"):
        shortcuts_of(columns, scenes, modality="3d")
    facts = replace(made.facts, data=str(data), split="val")
    write_cases(tmp_path, facts, columns, made.texts)
    told, wish = [], threading.Event()
    request = Request(1, "shortcuts", {"folder": str(tmp_path)}, told.append, wish)
    assert find(request) == {"modalities": ["2d"]}
    assert "cues of scan 2 of 2" in json.dumps(told)
    kept = kept_shortcuts(tmp_path, 60)["2d"]
    assert [cue.value for cue in kept.cues] == [item.value for item in found.weights]
    vivid = next(cue for cue in kept.cues if cue.name == "colour")
    assert len(set(chosen[list(vivid.cases)])) == 1, "one of the two chairs is the more vivid"
    assert len(vivid.cases) == round(60 * vivid.share)
    wish.set()
    with pytest.raises(Cancelled):
        find(request)
