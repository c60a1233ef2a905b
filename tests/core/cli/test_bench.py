import json
import sys
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from whatwhere.bench.figures import Figure
from whatwhere.bench.registry import BENCHES
from whatwhere.cli.main import command_line
from whatwhere.errors import NotSupportedError


@pytest.fixture
def run_bench(monkeypatch):
    """`whatwhere bench` with one bench that works and one whose module is not installed."""

    def measure():
        sys.stdout.write("a library prints\n")
        one = Figure.median([1.0, 2.0, 3.0], "ms", at_most=1.5)
        return {"one": one, "ratio": Figure.ratio(one, one, at_most=2.3)}

    monkeypatch.setitem(sys.modules, "fake_bench", SimpleNamespace(run=measure))
    for name in list(BENCHES):
        monkeypatch.delitem(BENCHES, name)
    monkeypatch.setitem(BENCHES, "works", ("fake_bench",))
    monkeypatch.setitem(BENCHES, "lacks", ("fake_bench", "not_installed_bench"))

    def run(*options):
        arguments = ["bench", *options]
        return CliRunner().invoke(command_line(arguments), arguments)

    return run


def test_json_is_the_document_and_nothing_else(run_bench):
    document = json.loads(run_bench("works", "--json").stdout)
    assert document["benches"]["works"]["one"] == {
        "value": 2.0,
        "unit": "ms",
        "n": 3,
        "low": 1.0,
        "high": 3.0,
        "at_most": 1.5,
    }
    assert {"cores", "cpu", "torch"} <= set(document["machine"])


def test_people_read_whether_goals_are_met(run_bench):
    lines = run_bench("works").stdout.splitlines()
    one, ratio = (next(line for line in lines if name in line) for name in ("one", "ratio"))
    assert " ".join(one.split()) == "one 2.00 ms n 3 1.00 to 3.00 goal <= 1.5: MISSED"
    assert " ".join(ratio.split()) == "ratio 1.00 x n 3 goal <= 2.3: met"


def test_a_bench_that_cannot_run_does_not_stop_the_others(run_bench):
    document = json.loads(run_bench("--json").stdout)
    assert "one" in document["benches"]["works"]
    assert "not_installed_bench" in document["benches"]["lacks"]["error"]
    assert "not measured: " in run_bench().stdout


def test_a_bench_asked_for_by_name_says_what_it_lacks(run_bench):
    assert isinstance(run_bench("lacks").exception, NotSupportedError)
