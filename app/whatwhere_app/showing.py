"""The example of the first start: chosen here, built and connected."""

from dataclasses import dataclass
from pathlib import Path

from whatwhere.assets import asset
from whatwhere.demo.showcase import CHEATING, CURED, Showcase, read_showcase
from whatwhere.errors import WhatWhereError
from whatwhere_app.composition import Explorer
from whatwhere_app.presenters.showcase import ShowcasePresenter
from whatwhere_app.views.question_bar import QuestionBar


@dataclass(frozen=True)
class Example:
    """What there is to show, or why there is nothing.

    Attributes:
        showcase: None where the shipped files are broken.
        fault: a sentence, or "".
    """

    showcase: Showcase | None
    fault: str = ""

    @property
    def models(self) -> tuple[str, str] | None:
        """Names of both models."""
        return None if self.showcase is None else (CHEATING, CURED)


def read_example() -> Example:
    """The shipped case; a broken installation opens a demo room without it, and says so."""
    try:
        for name in (CHEATING, CURED):
            asset("models", name)
        return Example(read_showcase())
    except WhatWhereError as error:
        return Example(None, f"{error} A demo room opens without the example of two models.")


class Showing:
    """The example in a window that has been built with the cheating model."""

    def __init__(self, explorer: Explorer, showcase: Showcase) -> None:
        self._explorer = explorer
        self._showcase = showcase
        self.bar = QuestionBar()
        explorer.window.add_above(self.bar)
        self.presenter = ShowcasePresenter(
            self.bar,
            explorer.workspace,
            showcase,
            submit=explorer.presenters.query.on_submitted,
        )
        explorer.presenters.answer.say_first(self.presenter.headline)
        self.bar.answered.connect(self._on_chosen)

    def room(self, demo_rooms: dict[str, Path]) -> Path | None:
        """The scan folder of its room."""
        return demo_rooms.get(self._showcase.room)

    def open(self) -> None:
        """Before the room is open: load the second model, and say what comes."""
        self._explorer.comparing.presenter.open(CURED)
        self.presenter.announce()

    def _on_chosen(self, choice: str) -> None:
        if choice == "help":
            self._explorer.comforts.help.show("example")
        else:
            self.presenter.on_read()
