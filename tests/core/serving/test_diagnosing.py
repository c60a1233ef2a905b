"""Whole diagnoses: of a tiny model, of answers in files, twins, killed in the middle."""

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

import whatwhere
from whatwhere.errors import (
    BrokenFileError,
    Cancelled,
    ConfigError,
    NotSupportedError,
    SceneError,
)
from whatwhere.evaluation.bias_report import bias_report
from whatwhere.evaluation.cases.named_arrays import arrays_of
from whatwhere.evaluation.cases.store import FACTS, list_cases, open_cases
from whatwhere.geometry.boxes import Box
from whatwhere.serving.diagnosing import LOG_NAME, run_diagnosis
from whatwhere.serving.diagnosis_facts import (
    NOT_HERE,
    NOT_OPENED,
    NOT_YET,
    DiagnosisAsked,
    diagnoses_folder,
)

SCENES = [f"tiny{number:04}_00" for number in range(3)]
TEXT = "the office chair near the wall"
LOOKS = "the red office chair"
TARGETS = ((1, TEXT), (5, TEXT), (1, LOOKS), (0, TEXT))


def row(scene_id, object_id, number, text):
    return {
        "scene_id": scene_id,
        "object_id": str(object_id),
        "object_name": "office_chair" if object_id else "wall",
        "ann_id": str(number),
        "description": text,
        "token": text.split(),
        "skill": "near" if text == TEXT else "colour",
    }


@pytest.fixture(scope="module")
def data(tmp_path_factory, write_scan):
    """Three scans with four sentences each; two have twins, one of those a broken one."""
    folder = tmp_path_factory.mktemp("data")
    rows, twins = [], []
    for scene_id in SCENES:
        write_scan(folder / "scans", scene_id=scene_id)
        rows += [row(scene_id, *item[:1], n, item[1]) for n, item in enumerate(TARGETS)]
    for scene_id in SCENES[:2]:
        for number, kind in ((1, "appearance"), (2, "placebo")):
            twin_id = f"{scene_id[:-3]}_{number:02}"
            write_scan(folder / "scans", scene_id=twin_id)
            twins.append(
                {"scene_id": scene_id, "twin_id": twin_id, "kind": kind, "exchanged": [1, 5]}
            )
    # In this twin only one of the two chairs is left.
    path = folder / "scans" / "tiny0001_01" / "tiny0001_01.aggregation.json"
    document = json.loads(path.read_text())
    document["segGroups"].pop()
    path.write_text(json.dumps(document))
    (folder / "ScanRefer_filtered_test.json").write_text(json.dumps(rows))
    (folder / "twins.json").write_text(json.dumps(twins))
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory, write_tiny_model):
    return write_tiny_model(tmp_path_factory.mktemp("model") / "tiny", f"{TEXT} red")


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("WHATWHERE_HOME", str(tmp_path / "home"))


def asked_of(model, data, **options):
    known = {"modalities": ("fused", "2d"), "device": "cpu", **options}
    return DiagnosisAsked(model, data, "test", **known)


def chairs(data):
    scene = whatwhere.open_scene(data / "scans" / SCENES[0])
    return {item.object_id: item.box for item in scene.objects if item.box is not None}


def same(one, two):
    """Whether two diagnoses hold the same cases, but for how long they took."""
    first, second = arrays_of(one.columns), arrays_of(two.columns)
    first.pop("ground_ms"), second.pop("ground_ms")
    return first.keys() == second.keys() and all(
        np.array_equal(array, second[name], equal_nan=array.dtype.kind == "f")
        for name, array in first.items()
    )


