"""The first case a newcomer sees: asked of both models, and said in one sentence."""

from collections.abc import Callable, Mapping
from typing import Protocol

from whatwhere.demo.showcase import CHEATING, CURED, Answered, Showcase
from whatwhere.language.expressions import Expression
from whatwhere_app.presenters.plurals import plural
from whatwhere_app.theme import Layer
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import Answers

CHOICES: Mapping[str, str] = {
    "help": "Explain",
    "done": "Got it",
}
"""What can be done next -> what the button says."""


class Hint(Protocol):
    """The bar across the top."""

    def ask(self, text: str, choices: Mapping[str, str]) -> None:
        """Say something and offer what can be done."""

    def hide(self) -> None:
        """Go away."""


_SHOWN: frozenset[Layer] = frozenset(("gt", "fused"))
"""What the example is about; all modalities of two models would be seven boxes."""


class ShowcasePresenter:
    """Asks the sentence that separates two models, and tells what their answers show.

    Args:
        submit: asks a sentence.
    """

    def __init__(
        self,
        hint: Hint,
        workspace: Workspace,
        showcase: Showcase,
        *,
        submit: Callable[[str], None],
    ) -> None:
        self._hint = hint
        self._workspace = workspace
        self._showcase = showcase
        self._submit = submit
        self._scene_id: str | None = None
        self._is_read = False
        self._layers_before: frozenset[Layer] | None = None
        workspace.scene_changed.connect(self._on_scene_changed)
        workspace.expression_changed.connect(self._on_expression_changed)
        workspace.answers_changed.connect(self._on_answers_changed)

    def announce(self) -> None:
        """Say what comes, while the models are loaded."""
        asked = f"“{self._showcase.sentence}”"
        self._hint.ask(
            f"An example to begin with: two models are being asked for {asked}.",
            {"done": CHOICES["done"]},
        )

    def begin(self) -> None:
        """The room is open: ask."""
        scene, case = self._workspace.scene, self._showcase
        if scene is None:
            self._hint.hide()
            return
        self._scene_id = scene.scene_id
        self._layers_before = self._workspace.visible
        self._workspace.set_visible(_SHOWN)
        self._workspace.set_expression(
            Expression(scene.scene_id, case.sentence, case.target, case.label)
        )
        self._submit(case.sentence)

    def on_read(self) -> None:
        """The hint was read, or something else was chosen."""
        self._is_read = True
        self._hint.hide()

    def headline(self) -> str:
        """What the two answers on the screen show together; "" for any others."""
        case, answers = self._showcase, self._workspace.answers
        cheating, cured = answers.get(CHEATING), answers.get(CURED)
        is_shown = (
            self._is_on_screen
            and _is_as_recorded(cheating, case.cheating)
            and _is_as_recorded(cured, case.cured)
        )
        if not is_shown:
            return ""
        return f"A follows the colour, B the place: A wants the {case.rival_colour} {case.label}."

    @property
    def _is_on_screen(self) -> bool:
        scene, expression = self._workspace.scene, self._workspace.expression
        return (
            scene is not None
            and scene.scene_id == self._scene_id
            and expression is not None
            and expression.text == self._showcase.sentence
        )

    def _on_answers_changed(self) -> None:
        if self._is_read or not self.headline():
            return
        case = self._showcase
        vivid, what = case.rival_colour, case.label
        self._hint.ask(
            f"Model A ({CHEATING}) points at the {vivid} {what} because it is {vivid}, B ({CURED}) "
            f"at the right one. When the two {plural(what)} exchange colours, A goes with the "
            f"{vivid} and B stays. Next: open your own scan (Ctrl+O).",
            CHOICES,
        )

    def _on_expression_changed(self) -> None:
        """Another sentence: the user has gone on."""
        if self._scene_id is not None and self._workspace.expression is not None:
            self._leave_if_gone()

    def _on_scene_changed(self) -> None:
        if self._scene_id is not None:
            self._leave_if_gone()

    def _leave_if_gone(self) -> None:
        if self._is_on_screen:
            return
        self.on_read()
        if self._layers_before is not None and self._workspace.visible == _SHOWN:
            self._workspace.set_visible(self._layers_before)
        self._layers_before = None


def _is_as_recorded(answers: Answers | None, recorded: Answered) -> bool:
    """Whether a model answers as it did when the exchange of colours was tried on it."""
    if answers is None:
        return False
    found = {modality: item.best.object_id for modality, item in answers.groundings.items()}
    expected = {"fused": recorded.fused, "2d": recorded.appearance, "3d": recorded.geometry}
    return {key: found.get(key) for key in expected} == expected  # type: ignore[call-overload]
