"""Whole evaluations: of a tiny model, of a file of answers, killed in the middle, on real rows."""

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

import whatwhere
from whatwhere.errors import BrokenFileError, Cancelled, ConfigError, MissingFileError, SceneError
from whatwhere.evaluation.markdown import as_markdown
from whatwhere.evaluation.split_report import Rules
from whatwhere.evaluation.submission import scanrefer_submission
from whatwhere.geometry.boxes import Box, box_rows, iou
from whatwhere.language.splits import open_split
from whatwhere.models.prediction_files import read_answers
from whatwhere.scenes.label_table import LabelTable, read_label_table
from whatwhere.serving.evaluating import LOG_NAME, Asked, run_evaluation

SCENES = [f"tiny{number:04}_00" for number in range(4)]
NAMES = Rules(unique="names")
TEXT = "the office chair near the wall"


def row(scene_id, object_id, number):
    return {
        "scene_id": scene_id,
        "object_id": str(object_id),
        "object_name": "office_chair",
        "ann_id": str(number),
        "description": TEXT,
        "token": TEXT.split(),
    }


@pytest.fixture(scope="module")
def data(tmp_path_factory, write_scan):
    """Four scans with three sentences each, two of the same words; one target is a wall."""
    folder = tmp_path_factory.mktemp("data")
    for scene_id in SCENES:
        write_scan(folder / "scans", scene_id=scene_id)
    rows = [row(scene_id, target, n) for scene_id in SCENES for n, target in enumerate((1, 5, 0))]
    (folder / "ScanRefer_filtered_val.json").write_text(json.dumps(rows))
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory, write_tiny_model):
    return write_tiny_model(tmp_path_factory.mktemp("model") / "tiny", TEXT)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("WHATWHERE_HOME", str(tmp_path / "home"))


def chairs(data):
    """The boxes of objects 1 and 5, the same in every scan."""
    scene = whatwhere.open_scene(data / "scans" / SCENES[0])
    return {item.object_id: item.box for item in scene.objects if item.box is not None}


def test_a_model_on_a_split(data, model):
    document = whatwhere.evaluate(model, data, rules=NAMES, modalities="fused,blind")
    assert (document["n"], document["num_scenes"]) == (12, 4)
    assert document["counts"]["multiple"] == 12
    assert list(document["by_modality"]) == ["fused", "blind"]
    assert document["box_source"] == "annotation"
    # A third of the targets are walls, without a box: wrong, and still counted.
    assert document["targets_without_box"] == 4
    assert document["recall"]["recall@0.5"]["overall"]["value"] == pytest.approx(2 / 3)
    accuracy = document["metrics"]["scanrefer.acc@0.5"]
    # Every scan has the same two sentences for its two chairs: one of the two is right.
    assert accuracy["overall"] == {
        "value": pytest.approx(1 / 3),
        "n": 12,
        "low": None,
        "high": None,
    }
    assert accuracy["variant"] == "names counting"
    text = as_markdown(document)
    assert "4 targets have no box" in text
    assert "| fused | 33.33 (n 12)" in text
    assert "recall@0.25" in text


def asked_of(model, data, **options):
    return Asked(model, open_split(data), ("fused",), rules=NAMES, device="cpu", **options)