def test_a_model_over_a_split(data, model):
    cases = whatwhere.diagnose(model, data, split="test", modalities="fused,2d,blind")
    facts, columns = cases.facts, cases.columns
    assert (facts.model, facts.num_sentences, facts.is_complete) == ("tiny", 12, True)
    assert (facts.modalities, facts.box_source) == (("fused", "2d", "blind"), "annotation")
    assert (facts.split, facts.data) == ("test", str(data))
    assert (facts.asked_model, facts.proposals) == (str(model), "")
    assert len(facts.model_hash) == len(facts.candidates_hash) == len(facts.split_hash) == 12
    assert facts.versions["numpy"] == np.__version__
    assert facts.not_asked == {}
    assert columns.rows.tolist() == list(range(12))
    assert columns.scene_ids == tuple(SCENES)
    assert columns.labels == ("office chair", "wall")
    assert columns.skills == ("colour", "near")
    assert columns.relations == ("near", "wall")
    assert columns.is_spatial[:4].tolist() == [True, True, False, True]
    assert columns.names_looks[:4].tolist() == [False, False, True, False]
    assert columns.num_lookalikes[:4].tolist() == [2, 2, 2, 0]
    assert columns.num_candidates[:4].tolist() == [2] * 4
    assert columns.visibility[0] == pytest.approx(1, abs=0.2)
    # The wall has no box: its cases are there, and in no figure.
    assert columns.reasons == ("target without a box",)
    assert columns.excluded[:4].tolist() == [-1, -1, -1, 0]
    fused, blind = columns.modalities["fused"], columns.modalities["blind"]
    # The same sentence has the same answer, which is one of the two targets.
    assert fused.chosen[0] == fused.chosen[1]
    assert sorted(fused.iou[:2].tolist()) == [0, 1]
    assert fused.class_hits[:3].all()
    assert np.exp(fused.log_p[:2]).sum() == pytest.approx(1, abs=1e-4)
    assert fused.log_p[0] == fused.log_p_in_class[0]
    assert np.exp(blind.log_p[:3]) == pytest.approx(0.5, abs=1e-4)
    ids = list(chairs(data))
    assert fused.object_ids[0] == ids[fused.chosen[0]]
    assert fused.boxes[0] == pytest.approx(chairs(data)[int(fused.object_ids[0])].as_row())
    assert cases.texts([2]) == [LOOKS]
    assert cases.find("red").tolist() == [2, 6, 10]
    document = bias_report(columns, facts).as_json()
    assert (document["n"], document["excluded"]) == (9, {"target without a box": 3})
    assert [item.folder for item in list_cases(diagnoses_folder())] == [cases.folder]


def test_twins_are_asked_where_they_can_be_compared(data, model, tmp_path):
    found = run_diagnosis(asked_of(model, data), tmp_path / "out").cases
    twin = found.columns.twins["appearance"]
    # Of the first scan the two spatial sentences that name no looks and have a target.
    assert twin.cases.tolist() == [0, 1]
    assert twin.pair.tolist() == [[0, 1], [0, 1]]
    assert set(twin.twin) == set(twin.placebo) == {"fused", "2d"}
    assert (twin.twin["fused"] >= 0).all()
    assert any("tiny0001_01: its candidates are not those" in note for note in found.facts.notes)
    without = run_diagnosis(asked_of(model, data, twins=False), tmp_path / "none").cases
    assert without.columns.twins == {}
    assert np.array_equal(
        without.columns.modalities["fused"].chosen, found.columns.modalities["fused"].chosen
    )


def test_a_list_of_twins_that_is_none(data, model, tmp_path):
    folder = tmp_path / "data"
    shutil.copytree(data, folder)
    for wrong in ('{"a": 1}', '[{"scene_id": "x"}]', '[{"exchanged": [1]}]'):
        (folder / "twins.json").write_text(wrong)
        with pytest.raises(BrokenFileError, match=r"twins\.json"):
            run_diagnosis(asked_of(model, folder), tmp_path / "out")
    outside = {"scene_id": SCENES[0], "twin_id": "../x", "kind": "placebo", "exchanged": [1, 5]}
    (folder / "twins.json").write_text(json.dumps([outside]))
    with pytest.raises(BrokenFileError, match="leads out of the folder"):
        run_diagnosis(asked_of(model, folder), tmp_path / "out")


def test_modalities_that_a_model_lacks_are_named(data, tmp_path):
    path = predictions(tmp_path, data, scenes=SCENES)
    asked = asked_of(path, data, modalities=("fused", "2d", "3d"))
    found = run_diagnosis(asked, tmp_path / "out").cases
    assert found.facts.modalities == ("fused", "2d")
    assert any("theirs has no 3d answers" in note for note in found.facts.notes)
    with pytest.raises(ConfigError, match="theirs has none of the modalities blind"):
        run_diagnosis(replace(asked, modalities=("blind",)), tmp_path / "blind")


