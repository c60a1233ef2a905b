import json
import pickle

import numpy as np
import pytest

from whatwhere.errors import BrokenFileError, ExpressionError, MissingFileError, ModelError
from whatwhere.geometry.boxes import Box
from whatwhere.language.expressions import Expression
from whatwhere.models.adding import import_predictions, verify
from whatwhere.models.catalogue import entries, find_model, models_folder, remove
from whatwhere.models.prediction_files import read_predictions, read_sentences
from whatwhere.models.prediction_lines import write_lines
from whatwhere.models.stored import StoredGrounder
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.proposals import annotation_proposals
from whatwhere.serving.encoded_scenes import user_proposals

ROW = [1.0, 2.0, 0.5, 1.0, 1.0, 1.0]
FAR = [9.0, 9.0, 9.0, 1.0, 1.0, 1.0]
GOOD = {
    "scene_id": "tiny0000_00",
    "text": "the  chair",
    "modality": "fused",
    "boxes": [ROW, FAR],
    "scores": [-1.5, -0.25],
}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("WHATWHERE_HOME", str(tmp_path / "home"))


@pytest.fixture
def scene(tmp_path, write_scan):
    return open_scene(write_scan(tmp_path / "scans"))


@pytest.fixture
def file_of(tmp_path):
    """Writes a file: JSON lines of these values, or this text."""

    def write(*values, name="answers.jsonl"):
        path = tmp_path / name
        lines = [value if isinstance(value, str) else json.dumps(value) for value in values]
        path.write_text("\n".join(lines) + "\n")
        return path

    return write


def corners(row):
    return Box.from_row(row).corners().tolist()


def imported(path, **options):
    entry, _ = import_predictions(path, name="theirs", **options)
    return StoredGrounder(entry)


def test_stored_answers_come_back_ranked_in_the_modalities_they_have(file_of, scene):
    chair = annotation_proposals(scene)[0]
    own = chair.box.as_row().tolist()
    flat = {**GOOD, "modality": "2d", "boxes": [own, ROW], "scores": [-0.1, -3.0]}
    grounder = imported(file_of(GOOD, "", flat))
    assert grounder.capabilities.modalities == ("fused", "2d")
    encoding = grounder.encode(scene)
    result = grounder.ground(encoding, " the chair ", ("fused", "2d", "3d"))
    assert list(result.groundings) == ["fused", "2d"]
    fused, appearance = result["fused"], result["2d"]
    assert [item.box.center for item in fused.candidates] == [(9.0, 9.0, 9.0), (1.0, 2.0, 0.5)]
    assert np.exp([item.score for item in fused.candidates]).sum() == pytest.approx(1)
    assert fused.candidates[0].score - fused.candidates[1].score == pytest.approx(1.25)
    assert fused.best.label is None
    # A box is named after the annotated object beneath it, and has one number in all modalities.
    assert (appearance.best.object_id, appearance.best.label) == (chair.object_id, chair.label)
    assert appearance.candidates[1].proposal == fused.candidates[1].proposal
    assert result.warnings == ()


def test_a_sentence_without_an_answer_says_so(file_of, scene):
    grounder = imported(file_of(GOOD, {**GOOD, "text": "the door", "boxes": [], "scores": []}))
    encoding = grounder.encode(scene)
    with pytest.raises(ExpressionError, match=r'theirs has no answer to "the lamp".*one of the 2'):
        grounder.ground(encoding, "the lamp")
    with pytest.raises(ExpressionError, match='theirs has answered "the chair" in fused only'):
        grounder.ground(encoding, "the chair", ("3d",))
    with pytest.raises(ExpressionError, match='theirs says that "the door" means nothing'):
        grounder.ground(encoding, "the door")
    with pytest.raises(ExpressionError, match="sentence is empty"):
        grounder.ground(encoding, " ")


def test_a_scene_without_answers_says_so(file_of, scene):
    grounder = imported(file_of({**GOOD, "scene_id": "scene0000_00"}))
    with pytest.raises(ExpressionError, match="has none in this scene"):
        grounder.ground(grounder.encode(scene), "the chair")


def test_drawn_boxes_are_said_to_change_nothing(file_of, scene):
    grounder = imported(file_of(GOOD))
    encoding = grounder.encode(scene, user_proposals([ROW], ["R1"]))
    (said,) = grounder.ground(encoding, "the chair").warnings
    assert "boxes you drew" in said


