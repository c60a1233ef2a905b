"""`whatwhere cases` as a user meets it."""

import json
from pathlib import Path

import pytest
from tests.core.annotations.made_cases import made_case
from typer.testing import CliRunner

from whatwhere.annotations.case_annotations import CaseAnnotations
from whatwhere.annotations.default_tags import DEFAULT_TAGS
from whatwhere.annotations.edits import mark_seen, toggle_tag
from whatwhere.annotations.place import default_place
from whatwhere.annotations.store import open_store
from whatwhere.cli.main import command_line
from whatwhere.errors import ConfigError, StoreError


def call(*arguments: str) -> str:
    result = CliRunner().invoke(
        command_line(["cases"]), ["cases", *arguments], catch_exceptions=False
    )
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


@pytest.fixture
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHATWHERE_HOME", str(tmp_path / "home"))
    store = open_store(default_place())
    for row in range(3):
        case = made_case(row)
        change = toggle_tag(CaseAnnotations(), case.case_id, "ada", DEFAULT_TAGS[row % 2])
        store.apply(change, [case])
    store.close()


@pytest.mark.usefixtures("_home")
def test_list_export_import_copy(tmp_path: Path) -> None:
    listed = json.loads(call("list", "--json"))
    assert (listed["cases"], listed["by_tag"]["wrong-class"]) == (3, 2)
    assert "wrong class" in call("list")
    file = tmp_path / "cases.jsonl"
    assert "3 cases (jsonl)" in call("export", str(file))
    only = json.loads(call("export", str(tmp_path / "a.csv"), "--tag", "wrong-class", "--json"))
    assert only["cases"] == 2
    other = str(tmp_path / "other.db")
    would = json.loads(call("import", str(file), "--store", other, "--dry-run", "--json"))
    assert (would["new_cases"], would["new"], would["kept"]) == (3, {"tags": 3}, [])
    assert "would add 3 tags" in call("import", str(file), "--store", other, "--dry-run")
    assert "3 new" in call("import", str(file), "--store", other, "--annotator", "ben")
    third = str(tmp_path / "third.db")
    assert "3 annotations of 3 cases copied, 0 differ" in call("copy", other, third)
    with pytest.raises(StoreError, match="not touched"):
        call("copy", other, third)


@pytest.mark.usefixtures("_home")
def test_boxes_go_out_with_the_scan_only_where_that_is_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "cases.glb"
    said = json.loads(call("export", str(file), "--json"))
    assert (said["files"], said["rows"], said["rows_are"]) == ([str(file)], 3, "box")
    assert said["notice"] is None
    assert "scans not found, written without: scene0000_00" in call(
        "export", str(file), "--with-scan"
    )
    with pytest.raises(ConfigError, match="boxes and text only"):
        call("export", str(tmp_path / "cases.csv"), "--with-scan")


@pytest.mark.usefixtures("_home")
def test_agreement_is_a_table_and_a_document() -> None:
    place = str(default_place())
    store = open_store(place)
    for row in range(3):
        case = made_case(row)
        for who in ("ada", "ben"):
            store.apply(mark_seen(CaseAnnotations(), case.case_id, who), [case])
    given = toggle_tag(CaseAnnotations(), made_case(0).case_id, "ben", DEFAULT_TAGS[0])
    store.apply(given)
    store.close()
    text = call("agreement", place, "ada", "ben")
    assert text.startswith("3 cases that both have done with")
    assert "2 disagreements, 2 of them open" in text
    document = json.loads(call("agreement", place, "ada", "ben", "--json"))
    first = document["tags"][0]
    counts = {name: first[name] for name in ("tag", "both", "first", "second", "neither")}
    assert counts == {"tag": "wrong-class", "both": 1, "first": 1, "second": 0, "neither": 1}
    assert first["kappa"] == pytest.approx(0.4)
    assert [item["given_by"] for item in document["disagreements"]] == ["ada", "ada"]
    with pytest.raises(ConfigError, match="nobody called 'eve'") as caught:
        call("agreement", place, "ada", "eve")
    assert "ada, ben" in str(caught.value)