def predictions(tmp_path, data, scenes):
    """Right in fused with two boxes and scores; in 2d one box without, and none for row 2."""
    boxes = chairs(data)
    lines = []
    for scene_id in scenes:
        for number, (target, text) in enumerate(TARGETS):
            known = {"scene_id": scene_id, "text": text, "ann_id": str(number)}
            known["object_id"] = target
            first, second = (
                [*boxes[item].center, *boxes[item].size]
                for item in ((5, 1) if target == 5 else (1, 5))
            )
            scores = [float(np.log(0.6)), float(np.log(0.2))]
            lines.append(known | {"modality": "fused", "boxes": [first, second], "scores": scores})
            if number != 2:
                lines.append(known | {"modality": "2d", "boxes": [second]})
    path = tmp_path / "theirs.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_answers_of_a_file_are_cases(data, tmp_path):
    path = predictions(tmp_path, data, SCENES[:2])
    found = run_diagnosis(asked_of(path, data), tmp_path / "out").cases
    facts, columns = found.facts, found.columns
    assert (facts.model_hash, facts.box_source) == ("", "model")
    fused, flat = columns.modalities["fused"], columns.modalities["2d"]
    assert fused.iou[:3] == pytest.approx(1, abs=1e-5)
    assert flat.iou[:2] == pytest.approx(0, abs=1e-5)
    # Boxes that are equal in two modalities are one place: 2D chose each time the other chair.
    assert fused.chosen[0] == flat.chosen[1] != fused.chosen[1] == flat.chosen[0]
    assert fused.object_ids[:2].tolist() == [1, 5]
    assert np.exp(fused.log_p[:2]) == pytest.approx([0.75, 0.75], abs=1e-4)
    assert fused.confidence[:2] == pytest.approx([0.75, 0.75], abs=1e-4)
    assert np.isnan(flat.log_p).all()
    assert np.isnan(flat.confidence).all()
    assert columns.num_candidates.max() == 0
    assert columns.num_lookalikes[:4].tolist() == [2, 2, 2, 0]
    names = [columns.reasons[code] if code >= 0 else "" for code in columns.excluded]
    assert names[:4] == ["", "", "no answer in 2d", "target without a box"]
    # The third scan has no answer at all: four cases that are left out.
    assert names[8:] == ["no answer in fused"] * 3 + ["target without a box"]
    assert columns.twins == {}


def test_other_candidates(data, model, tmp_path):
    one = chairs(data)[1]
    near = [*one.center, *(0.9 * side for side in one.size)]
    path = tmp_path / "boxes.json"
    path.write_text(json.dumps({scene: [near, [50, 0, 0, 1, 1, 1]] for scene in SCENES[:2]}))
    found = run_diagnosis(asked_of(model, data, proposals=path), tmp_path / "out")
    facts, columns = found.cases.facts, found.cases.columns
    assert (facts.box_source, facts.proposals) == ("detections", str(path))
    assert facts.is_complete
    # The file has no boxes of the third scan: its rows are no cases, which is counted.
    assert facts.not_asked == {NOT_OPENED: 4}
    assert "no boxes of tiny0002_00" in found.unopened[0]
    assert columns.reasons == ("target not among the candidates", "target without a box")
    assert columns.excluded[:4].tolist() == [-1, 0, -1, 1]
    assert columns.num_lookalikes[0] == 1
    fused = columns.modalities["fused"]
    assert np.exp(fused.log_p_in_class[0]) == pytest.approx(1)
    assert any("annotated boxes only" in note for note in facts.notes)


