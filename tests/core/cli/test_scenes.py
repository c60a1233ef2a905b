import pytest

from whatwhere.cli import scenes
from whatwhere.cli.scenes import scene_path
from whatwhere.demo.shipped import ShippedRoom
from whatwhere.errors import MissingFileError


@pytest.fixture
def rooms(monkeypatch, tmp_path):
    """Two shipped rooms: name -> scan folder."""
    paths = {name: tmp_path / "rooms" / name / "room0" for name in ("bedroom", "kitchen")}
    shipped = [ShippedRoom(name, path, path / "sentences.json") for name, path in paths.items()]
    monkeypatch.setattr(scenes, "shipped_rooms", lambda: shipped)
    return paths


def test_a_path_is_taken_as_it_is(rooms, tmp_path):
    assert scene_path(str(tmp_path)) == tmp_path


def test_a_room_goes_by_its_name(rooms):
    assert scene_path("kitchen") == rooms["kitchen"]


def test_a_folder_here_goes_before_a_room(rooms, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kitchen").mkdir()
    assert scene_path("kitchen").resolve() == tmp_path / "kitchen"


def test_anything_else_is_refused_with_the_names_there_are(rooms):
    with pytest.raises(MissingFileError, match=r"cellar: Scene not found.*bedroom, kitchen"):
        scene_path("cellar")


def test_an_installation_without_rooms_still_refuses_with_a_sentence(monkeypatch):
    def missing():
        raise MissingFileError("rooms", what="A demo room", remedy="Install again")

    monkeypatch.setattr(scenes, "shipped_rooms", missing)
    with pytest.raises(MissingFileError, match="cellar: Scene not found"):
        scene_path("cellar")
