import pytest

from whatwhere.language.mentions import first_mentioned

LABELS = ("chair", "office chair", "desk", "trash can", "glass")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("the chair nearest the desk", ("chair", "office chair")),
        ("The office chair by the desk.", ("office chair",)),
        ("two desks, and a chair", ("desk",)),
        ("it is next to the trash can", ("trash can",)),
        ("the can on the floor", ("trash can",)),
        ("a glass", ("glass",)),
        ("the sofa", ()),
        ("the sofa nearest the desk", ()),
        ("show me the leftmost desk", ("desk",)),
        ("", ()),
    ],
)
def test_the_class_that_is_named_first(text: str, found: tuple[str, ...]) -> None:
    assert first_mentioned(text, LABELS) == found