def test_scans_that_are_not_here_or_cannot_be_read(data, model, tmp_path, write_scan):
    rows = json.loads((data / "ScanRefer_filtered_test.json").read_text())
    folder = tmp_path / "some"
    write_scan(folder / "scans", scene_id=SCENES[0])
    write_scan(folder / "scans", scene_id=SCENES[1])
    broken = folder / "scans" / SCENES[1] / f"{SCENES[1]}.aggregation.json"
    whole = broken.read_text()
    broken.write_text("{")
    rows.append({"scene_id": SCENES[0]})
    (folder / "ScanRefer_filtered_test.json").write_text(json.dumps(rows))
    out = tmp_path / "out"
    found = run_diagnosis(asked_of(model, folder), out)
    assert found.cases.facts.not_asked == {NOT_HERE: 4, NOT_OPENED: 4}
    assert found.cases.facts.is_complete
    assert len(found.cases.columns) == 4
    assert SCENES[1] in found.unopened[0]
    assert any("1 rows of the file were dropped" in note for note in found.cases.facts.notes)
    # Mended, it is asked by the next call, and nothing else is.
    broken.write_text(whole)
    again = run_diagnosis(asked_of(model, folder), out)
    assert (again.rows_answered, again.unopened) == (4, ())
    assert again.cases.facts.not_asked == {NOT_HERE: 4}
    # Whatever could be asked was: the model is not even loaded.
    assert run_diagnosis(asked_of(model, folder), out).rows_answered == 0


def test_a_scan_that_the_model_fails_on(data, model, tmp_path, write_scan):
    folder = tmp_path / "data"
    shutil.copytree(data, folder)
    shutil.rmtree(folder / "scans" / SCENES[1])
    write_scan(folder / "scans", scene_id=SCENES[1], frames=False)
    cases = run_diagnosis(asked_of(model, folder), tmp_path / "out").cases
    names = [cases.columns.reasons[code] if code >= 0 else "" for code in cases.columns.excluded]
    assert names[4:8] == ["the model failed on the scan"] * 3 + ["target without a box"]
    assert cases.columns.modalities["fused"].chosen[4:8].tolist() == [-1] * 4
    assert any("frame" in note for note in cases.facts.notes)


def test_a_stopped_diagnosis_can_be_opened_and_goes_on_to_the_same(data, model, tmp_path):
    whole = run_diagnosis(asked_of(model, data), tmp_path / "whole").cases
    calls = []
    with pytest.raises(Cancelled):
        run_diagnosis(
            asked_of(model, data),
            tmp_path / "parts",
            on_progress=calls.append,
            is_cancelled=lambda: len(calls) >= 2,
        )
    assert [item.scenes_done for item in calls] == [1, 2]
    part = open_cases(tmp_path / "parts")
    assert (len(part.columns), part.facts.is_complete) == (8, False)
    assert part.facts.not_asked == {NOT_YET: 4}
    log = tmp_path / "parts" / LOG_NAME
    kept = log.read_bytes()
    log.write_bytes(kept + b'{"scene":"tiny0002_00","rows":[8')  # as a kill in a write leaves it
    rest = run_diagnosis(asked_of(model, data), tmp_path / "parts")
    assert rest.rows_answered == 4
    assert same(rest.cases, whole)
    assert rest.cases.facts.is_complete
    assert rest.cases.facts.candidates_hash == whole.facts.candidates_hash


def test_a_running_diagnosis_can_be_looked_at(data, model, tmp_path):
    seen = []

    def look(progress):
        stored = open_cases(tmp_path / "out")
        seen.append((progress.rows_done, len(stored.columns), stored.facts.is_complete))

    run_diagnosis(asked_of(model, data), tmp_path / "out", on_progress=look, publish_after_s=0)
    # Publishing never takes more than its share of the time, so later scans may not be there yet.
    assert seen[0] == (4, 4, False)
    assert [rows for rows, _, _ in seen] == [4, 8, 12]
    assert open_cases(tmp_path / "out").facts.is_complete


def test_columns_that_are_broken_are_made_again_from_the_log(data, model, tmp_path):
    out = tmp_path / "out"
    first = run_diagnosis(asked_of(model, data), out).cases
    (out / FACTS).write_text("{")
    again = run_diagnosis(asked_of(model, data), out)
    assert again.rows_answered == 0
    assert same(again.cases, first)


