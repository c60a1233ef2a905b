"""The right side of the Annotate layout: tags are given, or the set of them is edited."""

from PySide6.QtWidgets import QStackedWidget, QWidget

from whatwhere_app.views.annotate_tags import AnnotateTags
from whatwhere_app.views.tag_editor import TagEditor


class TagsSide(QStackedWidget):
    """One of the two."""

    def __init__(
        self, tags: AnnotateTags, editor: TagEditor, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._tags, self._editor = tags, editor
        self.addWidget(tags)
        self.addWidget(editor)
        editor.finished.connect(lambda: self.setCurrentWidget(tags))

    @property
    def is_editing(self) -> bool:
        """Whether the set is being edited."""
        return self.currentWidget() is self._editor

    def edit(self) -> None:
        """Edit the set."""
        self.setCurrentWidget(self._editor)
        self._editor.new_tag.setFocus()
