"""States of a diagnosis: kept scan by scan, and asked for from what is written of it."""

import json
import threading
from dataclasses import replace

import numpy as np
import pytest

from whatwhere.errors import Cancelled, ConfigError, NotSupportedError
from whatwhere.evaluation.states.kept_maps import StateMap, kept_summary, map_path
from whatwhere.evaluation.states.summary import states_summary
from whatwhere.jobs.connection import Request
from whatwhere.models.registry import load_grounder
from whatwhere.scenes.opening import open_scene
from whatwhere.serving.diagnosing import run_diagnosis
from whatwhere.serving.diagnosis_facts import DiagnosisAsked
from whatwhere.serving.split_states import asked_again, keep_states
from whatwhere.serving.states_job import lay_out, summarise

SCENES = ("tiny0000_00", "tiny0001_00")
TEXT = "the chair"
MODALITIES = ("fused", "2d")
TARGETS = (1, 0, 5)  # two chairs, and between them a wall, which is no candidate


@pytest.fixture(scope="module")
def data(tmp_path_factory, write_scan):
    folder = tmp_path_factory.mktemp("data")
    for scene_id in SCENES:
        write_scan(folder / "scans", scene_id=scene_id)
    rows = [
        {
            "scene_id": scene_id,
            "object_id": str(target),
            "object_name": "office_chair",
            "ann_id": str(number),
            "description": TEXT,
            "token": TEXT.split(),
        }
        for scene_id in SCENES
        for number, target in enumerate(TARGETS)
    ]
    (folder / "ScanRefer_filtered_test.json").write_text(json.dumps(rows))
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory, write_tiny_model):
    return write_tiny_model(tmp_path_factory.mktemp("model") / "tiny", TEXT)


@pytest.fixture
def asked(model, data):
    return DiagnosisAsked(model, data, "test", modalities=MODALITIES, twins=False, device="cpu")


def test_states_are_those_of_the_targets(asked, model, data, tmp_path):
    told = []
    stored = keep_states(asked, tmp_path, MODALITIES, on_scene=lambda *step: told.append(step))
    assert told == [(1, 2), (2, 2)]
    assert stored.has.tolist() == [True, False, True] * 2
    grounder = load_grounder(model, device="cpu")
    scene = open_scene(data / "scans" / SCENES[1])
    encoding = grounder.encode(scene)
    ids = [item.object_id for item in encoding.proposals]
    expected = grounder.states_of_all(encoding, [TEXT], ("2d",), [ids.index(5)])[0]
    np.testing.assert_allclose(stored.of("2d", np.array([5])), expected, atol=2e-3)
    np.testing.assert_allclose(
        stored.centers_m[5], encoding.proposals[ids.index(5)].box.center, atol=1e-5
    )


def test_a_call_goes_on_behind_the_last_whole_scan(asked, tmp_path):
    calls = []

    def is_cancelled():
        calls.append(1)
        return any(tmp_path.glob("states/has.npy"))

    with pytest.raises(Cancelled):
        keep_states(asked, tmp_path, MODALITIES, is_cancelled=is_cancelled)
    told = []
    stored = keep_states(asked, tmp_path, MODALITIES, on_scene=lambda *step: told.append(step))
    assert told == [(2, 2)]
    assert stored.has.sum() == 4
    # All is there: the model is not even loaded.
    gone = replace(asked, model="no such model")
    assert keep_states(gone, tmp_path, MODALITIES).has.sum() == 4


def test_what_is_written_of_a_diagnosis_is_enough_to_ask_for_its_states(model, asked, tmp_path):
    cases = run_diagnosis(asked, tmp_path / "out").cases
    facts = cases.facts
    again = asked_again(facts)
    assert str(again.model) == str(model)
    assert (again.sentences, again.split, again.modalities) == (asked.sentences, "test", MODALITIES)
    stored = keep_states(again, cases.folder, MODALITIES)
    summary = states_summary(cases.columns, stored)
    assert summary.num_cases == 4
    document = summary.as_json()
    assert set(document["cka"]) == {"fused-2d"}
    assert {item["role"] for item in document["read_outs"]} == {"class", "position"}
    json.dumps(document, allow_nan=False)
    with pytest.raises(ConfigError, match="its weights are others"):
        asked_again(replace(facts, model_hash="0" * 12))
    with pytest.raises(ConfigError, match="a file of answers has no states"):
        asked_again(replace(facts, model_hash=""))
    others = asked_again(replace(facts, proposals="geometric", first=50))
    assert (others.proposals, others.first) == ("geometric", 50)


def test_a_model_without_states_says_so(asked, tmp_path, fake, monkeypatch):
    monkeypatch.setattr(
        "whatwhere.models.registry.load_grounder", lambda *_, **__: fake.FakeGrounder()
    )
    with pytest.raises(NotSupportedError, match="does not show the states"):
        keep_states(asked, tmp_path, MODALITIES)


def ask(handler, **params):
    sent = []
    request = Request(1, handler.__name__, params, sent.append, threading.Event())
    return handler(request), sent


def test_a_worker_asks_for_states_lays_them_out_and_reads_them(asked, tmp_path):
    cases = run_diagnosis(asked, tmp_path / "out").cases
    said, sent = ask(lay_out, folder=str(cases.folder), method="pca")
    assert said["num_points"] == 8
    assert len(sent) == 2  # a scan each
    found = StateMap.opened(map_path(cases.folder, "pca"))
    assert found.modalities == MODALITIES
    assert found.rows.tolist() == [0, 2, 3, 5] * 2
    assert found.modality_codes.tolist() == [0] * 4 + [1] * 4
    assert found.xy.shape == (8, 2)
    assert 0 < sum(found.explained) <= 1 + 1e-6
    again, sent = ask(lay_out, folder=str(cases.folder), method="tsne")
    assert again["num_points"] == 8
    assert all("scan" not in str(message) for message in sent)
    summary, _ = ask(summarise, folder=str(cases.folder))
    assert summary == kept_summary(cases.folder)
    assert summary["num_cases"] == 4
    with pytest.raises(ConfigError, match="no way to lay out a map"):
        ask(lay_out, folder=str(cases.folder), method="umap")
