import pytest

from whatwhere.errors import ConfigError
from whatwhere.evaluation.counting import is_others, unique_rows
from whatwhere.language.expressions import Expression
from whatwhere.language.reading import read_sentences
from whatwhere.scenes.label_table import LabelTable, read_label_table

TABLE = LabelTable(
    {"chair": 5, "office chair": 5, "lamp": 35, "plant": 40, "rug": 20, "bed": 4, "wall": 1}
)


def row(object_id, label, scene="scene0000_00", ann="0"):
    return Expression(scene, f"the {label}", object_id, label, ann)


def test_one_described_object_of_a_class_is_unique_however_often_and_whatever_the_mesh_holds():
    # The scan may hold three chairs: the rule looks at what the loaded split describes.
    rows = [row(1, "chair"), row(1, "chair", ann="1"), row(2, "bed")]
    assert unique_rows(rows, "official", TABLE).tolist() == [True, True, True]
    rows += [row(3, "office chair")]
    assert unique_rows(rows, "official", TABLE).tolist() == [False, False, True, False]


def test_scenes_are_counted_apart():
    rows = [row(1, "chair"), row(2, "chair", scene="scene0001_00")]
    assert unique_rows(rows, "official", TABLE).all()


def test_all_other_classes_are_one_officially_and_not_by_name():
    rows = [row(1, "lamp"), row(2, "plant"), row(3, "what is not in the table")]
    assert not unique_rows(rows, "official", TABLE).any()
    assert unique_rows(rows, "names").all()
    assert is_others(rows, TABLE).all()
    # Wall is one of Video-3D-LLM's 20, a rug is not.
    rows = [row(1, "wall"), row(2, "rug"), row(3, "lamp")]
    assert unique_rows(rows, "nyu40", TABLE).tolist() == [True, False, False]


def test_the_first_row_of_an_object_names_its_class():
    rows = [row(1, "chair"), row(1, "bed", ann="1"), row(2, "bed")]
    assert unique_rows(rows, "official", TABLE).tolist() == [True, True, True]


@pytest.mark.parametrize("rule", ["official", "nyu40"])
def test_without_labels_the_rule_is_refused(rule):
    with pytest.raises(ConfigError, match=f"{rule} needs ScanNet's label table.*--unique names"):
        unique_rows([row(1, "chair")], rule)


def test_the_real_table_in_all_its_spellings_counts_alike(realdata):
    folder = realdata / "scannet"
    paths = [folder / "scannetv2-labels.combined.tsv", *(folder / "tsv_variants").iterdir()]
    rows = read_sentences(
        realdata / "language" / "scanrefer" / "ScanRefer_filtered_val_sampled1000.json"
    ).expressions
    counts = {int(unique_rows(rows, "official", read_label_table(path)).sum()) for path in paths}
    assert len(paths) == 3
    assert len(counts) == 1
    assert 0 < counts.pop() < len(rows)
