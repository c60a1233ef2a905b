import shutil
import sqlite3
from contextlib import closing

import numpy as np
import pytest

from whatwhere.errors import BrokenFileError, RefusedPathError
from whatwhere.evaluation.cases.texts import Texts, write_texts

SENTENCES = (
    "the chair near the door",
    "The DOOR near the chair.",
    "a grey arm-chair; it's the armchair NEAR nothing",
    "grüner Stuhl (links)",
    'it says "exit" above the doorway',
)


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    path = tmp_path_factory.mktemp("texts") / "texts.db"
    write_texts(path, SENTENCES)
    return Texts(path)


@pytest.mark.parametrize(
    ("typed", "rows"),
    [
        ("chair", [0, 1, 2]),
        ("door chair", [0, 1]),
        ("chair doo", [0, 1]),
        ("doo", [0, 1, 4]),
        ("doo ", [0, 1, 4]),
        ("doo chair", []),  # only the last word may be begun
        ('"near the door"', [0]),
        ('"near the doo', [0]),
        ('"near the doo"', []),
        ('"near the" chair', [0, 1]),
        ("GRÜNER", [3]),
        ("links)", [3]),
        ("arm-chair", [2]),
        ('says "exit"', [4]),
        ("nothing NEAR", [2]),
        ("near OR door", []),
        ("NOT near", []),
        ("text:chair", []),
        ("chair*", [0, 1, 2]),
        ("it's the", [2]),
        ("", []),
        ('  " ( * ', []),
        ("zebra", []),
        ("grun", [3]),
        ("chair grün", []),
        ("the NEAR it", [2]),
    ],
)
def test_words_are_found_whatever_is_typed(texts, typed, rows):
    assert texts.find(typed).tolist() == rows


@pytest.mark.parametrize("typed", ["chair", "the doo", '"near the" chair', "GRÜNER", "zebra", "a"])
def test_a_file_without_rows_of_words_finds_the_same(texts, typed, tmp_path):
    older = tmp_path / "older.db"
    shutil.copyfile(texts.path, older)
    with closing(sqlite3.connect(older)) as database:
        database.execute("DROP TABLE rows_of_words")
        database.commit()
    assert Texts(older).find(typed).tolist() == texts.find(typed).tolist()


def test_rows_of_words_that_are_broken_are_said(texts, tmp_path):
    for broken in (b"123", np.array([99], "<i4").tobytes()):
        path = tmp_path / f"{len(broken)}.db"
        shutil.copyfile(texts.path, path)
        with closing(sqlite3.connect(path)) as database:
            database.execute("UPDATE rows_of_words SET rows = ?", (broken,))
            database.commit()
        with pytest.raises(BrokenFileError, match="the sentences cannot be read"):
            Texts(path).find("chair")


def test_sentences_come_in_the_order_asked_for(texts):
    assert texts.of(np.array([3, 0, 3])) == [SENTENCES[3], SENTENCES[0], SENTENCES[3]]


def test_many_sentences_at_once(tmp_path):
    path = tmp_path / "many.db"
    write_texts(path, [f"chair {number}" for number in range(50_000)])
    texts = Texts(path)
    assert texts.of(np.arange(49_999, -1, -1))[:2] == ["chair 49999", "chair 49998"]
    assert texts.find("chair").tolist() == list(range(50_000))


def test_a_file_that_is_none(tmp_path):
    with pytest.raises(BrokenFileError, match="the sentences cannot be read"):
        Texts(tmp_path / "none.db").find("chair")
    (tmp_path / "file").write_text("")
    with pytest.raises(RefusedPathError):
        write_texts(tmp_path / "file" / "texts.db", SENTENCES)
