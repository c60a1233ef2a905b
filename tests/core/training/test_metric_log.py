import json
import shutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from whatwhere.training.metric_log import MetricLog, last_values
from whatwhere.training.run_files import METRICS


@pytest.fixture
def path(tmp_path):
    return tmp_path / METRICS


def row(step: int, **values) -> dict:
    return {"time": 1000.0 + step, "stage": "grounder", "step": step, **values}


def append(path, *rows) -> None:
    with path.open("a") as file:
        file.writelines(json.dumps(one) + "\n" for one in rows)


def resumed(path, kept: int) -> None:
    """The first lines as a new file, as a resumed run leaves it."""
    lines = path.read_text().splitlines(keepends=True)[:kept]
    temporary = path.with_name("new")
    temporary.write_text("".join(lines))
    temporary.replace(path)


def test_new_lines_come_once_and_whole(path):
    log = MetricLog(path)
    assert log.read_new() == []
    append(path, row(1, loss=0.5))
    assert log.read_new() == [row(1, loss=0.5)]
    with path.open("a") as file:
        file.write('{"step": 2, "lo')
    assert log.read_new() == []
    with path.open("a") as file:
        file.write('ss": 0.25}\n')
    assert log.read_new() == [{"step": 2, "loss": 0.25}]
    assert log.generation == 0


def test_a_line_that_is_none_is_left_out(path):
    path.write_text('{"step": 1}\n{"step": 2, "lo{"step": 3}\n[4]\n\n{"step": 5}\n')
    assert MetricLog(path).read_new() == [{"step": 1}, {"step": 5}]
    assert MetricLog(path).tail(9) == [{"step": 1}, {"step": 5}]


def test_reading_begins_anew_when_a_run_was_resumed(path):
    log = MetricLog(path)
    append(path, *(row(step) for step in range(9)))
    log.read_new()
    resumed(path, 4)
    append(path, *(row(step, again=1) for step in range(4, 12)))
    assert log.read_new() == [
        *(row(step) for step in range(4)),
        *(row(step, again=1) for step in range(4, 12)),
    ]
    assert log.generation == 1


def test_a_file_that_became_shorter_in_place_is_noticed(path):
    log = MetricLog(path)
    append(path, row(1), row(2))
    log.read_new()
    path.write_text(json.dumps(row(1)) + "\n")
    assert log.read_new() == [row(1)]
    assert log.generation == 1


def test_what_is_skipped_is_not_read(path):
    log = MetricLog(path)
    log.skip()
    append(path, row(1), row(2))
    log.skip()
    assert log.read_new() == []
    append(path, row(3))
    assert log.read_new() == [row(3)]


def test_long_files_come_in_parts_without_a_gap(path):
    rows = [row(step, text="x" * 1000) for step in range(3000)]
    append(path, *rows)
    log, found, parts = MetricLog(path), [], 0
    while new := log.read_new():
        found += new
        parts += 1
    assert found == rows
    assert parts > 1


@pytest.mark.parametrize("n", [0, 1, 7, 5000, 10_000])
def test_the_tail_is_the_last_lines(path, n):
    rows = [row(step, loss=step / 7) for step in range(5000)]
    append(path, *rows)
    assert MetricLog(path).tail(n) == (rows[-n:] if n else [])


def test_the_latest_value_of_each_metric(path):
    assert last_values(path) == {}
    append(path, row(1, loss=3.0, accuracy=0.5), row(2, loss=None), {"step": 2, "stage": "probe"})
    assert last_values(path) == {"accuracy": 0.5, "loss": None}


def brute_force(rows, name, max_points):
    """Steps and means of a curve by its definition, when every line is its own point."""
    pairs = [(r["step"], r[name]) for r in rows if r.get(name) is not None]
    return [np.mean(part, axis=0) for part in np.array_split(np.array(pairs), max_points)]


def test_a_short_curve_is_exact(path):
    append(path, row(1, loss=3.0), row(2, loss=None), row(3, loss=1.0), row(3, other=2))
    curve = MetricLog(path).curve("loss", 100)
    assert curve.steps.tolist() == [1, 3]
    assert curve.lows.tolist() == curve.highs.tolist() == curve.means.tolist() == [3.0, 1.0]
    assert MetricLog(path).curve("nothing", 100).steps.tolist() == []
    assert MetricLog(path.with_name("nowhere.jsonl")).curve("loss", 9).steps.tolist() == []


