import json

import pytest

from whatwhere.cli.main import command_line
from whatwhere.errors import ConfigError
from whatwhere.evaluation.probes.catalogue import PROBES


def run(*arguments):
    command_line(arguments)(list(arguments), standalone_mode=False)


def test_probes_are_listed(capsys):
    run("probe", "--list", "--json")
    rows = json.loads(capsys.readouterr().out)
    assert [row["probe"] for row in rows] == [probe.name for probe in PROBES]


def test_a_case_is_probed_with_the_shipped_model(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("WHATWHERE_HOME", str(tmp_path / "home"))
    out, probes = tmp_path / "probes.json", "swap-relation,exchange-places"
    case = ("kitchen", "the chair nearest the refrigerator", "--model", "cheating")
    run("probe", *case, "--probe", probes, "--out", str(out), "--json")
    document = json.loads(capsys.readouterr().out)
    assert document == json.loads(out.read_text())
    swapped, exchanged = (row["answers"]["fused"] for row in document["probes"])
    assert swapped["verdict"].startswith("Prediction did not move: relation ignored")
    assert exchanged["verdict"].endswith("place ignored.")


@pytest.mark.parametrize("arguments", [(), ("kitchen", "the chair", "--flip", "--evidence")])
def test_what_cannot_be_asked_is_refused_before_anything_is_loaded(arguments):
    with pytest.raises(ConfigError):
        run("probe", *arguments)