def test_boxes_without_scores_keep_their_order(file_of, scene):
    unscored = {key: value for key, value in GOOD.items() if key != "scores"}
    result = (g := imported(file_of(unscored))).ground(g.encode(scene), "the chair")
    assert result["fused"].best.box == Box.from_row(ROW)
    assert "gave no scores" in result.warnings[0]


def test_ours_go_out_and_come_back_the_same(file_of, scene, tmp_path):
    grounder = imported(file_of(GOOD))
    first = grounder.ground(grounder.encode(scene), "the chair")
    lines = read_predictions(file_of(GOOD)).lines
    assert write_lines(tmp_path / "again.jsonl", lines) == 1
    remove("theirs")
    again = imported(tmp_path / "again.jsonl")
    second = again.ground(again.encode(scene), "the chair")
    assert second["fused"].candidates == first["fused"].candidates


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("{not json", "line 2: it is not valid JSON"),
        ("[1, 2]", "line 2: it is not an object with keys"),
        ({**GOOD, "text": "b", "modality": "smell"}, "line 2: its modality is 'smell'"),
        ({**GOOD, "text": "b", "modality": None}, "line 2: its modality is None"),
        ({**GOOD, "text": "b", "scores": [0.0]}, "line 2: there are 2 boxes and 1 scores"),
        ({**GOOD, "text": "b", "scores": ["a", "b"]}, "line 2: a score is 'a'"),
        ({**GOOD, "text": "b", "scores": [float("nan"), 0]}, "line 2: a score is nan"),
        ({**GOOD, "text": "b", "boxes": [ROW[:5], FAR]}, "line 2: a box is .*, not cx, cy, cz"),
        ({**GOOD, "text": "b", "boxes": [[*ROW[:5], -1.0], FAR]}, "line 2: .*not positive"),
        ({**GOOD, "text": "b", "boxes": "none"}, "line 2: its boxes are not a list"),
        ({**GOOD, "text": "b", "box": []}, 'line 2: it has the unknown key "box"'),
        ({**GOOD, "text": ""}, "line 2: it has neither text nor ann_id"),
        ({**GOOD, "text": "b", "scene_id": 7}, "line 2: it has no scene_id"),
        ({**GOOD, "text": "b", "object_id": "x"}, "line 2: its object_id is no whole number"),
        (GOOD, "line 2: line 1 has answered this sentence in fused already"),
        ({**GOOD, "text": "", "ann_id": "3"}, "line 2: it has the ann_id 3 and no text"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_imported(file_of, broken, said):
    path = file_of(GOOD, broken)
    with pytest.raises(BrokenFileError, match=said) as refused:
        import_predictions(path, name="theirs")
    assert refused.value.path == path
    assert find_model("default").kind == "shipped"
    assert "theirs" not in [entry.name for entry in entries()[0]]
    assert not models_folder().exists() or list(models_folder().iterdir()) == []


def test_what_is_no_file_of_predictions_is_refused(file_of, tmp_path):
    with pytest.raises(MissingFileError, match="Predictions not found"):
        import_predictions(tmp_path / "gone.jsonl", name="theirs")
    with pytest.raises(BrokenFileError, match="holds no predictions"):
        import_predictions(file_of(""), name="theirs")
    pickled = tmp_path / "answers.json"
    pickled.write_bytes(pickle.dumps([GOOD]))
    with pytest.raises(BrokenFileError, match="a pickle or an archive, which is never opened"):
        import_predictions(pickled, name="theirs")
    with pytest.raises(BrokenFileError, match="has neither"):
        import_predictions(file_of([{"boxes": 1}], name="a.json"), name="theirs")


def test_a_name_is_taken_once(file_of):
    import_predictions(file_of(GOOD), name="theirs")
    with pytest.raises(ModelError, match='there is a model "theirs" already'):
        import_predictions(file_of(GOOD), name="theirs")


def test_a_table_that_was_changed_is_noticed(file_of):
    entry, _ = import_predictions(file_of(GOOD), name="theirs")
    assert verify(entry)[0] == "Sentences: 1, scenes: 1, modalities: fused."
    table = entry.folder / "predictions.jsonl"
    table.write_text(table.read_text().replace("9.0", "8.0"))
    with pytest.raises(BrokenFileError, match="SHA-256 has changed"):
        verify(entry)


SUBMISSION = [
    {
        "scene_id": "tiny0000_00",
        "object_id": "1",
        "ann_id": "0",
        "bbox": corners(ROW),
        "unique_multiple": 1,
        "others": 0,
    },
    {"scene_id": "tiny0000_00", "object_id": 5, "ann_id": 0, "bbox": corners(FAR)},
]
SENTENCES = [
    Expression("tiny0000_00", "the first chair", target_id=1, ann_id="0"),
    Expression("tiny0000_00", "the second chair", target_id=5, ann_id="0"),
]


def test_a_scanrefer_submission_is_taken_with_its_sentences(file_of, scene):
    path = file_of(SUBMISSION, name="pred.json")
    grounder = imported(path, expressions=SENTENCES)
    encoding = grounder.encode(scene)
    for text, row in (("the first chair", ROW), ("the second chair", FAR)):
        (candidate,) = grounder.ground(encoding, text)["fused"].candidates
        assert candidate.box.center == pytest.approx(row[:3])
        assert candidate.box.size == pytest.approx(row[3:])
        assert candidate.score == 0
    assert read_predictions(path, expressions=SENTENCES).form == "ScanRefer submission"


def test_a_submission_says_what_the_model_saw_when_it_is_told(file_of):
    path = file_of(SUBMISSION, name="pred.json")
    grounder = imported(path, expressions=SENTENCES, modality="3d")
    assert grounder.capabilities.modalities == ("3d",)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"ann_id": "9"}, "row 1: ann_id 9 of object 1 of tiny0000_00 is not among the sentences"),
        ({"ann_id": None}, "row 1: it has no ann_id"),
        ({"bbox": corners(ROW)[:7]}, "row 1: its bbox is not 8 corners"),
        ({"bbox": [[float("nan")] * 3] * 8}, "row 1: its bbox is not 8 corners"),
        ({"bbox": "box"}, "row 1: its bbox is not 8 corners"),
        ({"bbox": [[0.0, 0.0, 0.0]] * 8}, "row 1: .*not positive"),
        ({"object_id": None}, "row 1: its object_id is no whole number"),
    ],
)
def test_a_wrong_row_of_a_submission_is_named(file_of, change, said):
    path = file_of([{**SUBMISSION[0], **change}], name="pred.json")
    with pytest.raises(BrokenFileError, match=said):
        read_predictions(path, expressions=SENTENCES)
    with pytest.raises(BrokenFileError, match="row 1"):
        read_predictions(path)


