"""Who annotates and where, as a part of the settings; built and connected."""

from collections.abc import Callable

from PySide6.QtGui import QAction

from whatwhere_app.annotating import Annotating
from whatwhere_app.presenters.annotation_places import PlacesPresenter
from whatwhere_app.services.annotation_place import judge_alone
from whatwhere_app.settings import SettingsStore
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.theme import Theme
from whatwhere_app.views.annotation_settings import AnnotationSettings
from whatwhere_app.views.settings_panel import SettingsPanel


class Placing:
    """The part of the settings, and its presenter.

    Args:
        panel: gets the part.
        annotating: goes on where it is told to.
        independent: the switch that hides what others say; remembered.
        on_independent: told of it afterwards.
    """

    def __init__(
        self,
        panel: SettingsPanel,
        settings: SettingsStore,
        board: TaskBoard,
        annotating: Annotating,
        *,
        independent: QAction,
        on_independent: Callable[[], None],
    ) -> None:
        self.view = AnnotationSettings()
        self.places = PlacesPresenter(
            self.view,
            settings,
            board,
            switch=annotating.switch,
            is_saved=lambda: annotating.is_saved,
        )
        self._settings = settings
        independent.setChecked(settings.value.annotates_independently)
        judge_alone(independent.isChecked())
        independent.toggled.connect(self._keep_independent)
        independent.toggled.connect(lambda _: on_independent())
        panel.add_part(self.view)
        view = self.view
        view.opened.connect(self.places.show)
        view.renamed.connect(self.places.rename)
        view.test_wanted.connect(self.places.test)
        view.use_wanted.connect(self.places.use)
        view.copy_wanted.connect(self.places.copy)
        view.cancelled.connect(self.places.cancel)

    @property
    def is_busy(self) -> bool:
        """Whether a place is being tried or copied into."""
        return self.places.is_busy

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self.view.set_theme(theme)

    def _keep_independent(self, is_on: bool) -> None:
        value = self._settings.value
        self._settings.change(value.model_copy(update={"annotates_independently": is_on}))
        judge_alone(is_on)