@pytest.fixture
def answers(data, tmp_path):
    """A submission: right where there is a box, for the first three scans."""
    boxes = chairs(data)
    far = Box((50.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    rows = [
        {
            "scene_id": scene_id,
            "object_id": str(target),
            "ann_id": str(number),
            "bbox": box.corners().tolist(),
        }
        for scene_id in SCENES[:3]
        for number, (target, box) in enumerate([(1, boxes[1]), (5, boxes[5]), (0, far)])
    ]
    path = tmp_path / "theirs.json"
    path.write_text(json.dumps(rows))
    return path


def test_a_file_of_answers_is_scored_row_by_row_also_where_words_repeat(data, answers, tmp_path):
    found = run_evaluation(asked_of(answers, data), tmp_path / "out")
    (quarter, _) = found.report.by_modality["fused"]
    assert quarter.overall.value == pytest.approx(6 / 12)
    assert found.report.unanswered == {"fused": 3}
    assert found.report.box_source == "model"
    assert found.report.recall == ()
    # And back: what is written for the benchmark is what was read.
    table = LabelTable({"office chair": 5})
    rows = scanrefer_submission(found.split.expressions, found.answers, "fused", table)
    assert [(item["object_id"], item["ann_id"]) for item in rows] == [
        (item["object_id"], item["ann_id"]) for item in json.loads(answers.read_text())
    ]
    assert {(item["unique_multiple"], item["others"]) for item in rows} == {(1, 0)}
    again = tmp_path / "again.json"
    again.write_text(json.dumps(rows))
    corners = [line.boxes[0] for line in read_answers(again)]
    assert box_rows(corners) == pytest.approx(
        box_rows(line.boxes[0] for line in read_answers(answers))
    )


def test_two_answers_to_one_row_are_refused(data, tmp_path):
    answer = {"scene_id": SCENES[0], "object_id": "1", "ann_id": "0"}
    answer["bbox"] = chairs(data)[1].corners().tolist()
    path = tmp_path / "theirs.json"
    path.write_text(json.dumps([answer, answer]))
    with pytest.raises(BrokenFileError, match="answers 1 and 2 are to the same row"):
        run_evaluation(asked_of(path, data), tmp_path / "out")


def test_other_candidates_are_named_and_their_ceiling_is_told(data, model, tmp_path):
    one = chairs(data)[1].as_row().tolist()
    path = tmp_path / "boxes.json"
    path.write_text(json.dumps({scene_id: [one, [*one[:3], 0, 1, 1]] for scene_id in SCENES[:3]}))
    found = run_evaluation(asked_of(model, data, proposals=path), tmp_path / "out")
    assert found.report.box_source == "detections"
    assert found.report.num_empty == 3
    assert found.report.num_rows == 9
    recall = found.report.recall[0]
    assert (recall.name, recall.overall.value) == ("recall@0.25", pytest.approx(1 / 3))
    # The fourth scan has no candidates in that file: its rows are not asked, which is said.
    document = found.as_json()
    assert document["not_asked"]["rows"] == 3
    assert "no boxes of tiny0003_00" in document["not_asked"]["not_opened"][0]
    assert "Only a part: 3 rows" in as_markdown(document)


def test_scans_that_are_not_here_are_named(data, model, tmp_path):
    rows = [row(SCENES[0], 1, 0), row("scene9999_00", 1, 0), row("../scans", 1, 0)]
    path = tmp_path / "ScanRefer_some.json"
    path.write_text(json.dumps(rows))
    with pytest.raises(MissingFileError, match=r"Not one of the 3 scans.*--scans"):
        open_split(path)
    split = open_split(path, scans=data)
    assert split.missing == ("scene9999_00", "../scans")
    found = run_evaluation(Asked(model, split, ("fused",), rules=NAMES), tmp_path / "out")
    assert found.report.num_rows == 1
    assert found.as_json()["not_asked"]["num_scenes_not_here"] == 2


def test_a_scan_without_candidates_counts_as_wrong(data, model, tmp_path, write_scan):
    scans = tmp_path / "scans"
    write_scan(scans, scene_id=SCENES[0])
    write_scan(scans, scene_id=SCENES[1], annotation=False)
    split = open_split(data, scans=scans)
    found = run_evaluation(Asked(model, split, ("fused",), rules=NAMES), tmp_path / "out")
    assert found.report.num_rows == 6
    assert found.report.unanswered == {"fused": 3}
    assert "no annotated objects" in found.report.faults[0]


def test_the_official_rule_asks_for_labels_before_anything_is_computed(data, tmp_path):
    with pytest.raises(ConfigError, match="needs ScanNet's label table"):
        run_evaluation(Asked("no model is looked for", open_split(data)), tmp_path / "out")


def test_a_stopped_evaluation_goes_on_and_comes_to_the_same(data, model, tmp_path):
    whole = run_evaluation(asked_of(model, data), tmp_path / "whole")
    calls = []
    with pytest.raises(Cancelled):
        run_evaluation(
            asked_of(model, data),
            tmp_path / "parts",
            on_progress=calls.append,
            is_cancelled=lambda: len(calls) >= 2,
        )
    assert [item.scenes_done for item in calls] == [1, 2]
    log = tmp_path / "parts" / LOG_NAME
    kept = log.read_bytes()
    log.write_bytes(kept + b'{"scene":"tiny0002_00","rows":[6')  # as a kill in a write leaves it
    calls.clear()
    rest = run_evaluation(asked_of(model, data), tmp_path / "parts", on_progress=calls.append)
    assert [item.scenes_done for item in calls] == [3, 4]
    assert calls[-1].left_s == 0
    assert log.read_bytes().startswith(kept)
    assert rest.report == whole.report
    assert rest.rows_answered == 6


def test_another_evaluation_is_kept_out_of_the_folder(data, model, tmp_path):
    run_evaluation(asked_of(model, data), tmp_path / "out")
    other = Asked(model, open_split(data), ("2d",), rules=NAMES)
    with pytest.raises(ConfigError, match=r"modalities was \['fused'\], is now \['2d'\]"):
        run_evaluation(other, tmp_path / "out")
    log = tmp_path / "out" / LOG_NAME
    log.write_text(log.read_text().replace('"rows":[0', '"rows":["x"', 1))
    with pytest.raises(BrokenFileError, match="line 2 is no line"):
        run_evaluation(asked_of(model, data), tmp_path / "out")


KILLED = """
import sys
from whatwhere.serving.evaluating import Asked, run_evaluation
from whatwhere.evaluation.split_report import Rules
from whatwhere.language.splits import open_split
from pathlib import Path
model, data, out = map(Path, sys.argv[1:])
asked = Asked(model, open_split(data), ("fused",), rules=Rules(unique="names"), device="cpu")
def wait(progress):
    print("scan", flush=True)
    sys.stdin.readline()
run_evaluation(asked, out, on_progress=wait)
"""


def test_a_killed_evaluation_goes_on_and_comes_to_the_same(data, answers, tmp_path):
    out = tmp_path / "out"
    arguments = [sys.executable, "-c", KILLED, str(answers), str(data), str(out)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"scan\n"
        # While it runs nobody else writes there.
        with pytest.raises(ConfigError, match="another evaluation writes to"):
            run_evaluation(asked_of(answers, data), out)
        os.kill(process.pid, signal.SIGKILL)
    rest = run_evaluation(asked_of(answers, data), out)
    assert rest.rows_answered == 9
    whole = run_evaluation(asked_of(answers, data), tmp_path / "whole")
    assert rest.report == whole.report


def test_no_scan_that_can_be_asked_is_an_error(data, model, tmp_path):
    path = tmp_path / "boxes.json"
    path.write_text("{}")
    with pytest.raises(SceneError, match="not one scan of ScanRefer_filtered_val could be asked"):
        run_evaluation(asked_of(model, data, proposals=path), tmp_path / "out")


def test_the_real_ceiling_comes_out_of_a_real_submission(realdata, tmp_path):
    """The best real proposal of every real row, submitted, is scored as the index says."""
    truth = json.loads((realdata / "scannet" / "reference" / "val_half_gt_boxes.json").read_text())
    found = json.loads((realdata / "scannet" / "proposals" / "mask3d_val_half.json").read_text())
    path = realdata / "language" / "scanrefer" / "ScanRefer_filtered_val_sampled1000.json"
    answers = []
    for item in json.loads(path.read_text()):
        scene_id, object_id = item["scene_id"], int(item["object_id"])
        if scene_id not in truth:
            continue
        target = next(Box.from_row(each[:6]) for each in truth[scene_id] if each[7] == object_id)
        boxes = [Box.from_bounds(each["aabb_min"], each["aabb_max"]) for each in found[scene_id]]
        best = boxes[int(iou(box_rows([target]), box_rows(boxes)).argmax())]
        ids = {key: item[key] for key in ("scene_id", "object_id", "ann_id")}
        answers.append({**ids, "bbox": best.corners().tolist()})
    for scene_id in {item["scene_id"] for item in answers}:
        folder = tmp_path / "scans" / scene_id
        folder.mkdir(parents=True)
        np.save(folder / f"{scene_id}_aligned_bbox.npy", np.array(truth[scene_id]))
    submission = tmp_path / "ceiling.json"
    submission.write_text(json.dumps(answers))
    table = read_label_table(realdata / "scannet" / "scannetv2-labels.combined.tsv")
    asked = Asked(submission, open_split(path, scans=tmp_path), rules=Rules(table=table))
    report = run_evaluation(asked, tmp_path / "out").report
    quarter, half = report.by_modality["fused"]
    assert (report.num_rows, report.num_scenes, report.unanswered) == (523, 72, {"fused": 0})
    assert quarter.overall.value == pytest.approx(0.8987, abs=5e-5)
    assert half.overall.value == pytest.approx(0.8164, abs=5e-5)
    assert set(quarter.axes["lookalikes"]) == {"unique", "multiple"}
    assert report.as_json()["metrics"]["scanrefer.acc@0.25"]["variant"] == "official counting"


def test_candidates_may_be_found_in_the_mesh(data, model, tmp_path):
    """The tiny scan is one flat wall: nothing is found, which counts as wrong and is said."""
    asked = asked_of(model, data, proposals="geometric")
    found = run_evaluation(asked, tmp_path / "out")
    assert found.report.unanswered == {"fused": 12}
    assert "no candidates to choose from" in found.report.faults[0]


def test_the_same_scans_are_not_looked_at_twice(data, model, tmp_path):
    documents = [
        whatwhere.evaluate(
            model,
            data,
            rules=Rules(unique="names", strict=strict),
            modalities="fused,2d",
            out=tmp_path / str(strict),
        )
        for strict in (False, True)
    ]
    first, again = (document["encodings"] for document in documents)
    # All of these scans show the same pictures.
    assert (first["num_used"], first["num_made"]) == (len(SCENES) - 1, 1)
    assert (again["num_used"], again["num_made"]) == (len(SCENES), 0)
    assert first["cache_bytes"] == 2_000_000_000
    chosen = [
        [
            {name: line[name] for name in ("scene_id", "chosen") if name in line}
            for line in map(json.loads, (tmp_path / out / LOG_NAME).read_text().splitlines()[1:])
        ]
        for out in ("False", "True")
    ]
    assert chosen[0] == chosen[1]
    assert chosen[0]


def test_a_cache_of_nothing_keeps_nothing(data, model, tmp_path):
    document = whatwhere.evaluate(model, data, rules=NAMES, out=tmp_path / "out", cache_mb=0)
    assert document["encodings"] is None
    assert not (tmp_path / "home" / "cache" / "encodings").exists()
