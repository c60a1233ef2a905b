"""Figures of a diagnosis that can be worked out by hand."""

import json
from dataclasses import dataclass

import numpy as np
import pytest
from tests.core.evaluation.hand_cases import answered, cases, facts

from whatwhere.errors import ConfigError
from whatwhere.evaluation.bias_differences import bias_differences
from whatwhere.evaluation.bias_report import NO_BOX, bias_report
from whatwhere.evaluation.cases.columns import CaseColumns
from whatwhere.evaluation.cases.facts import DiagnosisFacts
from whatwhere.evaluation.margin import margins, penalised
from whatwhere.evaluation.quadrants import QUADRANTS, quadrants

# Candidates 0, 1, 2 are the chairs, 3 to 5 other things; 0 is always meant.
FUSED = answered(
    [0, 0, 1, 1, 3, -1],
    [1, 1, 0.1, 0.3, 0, 0],
    [1, 1, 1, 1, 0, 0],
    log_p_in_class=np.log([0.9, 0.5, 0.3, 0.4, 0.2, 0.5]),
    confidence=[0.95, 0.85, 0.85, 0.15, 0.95, np.nan],
)
TWO_D = answered(
    [0, 1, 1, 2, 1, 0],
    [1, 0.1, 0.1, 0, 0.1, 1],
    [1, 1, 1, 1, 1, 1],
    log_p_in_class=np.log([0.8, 0.1, 0.3, 0.5, 0.3, 0.4]),
)


@dataclass
class Diagnosis:
    columns: CaseColumns
    facts: DiagnosisFacts


def both(**columns):
    return cases({"fused": FUSED, "2d": TWO_D}, **columns)


def test_accuracy_counts_no_answer_as_wrong_and_class_accuracy_asks_less():
    found = bias_report(both(), facts()).overall
    assert found.accuracy["fused"].value == pytest.approx(3 / 6)
    assert found.accuracy["2d"].value == pytest.approx(2 / 6)
    assert found.class_accuracy["fused"].value == pytest.approx(4 / 6)
    assert (found.unanswered["fused"], found.unanswered["2d"]) == (1, 0)
    assert found.chance == pytest.approx(1 / 3)
    assert found.accuracy["fused"].low is None


def test_another_overlap_makes_other_answers_right():
    found = bias_report(both(), facts(), iou_threshold=0.5).overall
    assert found.accuracy["fused"].value == pytest.approx(2 / 6)
    assert found.quadrants == {
        "both right": 1,
        "only fused right": 1,
        "only 2d right": 1,
        "both wrong": 3,
    }


def test_quadrants_are_counted_case_by_case():
    found = quadrants(both(excluded=[-1, -1, -1, -1, -1, 0], reasons=("seen before",)), 0.25)
    names = [None if place < 0 else QUADRANTS[place] for place in found]
    assert names == [
        *("both right", "only fused right", "both wrong", "only fused right", "both wrong"),
        None,
    ]


def test_raw_agreement_and_what_chance_explains_of_it():
    # Wrong inside the class: fused in case 2; 2D in cases 1, 2, 3, 4. They agree in case 2.
    found = bias_report(both(), facts()).overall.agreement
    assert found.raw.value == pytest.approx(1 / 6)
    # Dealt out anew, 2D errs in 4 of 6 cases, on either of two look-alikes: 1/6 * 4/6 * 1/2.
    assert found.excess.value == pytest.approx(1 / 6 - 1 / 18)


def test_the_margin_is_that_inside_the_class():
    table = both(is_spatial=[1, 1, 1, 1, 1, 0], num_lookalikes=[3, 3, 3, 3, 1, 3])
    lead = margins(table)
    expected = np.log([0.9 / 0.8, 5.0, 1.0, 0.8])
    assert lead[:4] == pytest.approx(expected, abs=1e-6)
    assert np.isnan(lead[4:]).all()
    # Case 1 leads by more than 0.3; case 2 is below the chance of one in three.
    assert penalised(table, 0.3).tolist() == [True, False, False, True, False, False]
    found = bias_report(table, facts()).overall.margin
    assert found.median == pytest.approx(np.median(expected), abs=1e-6)
    assert (found.penalised.value, found.penalised.n) == (0.5, 4)


