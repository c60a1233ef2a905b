import pytest

from whatwhere.language.relations import is_spatial, is_view_dependent, names_looks, relations_in


@pytest.mark.parametrize(
    ("text", "relations"),
    [
        ("the chair nearest the door", ("near",)),
        ("The lamp ON the desk, left of the monitor.", ("on", "left")),
        ("the box between the sofa and the bed", ("between",)),
        ("the chair closest to the closet", ("near",)),
        ("the red chair", ()),
        ("leftover food", ()),
        ("", ()),
    ],
)
def test_relations_of_a_sentence(text: str, relations: tuple[str, ...]) -> None:
    assert relations_in(text) == relations
    assert is_spatial(text) == bool(relations)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the chair left of the desk", True),
        ("a leftover", False),
        ("the chair you see looking at the wall", True),
        ("the chair near the desk", False),
    ],
)
def test_only_whole_words_depend_on_the_view(text: str, expected: bool) -> None:
    assert is_view_dependent(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The RED chair by the window.", True),
        ("the chair near the wooden table", True),
        ("the smallest box", True),
        ("the chair nearest the door", False),
        ("the lamp beside the bed, a tired one", False),
    ],
)
def test_looks_are_named_by_whole_words(text: str, expected: bool) -> None:
    assert names_looks(text) == expected
