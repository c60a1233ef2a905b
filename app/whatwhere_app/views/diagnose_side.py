"""The left side of the Diagnose layout: the diagnosis, its filters, bars of its parts."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from whatwhere_app.theme import GAP_PX, Theme
from whatwhere_app.views.case_bars import CaseBars
from whatwhere_app.views.diagnose_form import DiagnoseForm
from whatwhere_app.views.diagnose_head import DiagnoseHead
from whatwhere_app.views.filter_chips import FilterChips


class DiagnoseSide(QWidget):
    """One above the other; the bars take what is left."""

    def __init__(
        self,
        head: DiagnoseHead,
        form: DiagnoseForm,
        chips: FilterChips,
        bars: CaseBars,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.head, self.form, self.chips, self.bars = head, form, chips, bars
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GAP_PX, GAP_PX, 2 * GAP_PX, GAP_PX)
        column.setSpacing(2 * GAP_PX)
        for widget in (head, form, chips):
            column.addWidget(widget)
        column.addWidget(bars, 1)

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self.form.set_theme(theme)
        self.bars.set_theme(theme)
