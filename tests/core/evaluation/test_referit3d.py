import numpy as np
import pytest

from whatwhere.evaluation.metric import Facts
from whatwhere.evaluation.referit3d import axes_of, choice_accuracy, official_rows
from whatwhere.language.expressions import Expression
from whatwhere.language.reading import read_sentences

FACTS = Facts("official", "annotation", "abc")


def row(tokens, count, target=1, **extra):
    words = tokens.split()
    return Expression(
        "s", tokens, target, "chair", tokens=tuple(words), num_lookalikes=count, extra=extra
    )


ROWS = [
    row("the chair left of the desk", 2, target=4),
    row("the chair of leftover cloth", 5, target=9),
    row("the chair facing me", 3, target=1),
]


def test_easy_and_hard_and_where_one_stands():
    axes = axes_of(ROWS)
    assert axes["difficulty"].tolist() == ["easy", "hard", "hard"]
    assert axes["view"].tolist() == ["view-dependent", "view-independent", "view-dependent"]


def test_only_the_right_object_counts():
    metric = choice_accuracy([4, None, 2], ROWS, np.zeros(3, int), FACTS)
    assert metric.overall.value == pytest.approx(1 / 3)
    assert metric.axes["difficulty"]["easy"].value == 1
    assert metric.axes["difficulty"]["hard"].value == 0
    assert metric.axes["view"]["view-dependent"].n == 2


def test_the_official_rows_mention_the_class_and_are_short():
    rows = [
        row("the chair", 2, mentions_target_class="True"),
        row("it", 2, mentions_target_class="False"),
        row("chair " * 24, 2),
        row("chair " * 25, 2),
    ]
    assert official_rows(rows).tolist() == [True, False, True, False]


def test_unknown_counts_leave_the_axis_out():
    assert list(axes_of([Expression("s", "the chair")])) == ["view"]


def test_the_real_rows_fall_into_all_parts(realdata):
    folder = realdata / "language" / "referit3d"
    rows = read_sentences(folder / "nr3d_test_sampled1000.csv").expressions
    axes = axes_of(rows)
    assert set(axes["difficulty"].tolist()) == {"easy", "hard"}
    assert 0.2 < (axes["view"] == "view-dependent").mean() < 0.5
    assert official_rows(rows).mean() > 0.8
