"""Finding commands by a few letters, and the pages of help."""

import re

import pytest

from whatwhere.assets import asset
from whatwhere_app.commands.table import COMMANDS
from whatwhere_app.presenters.help import PAGES, key_page
from whatwhere_app.presenters.palette import SYNONYMS, found


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("dark", "theme.dark"),
        ("exp", "file.export"),
        ("demo", "file.open_demo"),
        ("open expr", "file.open_expressions"),
        ("cieling", "show.ceiling"),
        ("prev cam", "view.back"),
        ("whole scene", "view.home"),
    ],
)
def test_a_few_letters_find_the_command_even_misspelt(typed: str, name: str) -> None:
    assert found(COMMANDS, typed)[0].name == name


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("screenshot", "file.export"),
        ("preferences", "file.settings"),
        ("shortcuts", "help.keys"),
        ("exit", "file.quit"),
        ("predict", "query.ask"),
        ("batch", "file.ask_sentences"),
        ("roof", "show.ceiling"),
        ("swap models", "models.exchange"),
        ("reset camera", "view.home"),
        ("bug", "help.report"),
    ],
)
def test_a_command_is_found_by_what_it_is_called_elsewhere(typed: str, name: str) -> None:
    assert found(COMMANDS, typed)[0].name == name


def test_synonyms_are_of_commands_that_exist() -> None:
    assert set(SYNONYMS) <= {command.name for command in COMMANDS}


def test_nothing_typed_offers_all_and_nonsense_none() -> None:
    assert found(COMMANDS, " ") == list(COMMANDS)
    assert found(COMMANDS, "qqqqxxxx") == []


def test_the_list_of_keys_has_every_key_once() -> None:
    keys = {command.name: command.keys for command in COMMANDS}
    listed = re.findall(r"\| `(.+)` \|", key_page(COMMANDS, keys))
    assert listed
    each = [key for line in listed for key in line.split("` or `")]
    assert sorted(each) == sorted(key for c in COMMANDS for key in c.keys)


def test_the_list_of_keys_follows_the_users_own() -> None:
    keys = {command.name: () for command in COMMANDS} | {"show.ceiling": ("Ctrl+F9",)}
    page = key_page(COMMANDS, keys)
    assert re.findall(r"\| (.+) \| (.+) \|", page)[-1:] == [("`Ctrl+F9`", "Cut off the ceiling")]


def test_no_two_commands_share_a_key() -> None:
    keys = [key for command in COMMANDS for key in command.keys]
    assert len(keys) == len(set(keys))


def test_every_page_ships() -> None:
    for name, title in PAGES:
        if name != "keys":
            assert asset("help", f"{name}.md").read_text(encoding="utf-8").startswith("# "), title