def test_calibration_over_bins_of_a_tenth():
    # 0.95, 0.95: half right; 0.85, 0.85: half right; 0.15: right at this overlap.
    found = bias_report(both(), facts()).overall.calibration["fused"]
    assert found.n == 5
    assert found.ece == pytest.approx((2 * 0.45 + 2 * 0.35 + 0.85) / 5, abs=1e-6)
    assert [(b.n, round(b.accuracy, 2)) for b in found.bins] == [(1, 1.0), (2, 0.5), (2, 0.5)]


def test_follow_rates_are_of_sentences_of_place_that_name_no_looks():
    twins = {
        "appearance": {
            "cases": [0, 1, 2, 3, 4],
            "pair": [[0, 1]] * 5,
            "twin": {"fused": [1, 0, 0, 1, 3]},
            "placebo": {"fused": [0, 0, 0, 1, 3]},
        }
    }
    table = both(twins=twins, names_looks=[0, 0, 0, 1, 0, 0])
    report = bias_report(table, facts())
    found = report.overall.follow_rates()
    # Case 3 names looks, case 4 is none of the pair; 0 goes, 1 stays, 2 goes in both.
    assert (found.counted, found.excluded) == (3, 1)
    assert found.follow_appearance.value == pytest.approx(1 / 3)
    assert found.follow_position.value == pytest.approx(1 / 3)
    assert report.accused is None
    assert "too few scenes" in report.verdict
    assert bias_report(both(twins=twins, num_scenes=30), facts()).accused is True


def test_without_twins_nothing_is_said_of_following():
    report = bias_report(both(num_scenes=30), facts())
    assert report.accused is None
    assert report.as_json()["follow_appearance"] is None
    assert "not known" in report.verdict


def test_true_positions_are_worth_what_shuffling_them_costs():
    shuffled = answered([0, 1, 1, 1, 1, 1], [1, 0, 0, 0, 0, 0], [1] * 6)
    found = bias_report(cases({"fused": FUSED, "shuffled": shuffled}), facts()).overall
    assert found.shuffled_drop.value == pytest.approx(3 / 6 - 1 / 6)
    assert found.agreement is None
    assert found.quadrants == {}


def test_parts_share_out_the_cases():
    table = both(
        skills=("near", "far"),
        skill_codes=[0, 0, 0, 1, 1, 1],
        relations=("near", "left"),
        has_relation=[[1, 0], [1, 1], [1, 0], [0, 0], [0, 0], [0, 1]],
        num_lookalikes=[1, 2, 3, 4, 2, 0],
        lookalike_m=[np.nan, 0.4, 0.5, 3, 1, np.nan],
    )
    by = bias_report(table, facts()).by
    assert {name: part.n for name, part in by["skill"].items()} == {"near": 3, "far": 3}
    assert {name: part.n for name, part in by["relation"].items()} == {"near": 3, "left": 2}
    assert {name: part.n for name, part in by["look-alikes"].items()} == {
        "unique": 1,
        "multiple": 4,
    }
    assert {name: part.n for name, part in by["distance"].items()} == {
        "below 0.5 m": 1,
        "0.5 to 1 m": 1,
        "1 to 2 m": 1,
        "2 m or more": 1,
    }
    assert by["visibility"]["30 to 60 %"].n == 6
    assert by["skill"]["near"].chance == pytest.approx((1 + 1 / 2 + 1 / 3) / 3)
    assert by["skill"]["near"].accuracy["fused"].value == pytest.approx(2 / 3)


def test_what_is_left_out_is_counted_and_in_no_figure():
    fused = answered([0, 0, 0], [1, np.nan, 1], [1, 1, 1])
    table = cases({"fused": fused}, excluded=[0, -1, -1], reasons=("edited by hand", "unused"))
    report = bias_report(table, facts(not_asked={"scan is missing": 4}))
    assert report.overall.n == 1
    assert report.left_out == {"edited by hand": 1, NO_BOX: 1, "scan is missing": 4}


