from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from whatwhere.errors import Cancelled, NotSupportedError
from whatwhere.evaluation.probes.catalogue import PROBES, parse_probes
from whatwhere.scenes.opening import open_scene
from whatwhere.serving.flipping import evidence_document, flip_document
from whatwhere.serving.probe_document import probe_document
from whatwhere.serving.probing import Prober

TEXT = "the office chair nearest the door"


@pytest.fixture
def planted(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parent)
    return import_module("planted_grounder").PlantedGrounder


@pytest.fixture(scope="module")
def painted(write_scan, tmp_path_factory) -> Path:
    """Two chairs in one scan: the right one is red, and the left one blue."""
    folder = write_scan(tmp_path_factory.mktemp("painted"))
    color = np.zeros((48, 64, 3), np.uint8)
    color[:, :36] = (30, 30, 200)
    color[:, 36:] = (200, 30, 30)
    for name in ("0", "100"):
        Image.fromarray(color).save(folder / "color" / f"{name}.jpg", quality=98)
    return folder


@pytest.fixture
def make_prober(planted, painted):
    def make(vividness, **about):
        grounder, scene = planted(vividness, **about), open_scene(painted)
        return Prober(grounder, scene, grounder.encode(scene))

    return make


def rows_of(prober, names, modality="fused", **more):
    asked = prober.ask(TEXT, ("fused", "2d"), **more)
    document = probe_document(prober, asked, parse_probes(names))
    rows = document["probes"]
    return {row["probe"]: row["answers"].get(modality) or row["why_not"] for row in rows}


def test_a_model_that_goes_by_looks_is_told_from_one_that_goes_by_place(make_prober):
    names = ["swap-relation", "exchange-places", "exchange-colours", "negate"]
    cheat, honest = rows_of(make_prober(1.0), names), rows_of(make_prober(0.0), names)
    assert cheat["swap-relation"]["verdict"].startswith("Prediction did not move: relation ignored")
    assert [cheat[name]["as_expected"] for name in names] == [False, False, False, None]
    assert cheat["exchange-colours"]["outcome"] == "followed"
    assert cheat["exchange-places"]["outcome"] == "followed"
    assert [honest[name]["as_expected"] for name in names] == [True, True, True, None]
    assert honest["negate"]["verdict"].endswith("So this probe says nothing.")


def test_a_model_looks_again_only_at_other_pixels(make_prober):
    prober = make_prober(0.5)
    asked = prober.ask(TEXT, ("fused",))
    cheap = [p.name for p in PROBES if p.family in ("words", "geometry", "frames")]
    probe_document(prober, asked, parse_probes(cheap))
    assert prober.grounder.num_encodes == 1
    for _ in range(2):  # the same edit is looked at once
        probe_document(prober, asked, parse_probes(["grey", "hue"]))
    assert prober.grounder.num_encodes == 3


def test_a_model_that_cannot_imagine_is_shown_an_edited_scene(make_prober):
    rows = rows_of(make_prober(0.0, rearranges=False), ["mirror", "drop-frame", "exchange-places"])
    assert rows["mirror"]["outcome"] in ("stayed", "moved")
    assert rows["drop-frame"]["outcome"] == "stayed"
    assert "nothing can stand elsewhere" in rows["exchange-places"]


def test_imagining_a_mirrored_room_is_looking_at_one(make_prober):
    imagined = rows_of(make_prober(0.0), ["mirror"])["mirror"]
    looked = rows_of(make_prober(0.0, rearranges=False), ["mirror"])["mirror"]
    assert imagined["proposal"] == looked["proposal"]
    assert imagined["box"] == looked["box"]
    assert imagined["log_p"] == pytest.approx(looked["log_p"], abs=1e-4)


def test_the_change_of_overlap_is_with_the_target(make_prober):
    prober = make_prober(0.0)
    chosen = prober.ask(TEXT, ("fused",)).result["fused"].best.object_id
    right = rows_of(prober, ["swap-relation", "synonym"], target_id=chosen)
    assert right["swap-relation"]["delta_iou"] < -0.3
    assert right["synonym"]["delta_iou"] == 0
    assert rows_of(prober, ["synonym"])["synonym"]["delta_iou"] is None


def test_the_smallest_edit_is_a_case_file(make_prober):
    prober = make_prober(0.0)
    document = flip_document(prober, prober.ask(TEXT, ("fused",)))
    assert document["format"] == "whatwhere-case/1"
    assert document["flip"]["kind"] != "word"  # it knows no words but "farthest"
    before, after = document["before"], document["flip"]["after"]
    assert before["object_id"] != after["object_id"]
    assert document["tried"] > 2


def test_evidence_is_what_a_frame_adds(make_prober):
    prober = make_prober(0.5)
    found = evidence_document(prober, prober.ask(TEXT, ("fused",)))
    assert {row["name"] for row in found["frames"]} == set(prober.encoding.frames)
    gains = [row["gain"] for row in found["frames"]]
    assert gains == sorted(gains, reverse=True)


def test_probing_can_be_stopped(make_prober):
    prober = make_prober(0.0)
    asked = prober.ask(TEXT, ("fused",))
    told = []

    def progress(done, total, what):
        told.append((done, total))

    with pytest.raises(Cancelled):
        probe_document(
            prober, asked, PROBES, progress=progress, is_cancelled=lambda: len(told) == 2
        )
    assert told == [(0, len(PROBES)), (1, len(PROBES))]
    with pytest.raises(Cancelled):
        flip_document(prober, asked, is_cancelled=lambda: True)


def test_stored_answers_are_not_probed(make_prober):
    with pytest.raises(NotSupportedError, match="stored answers"):
        make_prober(0.0, thinks=False)
