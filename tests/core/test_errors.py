"""Errors as they come out of another process."""

import pickle

import pytest

from whatwhere.errors import (
    BrokenFileError,
    Cancelled,
    InternalError,
    MissingFileError,
    RefusedPathError,
    SceneError,
    WhatWhereError,
    WorkerDiedError,
)


@pytest.mark.parametrize(
    "error",
    [
        MissingFileError("/data/a.ply", what="The mesh", remedy="Choose another"),
        BrokenFileError("/data/a.ply", "it is cut"),
        RefusedPathError("/data", "no space"),
        SceneError("there are no frames", remedy="Add some"),
        WorkerDiedError("The host", "signal 9 (SIGKILL)", "a last line"),
        InternalError("it broke"),
        Cancelled(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_comes_whole_out_of_a_worker(error: WhatWhereError) -> None:
    found = pickle.loads(pickle.dumps(error))
    assert type(found) is type(error)
    assert str(found) == str(error)
    assert vars(found) == vars(error)
