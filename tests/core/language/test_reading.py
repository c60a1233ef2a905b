import json

import numpy as np
import pytest
from mutating import broken_bytes, broken_values

from whatwhere.errors import BrokenFileError, MissingFileError, WhatWhereError
from whatwhere.geometry.poses import rotation_z
from whatwhere.language.beside import find_expressions
from whatwhere.language.reading import read_sentences
from whatwhere.language.situations import Question
from whatwhere.language.tags import tags_of
from whatwhere.language.viewpoints import read_viewpoints

QUESTIONS_NAME = "v1_balanced_questions_val_scannetv2.json"
ANNOTATIONS_NAME = "v1_balanced_sqa_annotations_val_scannetv2.json"

FORMS = {
    "scanrefer.json": "ScanRefer",
    "nr3d.csv": "ReferIt3D",
    "sr3d.csv": "ReferIt3D",
    "scanents3d.json": "ScanEnts3D",
    "scanents3d.csv": "ScanEnts3D",
    "scanqa.json": "ScanQA",
    QUESTIONS_NAME: "SQA3D",
    ANNOTATIONS_NAME: "SQA3D",
}


@pytest.mark.parametrize("name", FORMS)
def test_every_form_is_told_by_what_is_in_it(language_folder, name):
    file = read_sentences(language_folder / name)
    assert file.form == FORMS[name]
    assert file.expressions
    assert file.problems == ()


def test_a_viewpoint_is_carried_into_the_aligned_frame(language_folder):
    viewpoint = read_sentences(language_folder / "scanrefer.json").expressions[3].viewpoint
    aligned = rotation_z(np.pi / 2)
    aligned[:3, 3] = [10, 0, 0]
    position, look_at = viewpoint.aligned(aligned)
    assert position == pytest.approx([8, 1, 1.5])
    assert look_at == pytest.approx([10, 3, 0.5])


def test_nr3d_says_how_many_lookalikes_there_are(language_folder):
    left, leftover = read_sentences(language_folder / "nr3d.csv").expressions
    assert (left.target_id, left.target_label, left.num_lookalikes) == (4, "coffee table", 2)
    assert left.tokens[-1] == "desk's"
    assert tags_of(left).is_view_dependent
    assert tags_of(left).is_hard is False
    assert tags_of(left).relations == ("left",)
    assert leftover.num_lookalikes == 5
    assert tags_of(leftover).is_hard
    assert not tags_of(leftover).is_view_dependent
    assert not tags_of(leftover).is_spatial


def test_sr3d_names_anchors_and_the_kind_of_relation(language_folder):
    (window,) = read_sentences(language_folder / "sr3d.csv").expressions
    assert (window.target_id, window.anchor_ids, window.skill) == (42, (85,), "farthest")


@pytest.mark.parametrize(
    ("stimulus", "said"),
    [
        ("scene0645_00-window-3-42-55", "counts 3 objects and lists 2"),
        ("scene0645_00-window-2-41-55", "about object 42"),
        ("scene0645_01-window-2-42-55", "about object 42"),
        ("scene0645_00-window", "not scene-label-count-target"),
        ("scene0645_00-window-x-42", "not a whole number"),
    ],
)
def test_a_stimulus_that_does_not_fit_its_row_is_named(language_folder, stimulus, said):
    path = language_folder / "sr3d.csv"
    path.write_text(path.read_text().replace("scene0645_00-window-2-42-55", stimulus))
    (problem,) = read_sentences(path).problems
    assert problem.startswith("Row 1 of sr3d.csv was dropped")
    assert said in problem


@pytest.mark.parametrize("name", ["scanents3d.json", "scanents3d.csv"])
def test_phrases_name_objects(language_folder, name):
    (expression,) = read_sentences(language_folder / name).expressions
    first, second = expression.phrases
    assert first.object_ids == (expression.target_id,)
    assert expression.anchor_ids == second.object_ids
    assert second.label in ("white board", "desk")
    assert all(place < len(expression.tokens) for place in second.token_indices)


def test_questions_carry_their_answers(language_folder):
    asked, hidden = read_sentences(language_folder / "scanqa.json").expressions
    assert isinstance(asked, Question)
    assert asked.answers == ("dark brown", "brown")
    assert asked.object_ids == (4, 5)
    assert hidden.answers == ()


