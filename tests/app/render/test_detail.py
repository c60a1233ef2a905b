from whatwhere_app.render.detail import FRAME_MS, GOAL_MS, Detail

LEVELS = 4


def _move(detail: Detail, frame_ms: float, num_frames: int) -> None:
    for _ in range(num_frames):
        detail.drawn(frame_ms, LEVELS)


def test_what_is_quick_enough_is_never_coarsened() -> None:
    detail = Detail()
    detail.drawn(GOAL_MS / 2, LEVELS)
    assert detail.set_moving(True, LEVELS) == 0
    _move(detail, GOAL_MS / 2, 10)
    assert detail.level == 0


def test_a_slow_mesh_moves_as_its_stand_in_and_comes_back() -> None:
    detail = Detail()
    detail.drawn(5 * GOAL_MS, LEVELS)
    assert detail.set_moving(True, LEVELS) == 1
    _move(detail, GOAL_MS / 2, 10)
    assert detail.level == 1
    assert detail.set_moving(False, LEVELS) == 0


def test_slow_stand_ins_give_way_to_coarser_ones_also_for_the_next_scene() -> None:
    detail = Detail()
    detail.drawn(5 * GOAL_MS, LEVELS)
    detail.set_moving(True, LEVELS)
    _move(detail, 2 * GOAL_MS, 50)
    assert detail.level == LEVELS - 1
    detail.set_moving(False, LEVELS)
    detail.start()
    detail.drawn(5 * GOAL_MS, LEVELS)
    assert detail.set_moving(True, LEVELS) == LEVELS - 1
    _move(detail, GOAL_MS / 10, 4)
    assert detail.level == LEVELS - 2


def test_one_slow_frame_among_quick_ones_changes_nothing() -> None:
    detail = Detail()
    detail.drawn(5 * GOAL_MS, LEVELS)
    detail.set_moving(True, LEVELS)
    for frame_ms in (GOAL_MS / 2, GOAL_MS / 2, 9 * GOAL_MS, GOAL_MS / 2):
        assert detail.drawn(frame_ms, LEVELS) == 1


def test_without_a_stand_in_yet_the_mesh_itself_is_drawn() -> None:
    detail = Detail()
    detail.drawn(5 * GOAL_MS, 1)
    assert detail.set_moving(True, 1) == 0
    assert detail.drawn(5 * GOAL_MS, 1) == 0
    assert detail.drawn(5 * GOAL_MS, LEVELS) == 1


def test_what_qt_takes_longer_vtk_may_take_less() -> None:
    detail = Detail()
    detail.drawn(5 * GOAL_MS, LEVELS)
    detail.set_moving(True, LEVELS)
    _move(detail, GOAL_MS - 1, 10)
    assert detail.level == 1
    for _ in range(20):
        detail.brought(FRAME_MS - GOAL_MS + 3)
    _move(detail, GOAL_MS - 1, 10)
    assert detail.level > 1


def test_however_slow_qt_is_the_scan_is_not_coarsened_for_nothing() -> None:
    detail = Detail()
    detail.drawn(5 * GOAL_MS, LEVELS)
    detail.set_moving(True, LEVELS)
    for _ in range(20):
        detail.brought(10 * FRAME_MS)
    _move(detail, GOAL_MS / 2, 20)
    assert detail.level == 1
