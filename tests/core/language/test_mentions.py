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
        ("the black sofa at the desk", ()),
        ("the sofa with a glass", ()),
        ("the leftmost sofa in front of the desk", ()),
        ("the sofa that is next to the desk", ()),
        ("next to the desk there is a glass", ("glass",)),
        ("In the corner, behind the desk, is a chair", ("chair", "office chair")),
        ("to the left of the desk is a glass", ("glass",)),
        ("this is the desk at the wall", ("desk",)),
        ("which desk is near the chair", ("desk",)),
        ("", ()),
    ],
)
def test_the_class_that_is_named_first(text: str, found: tuple[str, ...]) -> None:
    assert first_mentioned(text, LABELS) == found
