"""Questions that lose something: one at a time, and nothing stops while they wait."""

from collections.abc import Callable, Mapping
from typing import Protocol


class QuestionView(Protocol):
    """The bar for questions."""

    def ask(self, text: str, choices: Mapping[str, str]) -> None:
        """Ask something."""

    def hide(self) -> None:
        """The question is answered."""


class Asker:
    """Asks, and hands the answer to whoever asked; a newer question takes the place of an older."""

    def __init__(self, view: QuestionView) -> None:
        self._view = view
        self._then: Callable[[str], None] | None = None

    def ask(self, text: str, choices: Mapping[str, str], then: Callable[[str], None]) -> None:
        """Ask.

        Args:
            text: the question.
            choices: answer -> what its button says; the first is the harmless one.
            then: gets the answer.
        """
        self._then = then
        self._view.ask(text, choices)

    def on_answered(self, answer: str) -> None:
        """The user has chosen."""
        then, self._then = self._then, None
        self._view.hide()
        if then is not None:
            then(answer)
