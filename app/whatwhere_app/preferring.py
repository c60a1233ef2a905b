"""Keys and settings that the user changes, built and connected here."""

from whatwhere.models.cache_cap import empty_cache, held_bytes
from whatwhere_app.keymap import Keymap, keymap_path
from whatwhere_app.main_window import MainWindow
from whatwhere_app.presenters.appearance import AppearancePresenter
from whatwhere_app.presenters.keys import KeysPresenter
from whatwhere_app.presenters.preferences import KeptScenes, PreferencesPresenter
from whatwhere_app.settings import SettingsStore
from whatwhere_app.stored import Store
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.views.keys_panel import KeysPanel
from whatwhere_app.views.settings_panel import SettingsPanel


class Preferring:
    """The panels of keys and of settings, and their presenters."""

    def __init__(
        self,
        window: MainWindow,
        board: TaskBoard,
        settings: SettingsStore,
        appearance: AppearancePresenter,
    ) -> None:
        actions = window.actions_by_name
        self.keys_panel = KeysPanel(window)
        store = Store(keymap_path(), Keymap, what="keys")
        self.keys = KeysPresenter(self.keys_panel, actions, store, board)
        self.settings_panel = SettingsPanel(window)
        self.settings = PreferencesPresenter(
            self.settings_panel,
            settings,
            choose_theme=appearance.choose,
            kept=KeptScenes(held_bytes, empty_cache),
        )
        panel = self.keys_panel
        panel.key_wanted.connect(self.keys.set_key)
        panel.removal_wanted.connect(self.keys.remove_key)
        panel.reset_wanted.connect(self.keys.reset)
        panel.reset_all_wanted.connect(self.keys.reset_all)
        self.settings_panel.changed.connect(self.settings.change)
        self.settings_panel.command_given.connect(self.settings.do)
        actions["help.keys"].triggered.connect(lambda *_: self._open_keys())
        actions["file.settings"].triggered.connect(lambda *_: self._open_settings())

    def _open_keys(self) -> None:
        self.keys.show()
        self.keys_panel.open_with_focus()

    def _open_settings(self) -> None:
        self.settings.show()
        self.settings_panel.open_with_focus()
