import json
import threading
from dataclasses import replace

import numpy as np
import pytest

from whatwhere.errors import BrokenFileError, MissingFileError, RefusedPathError, WhatWhereError
from whatwhere.evaluation.cases.facts import DiagnosisFacts
from whatwhere.evaluation.cases.made import made_cases
from whatwhere.evaluation.cases.named_arrays import arrays_of
from whatwhere.evaluation.cases.store import FACTS, TEXTS, list_cases, open_cases, write_cases

NUM_CASES = 400


@pytest.fixture(scope="module")
def made():
    return made_cases(NUM_CASES, seed=3)


@pytest.fixture
def folder(tmp_path, made):
    write_cases(tmp_path / "cases", made.facts, made.columns, made.texts)
    return tmp_path / "cases"


def columns_folder(folder):
    (found,) = folder.glob("columns-*")
    return found


def test_what_is_written_is_read(folder, made):
    stored = open_cases(folder)
    assert stored.facts == made.facts
    assert len(stored.columns) == NUM_CASES
    expected, found = arrays_of(made.columns), arrays_of(stored.columns)
    assert found.keys() == expected.keys()
    assert "modality.2d.confidence" in found
    assert "twin.appearance.placebo.fused" in found
    for name, array in expected.items():
        assert found[name].dtype == array.dtype, name
        np.testing.assert_array_equal(found[name], array, err_msg=name)
    assert stored.columns.labels == made.columns.labels
    assert stored.texts([7, 0]) == [made.texts[7], made.texts[0]]


def test_nobody_can_write_into_cases(folder):
    with pytest.raises(ValueError, match="read-only"):
        open_cases(folder).columns.rows[0] = 5


def test_columns_are_mapped_not_read(tmp_path):
    made = made_cases(30_000)
    write_cases(tmp_path / "large", made.facts, made.columns, made.texts)
    assert isinstance(open_cases(tmp_path / "large").columns.rows, np.memmap)


def test_words_are_found_in_the_cases_of_a_part(tmp_path, made):
    """A diagnosis that goes on has the sentences of the whole split and a part of its cases."""
    rows = np.arange(NUM_CASES - 1, -1, -2, dtype=np.int32)
    part = replace(made_cases(len(rows)).columns, rows=rows)
    write_cases(tmp_path / "part", made.facts, part, made.texts)
    stored = open_cases(tmp_path / "part")
    found = stored.find('"lamp near')
    expected = [n for n, row in enumerate(rows) if "lamp near" in made.texts[row]]
    assert found.tolist() == expected
    assert expected
    assert stored.texts(found) == [made.texts[rows[n]] for n in expected]


def test_no_case_at_all(tmp_path):
    made = made_cases(0)
    write_cases(tmp_path / "none", made.facts, made.columns, ())
    stored = open_cases(tmp_path / "none")
    assert len(stored.columns) == 0
    assert stored.find("chair").tolist() == []
    assert stored.texts([]) == []


def test_what_was_opened_stays_when_the_diagnosis_goes_on(folder, made):
    before = open_cases(folder)
    more = made_cases(NUM_CASES + 30, seed=4)
    write_cases(folder, replace(more.facts, is_complete=False), more.columns, more.texts)
    assert len(before.columns) == NUM_CASES
    np.testing.assert_array_equal(before.columns.target_ids, made.columns.target_ids)
    after = open_cases(folder)
    assert len(after.columns) == NUM_CASES + 30
    assert not after.facts.is_complete
    assert len(list(folder.glob("columns-*"))) == 1


def test_a_reader_sees_the_cases_of_one_moment_while_they_are_written(folder, made):
    sizes = (NUM_CASES, NUM_CASES - 60)
    both = [made, made_cases(sizes[1], seed=5)]
    faults = []
    is_over = threading.Event()

    def write():
        try:
            for number in range(10):
                item = both[number % 2]
                write_cases(folder, item.facts, item.columns, made.texts)
        except WhatWhereError as error:
            faults.append(error)
        finally:
            is_over.set()

    writer = threading.Thread(target=write)
    writer.start()
    num_opened = 0
    while not is_over.is_set() or not num_opened:
        stored = open_cases(folder)
        assert {len(array) for name, array in arrays_of(stored.columns).items() if "." not in name}
        assert len(stored.columns.visibility) == len(stored.columns) in sizes
        num_opened += 1
    writer.join()
    assert faults == []


def test_what_a_crash_left_behind_is_in_nobodys_way(folder, made):
    half = folder / ".columns-000002"
    half.mkdir()
    (half / "rows.npy").write_bytes(b"half")
    (folder / ".facts.json.1.tmp").write_text("{")
    assert len(open_cases(folder).columns) == NUM_CASES
    write_cases(folder, made.facts, made.columns, made.texts)
    assert len(open_cases(folder).columns) == NUM_CASES


def change(folder, **changed):
    path = folder / FACTS
    path.write_text(json.dumps(json.loads(path.read_text()) | changed))


