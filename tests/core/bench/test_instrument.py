"""The validation of the bias numbers: planted answers, kept rows against the kept report."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from whatwhere.bench.cure.cases import read_cases
from whatwhere.bench.instrument.bench import run
from whatwhere.bench.instrument.experiments import PLANTED_CHOICES
from whatwhere.bench.instrument.finder import (
    FOUND,
    PlantedChoice,
    asked_sets,
    judged,
    trained_choices,
    world,
)
from whatwhere.bench.instrument.planted import Planted, answer, geometry
from whatwhere.bench.instrument.rooms import room_cases
from whatwhere.bench.instrument.study import Study
from whatwhere.bench.instrument.worlds import following, strength_for, true_follow_rate
from whatwhere.evaluation.cues import CUES

REPORTS = Path(__file__).parents[2] / "reports"


@pytest.fixture(scope="module")
def study() -> Study:
    return Study(REPORTS / "instrument")


def test_rooms_are_spoken_of_as_in_the_demo_world():
    fair, biased = (room_cases(range(905_000, 905_006), shortcut=b) for b in (None, 1.0))
    for cases in (fair, biased):
        assert (cases.target < cases.size).all()
        assert (cases.vivid < cases.size).all()
        asked = cases.dull >= 0
        assert (cases.dull != cases.vivid)[asked].all()
        assert asked.any()
    meant = biased.is_spatial & (biased.vivid >= 0)
    assert (biased.target == biased.vivid)[meant].mean() > 0.9


def test_planted_answers_are_what_they_were_planted_as(study):
    rooms = study.rooms["fair"]
    asked = rooms.is_spatial & (rooms.dull >= 0)
    told = geometry(rooms, Planted(accuracy=0.7))
    assert told.sum(axis=1) == pytest.approx(1)
    found = answer(rooms, Planted(strength=1.0), np.random.default_rng(0))
    assert (found.fused == rooms.vivid)[asked].all()
    assert (found.twin == rooms.dull)[asked].all()
    assert (found.placebo == rooms.vivid)[asked].all()
    honest = answer(rooms, Planted(accuracy=0.7), np.random.default_rng(0))
    assert (honest.fused == rooms.target)[rooms.is_spatial].mean() == pytest.approx(0.7, abs=0.02)


def test_the_true_rate_is_what_many_worlds_come_to(study):
    rooms = study.rooms["fair"]
    honest = Planted(accuracy=0.75)
    model = Planted(strength=strength_for(rooms, honest, 0.3), accuracy=0.75)
    assert true_follow_rate(rooms, model) == pytest.approx(0.3, abs=1e-3)
    rng = np.random.default_rng(1)
    found = following(rooms, model, num_worlds=50, num_rooms=200, rng=rng)
    assert found.estimate.value.mean() == pytest.approx(found.truth, abs=0.01)


@pytest.mark.parametrize(
    ("figure", "likeness", "rate"), [("accuracy", 0.05, 0.5), ("follow_appearance", 0.1, 0.1)]
)
def test_kept_worlds_come_out_the_same_again(study, figure, likeness, rate):
    kept = np.unpackbits(study.coverage[f"{figure}/24/{likeness:g}/{rate:g}"]).mean()
    again = study.covered(figure, 24, likeness, rate, 1000).mean()
    assert again == pytest.approx(kept, abs=0.03)


def test_a_planted_cue_decides_as_often_as_planted(study):
    sets = asked_sets(study.cued(None))
    always = world(sets, PlantedChoice("size", 1.0), 60, np.random.default_rng(0))
    size = np.where(always.exists, always.cues[..., CUES.index("size")], -np.inf)
    picked = size[np.arange(len(size)), always.chosen]
    assert (picked == size.max(axis=1)).all()
    never = world(sets, PlantedChoice(accuracy=1.0), 60, np.random.default_rng(0))
    assert (never.chosen == never.meant).all()
    assert (always.exists.sum(axis=1) > 1).all()


def test_kept_verdicts_of_the_shortcut_finder_come_out_the_same_again(study):
    name = "visibility, s = 0.25"
    number = list(PLANTED_CHOICES).index(name)
    again = judged(
        asked_sets(study.cued(None)),
        PLANTED_CHOICES[name],
        num_worlds=20,
        num_rooms=24,
        seed=[5, number, 24],
    )
    np.testing.assert_array_equal(again, study.finder[f"{name}/24"][:20])
    assert (again[:, CUES.index("visibility")] == FOUND).sum() > 10


def test_rooms_that_a_network_was_not_asked_about_are_refused(study):
    rooms = study.cued("colour")
    cases = read_cases(REPORTS / "cure" / "rows" / "cases-prominence.npz")["test"]
    parts = (cases.scenes, cases.of_class, cases.target, cases.target)
    with pytest.raises(ValueError, match="not the rooms"):
        trained_choices(rooms, *parts)
    assert (study.cued("prominence").seeds == rooms.seeds).all()
    choices = trained_choices(study.cued("prominence"), *parts)
    np.testing.assert_array_equal(choices.chosen, choices.meant)


def test_the_kept_report_is_what_the_kept_rows_say(tmp_path):
    folder = tmp_path / "instrument"
    shutil.copytree(REPORTS / "instrument" / "rows", folder / "rows")
    (tmp_path / "cure").symlink_to(REPORTS / "cure")
    figures = run(folder)
    kept, now = (
        json.loads((where / "report.json").read_text())
        for where in (REPORTS / "instrument", folder)
    )
    assert now["demands"] == kept["demands"]
    assert now["coverage"] == kept["coverage"]
    assert now["shortcuts"]["worlds"] == kept["shortcuts"]["worlds"]
    for before, after in zip(
        kept["shortcuts"]["trained"], now["shortcuts"]["trained"], strict=True
    ):
        assert (after["arm"], after["seed"]) == (before["arm"], before["seed"])
        for cue, weight in before["weights"].items():
            assert after["weights"][cue] == pytest.approx(weight, abs=1e-6)
    for before, after in zip(kept["verdicts"], now["verdicts"], strict=True):
        assert after == pytest.approx(before)
    for arm, seeds in kept["trained"].items():
        for seed, before in seeds.items():
            after = now["trained"][arm][seed]["follow"]["appearance"]["fused"]["follow_appearance"]
            fused = before["follow"]["appearance"]["fused"]["follow_appearance"]
            assert after == pytest.approx(fused)
    assert not {name for name, found in kept["demands"].items() if not found["met"]}
    assert figures["demands that are met"].value == len(kept["demands"])
    assert "| honest, 66 % |" in (folder / "REPORT.md").read_text()
