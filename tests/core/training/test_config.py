import pytest

from whatwhere.errors import ConfigError
from whatwhere.training.config import preset_names, read_config, write_config


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_survives_a_round_trip(name, tmp_path):
    config = read_config(name)
    write_config(config, tmp_path / "config.toml")
    assert read_config(str(tmp_path / "config.toml")) == config


def test_overrides_are_typed():
    config = read_config("default", {"steps": "7", "shortcut": "0.95", "name": "mine"})
    assert (config.steps, config.shortcut, config.name) == (7, 0.95, "mine")


@pytest.mark.parametrize(
    "overrides", [{"stepz": "3"}, {"steps": "many"}, {"shortcut": "2"}, {"steps": "0"}]
)
def test_a_wrong_setting_is_named(overrides):
    with pytest.raises(ConfigError, match=next(iter(overrides))):
        read_config("default", overrides)


def test_an_unknown_preset_lists_the_known_ones():
    with pytest.raises(ConfigError, match="default"):
        read_config("nonsense")


def test_broken_toml_names_the_file(tmp_path):
    path = tmp_path / "broken.toml"
    path.write_text("steps = = 3")
    with pytest.raises(ConfigError, match=r"broken\.toml"):
        read_config(str(path))


def test_folders_are_kept_whole_wherever_a_run_is_resumed_from(tmp_path, monkeypatch):
    (tmp_path / "scans").mkdir()
    monkeypatch.chdir(tmp_path)
    config = read_config("plain", {"data": "scans", "base": "default"})
    assert config.data == str(tmp_path / "scans")
    assert config.base == "default", "a name is no folder"
