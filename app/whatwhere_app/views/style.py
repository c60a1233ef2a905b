"""The look applied to the whole program: Fusion, one palette, one style sheet, one base font."""

from string import Template

from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

from whatwhere.assets import asset
from whatwhere_app.theme import Theme

_BASE_FONT_PX = 13


def apply_theme(app: QApplication, theme: Theme) -> None:
    """Give every widget, present and future, this look."""
    app.setStyle("Fusion")
    app.setPalette(_palette(theme))
    app.setFont(base_font(app))
    sheet = asset("styles", "window.qss").read_text(encoding="utf-8")
    pictures = {name: asset("styles", f"{name}.svg").as_posix() for name in ("tick", "arrow")}
    app.setStyleSheet(Template(sheet).substitute(theme.colors(), **pictures))


def base_font(app: QApplication) -> QFont:
    """The system's font at our size, with figures of equal width so that columns align."""
    font = QFont(app.font())
    font.setPixelSize(_BASE_FONT_PX)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def _palette(theme: Theme) -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette()
    colors = {
        role.Window: theme.surface_1,
        role.WindowText: theme.text_1,
        role.Base: theme.surface_2,
        role.AlternateBase: theme.surface_1,
        role.Text: theme.text_1,
        role.PlaceholderText: theme.text_3,
        role.Button: theme.surface_2,
        role.ButtonText: theme.text_1,
        role.BrightText: theme.on_accent,
        role.Highlight: theme.accent,
        role.HighlightedText: theme.on_accent,
        role.Link: theme.link,
        role.ToolTipBase: theme.surface_2,
        role.ToolTipText: theme.text_1,
        role.Light: theme.surface_2,
        role.Midlight: theme.surface_2,
        role.Mid: theme.line,
        role.Dark: theme.line,
        role.Shadow: theme.surface_0,
    }
    for which, color in colors.items():
        palette.setColor(which, QColor(color))
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, QColor(theme.text_3))
    return palette
