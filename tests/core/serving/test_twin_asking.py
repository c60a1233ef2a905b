"""Look-alikes exchange colours in the frames of a scan; models whose reason is known are asked."""

import json

import numpy as np
import pytest
from PIL import Image

import whatwhere
from whatwhere.evaluation.bias_report import bias_report
from whatwhere.evaluation.probes.recolour import pixels_of
from whatwhere.models.grounder import Candidate, Capabilities, Grounding, GroundingResult
from whatwhere.serving.diagnosing import run_diagnosis
from whatwhere.serving.diagnosis_facts import DiagnosisAsked

SCENE = "tiny0000_00"
TEXT = "the office chair near the wall"


@pytest.fixture
def data(tmp_path, write_scan, monkeypatch):
    """One scan whose two chairs are red and blue, and sentences about both, one by its colour."""
    monkeypatch.setenv("WHATWHERE_HOME", str(tmp_path / "home"))
    folder = write_scan(tmp_path / "scans", scene_id=SCENE)
    scene = whatwhere.open_scene(folder)
    boxes = {item.object_id: item.box for item in scene.objects if item.box is not None}
    for header in scene.frames:
        frame = scene.read_frame(header)
        color = np.full_like(frame.color, 90)
        for object_id, paint in ((1, (200, 30, 30)), (5, (30, 30, 200))):
            color[pixels_of(frame, boxes[object_id])] = paint
        Image.fromarray(color).save(folder / "color" / f"{header.name}.jpg", quality=95)
    rows = [
        {
            "scene_id": SCENE,
            "object_id": str(object_id),
            "object_name": "office_chair",
            "ann_id": str(number),
            "description": text,
        }
        for number, (object_id, text) in enumerate(
            [(1, TEXT), (5, TEXT), (1, "the red office chair near the wall")]
        )
    ]
    (tmp_path / "ScanRefer_filtered_val.json").write_text(json.dumps(rows))
    return tmp_path


class Planted:
    """Chooses the reddest candidate in every modality but 3d, which takes the first."""

    name, device, num_parameters = "planted", "cpu", 1
    capabilities = Capabilities(("fused", "2d", "3d"))

    def __init__(self):
        self.encoded = []

    def encode(self, scene, proposals=None, **_):
        self.encoded.append(scene.edit)
        redness = np.zeros(len(proposals))
        for header in scene.frames:
            frame = scene.read_frame(header)
            for index, item in enumerate(proposals):
                pixels = frame.color[pixels_of(frame, item.box)].astype(float)
                redness[index] += (pixels[:, 0] - pixels[:, 2]).mean()
        frames = tuple(header.name for header in scene.frames)
        made = {"proposals": tuple(proposals), "frames": frames, "redness": redness}
        return type("Encoding", (), made)()

    def ground(self, encoding, text, modalities):
        first = np.zeros(len(encoding.proposals))
        first[0] = 1
        found = {}
        for name in modalities:
            scores = first if name == "3d" else encoding.redness / 100
            scores = scores - np.log(np.exp(scores).sum())
            order = np.argsort(-scores)
            found[name] = Grounding(
                name,
                tuple(
                    Candidate(encoding.proposals[i].box, float(scores[i]), int(i)) for i in order
                ),
            )
        return GroundingResult(found)


@pytest.fixture
def planted(monkeypatch):
    model = Planted()
    monkeypatch.setattr("whatwhere.serving.diagnosing.load_asked", lambda *_, **__: model)
    return model


def run(data, tmp_path, **options):
    asked = DiagnosisAsked("default", data, **options)
    return run_diagnosis(asked, tmp_path / "out").cases


def test_a_model_that_goes_by_colour_follows_it_and_another_stays(data, planted, tmp_path):
    cases = run(data, tmp_path)
    twin = cases.columns.twins["appearance"]
    # The sentence that names a colour is not asked: its answer may well follow.
    assert twin.cases.tolist() == [0, 1]
    assert sorted(twin.pair[0].tolist()) == [0, 1]
    for name, follows in (("fused", True), ("2d", True), ("3d", False)):
        chosen = cases.columns.modalities[name].chosen[:2]
        assert np.array_equal(twin.placebo[name], chosen), name
        assert (twin.twin[name] != chosen).all() == follows, name
    assert planted.encoded[0] == ""
    assert len(set(planted.encoded)) == 3
    assert "exchanged in the frames" in cases.facts.notes[0]
    document = bias_report(cases.columns, cases.facts).as_json()
    assert document["follow_appearance"]["value"] == 1
    assert document["accused"] is None


def test_a_scan_whose_colours_cannot_be_exchanged_is_noted(data, planted, tmp_path):
    for path in (data / "scans" / SCENE / "color").glob("*.jpg"):
        Image.new("RGB", (64, 48), (90, 90, 90)).save(path)
    cases = run(data, tmp_path)
    assert cases.columns.twins == {}
    assert cases.facts.notes == (
        f"{SCENE}: no twin for 2 sentences. The two office chairs have the same colours already.",
    )


def test_nothing_is_exchanged_where_nobody_wants_it(data, planted, tmp_path):
    cases = run(data, tmp_path, twins=False)
    assert cases.columns.twins == {}
    assert cases.facts.notes == ()
    assert planted.encoded == [""]


def test_a_model_that_reads_files_cannot_be_shown_an_edited_scan(data, planted, tmp_path):
    looked = planted.encode

    def encode(scene, proposals=None, **_):
        for header in scene.frames:
            scene.source.frame_paths(header)
        return looked(scene, proposals)

    planted.encode = encode
    cases = run(data, tmp_path)
    assert cases.columns.twins == {}
    assert "a model that reads its files does not see that" in cases.facts.notes[0]
    assert len(cases.columns) == 3
