"""Which scans of a catalogue have sentences."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from whatwhere.language import catalogued
from whatwhere.language.beside import find_expressions
from whatwhere.language.catalogued import with_sentences
from whatwhere.scenes.catalogue import Catalogue, find_scans


def row(scene_id: str, annotation: int) -> dict[str, object]:
    return {
        "scene_id": scene_id,
        "object_id": "1",
        "object_name": "chair",
        "ann_id": str(annotation),
        "description": "the chair",
        "token": ["the", "chair"],
    }


def test_sentences_are_counted_once_per_file(
    tmp_path: Path, write_scan: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for scene_id in ("scene0001_00", "scene0002_00"):
        write_scan(tmp_path / "scans", scene_id=scene_id)
    rows = [row("scene0001_00", number) for number in range(3)]
    sentences = tmp_path / "ScanRefer_filtered_val.json"
    sentences.write_text(json.dumps(rows))
    then_s = time.time() - 3600
    os.utime(sentences, (then_s, then_s))

    def told() -> Catalogue:
        found = find_scans([tmp_path / "scans"], cache=tmp_path / "scans.json")
        return with_sentences(found, cache=tmp_path / "sentences.json")

    one, other = told().scans
    assert one.num_sentences == len(find_expressions("scene0001_00", one.path)[0]) == 3
    assert one.has("sentences")
    assert not other.has("sentences")
    assert "ScanRefer_filtered_val.json says nothing about" in other.missing["sentences"]

    def unread(_: Path) -> object:
        raise AssertionError("the file was read again")

    with monkeypatch.context() as patched:
        patched.setattr(catalogued, "read_sentences", unread)
        assert told().scans == (one, other)
    sentences.write_text(json.dumps([row("scene0002_00", 0)]))
    assert [scan.num_sentences for scan in told().scans] == [0, 1]


def test_a_broken_file_is_named_and_the_scans_stay(
    tmp_path: Path, write_scan: Callable[..., Path]
) -> None:
    write_scan(tmp_path / "scans")
    (tmp_path / "ScanRefer_mine.json").write_text("{")
    found = find_scans([tmp_path / "scans"], cache=tmp_path / "scans.json")
    told = with_sentences(found, cache=tmp_path / "sentences.json")
    assert len(told.scans) == 1
    assert str(tmp_path / "ScanRefer_mine.json") in told.faults[0]
