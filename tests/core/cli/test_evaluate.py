import json

import pytest
from typer.testing import CliRunner

from whatwhere.cli.main import command_line
from whatwhere.errors import ConfigError, MissingFileError
from whatwhere.scenes.label_table import FILE_NAME


@pytest.fixture
def answers(tmp_path, monkeypatch):
    """A submission that is right about the first of two rows of one scan."""
    monkeypatch.setenv("WHATWHERE_HOME", str(tmp_path / "home"))

    def write(scene, boxes):
        rows = [
            {
                "scene_id": scene.name,
                "object_id": str(object_id),
                "object_name": "office_chair",
                "ann_id": "0",
                "description": f"chair number {object_id} near the wall",
            }
            for object_id in (1, 5)
        ]
        (scene.parent / "ScanRefer_filtered_val.json").write_text(json.dumps(rows))
        corners = boxes[1].corners().tolist()
        said = [
            {"scene_id": scene.name, "object_id": str(n), "ann_id": "0", "bbox": corners}
            for n in (1, 5)
        ]
        path = tmp_path / "theirs.json"
        path.write_text(json.dumps(said))
        return path

    return write


@pytest.fixture
def split(tmp_path, write_scan, answers):
    from whatwhere.scenes.opening import open_scene

    scan = write_scan(tmp_path / "data", scene_id="scene0000_00")
    boxes = {item.object_id: item.box for item in open_scene(scan).objects}
    return scan.parent, answers(scan, boxes)


def run(*arguments):
    texts = [str(item) for item in arguments]
    return CliRunner().invoke(
        command_line(texts), texts, prog_name="whatwhere", catch_exceptions=False
    )


def test_numbers_come_with_all_that_they_depend_on(split, tmp_path):
    folder, answers = split
    out = tmp_path / "out"
    shown = run("evaluate", answers, folder, "--unique", "names", "--out", out)
    assert "| fused | 50.00 (n 2) | 50.00 (n 2)" in shown.stdout
    assert "Variant: names counting. Boxes from model." in shown.stdout
    assert "split hash `" in shown.stdout
    assert "1 of 1 scans, 2 of 2 sentences" in shown.stderr
    assert (out / "results.md").read_text() in shown.stdout
    # The second time nothing is left to ask, and the numbers are the same.
    again = run("evaluate", answers, folder, "--unique", "names", "--out", out, "--json")
    document = json.loads(again.stdout)
    assert document["metrics"]["scanrefer.acc@0.25"]["overall"]["value"] == 0.5
    assert document["queries_per_s"] is None
    assert json.loads((out / "results.json").read_text()) == document


def test_real_scans_are_counted_officially_and_submitted(split, tmp_path):
    folder, answers = split
    with pytest.raises(ConfigError, match="official needs ScanNet's label table"):
        run("evaluate", answers, folder)
    head = "id\traw_category\tcategory\tcount\tnyu40id"
    (folder / FILE_NAME).write_text(f"{head}\n2\toffice chair\tchair\t4\t5\n")
    target = tmp_path / "submission.json"
    document = json.loads(run("evaluate", answers, folder, "--submission", target, "--json").stdout)
    accuracy = document["metrics"]["scanrefer.acc@0.5"]
    assert accuracy["variant"] == "official counting"
    assert (accuracy["multiple"]["n"], accuracy["17 classes"]["n"]) == (2, 2)
    assert [item["unique_multiple"] for item in json.loads(target.read_text())] == [1, 1]
    strict = run("evaluate", answers, folder, "--strict", "--json")
    variant = json.loads(strict.stdout)["metrics"]["scanrefer.acc@0.5"]["variant"]
    assert variant == "official counting, strictly above"


def test_wrong_wishes_are_refused(split):
    folder, answers = split
    with pytest.raises(ConfigError, match='"some" is no counting rule'):
        run("evaluate", answers, folder, "--unique", "some")
    with pytest.raises(MissingFileError, match="a demo room: bedroom"):
        run("evaluate", answers, "nowhere")