def test_another_diagnosis_is_kept_out_of_the_folder(data, model, tmp_path):
    run_diagnosis(asked_of(model, data), tmp_path / "out")
    with pytest.raises(ConfigError, match=r"of another diagnosis: modalities was"):
        run_diagnosis(asked_of(model, data, modalities=("3d",)), tmp_path / "out")
    (tmp_path / "out" / FACTS).unlink()
    log = tmp_path / "out" / LOG_NAME
    log.write_text(log.read_text().replace('"rows":[0', '"rows":["x"', 1))
    with pytest.raises(BrokenFileError, match="line 2 is no line of a diagnosis"):
        run_diagnosis(asked_of(model, data), tmp_path / "out")


KILLED = """
import sys
from pathlib import Path
from whatwhere.serving.diagnosing import run_diagnosis
from whatwhere.serving.diagnosis_facts import DiagnosisAsked
model, data, out = map(Path, sys.argv[1:])
def wait(progress):
    print("scan", flush=True)
    sys.stdin.readline()
asked = DiagnosisAsked(model, data, "test", modalities=("fused", "2d"), device="cpu")
run_diagnosis(asked, out, on_progress=wait, publish_after_s=0)
"""


def test_a_killed_diagnosis_goes_on_and_comes_to_the_same(data, tmp_path):
    path = predictions(tmp_path, data, SCENES)
    out = tmp_path / "out"
    arguments = [sys.executable, "-c", KILLED, str(path), str(data), str(out)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"scan\n"
        # While it runs nobody else writes there, and anybody may look.
        with pytest.raises(ConfigError, match="another diagnosis writes to"):
            run_diagnosis(asked_of(path, data), out)
        assert len(open_cases(out).columns) == 4
        os.kill(process.pid, signal.SIGKILL)
    assert len(open_cases(out).columns) == 4
    rest = run_diagnosis(asked_of(path, data), out)
    assert rest.rows_answered == 8
    assert same(rest.cases, run_diagnosis(asked_of(path, data), tmp_path / "whole").cases)


def test_what_cannot_be_diagnosed(data, model, tmp_path):
    path = tmp_path / "boxes.json"
    path.write_text("{}")
    with pytest.raises(SceneError, match="not one scan of ScanRefer_filtered_test could be asked"):
        run_diagnosis(asked_of(model, data, proposals=path), tmp_path / "out")
    assert not (tmp_path / "out" / FACTS).exists()
    questions = tmp_path / "ScanQA_v1.0_val.json"
    questions.write_text(
        json.dumps(
            [
                {
                    "scene_id": SCENES[0],
                    "question_id": "val-0",
                    "question": "What is red?",
                    "answers": ["a chair"],
                    "object_ids": [1],
                    "object_names": ["chair"],
                }
            ]
        )
    )
    asked = DiagnosisAsked(model, questions, scans=data)
    with pytest.raises(NotSupportedError, match="asks questions"):
        run_diagnosis(asked, tmp_path / "questions")


def test_a_checkpoint_is_known_as_one_of_its_run(data, model, tmp_path):
    step = tmp_path / "runs" / "bold" / "checkpoints" / "step-000040"
    shutil.copytree(model, step)
    found = run_diagnosis(asked_of(step, data), None).cases
    assert (found.facts.checkpoint_of, found.facts.step) == (str(tmp_path / "runs" / "bold"), 40)
    assert found.folder.name.startswith("bold-step-40-test-")


def test_boxes_that_a_model_finds_itself(data, tmp_path, monkeypatch):
    """One that is given candidates and answers with boxes of its own."""
    from whatwhere.models.grounder import Candidate, Capabilities, Grounding, GroundingResult

    boxes = chairs(data)
    off = Box((9.0, 9.0, 9.0), (1.0, 1.0, 1.0))

    class Finder:
        name, device, num_parameters = "finder", "cpu", 1
        capabilities = Capabilities(("fused", "2d"))

        def encode(self, scene, proposals=None, **_):
            return type("Encoding", (), {"proposals": (), "frames": ("0",)})()

        def ground(self, encoding, text, modalities):
            found = {
                name: Grounding(
                    name,
                    (
                        Candidate(boxes[1] if name == "fused" else off, float(np.log(0.75)), 0),
                        Candidate(boxes[5], float(np.log(0.25)), 1),
                    ),
                )
                for name in modalities
            }
            return GroundingResult(found)

    monkeypatch.setattr("whatwhere.serving.diagnosing.load_asked", lambda *_, **__: Finder())
    found = run_diagnosis(asked_of("default", data, twins=False), tmp_path / "out").cases
    fused, flat = (found.columns.modalities[name] for name in ("fused", "2d"))
    assert found.facts.box_source == "model"
    assert fused.iou[:2].tolist() == [1, 0]
    assert np.exp(fused.log_p[:2]) == pytest.approx([0.75, 0.25], abs=1e-4)
    assert flat.object_ids[:2].tolist() == [-1, -1]
    assert not flat.class_hits.any()
    assert np.isnan(flat.log_p[0])


def test_pointing_in_single_pictures_is_a_modality_like_others(data, model, tmp_path):
    out = tmp_path / "out"
    found = run_diagnosis(asked_of(model, data, in_frame=True, twins=False), out).cases
    assert found.facts.modalities == ("fused", "2d", "2d-frame")
    pointed, fused = (found.columns.modalities[name] for name in ("2d-frame", "fused"))
    # The same sentence points at the same part of the picture, which is scored for each target.
    assert pointed.chosen[0] == pointed.chosen[1]
    assert (pointed.iou[:3] >= 0).all()
    assert ((pointed.iou[:2] > 0).sum()) <= 2
    assert np.isnan(pointed.iou[3])
    assert np.isnan(pointed.log_p).all()
    for index in (0, 1, 2):
        if pointed.chosen[index] >= 0:
            assert pointed.object_ids[index] in chairs(data)
    assert not np.isnan(fused.log_p[0])
    assert "2d-frame" in bias_report(found.columns, found.facts).as_json()["accuracy"]
    assert run_diagnosis(asked_of(model, data, in_frame=True, twins=False), out).rows_answered == 0


def test_a_part_of_a_picture_is_named_after_what_it_lies_on(data):
    """A pointer that is planted on one chair, or between what is there and nothing."""
    from whatwhere.evaluation.cases.truth import Places, SceneTruth
    from whatwhere.evaluation.in_frame import target_mask
    from whatwhere.language.expressions import Expression
    from whatwhere.models.frame_grounding import FrameGrounding
    from whatwhere.scenes.proposals import annotation_proposals
    from whatwhere.serving.frame_cases import frame_answers

    scene = whatwhere.open_scene(data / "scans" / SCENES[0])
    depth = scene.read_frame(scene.frames[0]).depth
    masks = {item: target_mask(box, depth) for item, box in chairs(data).items()}

    class Planted:
        def point_in_frame(self, scene, text, frame=None, **_):
            mask = masks[1] if text == "one" else masks[5]
            log_probs = np.where(mask, 0.0, -9.0).astype(np.float32)
            return FrameGrounding(scene.frames[0].name, (64, 48), log_probs, mask)

    sentences = [Expression(scene.scene_id, text, target_id=1) for text in ("one", "five")]
    truth = SceneTruth.of(scene, sentences)
    places = Places.of_proposals(annotation_proposals(scene), truth)
    found, answered = frame_answers(Planted(), scene, ["one", "five"], truth, places, lambda: False)
    assert answered.all()
    assert places.object_ids[found.chosen].tolist() == [1, 5]
    assert found.iou[0] == 1
    assert found.iou[1] < 0.3
    assert found.class_hits.all()


def test_other_candidates_of_the_same_source_are_noticed(data, model, tmp_path):
    from whatwhere.evaluation.bias_differences import bias_differences

    found = []
    for number, share in enumerate((0.9, 0.8)):
        path = tmp_path / f"boxes{number}.json"
        rows = [
            [*box.center, *(share * side for side in box.size)] for box in chairs(data).values()
        ]
        path.write_text(json.dumps(dict.fromkeys(SCENES, rows)))
        asked = asked_of(model, data, proposals=path)
        found.append(run_diagnosis(asked, tmp_path / f"out{number}").cases)
    before, after = found
    assert before.facts.box_source == after.facts.box_source == "detections"
    (note,) = bias_differences(after, before).notes
    assert "Candidates differ, though both came from detections" in note
    assert bias_differences(before, before).notes == ()
    with pytest.raises(ConfigError, match="chose among other candidates"):
        bias_report(after.columns, after.facts, reference=before)