def rewrite(folder, name, array):
    np.save(columns_folder(folder) / f"{name}.npy", array)


BROKEN = {
    "is not valid JSON": lambda folder: (folder / FACTS).write_text("{"),
    "not the header of a diagnosis: it is of form 9": lambda folder: change(folder, form=9),
    "not the header of a diagnosis: columns is missing": lambda folder: (folder / FACTS).write_text(
        '{"form": 1}'
    ),
    "it names no folder of columns": lambda folder: change(folder, columns="../cases"),
    "header of a diagnosis: model is missing": lambda folder: change(folder, facts={"name": "x"}),
    "names are not a list of words": lambda folder: change(folder, modalities=[1]),
    "modality.blind.chosen is missing": lambda folder: change(folder, modalities=["blind"]),
    "rows has the shape": lambda folder: rewrite(folder, "rows", np.zeros(3, np.int32)),
    "rows holds int64, not int32": lambda folder: rewrite(
        folder, "rows", np.zeros(NUM_CASES, np.int64)
    ),
    "label_codes counts beyond its 8 names": lambda folder: rewrite(
        folder, "label_codes", np.full(NUM_CASES, 8, np.int32)
    ),
    "twin.appearance.pair has the shape": lambda folder: rewrite(
        folder, "twin.appearance.pair", np.zeros((1, 2), np.int32)
    ),
    "has_relation has the shape": lambda folder: rewrite(
        folder, "has_relation", np.zeros((NUM_CASES, 2), bool)
    ),
    "the cases are broken": lambda folder: (columns_folder(folder) / "scenes.npy").write_bytes(
        b"\x93NUMPY\x01\x00v\x00"
    ),
    "Object arrays cannot be loaded": lambda folder: np.save(
        columns_folder(folder) / "excluded.npy", np.array([{}]), allow_pickle=True
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_folder_is_told_by_its_fault(folder, fault):
    BROKEN[fault](folder)
    with pytest.raises(BrokenFileError, match=fault) as caught:
        open_cases(folder)
    assert str(folder) in str(caught.value)
    assert "Diagnose the model again" in str(caught.value)


def test_columns_that_are_gone_are_told(folder):
    columns_folder(folder).rename(folder / "elsewhere")
    with pytest.raises(BrokenFileError, match="rows is missing"):
        open_cases(folder)


def test_sentences_that_are_gone_are_told(folder):
    stored = open_cases(folder)
    (folder / TEXTS).write_bytes(b"no database at all, but long enough to look at" * 50)
    with pytest.raises(BrokenFileError, match="the sentences cannot be read"):
        stored.find("chair")
    (folder / TEXTS).unlink()
    with pytest.raises(BrokenFileError, match="the sentences cannot be read"):
        stored.texts([0])


def test_a_folder_without_a_diagnosis(tmp_path):
    with pytest.raises(MissingFileError, match="A diagnosis not found"):
        open_cases(tmp_path)


def test_a_folder_that_cannot_be_made(tmp_path, made):
    (tmp_path / "file").write_text("")
    with pytest.raises(RefusedPathError):
        write_cases(tmp_path / "file" / "cases", made.facts, made.columns, made.texts)


def test_a_row_without_a_sentence_is_told(tmp_path, made):
    write_cases(tmp_path / "cases", made.facts, made.columns, made.texts[:-1])
    with pytest.raises(BrokenFileError, match=f"sentence {NUM_CASES - 1} is missing"):
        open_cases(tmp_path / "cases").texts([NUM_CASES - 1])


def test_diagnoses_are_listed_the_newest_first_and_broken_ones_last(tmp_path, made):
    for name, created in (("old", "2026-01-01"), ("new", "2026-03-01"), ("odd", "2026-02-01")):
        facts = replace(made.facts, name=name, created=created)
        write_cases(tmp_path / name, facts, made.columns, made.texts)
    (tmp_path / "odd" / FACTS).write_text("[]")
    (tmp_path / "not one").mkdir()
    listed = list_cases(tmp_path)
    assert [item.folder.name for item in listed] == ["new", "old", "odd"]
    assert [item.num_cases for item in listed] == [NUM_CASES, NUM_CASES, 0]
    assert listed[0].fault == ""
    assert "not the header of a diagnosis" in listed[2].fault
    assert list_cases(tmp_path / "nowhere") == ()


def test_facts_survive_json_and_pass_over_what_is_newer(made):
    facts = replace(made.facts, not_asked={"the scan is not here": 3}, notes=("one.",), step=7)
    document = json.loads(json.dumps(facts.as_json())) | {"colour": "green"}
    assert DiagnosisFacts.from_json(document) == facts
    for name, wrong in (("step", "7"), ("not_asked", {"x": "y"}), ("modalities", "fused")):
        with pytest.raises(ValueError, match=name):
            DiagnosisFacts.from_json(document | {name: wrong})
