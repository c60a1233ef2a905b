import pytest

from whatwhere.language.question_marks import is_question


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What colour is the chair?", True),
        ("what is left of the door ? ", True),
        ('he asked "where is it?"', True),
        ("椅子在哪里\uff1f", True),
        ("the chair nearest the door", False),
        ("is it red? the chair", False),
        ("", False),
    ],
)
def test_the_mark_at_the_end_decides(text: str, expected: bool) -> None:
    assert is_question(text) is expected
