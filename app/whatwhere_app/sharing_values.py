"""What several annotators share, as views show it: plain values, made by presenters."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TagEdited:
    """A tag of the set.

    Attributes:
        tag_id: of the store.
        caption: for people.
        digit: its key; "" without one.
        color: "#rrggbb"; "" without one.
        is_retired: no longer offered.
    """

    tag_id: str
    caption: str
    digit: str
    color: str
    is_retired: bool = False


@dataclass(frozen=True, slots=True)
class AgreementLine:
    """Two annotators and one tag.

    Attributes:
        tag_id: of the store.
        texts: tag, both, you alone, the other alone, agreement, kappa, interval, a word of caution.
        caution: why the figure says little; "" where nothing speaks against it.
    """

    tag_id: str
    texts: tuple[str, ...]
    caution: str = ""


@dataclass(frozen=True, slots=True)
class DisagreementLine:
    """A tag that one of two gave to a case.

    Attributes:
        key: names the case and the tag.
        texts: case, sentence, tag, who gave it, what was settled and by whom.
        is_open: nobody has settled it.
    """

    key: str
    texts: tuple[str, ...]
    is_open: bool


@dataclass(frozen=True, slots=True)
class AgreementShown:
    """Two annotators.

    Attributes:
        about: how many cases both judged, as a sentence; or why there is nothing to show.
        other: the other's name; "" without one.
        tags: a line per tag.
        disagreements: a line per difference.
        num_open: of them.
        selected: key of the difference in hand; "" for none.
    """

    about: str = ""
    other: str = ""
    tags: tuple[AgreementLine, ...] = ()
    disagreements: tuple[DisagreementLine, ...] = ()
    num_open: int = 0
    selected: str = ""


@dataclass(frozen=True, slots=True)
class PlaceShown:
    """Who annotates, and where that lies.

    Attributes:
        annotator: as she named herself; "" for her login name.
        login: her login name.
        in_use: the place in use, as people know it.
        is_own: it is the user's own file.
    """

    annotator: str
    login: str
    in_use: str
    is_own: bool
