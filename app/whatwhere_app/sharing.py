"""What several annotators share: the set of tags, and how far they agree; built and connected."""

from whatwhere.annotations.tag_edits import TAG_COLORS
from whatwhere_app.annotate_desk import AnnotateDesk
from whatwhere_app.main_window import MainWindow
from whatwhere_app.presenters.agreement import AgreementPresenter
from whatwhere_app.presenters.annotate_acts import AnnotateActs
from whatwhere_app.presenters.tag_set import TagSetPresenter
from whatwhere_app.services.annotations import AnnotationService
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.theme import Theme
from whatwhere_app.views.agreement_panel import AgreementPanel
from whatwhere_app.views.annotate_tags import AnnotateTags
from whatwhere_app.views.tag_editor import TagEditor
from whatwhere_app.views.tags_side import TagsSide


class Sharing:
    """The right side of the Annotate layout (tags given or edited), and the panel of agreement.

    Args:
        tags_view: in which tags are given.
    """

    def __init__(
        self,
        window: MainWindow,
        desk: AnnotateDesk,
        acts: AnnotateActs,
        store: AnnotationService,
        board: TaskBoard,
        tags_view: AnnotateTags,
    ) -> None:
        actions = window.actions_by_name
        self.editor = TagEditor(TAG_COLORS)
        self.tag_set = TagSetPresenter(self.editor, desk, acts)
        self.side = TagsSide(tags_view, self.editor)
        self.agreement_panel = AgreementPanel(actions["annotate.independent"], window)
        self.agreement = AgreementPresenter(self.agreement_panel, desk, acts, store, board)
        editor, presenter = self.editor, self.tag_set
        editor.added.connect(presenter.add)
        editor.renamed.connect(presenter.rename)
        editor.recolored.connect(presenter.recolor)
        editor.digit_wanted.connect(presenter.give_digit)
        editor.moved.connect(presenter.move)
        editor.retired.connect(presenter.retire)
        editor.restored.connect(presenter.restore)
        panel = self.agreement_panel
        panel.opened.connect(self.agreement.refresh)
        panel.other_chosen.connect(self.agreement.choose)
        panel.difference_chosen.connect(self.agreement.go_to)
        panel.settled.connect(self.agreement.settle)
        actions["annotate.edit_tags"].triggered.connect(lambda *_: self.side.edit())
        actions["annotate.agreement"].triggered.connect(lambda *_: panel.open_with_focus())
        actions["annotate.independent"].toggled.connect(desk.set_independent)
        desk.set_independent(actions["annotate.independent"].isChecked())

    @property
    def is_busy(self) -> bool:
        """Whether something that was asked for is not on the screen yet."""
        return self.agreement.is_busy

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self.editor.set_theme(theme)
