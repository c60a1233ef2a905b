import pytest
from mutating import broken_bytes

from whatwhere.errors import BrokenFileError, MissingFileError, WhatWhereError
from whatwhere.scenes.label_table import FILE_NAME, find_label_table, read_label_table

HEADER = "id\traw_category\tcategory\tcount\tnyu40id\teigen13id\tnyuClass\tnyu40class"
LINES = [
    HEADER,
    "2\tchair\tchair\t4\t5\t4\tchair\tchair",
    "3\toffice chair\tchair\t4\t5\t4\tchair\tchair",
    "4\tfridge\trefrigerator\t4\t24\t4\tx\trefridgerator",
    "5\tlamp\tlamp\t4\t35\t4\tlamp\tlamp",
]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_every_way_to_end_a_line_is_read(tmp_path, end, mark):
    path = tmp_path / FILE_NAME
    path.write_bytes((mark + end.join(LINES) + end).encode())
    table = read_label_table(path)
    assert len(table.nyu40_ids) == 4
    assert table.nyu40_id("Office_Chair") == 5
    assert table.scanrefer_class("office chair") == "chair"
    # Spelt "refridgerator" here, and still a refrigerator.
    assert table.scanrefer_class("fridge") == "refrigerator"
    assert table.scanrefer_class("lamp") == "others"
    assert table.scanrefer_class("unheard of") == "others"
    assert table.nyu40_id("unheard of") is None


def test_what_is_no_table_is_refused(tmp_path):
    path = tmp_path / FILE_NAME
    with pytest.raises(MissingFileError, match="comes with ScanNet"):
        read_label_table(path)
    path.write_text("a\tb\n")
    with pytest.raises(BrokenFileError, match="no column raw_category"):
        read_label_table(path)
    path.write_text(HEADER + "\nx\n")
    with pytest.raises(BrokenFileError, match="no category"):
        read_label_table(path)


def test_it_is_found_above_the_scans(tmp_path):
    (tmp_path / "scans" / "scene0000_00").mkdir(parents=True)
    assert find_label_table([tmp_path / "scans" / "scene0000_00"]) is None
    (tmp_path / FILE_NAME).write_text("\n".join(LINES))
    assert find_label_table([tmp_path / "scans" / "scene0000_00"]) == tmp_path / FILE_NAME


def test_a_damaged_table_is_refused_or_read_in_part(tmp_path):
    path = tmp_path / FILE_NAME
    for data in broken_bytes("\n".join(LINES).encode()):
        path.write_bytes(data)
        try:
            table = read_label_table(path)
        except WhatWhereError:
            continue
        assert set(table.nyu40_ids.values()) <= set(range(1, 41))


def test_the_real_tables(realdata):
    folder = realdata / "scannet"
    plain = read_label_table(folder / FILE_NAME)
    assert len(plain.nyu40_ids) == 607
    for path in (folder / "tsv_variants").iterdir():
        table = read_label_table(path)
        # One of the copies has a category twice and lacks another instead.
        assert len(table.nyu40_ids) >= 606
        assert table.scanrefer_class("refrigerator") == "refrigerator"
        assert {k: v for k, v in plain.nyu40_ids.items() if k in table.nyu40_ids} == table.nyu40_ids
