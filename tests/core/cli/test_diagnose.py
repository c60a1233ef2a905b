import json

import pytest
from typer.testing import CliRunner

from whatwhere.cli.main import command_line
from whatwhere.errors import ConfigError, MissingFileError, ModelError


@pytest.fixture
def split(tmp_path, write_scan, monkeypatch):
    """One scan with a sentence for each of its chairs, and two files of answers to them."""
    from whatwhere.scenes.opening import open_scene

    monkeypatch.setenv("WHATWHERE_HOME", str(tmp_path / "home"))
    scan = write_scan(tmp_path / "data", scene_id="scene0000_00")
    boxes = {item.object_id: item.box for item in open_scene(scan).objects}
    rows = [
        {
            "scene_id": scan.name,
            "object_id": str(object_id),
            "object_name": "office_chair",
            "ann_id": "0",
            "description": f"chair number {object_id} near the wall",
        }
        for object_id in (1, 5)
    ]
    (scan.parent / "ScanRefer_filtered_val.json").write_text(json.dumps(rows))
    for name, chosen in (("one", (1, 1)), ("both", (1, 5))):
        lines = [
            {
                "scene_id": scan.name,
                "text": row["description"],
                "modality": modality,
                "boxes": [[*boxes[found].center, *boxes[found].size]],
            }
            for row, found in zip(rows, chosen, strict=True)
            for modality in ("fused", "2d")
        ]
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (tmp_path / f"{name}.jsonl").write_text(text)
    return scan.parent


def run(*arguments):
    texts = [str(item) for item in arguments]
    return CliRunner().invoke(
        command_line(texts), texts, prog_name="whatwhere", catch_exceptions=False
    )


def test_one_model_prints_its_numbers_and_where_its_cases_lie(split, tmp_path):
    out = tmp_path / "out"
    shown = run("diagnose", tmp_path / "one.jsonl", "--data", split, "--out", out)
    assert "one on val: 2 cases of 1 scan, candidates from model" in shown.stdout
    assert "No twins were asked" in shown.stdout
    assert "fused     50.0 (n 2)" in shown.stdout
    assert "one has no 3d answers." in shown.stdout
    (folder,) = out.iterdir()
    assert str(folder) in shown.stdout
    assert (folder / "facts.json").is_file()
    assert "scan 1 of 1; 2 of 2 sentences" in shown.stderr
    again = run("diagnose", tmp_path / "one.jsonl", "--data", split, "--out", out)
    assert "scan 1 of 1" not in again.stderr
    assert again.stdout == shown.stdout


def test_one_document(split, tmp_path):
    shown = run("diagnose", tmp_path / "one.jsonl", "--data", split, "--json")
    document = json.loads(shown.stdout)
    assert (document["model"], document["split"], document["n"]) == ("one", "val", 2)
    assert document["accuracy"]["fused"] == {"value": 0.5, "low": None, "high": None, "n": 2}
    assert document["accused"] is None
    assert document["folder"].startswith(str(tmp_path / "home" / "data" / "diagnoses"))


def test_several_models_are_held_against_the_first(split, tmp_path):
    models = (tmp_path / "one.jsonl", tmp_path / "both.jsonl")
    document = json.loads(run("diagnose", *models, "--data", split, "--json").stdout)
    assert [item["model"] for item in document["diagnoses"]] == ["one", "both"]
    (difference,) = document["differences"]
    assert (difference["after"], difference["before"], difference["n"]) == ("both", "one", 2)
    assert difference["accuracy"]["fused"]["value"] == 0.5
    text = run("diagnose", *models, "--data", split).stdout
    assert "both minus one, 2 common cases:\n  right, fused: +50.0 points (n 2)" in text


def test_agreement_with_a_frozen_reference(split, tmp_path):
    first = json.loads(run("diagnose", tmp_path / "one.jsonl", "--data", split, "--json").stdout)
    shown = run(
        *("diagnose", tmp_path / "both.jsonl", "--data", split, "--json"),
        *("--reference", first["folder"]),
    )
    assert json.loads(shown.stdout)["reference"] == first["name"]


def test_what_cannot_be_asked_is_told(split, tmp_path):
    with pytest.raises(MissingFileError, match="Sentences not found"):
        run("diagnose", "default", "--data", tmp_path / "nowhere")
    with pytest.raises(ModelError):
        run("diagnose", "no-such-model", "--data", split)
    with pytest.raises(ConfigError, match="none of the modalities blind"):
        run("diagnose", tmp_path / "one.jsonl", "--data", split, "--modality", "blind")
    with pytest.raises(MissingFileError, match="A diagnosis not found"):
        run("diagnose", tmp_path / "one.jsonl", "--data", split, "--reference", tmp_path)
