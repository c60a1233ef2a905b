"""What the views of filters by annotations show: plain values, made by presenters."""

from dataclasses import dataclass

from whatwhere.annotations.wanted import Wanted


@dataclass(frozen=True, slots=True)
class OfferShown:
    """Something that cases can be filtered by.

    Attributes:
        wanted: what a case must be.
        caption: for people.
        count: cases that are so; None while that is not known.
        is_on: it is one of the filters.
    """

    wanted: Wanted
    caption: str
    count: int | None = None
    is_on: bool = False


@dataclass(frozen=True, slots=True)
class OfferGroup:
    """Offers that belong together.

    Attributes:
        title: above them.
        offers: in order.
    """

    title: str
    offers: tuple[OfferShown, ...]
