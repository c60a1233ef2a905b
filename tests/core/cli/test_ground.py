import json
import sys
from importlib import import_module
from pathlib import Path

import pytest
from typer.testing import CliRunner

from whatwhere.cli.main import command_line
from whatwhere.errors import WhatWhereError

SERVING_TESTS = Path(__file__).parents[1] / "serving"


@pytest.fixture
def run_ground(monkeypatch, write_scan, tmp_path):
    """`whatwhere ground` on a small scan with a model that ranks candidates in their order."""
    monkeypatch.syspath_prepend(SERVING_TESTS)
    fake = import_module("fake_grounder")
    monkeypatch.setattr(
        "whatwhere.models.registry.load_grounder",
        lambda name, device, settings: fake.FakeGrounder(name, device),
    )
    # What is no model at all has no folder to plan from.
    monkeypatch.setattr(import_module("whatwhere.cli.ground"), "check_room", lambda *_: None)
    scene = write_scan(tmp_path)

    def run(*options):
        arguments = ["ground", str(scene), "the chair", *options]
        return CliRunner().invoke(command_line(arguments), arguments, catch_exceptions=False)

    return run


def test_json_is_the_document_and_nothing_else(run_ground):
    done = run_ground("--json", "--modality", "3d, fused", "--top", "1", "--model", "mine")
    document = json.loads(done.stdout)
    assert document["scene"] == "tiny0000_00"
    assert document["model"] == "mine"
    assert list(document["groundings"]) == ["3d", "fused"]
    assert [len(item["candidates"]) for item in document["groundings"].values()] == [1, 1]
    assert 'The model never saw "glorp".' in document["warnings"]
    assert any("dropped" in warning for warning in document["warnings"])
    assert "a library prints while it loads" in done.stderr


def test_people_read_shares_labels_places_and_warnings(run_ground):
    done = run_ground("--device", "cpu")
    lines = done.stdout.splitlines()
    assert lines[0] == 'tiny0000_00: "the chair"'
    assert lines[1] == "model default on cpu, boxes from annotation"
    assert "fused" in lines
    assert "100.0%  chair #10" in done.stdout
    assert "at (0.00, 0.00, 0.50) m, 1.00 x 1.00 x 1.00 m" in done.stdout
    assert 'warning: The model never saw "glorp".' in lines


def test_boxes_of_ones_own_join_the_candidates_or_stand_alone(run_ground):
    own = ["--box=1,0,-0.5,1,1,1", "--box", "0,0,0.5,1,2,1"]
    document = json.loads(run_ground("--json", *own, "--top", "9").stdout)
    joined = document["groundings"]["fused"]["candidates"]
    assert {"R1", "R2"} < {item["label"] for item in joined}
    document = json.loads(run_ground("--json", "--only-boxes", *own).stdout)
    assert document["box_source"] == "user"
    first, second = document["groundings"]["fused"]["candidates"]
    assert first["label"] == "R1"
    assert first["box"] == {"center": [1, 0, -0.5], "size": [1, 1, 1]}
    assert second["label"] == "R2"


def test_candidates_come_from_a_file_and_boxes_of_ones_own_join_them(run_ground, tmp_path):
    rows = [[0, 0, 0.5, 1, 1, 1], [3, 0, 0.5, 1, 2, 1], [9, 9, 9, 0, 1, 1]]
    path = tmp_path / "boxes.json"
    path.write_text(json.dumps({"scannet/tiny0000_00": rows}))
    given = ["--json", "--proposals", str(path), "--top", "9"]
    document = json.loads(run_ground(*given).stdout)
    assert document["box_source"] == "detections"
    found = document["groundings"]["fused"]["candidates"]
    assert [item["box"]["center"] for item in found] == [row[:3] for row in rows[:2]]
    document = json.loads(run_ground(*given, "--box", "1,0,0,1,1,1").stdout)
    joined = document["groundings"]["fused"]["candidates"]
    assert [item["label"] for item in joined if item["label"]] == ["R1"]
    assert len(joined) == 3


def test_a_file_of_candidates_that_is_not_there_is_named(run_ground, tmp_path):
    with pytest.raises(WhatWhereError, match=r"gone\.json"):
        run_ground("--proposals", str(tmp_path / "gone.json"))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--only-boxes"], "leaves no candidates"),
        (["--only-boxes", "--box", "0,0,0,1,1,1", "--proposals", "geometric"], "leaves out what"),
        (["--box", "1,2,3"], "not rows of six numbers"),
        (["--box", "1,2,3,1,one,1"], "is no box"),
        (["--box", "1,2,3,1,0,1"], "no positive size"),
    ],
)
def test_boxes_that_are_none_are_refused(run_ground, options, said):
    with pytest.raises(WhatWhereError, match=said):
        run_ground(*options)


@pytest.mark.parametrize(
    ("text", "modality", "said"),
    [
        ("the chair", "smell", '"smell" is not a modality'),
        (" ", "fused", "the sentence is empty"),
    ],
)
def test_nonsense_is_refused_before_torch_is_loaded(monkeypatch, tmp_path, text, modality, said):
    monkeypatch.setitem(sys.modules, "whatwhere.models.registry", None)
    arguments = ["ground", str(tmp_path), text, "--modality", modality]
    done = CliRunner().invoke(command_line(arguments), arguments)
    assert said in str(done.exception)


def test_a_frame_is_asked_for_by_itself_or_beside_candidates(
    write_tiny_model, write_scan, tmp_path
):
    model = write_tiny_model(tmp_path / "model", "the chair")
    scene = write_scan(tmp_path)

    def run(*options):
        arguments = ["ground", str(scene), "the chair", "--model", str(model), "--json", *options]
        done = CliRunner().invoke(command_line(arguments), arguments, catch_exceptions=False)
        return json.loads(done.stdout)

    alone = run("--modality", "2d-frame", "--frame", "100")
    assert "groundings" not in alone
    assert alone["2d-frame"]["frame"] == "100"
    assert alone["2d-frame"]["lifted"]["size"]
    beside = run("--modality", "2d, 2d-frame", "--frame", "100")
    assert list(beside["groundings"]) == ["2d"]
    assert beside["2d-frame"] == alone["2d-frame"]


def test_a_frame_is_of_2d_frame_alone(run_ground):
    with pytest.raises(WhatWhereError, match="--frame is of 2d-frame alone"):
        run_ground("--frame", "0")


def test_a_model_that_points_in_no_picture_says_so(run_ground):
    with pytest.raises(WhatWhereError, match="has no 2d-frame answer"):
        run_ground("--modality", "2d-frame")
