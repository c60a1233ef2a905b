"""Cases as files: there and back without a difference, and broken files refused by name."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.core.annotations.made_cases import made_case

from whatwhere.annotations.case_annotations import CaseAnnotations
from whatwhere.annotations.default_tags import DEFAULT_TAGS, GROUND_TRUTH_WRONG
from whatwhere.annotations.edits import (
    mark_seen,
    put_box,
    put_region,
    set_note,
    set_tags,
    settle,
    toggle_tag,
)
from whatwhere.annotations.exchange.files import FORMS, form_of
from whatwhere.annotations.exchange.records import read_cases, read_store
from whatwhere.annotations.exchange.taking_in import look_into, take_in
from whatwhere.annotations.queries import CaseQuery, count_by_tag
from whatwhere.annotations.store import AnnotationStore, open_store
from whatwhere.annotations.tag_edits import rename_tag
from whatwhere.annotations.values import CaseBox, FrameRegion, Tag, now
from whatwhere.errors import BrokenFileError, ConfigError, MissingFileError, WhatWhereError

ME = "ada"
ROUND = [name for name, form in FORMS.items() if form.read is not None]


@pytest.fixture
def filled(store: AnnotationStore) -> AnnotationStore:
    """Four cases with everything that can be said of cases."""
    said = CaseAnnotations()
    store.apply(set_tags(store.tags(), [*DEFAULT_TAGS, Tag("own", '=my, own;\n"tag"')], ME))
    for row in range(4):
        case = made_case(row)
        store.apply(toggle_tag(said, case.case_id, ME, DEFAULT_TAGS[row]), [case])
        store.apply(set_note(said, case.case_id, "Zoë", f'naïve; "椅子",\r\n=1+{row}'))
    case_id = made_case(1).case_id
    own = next(tag for tag in store.tags() if tag.tag_id == "own")
    store.apply(toggle_tag(said, case_id, "Zoë", own))
    store.apply(mark_seen(said, case_id, ME))
    place = (0.1, 1 / 3, 2e-9)
    box = CaseBox("d" * 32, case_id, ME, "mended", place, (1.0, 2.0, 3.0), 0.1, "drawn", now())
    store.apply(put_box(said, box))
    outline = ((1.5, 2.0), (30.0, 2.0), (9.0, 40.25))
    lifted = (1.0, 2.0, 3.0, 0.5, 0.5, 0.25)
    store.apply(put_region(said, FrameRegion("e" * 32, case_id, ME, "12", outline, lifted, now())))
    wrong = next(tag for tag in DEFAULT_TAGS if tag.tag_id == GROUND_TRUTH_WRONG)
    store.apply(toggle_tag(said, made_case(2).case_id, ME, wrong))
    store.apply(settle(said, case_id, "Zoë", own, holds=False))
    return store


def path_of(folder: Path, name: str) -> Path:
    return folder / f"cases{FORMS[name].suffix}"


@pytest.mark.parametrize("name", ROUND)
def test_there_and_back_differs_in_nothing(
    filled: AnnotationStore, tmp_path: Path, name: str
) -> None:
    path = path_of(tmp_path, name)
    exchanged = read_store(filled, CaseQuery(), page=3)
    FORMS[name].write(path, exchanged)
    assert form_of(path).name == name
    other = open_store(tmp_path / "other.db")
    taken = take_in(other, path, "ben")
    assert (taken.num_cases, taken.num_known, taken.num_kept) == (4, 0, 0)
    assert read_store(other, CaseQuery()).records == exchanged.records
    again = take_in(other, path, "ben")
    assert (again.num_new, again.num_known) == (0, taken.num_new)
    if name != "csv":  # which carries no set of tags
        assert other.tags() == filled.tags()
    other.undo("ben")
    assert count_by_tag(other) == {}
    other.close()


def test_a_set_of_tags_that_somebody_made_grows_and_keeps_its_keys(
    filled: AnnotationStore, tmp_path: Path
) -> None:
    path = path_of(tmp_path, "jsonl")
    FORMS["jsonl"].write(path, read_store(filled, CaseQuery()))
    other = open_store(tmp_path / "other.db")
    other.apply(rename_tag(other.tags(), "unsure", "no idea", "ben"))
    take_in(other, path, "ben")
    found = {tag.tag_id: tag for tag in other.tags()}
    assert found["unsure"].caption == "no idea"
    assert (found["own"].caption, found["own"].digit) == ('=my, own;\n"tag"', None)
    assert other.tags()[-1] == found["own"]
    other.close()


def test_a_file_of_an_earlier_program_says_nothing_of_what_was_settled(
    filled: AnnotationStore, tmp_path: Path
) -> None:
    path = path_of(tmp_path, "jsonl")
    FORMS["jsonl"].write(path, read_store(filled, CaseQuery()))
    head, *lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for tag in head["tags"]:
        del tag["color"], tag["place"]
    for line in lines:
        del line["settlements"]
    path.write_text("\n".join(json.dumps(line) for line in (head, *lines)), encoding="utf-8")
    other = open_store(tmp_path / "other.db")
    assert take_in(other, path, "ben").num_cases == 4
    assert other.tags() == filled.tags()
    other.close()


def test_what_the_store_says_stays(filled: AnnotationStore, tmp_path: Path) -> None:
    path = path_of(tmp_path, "jsonl")
    FORMS["jsonl"].write(path, read_store(filled, CaseQuery()))
    case_id = made_case(0).case_id
    said = filled.annotations_of([case_id])[case_id]
    filled.apply(set_note(said, case_id, "Zoë", "newer"))
    assert take_in(filled, path, "ben").num_kept == 1
    note = filled.annotations_of([case_id])[case_id].note_of("Zoë")
    assert note is not None
    assert note.text == "newer"


def test_a_look_says_what_an_import_does_and_does_nothing(
    filled: AnnotationStore, tmp_path: Path
) -> None:
    path = path_of(tmp_path, "jsonl")
    exchanged = read_store(filled, CaseQuery())
    FORMS["jsonl"].write(path, exchanged)
    other = open_store(tmp_path / "other.db")
    found = look_into(other, path)
    assert read_store(other, CaseQuery()).records == ()
    assert (found.num_new_cases, found.new_tags, found.kept) == (4, ('=my, own;\n"tag"',), ())
    assert found.new == {
        "tags": 6, "notes": 4, "seen_by": 1, "verdicts": 1, "boxes": 1, "regions": 1,
        "settlements": 1,
    }  # fmt: skip
    assert take_in(other, path, "ben") == found.taken
    other.close()
    case_id = made_case(0).case_id
    said = filled.annotations_of([case_id])[case_id]
    filled.apply(set_note(said, case_id, "Zoë", "newer"))
    again = look_into(filled, path)
    assert (again.num_new_cases, dict(again.new), again.new_tags) == (0, {}, ())
    assert again.kept == (("notes", "Zoë", made_case(0).expression),)


def test_cases_go_out_by_name_in_that_order(filled: AnnotationStore) -> None:
    ids = [made_case(row).case_id for row in (3, 9, 0)]
    assert [record["row"] for record in read_cases(filled, ids).records] == [3, 0]


def test_a_query_chooses_what_goes_out(filled: AnnotationStore) -> None:
    found = read_store(filled, CaseQuery(tag_id="wrong-class"))
    assert [record["row"] for record in found.records] == [0]


def test_scanrefer_rows_leave_out_what_is_wrong_and_carry_what_was_mended(
    filled: AnnotationStore, tmp_path: Path
) -> None:
    path = path_of(tmp_path, "scanrefer")
    FORMS["scanrefer"].write(path, read_store(filled, CaseQuery()))
    rows = json.loads(path.read_text())
    assert [row["ann_id"] for row in rows] == ["0", "1", "3"]
    assert rows[0]["object_id"] == "0"
    assert "bbox" not in rows[0]
    # Turned by 0.1: ScanRefer's boxes are axis-aligned.
    across, along = np.cos(0.1) + 2 * np.sin(0.1), np.sin(0.1) + 2 * np.cos(0.1)
    assert rows[1]["bbox"] == pytest.approx([0.1, 1 / 3, 2e-9, across, along, 3.0])
    with pytest.raises(WhatWhereError, match="do not carry all"):
        take_in(filled, path, ME)


def test_parquet_has_the_layout_of_hugging_face(filled: AnnotationStore, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    folder = path_of(tmp_path, "parquet")
    FORMS["parquet"].write(folder, read_store(filled, CaseQuery()))
    table = parquet.read_table(folder / "data" / "train-00000-of-00001.parquet")
    assert table.num_rows == 4
    assert "data/*.parquet" in (folder / "README.md").read_text()


def test_a_coco_reader_finds_what_it_looks_for(filled: AnnotationStore, tmp_path: Path) -> None:
    path = path_of(tmp_path, "coco")
    FORMS["coco"].write(path, read_store(filled, CaseQuery()))
    document = json.loads(path.read_text())
    assert len(document["annotations"]) == 2
    images = {image["id"] for image in document["images"]}
    kinds = {kind["id"] for kind in document["categories"]}
    for annotation in document["annotations"]:
        assert annotation["image_id"] in images
        assert annotation["category_id"] in kinds
        assert len(annotation["bbox3d"]) == 7
    box, region = document["annotations"]
    assert box["bbox3d"][6] == 0.1
    assert "segmentation" not in box
    assert region["segmentation"] == [[1.5, 2.0, 30.0, 2.0, 9.0, 40.25]]
    assert region["bbox"] == [1.5, 2.0, 28.5, 38.25]
    assert region["area"] == pytest.approx(28.5 * 38.25 / 2)
    image = next(item for item in document["images"] if item["id"] == region["image_id"])
    assert image["frame"] == "12"


def test_csv_opens_in_a_spreadsheet(filled: AnnotationStore, tmp_path: Path) -> None:
    path = path_of(tmp_path, "csv")
    FORMS["csv"].write(path, read_store(filled, CaseQuery()))
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["expression"] for row in rows] == [made_case(row).expression for row in range(4)]


def test_missing_files_and_unknown_endings_are_named(
    store: AnnotationStore, tmp_path: Path
) -> None:
    for name in ("none.jsonl", "none.csv", "none.coco.json", "none"):
        with pytest.raises(MissingFileError, match="none"):
            take_in(store, tmp_path / name, ME)
    with pytest.raises(ConfigError, match="ending"):
        form_of(tmp_path / "cases.xlsx")


def _flip(data: bytes, place: int, value: int) -> bytes:
    return data[:place] + bytes([value]) + data[place + 1 :]


def _cut(data: bytes, place: int, _: int) -> bytes:
    return data[:place]


def test_a_broken_set_of_tags_is_named(store: AnnotationStore, tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    for tags in ('[{"tag id": 1}]', "[7]", '[{"tag_id": 1, "caption": []}]'):
        path.write_text('{"form": "whatwhere-cases", "version": 1, "tags": ' + tags + "}\n")
        with pytest.raises(BrokenFileError, match="tags"):
            take_in(store, path, ME)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    name=st.sampled_from(["jsonl", "csv", "coco"]),
    mutate=st.sampled_from([_flip, _cut]),
    share=st.floats(0, 1, exclude_max=True),
    value=st.integers(0, 255),
)
def test_a_broken_file_is_a_sentence_and_leaves_the_store_alone(
    filled: AnnotationStore,
    tmp_path_factory: pytest.TempPathFactory,
    name: str,
    mutate: Callable[[bytes, int, int], bytes],
    share: float,
    value: int,
) -> None:
    folder = tmp_path_factory.mktemp("broken")
    path = path_of(folder, name)
    FORMS[name].write(path, read_store(filled, CaseQuery()))
    data = path.read_bytes()
    path.write_bytes(mutate(data, int(share * len(data)), value))
    store = open_store(folder / "s.db")
    try:
        take_in(store, path, ME)
        fault = ""
    except WhatWhereError as error:
        fault = str(error)
    assert not fault or (str(path) in fault and store.history(ME) == ())
    store.close()