def test_the_document_has_its_keys_and_is_json():
    document = bias_report(both(num_scenes=30), facts()).as_json()
    json.dumps(document, allow_nan=False)
    assert set(document) >= {
        *("model", "data", "split", "n", "num_scenes", "box_source", "accuracy", "class_accuracy"),
        *("chance", "follow_appearance", "follow_position", "accused", "agreement", "margin"),
        *("quadrants", "by_relation", "probes", "excluded"),
    }
    assert document["chance"] == {"overall": pytest.approx(1 / 3), "near": pytest.approx(1 / 3)}
    assert set(document["accuracy"]["fused"]) == {"value", "low", "high", "n"}


def test_spoiling_the_2d_branch_changes_nothing_against_a_frozen_reference():
    honest = Diagnosis(both(), facts("reference"))
    spoilt = cases({"fused": FUSED, "2d": answered([5] * 6, [0] * 6, [0] * 6)})
    before = bias_report(both(), facts(), reference=honest).overall
    after = bias_report(spoilt, facts(), reference=honest).overall
    assert after.agreement.excess.value == 0
    assert after.agreement_frozen.excess.value == before.agreement_frozen.excess.value > 0


@pytest.mark.parametrize(
    ("theirs", "modalities", "said"),
    [
        ({"split_hash": "ffffffffffff"}, {"2d": TWO_D}, "other sentences"),
        ({"box_source": "mask3d"}, {"2d": TWO_D}, "other candidates"),
        ({}, {"fused": FUSED}, "no 2D answers"),
    ],
)
def test_a_reference_that_does_not_compare_is_refused(theirs, modalities, said):
    reference = Diagnosis(cases(modalities), facts("reference", **theirs))
    with pytest.raises(ConfigError, match=said):
        bias_report(both(), facts(), reference=reference)


def test_a_reference_with_more_candidates_is_refused():
    reference = Diagnosis(both(num_candidates=[6, 6, 7, 6, 6, 6]), facts("reference"))
    with pytest.raises(ConfigError, match="other candidates"):
        bias_report(both(), facts(), reference=reference)


def test_two_models_are_compared_on_the_cases_of_both():
    twins = {
        "appearance": {
            "cases": [0, 1],
            "pair": [[0, 1]] * 2,
            "twin": {"fused": [1, 1]},
            "placebo": {"fused": [0, 0]},
        }
    }
    cheats = Diagnosis(both(twins=twins, num_scenes=30), facts("cheats"))
    twins["appearance"]["twin"]["fused"] = [0, 0]
    better = answered([0] * 6, [1] * 6, [1] * 6)
    cured = Diagnosis(
        cases(
            {"fused": better, "3d": better},
            twins=twins,
            num_scenes=30,
            excluded=[-1] * 5 + [0],
            reasons=("seen before",),
        ),
        facts("cured"),
    )
    found = bias_differences(cured, cheats)
    assert (found.n, found.num_scenes) == (150, 30)
    assert set(found.accuracy) == {"fused"}
    assert found.accuracy["fused"].value == pytest.approx(1 - 3 / 5)
    assert found.accuracy["fused"].low > 0
    assert found.follow_appearance["fused"].value == pytest.approx(-1)
    assert found.follow_appearance["fused"].high < -0.8
    assert found.left_out == {"does not count in one of them": 30}
    assert any("3d" in note for note in found.notes)
    with pytest.raises(ConfigError, match="different sentences"):
        bias_differences(cured, Diagnosis(both(), facts("other", split_hash="0")))


def test_a_modality_that_cannot_be_judged_somewhere_costs_the_others_no_case():
    in_frame = answered([0, 0, 1], [1, np.nan, 0], [1, 1, 1])
    fused = answered([0, 0, 0], [1, 1, np.nan], [1, 1, 1])
    found = bias_report(cases({"fused": fused, "2d-frame": in_frame}), facts()).overall
    assert found.n == 3
    assert (found.accuracy["fused"].n, found.accuracy["fused"].value) == (2, 1)
    assert (found.accuracy["2d-frame"].n, found.accuracy["2d-frame"].value) == (2, 0.5)
