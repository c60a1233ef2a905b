"""Answers of a position twin, compared by place."""

import numpy as np

from whatwhere.serving.twin_scans import as_places


def test_who_stays_with_the_place_chooses_the_other_object():
    # Object 3 stands where object 1 stood: a model that goes by place now chooses object 3.
    chosen = np.array([3, 1, 5, -1], np.int32)
    assert as_places(chosen, (1, 3)).tolist() == [1, 3, 5, -1]
