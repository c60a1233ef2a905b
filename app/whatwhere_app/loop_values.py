"""What the view of a closed loop shows: plain values, made by presenters."""

from dataclasses import dataclass

from whatwhere.evaluation.loop_report import Fate


@dataclass(frozen=True, slots=True)
class LoopLine:
    """One line of the table.

    Attributes:
        key: of the group; "" for a heading, which cannot be chosen.
        title: of the group.
        cells: cured, broken, before and after, and of random cases cured and broken.
        hint: on hover.
        is_tag: it is one tag of the group above.
    """

    key: str
    title: str
    cells: tuple[str, ...] = ()
    hint: str = ""
    is_tag: bool = False


@dataclass(frozen=True, slots=True)
class FateShown:
    """A button that keeps the cases which came to this.

    Attributes:
        fate: what became of them.
        text: on the button, with the count.
        is_on: the table shows them now.
        is_useful: there are some.
    """

    fate: Fate
    text: str
    is_on: bool = False
    is_useful: bool = True


@dataclass(frozen=True, slots=True)
class LoopShown:
    """The whole tab.

    Attributes:
        said: the headline, or what the tab is for.
        state: what is going on or comes next; "" where nothing is left to do.
        act: text of the button that does it; "" for none.
        act_hint: what it does and costs.
        lines: of the table.
        chosen: key of the chosen line.
        fates: of the chosen line.
        caption: how the table is to be read.
    """

    said: str
    state: str = ""
    act: str = ""
    act_hint: str = ""
    lines: tuple[LoopLine, ...] = ()
    chosen: str = ""
    fates: tuple[FateShown, ...] = ()
    caption: str = ""