def test_a_long_curve_keeps_every_extreme(path):
    values = np.sin(np.arange(20_000) / 50)
    values[12_345], values[777] = 9.0, -9.0
    rows = [row(step, loss=float(value)) for step, value in enumerate(values)]
    append(path, *rows)
    for max_points in (10, 60, 500, 30_000):
        curve = MetricLog(path).curve("loss", max_points)
        assert len(curve.steps) == min(max_points, len(rows))
        assert (curve.highs.max(), curve.lows.min()) == (9.0, -9.0)
        assert np.all(np.diff(curve.steps) > 0)
        assert np.all(curve.lows <= curve.means)
        assert np.all(curve.means <= curve.highs)
    exact = MetricLog(path).curve("loss", 500)
    assert np.allclose(np.stack([exact.steps, exact.means], 1), brute_force(rows, "loss", 500))


def test_rare_metrics_keep_every_point(path):
    rows = [
        row(s, loss=1.0, **({"accuracy": s / 1e4} if s % 500 == 0 else {})) for s in range(9000)
    ]
    append(path, *rows)
    curve = MetricLog(path).curve("accuracy", 100)
    assert curve.steps.tolist() == list(range(0, 9000, 500))
    assert curve.means.tolist() == [s / 1e4 for s in range(0, 9000, 500)]


def same(one, other) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_the_index_is_taken_up_extended_and_dropped_where_a_run_was_resumed(path):
    rows = [row(step, loss=step / 3) for step in range(40_000)]
    append(path, *rows)
    log = MetricLog(path)
    log.curve("loss", 50)
    index = path.with_suffix(".index")
    assert index.exists()
    bytes_read: list[int] = []
    fresh = MetricLog(path)
    fresh.curve("loss", 50, on_progress=lambda done, _: bytes_read.append(done))
    assert bytes_read == []
    resumed(path, 25_000)
    append(path, *(row(step, loss=-1.0, odd=step) for step in range(25_000, 60_000)))
    for follower in (log, fresh, MetricLog(path)):
        followed = follower.curve("loss", 50), follower.curve("odd", 50)
        index.unlink(missing_ok=True)
        anew = MetricLog(path)
        assert same(followed[0], anew.curve("loss", 50))
        assert same(followed[1], anew.curve("odd", 50))
    assert followed[0].lows.min() == -1.0


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x80\x04pickle", b"x" * 5000])
def test_an_index_that_is_none_is_made_anew(path, content):
    append(path, *(row(step, loss=1.0) for step in range(20_000)))
    path.with_suffix(".index").write_bytes(content)
    assert len(MetricLog(path).curve("loss", 40).steps) == 40
    assert len(MetricLog(path).curve("loss", 40).steps) == 40


def test_an_index_of_another_run_does_not_fit(path, tmp_path):
    other = tmp_path / "other.jsonl"
    append(other, *(row(step, loss=1.0) for step in range(20_000)))
    append(path, *(row(step, loss=2.0) for step in range(20_000)))
    MetricLog(other).curve("loss", 40)
    shutil.copy(other.with_suffix(".index"), path.with_suffix(".index"))
    assert set(MetricLog(path).curve("loss", 40).means.tolist()) == {2.0}


def test_reading_can_be_cancelled_and_done_later(path):
    append(path, *(row(step, loss=1.0) for step in range(2000)))

    def cancel(done: int, size: int) -> None:
        assert 0 < done <= size
        raise KeyboardInterrupt

    log = MetricLog(path)
    with pytest.raises(KeyboardInterrupt):
        log.curve("loss", 4, on_progress=cancel)
    assert same(log.curve("loss", 4), MetricLog(path).curve("loss", 4))


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["loss", "lr", "stage"]),
            st.one_of(st.none(), st.floats(-1e6, 1e6), st.integers(-5, 5), st.text(max_size=3)),
        ),
        max_size=40,
    ),
    st.integers(1, 50),
)
def test_any_lines_give_a_curve_within_their_values(tmp_path_factory, lines, max_points):
    path = tmp_path_factory.mktemp("log") / METRICS
    rows = [{"step": step, **values} for step, values in enumerate(lines)]
    path.write_text("".join(json.dumps(one) + "\n" for one in rows))
    curve = MetricLog(path).curve("loss", max_points)
    values = [r["loss"] for r in rows if isinstance(r.get("loss"), int | float)]
    assert len(curve.steps) == min(max_points, len(values))
    if values:
        assert (curve.lows.min(), curve.highs.max()) == (min(values), max(values))
