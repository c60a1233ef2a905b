import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from whatwhere.cli.demo import demo
from whatwhere.errors import BrokenFileError, ConfigError

app = typer.Typer()
app.command()(demo)
QUICK = ["--scenes", "1", "--frames", "2", "--size", "48x32"]


def test_makes_a_data_set_and_tells_how_far_it_is(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, [str(tmp_path), *QUICK])
    assert result.exit_code == 0
    assert "1/1 room900000_00" in result.stdout
    assert (tmp_path / "ScanRefer_filtered_test.json").is_file()


def test_json_is_one_document_and_nothing_else(tmp_path: Path) -> None:
    options = ["--split", "val_biased", "--shortcut", "colour=0.9", "--json"]
    result = CliRunner().invoke(app, [str(tmp_path), *QUICK, *options])
    document = json.loads(result.stdout)
    assert document["scenes"] == 1
    assert document["sentences"] > 5
    described = json.loads((tmp_path / "dataset.json").read_text())
    assert described["shortcut"] == {"colour": 0.9}


def test_another_family_is_chosen_and_rooms_without_twins_are_counted(tmp_path: Path) -> None:
    options = ["--split", "train", "--shortcut", "cooccurrence=0.95", "--twins", "--json"]
    result = CliRunner().invoke(app, [str(tmp_path), *QUICK, *options])
    described = json.loads((tmp_path / "dataset.json").read_text())
    assert described["shortcut"] == {"cooccurrence": 0.95}
    twins = json.loads((tmp_path / "twins.json").read_text())
    assert json.loads(result.stdout)["scenes_without_twins"] == (0 if twins else 1)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--size", "128"], "128x128"),
        (["--size", "8x8"], "not an image size"),
        (["--shortcut", "shape=0.5"], "colour=0.75"),
        (["--shortcut", "colour=much"], "not a shortcut"),
        (["--shortcut", "prominence=2"], "colour, prominence and cooccurrence"),
        (["--split", "all"], "Choose among"),
        (["--frames", "0"], "0 images show no room"),
    ],
)
def test_nonsense_is_refused_in_a_sentence(tmp_path: Path, options: list[str], said: str) -> None:
    result = CliRunner().invoke(app, [str(tmp_path), *QUICK, *options])
    assert isinstance(result.exception, ConfigError)
    assert said in str(result.exception)
    assert not list(tmp_path.iterdir())


def test_a_damaged_description_is_named(tmp_path: Path) -> None:
    (tmp_path / "dataset.json").write_text("{")
    result = CliRunner().invoke(app, [str(tmp_path), *QUICK])
    assert isinstance(result.exception, BrokenFileError)
    assert result.exception.path == tmp_path / "dataset.json"