def test_a_situation_is_carried_into_the_aligned_frame(language_folder):
    (question,) = read_sentences(language_folder / QUESTIONS_NAME).expressions
    assert question.answers == ("right",)
    # Half a turn about z: who faced -x now faces +x, and a quarter turn of the scan makes that +y.
    place, facing = question.situation.aligned(np.array([2.0, 0, 0]), rotation_z(np.pi / 2))
    assert place == pytest.approx([-3, 0.5, 0])
    assert facing == pytest.approx([0, 1, 0], abs=1e-12)


def test_both_files_of_sqa3d_are_needed(language_folder):
    (language_folder / ANNOTATIONS_NAME).unlink()
    with pytest.raises(MissingFileError, match="questions and annotations into one folder"):
        read_sentences(language_folder / QUESTIONS_NAME)


def test_what_is_no_file_of_sentences_is_refused(tmp_path):
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    with pytest.raises(BrokenFileError, match="no column scan_id"):
        read_sentences(tmp_path / "a.csv")
    (tmp_path / "b.json").write_text('{"a": 1}')
    with pytest.raises(BrokenFileError, match="does not tell where the other"):
        read_sentences(tmp_path / "b.json")
    (tmp_path / "c.json").write_bytes(b"\x80\x04abc")
    with pytest.raises(BrokenFileError, match="never opened"):
        read_sentences(tmp_path / "c.json")
    with pytest.raises(MissingFileError):
        read_sentences(tmp_path / "d.json")


@pytest.mark.parametrize("name", FORMS)
def test_a_damaged_file_is_refused_or_read_in_part(language_folder, name):
    """Three hundred damaged files of each form: a sentence, or rows and what became of the rest."""
    path = language_folder / name
    good = path.read_bytes()
    for data in broken_bytes(good):
        path.write_bytes(data)
        _read_or_refused(path)


@pytest.mark.parametrize("name", [name for name in FORMS if name.endswith(".json")])
def test_wrong_values_are_refused_or_explained(language_folder, name):
    path = language_folder / name
    for document in broken_values(json.loads(path.read_bytes())):
        path.write_text(json.dumps(document))
        file = _read_or_refused(path)
        if file is not None and isinstance(document, list):
            assert len(file.expressions) + len(file.problems) == len(document)


def _read_or_refused(path):
    try:
        file = read_sentences(path)
    except WhatWhereError as error:
        refused = error
        file = None
    if file is None:
        assert refused.path is not None
        return None
    for item in file.expressions:
        assert item.scene_id
        assert any(letter.isalnum() for letter in item.text)
    return file


REAL = {
    "referit3d/nr3d_test_sampled1000.csv": 1000,
    "referit3d/sr3d_test_sampled1000.csv": 1000,
    "scanqa/ScanQA_v1.0_val_first1500.json": 1500,
    "scanents3d/locate3d_val_scannet_first500.json": 500,
    "sqa3d/v1_balanced_questions_val_scannetv2.json": 3261,
}


@pytest.mark.parametrize(("name", "count"), REAL.items())
def test_the_real_files_are_read_whole(realdata, name, count):
    file = read_sentences(realdata / "language" / name)
    assert (len(file.expressions), file.problems) == (count, ())


def test_damaged_viewpoints_are_refused_or_explained(language_folder):
    path = language_folder / "scene0000_00.anns.json"
    rows = json.loads((language_folder / "scanrefer.json").read_text())
    path.write_text(json.dumps(rows))
    assert len(read_viewpoints(path)[0]) == len(rows)
    contents = [json.dumps(document).encode() for document in broken_values(rows)]
    contents += broken_bytes(path.read_bytes())
    for data in contents:
        path.write_bytes(data)
        try:
            found, problems = read_viewpoints(path)
        except BrokenFileError:
            continue
        assert all(isinstance(problem, str) for problem in problems)
        for viewpoint in found.values():
            assert np.isfinite(viewpoint.aligned(np.eye(4))).all()


def test_viewpoints_beside_a_scan_join_their_sentences(language_folder):
    rows = json.loads((language_folder / "scanrefer.json").read_text())
    bare = [{key: value for key, value in row.items() if key != "camera"} for row in rows]
    (language_folder / "ScanRefer_val.json").write_text(json.dumps(bare))
    (language_folder / "cameras").mkdir()
    (language_folder / "cameras" / "scene0000_00.anns.json").write_text(json.dumps(rows[:2]))
    found, problems = find_expressions("scene0000_00", language_folder)
    assert problems == ()
    assert [item.viewpoint is not None for item in found] == [True, True, False, False]
    assert found[1].viewpoint.look_at_in_mesh_m == (1.0, 0.0, 0.5)
