import json
from dataclasses import replace

import numpy as np
import pytest

from whatwhere.errors import BrokenFileError, ConfigError, MissingFileError, RefusedPathError
from whatwhere.evaluation.cases.filters import apply_filters
from whatwhere.evaluation.cases.made import made_cases
from whatwhere.evaluation.cases.pinned import PinnedSet, list_pinned, read_pinned, write_pinned
from whatwhere.evaluation.cases.store import open_cases, write_cases


@pytest.fixture
def cases(tmp_path):
    made = made_cases(50)
    write_cases(tmp_path / "cases", made.facts, made.columns, made.texts)
    return open_cases(tmp_path / "cases")


def test_a_set_goes_through_a_file_to_another_diagnosis(cases, tmp_path):
    pinned = PinnedSet.of(cases, [7, 3, 40], " follow colour ", "for §4")
    path = tmp_path / "sets" / "one.cases.json"
    write_pinned(path, pinned)
    found = read_pinned(path)
    assert found == pinned
    assert (found.name, found.note) == ("follow colour", "for §4")
    assert found.texts[1] == cases.texts([3])[0]
    # Another model was asked a part of the split, in another order.
    rows = np.array([40, 8, 7, 9], np.int32)
    other = made_cases(4)
    facts = replace(other.facts, split_hash=cases.facts.split_hash, name="other")
    columns = replace(other.columns, rows=rows)
    write_cases(tmp_path / "other", facts, columns, made_cases(50).texts)
    stored = open_cases(tmp_path / "other")
    kept = apply_filters(stored.columns, [found.filter(stored)])
    assert kept.tolist() == [True, False, True, False]
    assert found.filter(stored).caption == "follow colour (3)"


def test_a_set_of_other_sentences_is_refused(cases, tmp_path):
    pinned = replace(PinnedSet.of(cases, [1], "mine"), split_hash="0123456789ab")
    with pytest.raises(ConfigError, match=r'"mine" is of other sentences .*0123456789ab') as caught:
        pinned.filter(cases)
    assert cases.facts.split_hash in str(caught.value)


def test_a_set_needs_a_name_and_a_case(cases):
    with pytest.raises(ConfigError, match="no name"):
        PinnedSet.of(cases, [1], "  ")
    with pytest.raises(ConfigError, match="no case"):
        PinnedSet.of(cases, [], "none")


BROKEN = {
    "not valid JSON": lambda document: "{",
    "does not say that it is one": lambda document: json.dumps([document]),
    "of form 2": lambda document: json.dumps(document | {"form": 2}),
    "split_hash is missing": lambda document: json.dumps(
        {key: value for key, value in document.items() if key != "split_hash"}
    ),
    "no whole numbers": lambda document: json.dumps(
        document | {"cases": [{"row": -1, "text": "x"}]}
    ),
    "in it twice": lambda document: json.dumps(document | {"cases": document["cases"] * 2}),
    "is no text": lambda document: json.dumps(document | {"name": 5}),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_file_that_is_none(cases, tmp_path, fault):
    path = tmp_path / "bad.cases.json"
    path.write_text(BROKEN[fault](PinnedSet.of(cases, [1, 2], "mine").as_json()))
    with pytest.raises(BrokenFileError, match=fault):
        read_pinned(path)
    write_pinned(tmp_path / "good.cases.json", PinnedSet.of(cases, [1], "good"))
    sets, faults = list_pinned(tmp_path)
    assert [item.name for item in sets] == ["good"]
    assert fault in faults[0]


def test_paths_that_do_not_work(cases, tmp_path):
    with pytest.raises(MissingFileError, match="A case set not found"):
        read_pinned(tmp_path / "none.cases.json")
    with pytest.raises(RefusedPathError):
        read_pinned(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(RefusedPathError):
        write_pinned(tmp_path / "file" / "x.cases.json", PinnedSet.of(cases, [1], "mine"))