def test_one_sentence_written_for_two_objects_keeps_its_first_answer(file_of):
    same = [Expression("tiny0000_00", "a chair", target_id=i, ann_id="0") for i in (1, 5)]
    found = read_predictions(file_of(SUBMISSION, name="pred.json"), expressions=same)
    assert (len(found.lines), found.num_shared) == (1, 1)
    assert found.lines[0].object_id == 1


def test_vigil3d_predictions_carry_their_sentences(file_of, scene):
    rows = [
        {
            "prompt_id": "d15e427f-5ba2",
            "scene_id": "tiny0000_00",
            "prompt": "both chairs",
            "predicted_boxes": [[ROW[:3], ROW[3:]], [FAR[:3], FAR[3:]]],
        }
    ]
    grounder = imported(file_of(rows, name="vigil.json"))
    result = grounder.ground(grounder.encode(scene), "both chairs")
    assert [item.box for item in result["fused"].candidates] == [
        Box.from_row(ROW),
        Box.from_row(FAR),
    ]
    rows[0]["predicted_boxes"] = [[ROW[:3]]]
    with pytest.raises(BrokenFileError, match="row 1: a box is"):
        read_predictions(file_of(rows, name="vigil.json"))


def test_vigil3d_boxes_by_annotation_are_taken_with_its_table(file_of, tmp_path):
    table = tmp_path / "vigil3d_scannet.csv"
    table.write_text(
        "prompt_id,scene_id,object_id,description\n"
        'd15e-4a84,tiny0000_00,3,"the chair, not the wall"\n'
    )
    low, high = [0.5, 1.5, 0.0], [1.5, 2.5, 1.0]
    boxes = {"tiny0000_00_d15e-4a84": [[low, high]]}
    path = file_of(json.dumps(boxes, indent=1), name="boxes.json")
    (line,) = read_predictions(path, expressions=read_sentences(table)).lines
    assert (line.scene_id, line.text) == ("tiny0000_00", "the chair, not the wall")
    assert line.boxes == (Box.from_row(ROW),)
    boxes["scene"] = [[low, high]]
    with pytest.raises(BrokenFileError, match='entry 2: "scene" is not <scene id>'):
        read_predictions(file_of(boxes, name="boxes.json"), expressions=read_sentences(table))
    with pytest.raises(BrokenFileError, match="a box is not two corners"):
        read_predictions(
            file_of({"tiny0000_00_d15e-4a84": [[low]]}, name="boxes.json"),
            expressions=read_sentences(table),
        )
