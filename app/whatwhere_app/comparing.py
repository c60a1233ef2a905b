"""Two models side by side, built and connected here."""

from collections.abc import Sequence

from whatwhere.models.catalogue import entries
from whatwhere.models.grounder import Grounding
from whatwhere.models.load_settings import LoadSettings
from whatwhere.scenes.scene import Scene
from whatwhere_app.main_window import MainWindow
from whatwhere_app.presenters.compare import ComparePresenter
from whatwhere_app.presenters.user_boxes import user_boxes_of
from whatwhere_app.services.grounder import GrounderService
from whatwhere_app.settings import user_folder
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.workspace import Workspace


class Comparing:
    """The second model, its commands, and whose answers are mixed.

    Args:
        grounder: the service of the first model.
        entry: of the second model's host.
    """

    def __init__(
        self,
        window: MainWindow,
        workspace: Workspace,
        board: TaskBoard,
        grounder: GrounderService,
        *,
        entry: str,
    ) -> None:
        self._window = window
        self._workspace, self._board = workspace, board
        self._first = grounder
        self._second: GrounderService | None = None
        self._entry = entry
        self.presenter = ComparePresenter(workspace, board, start=self._start)
        actions = window.actions_by_name
        actions["models.compare"].triggered.connect(lambda *_: self._ask())
        actions["models.exchange"].triggered.connect(lambda *_: self.presenter.exchange())
        actions["models.unload"].triggered.connect(lambda *_: self.presenter.unload())

    async def mix(
        self, scene: Scene, text: str, shares: Sequence[float]
    ) -> tuple[Grounding, ...] | None:
        """As `GrounderService.mix`, by the model that leads."""
        lead, first = self._workspace.lead, self._workspace.models.first
        is_first = lead in (None, first) or lead not in self._workspace.answers
        service = self._first if is_first or self._second is None else self._second
        return await service.mix(scene, text, shares)

    @property
    def second(self) -> GrounderService | None:
        """The service of the second model, while there is one."""
        return None if self._workspace.models.second is None else self._second

    def services(self) -> tuple[GrounderService, ...]:
        """Those of the models in use, the first one's first."""
        return (self._first,) if self.second is None else (self._first, self.second)

    def start_probed(self, model: str) -> GrounderService:
        """A service of a model that is only probed, for it gave answers that were recorded."""
        return GrounderService(
            self._board,
            model=model,
            log_path=user_folder("state") / "probed-grounder-host.log",
            entry=self._entry,
            user_boxes=lambda: user_boxes_of(self._workspace),
            name="The probed model's host",
            cache_bytes=self._first.cache_bytes,
        )

    def _start(self, model: str, settings: LoadSettings) -> GrounderService:
        self._second = GrounderService(
            self._board,
            model=model,
            settings=settings,
            log_path=user_folder("state") / "second-grounder-host.log",
            entry=self._entry,
            user_boxes=lambda: user_boxes_of(self._workspace),
            name="The second model's host",
            cache_bytes=self._first.cache_bytes,
        )
        return self._second

    def _ask(self) -> None:
        found, problems = entries()
        for problem in problems:
            self._board.notice(problem, level="warning")
        names = [entry.name for entry in found if entry.name != self._workspace.models.first]
        chosen = self._window.ask_for_model(names)
        if chosen is not None:
            self.presenter.open(chosen)
