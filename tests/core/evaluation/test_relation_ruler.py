import pytest

from whatwhere.demo.shipped import shipped_rooms
from whatwhere.evaluation.relation_ruler import Facing, Thing, ruled
from whatwhere.geometry.boxes import Box
from whatwhere.language.beside import read_expressions
from whatwhere.scenes.opening import open_scene

NORTH = Facing((0.0, 1.0), "facing +y")


def thing(label, x, y, z=0.5, size=(0.5, 0.5, 1.0)):
    return Thing(label, Box((x, y, z), size))


DOOR = thing("door", 0.0, 0.0)
NEAR, FAR = thing("chair", 1.0, 0.0), thing("chair", -4.0, 0.0)
ROOM = [DOOR, NEAR, FAR, thing("refrigerator", 5.0, 5.0)]


def one(text, item, facing=None, things=ROOM):
    (found,) = ruled(text, things, item.box, item.label, facing=facing)
    return found


def test_near_and_far_are_settled_among_look_alikes():
    found = one("the chair nearest the door", NEAR)
    assert (found.relation, found.holds) == ("near", True)
    assert found.distance_m == pytest.approx(1.0)
    assert found.arrows == ((DOOR.box.center, NEAR.box.center),)
    wrong = one("the chair nearest the door", FAR)
    assert wrong.holds is False
    assert wrong.says == "another is at 1.00 m"
    assert one("the chair farthest from the door", FAR).holds is True


def test_sides_need_someone_who_looks():
    text = "the chair left of the door"
    blind = one(text, FAR)
    assert (blind.holds, blind.arrows) == (None, ())
    assert "where one stands" in blind.says
    assert one(text, FAR, NORTH).holds is True
    assert one(text, NEAR, NORTH).holds is False
    assert one(text, NEAR, Facing((0.0, -2.0), "turned round")).holds is True
    behind = one("the chair behind the door", thing("chair", 0.0, 2.0), NORTH)
    assert behind.holds is True
    assert behind.distance_m == pytest.approx(2.0)


def test_on_and_under_go_by_height_over_one_another():
    table = thing("table", 0, 0, 0.4, (1.0, 1.0, 0.8))
    things = [table, DOOR]
    on, beside = thing("lamp", 0.2, 0.1, 1.3), thing("lamp", 3.0, 0.0, 1.3)
    under = thing("lamp", 0.2, 0.1, 0.2, (0.2, 0.2, 0.4))
    assert one("the lamp on the table", on, things=things).holds is True
    assert one("the lamp on the table", beside, things=things).holds is False
    assert one("the lamp under the table", under, things=things).holds is True
    assert one("the lamp under the table", on, things=things).holds is False


def test_between_has_two_arrows():
    middle, off = thing("chair", 2.5, 2.5), thing("chair", 0.0, 5.0)
    things = [*ROOM, middle, off]
    text = "the chair between the door and the refrigerator"
    found = one(text, middle, things=things)
    assert found.holds is True
    assert len(found.arrows) == 2
    assert one(text, off, things=things).holds is False


def test_what_is_not_here_is_said_and_synonyms_are_known():
    found = one("the chair nearest the piano", NEAR)
    assert (found.holds, found.arrows) == (None, ())
    assert found.says == "nothing here is called “the piano”"
    assert one("the chair nearest the fridge", NEAR).distance_m == pytest.approx(6.403, abs=0.01)


def test_a_sentence_without_a_relation_has_none():
    assert ruled("the red chair", ROOM, NEAR.box, "chair") == ()
    assert len(ruled("the chair left of the door near the fridge", ROOM, NEAR.box, "chair")) == 2


def test_every_target_of_the_demo_rooms_holds_and_look_alikes_do_not():
    wrong, told = 0, 0
    for room in shipped_rooms():
        scene = open_scene(room.path)
        things = [Thing(item.label, item.box) for item in scene.objects if item.box is not None]
        for expression in read_expressions(scene.scene_id, room.expressions)[0]:
            target = scene.object_by_id(expression.target_id)
            for found in ruled(expression.text, things, target.box, target.label, facing=NORTH):
                assert found.holds is True, expression.text
            for item in things:
                if item.label == target.label and item.box != target.box:
                    others = ruled(expression.text, things, item.box, item.label, facing=NORTH)
                    told += len(others)
                    # "left of" says no more than the side, and several may stand there.
                    wrong += sum(
                        other.holds is not False
                        for other in others
                        if other.relation not in ("left", "right")
                    )
    assert told > 100
    assert wrong == 0
