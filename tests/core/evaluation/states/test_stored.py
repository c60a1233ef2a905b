import numpy as np
import pytest

from whatwhere.errors import BrokenFileError, RefusedPathError
from whatwhere.evaluation.states.stored import FOLDER, StateWriter, StoredStates


def values(seed, count):
    return np.random.default_rng(seed).normal(size=(2, count, 5)).astype(np.float32)


def test_states_come_back_by_sentence_whatever_the_order(tmp_path):
    one, two = values(0, 2), values(1, 3)
    StateWriter(tmp_path, 8, ("fused", "2d")).put([6, 1], one, np.ones((2, 3)))
    # Another process goes on where the first was killed.
    StateWriter(tmp_path, 8, ("fused", "2d")).put([0, 2, 7], two, np.full((3, 3), np.nan))
    stored = StoredStates.opened(tmp_path, ("fused", "2d", "3d"))
    assert stored.modalities == ("fused", "2d")
    np.testing.assert_array_equal(np.flatnonzero(stored.has), [0, 1, 2, 6, 7])
    np.testing.assert_allclose(stored.of("2d", np.array([1, 6])), one[1, ::-1], atol=2e-3)
    np.testing.assert_allclose(stored.of("fused", np.array([7])), two[0, 2:], atol=2e-3)
    np.testing.assert_array_equal(stored.centers_m[[1, 6]], np.ones((2, 3)))
    assert np.isnan(stored.centers_m[0]).all()


def test_a_number_too_large_for_its_type_stays_finite(tmp_path):
    StateWriter(tmp_path, 1, ("fused",)).put([0], np.full((1, 1, 2), 1e9), np.zeros((1, 3)))
    assert np.isfinite(StoredStates.opened(tmp_path, ("fused",)).of("fused", np.array([0]))).all()


def test_a_diagnosis_without_states_has_none(tmp_path):
    assert StoredStates.opened(tmp_path, ("fused",)) is None


@pytest.mark.parametrize("name", ["fused.npy", "has.npy", "centers_m.npy"])
def test_a_broken_file_is_named(tmp_path, name):
    StateWriter(tmp_path, 8, ("fused",)).put([1], values(0, 1)[:1], np.zeros((1, 3)))
    path = tmp_path / FOLDER / name
    path.write_bytes(b"not numbers")
    with pytest.raises(BrokenFileError, match="states are broken") as broken:
        StoredStates.opened(tmp_path, ("fused",))
    assert broken.value.path == path
    np.save(path, np.zeros(3, np.int64))
    with pytest.raises(BrokenFileError, match="no file of states"):
        StoredStates.opened(tmp_path, ("fused",))


def test_files_that_do_not_belong_together_are_refused(tmp_path):
    StateWriter(tmp_path, 8, ("fused",)).put([1], values(0, 1)[:1], np.zeros((1, 3)))
    np.save(tmp_path / FOLDER / "has.npy", np.zeros(7, bool))
    with pytest.raises(BrokenFileError, match="differ in number"):
        StoredStates.opened(tmp_path, ("fused",))


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / FOLDER).write_text("a file is in the way")
    with pytest.raises(RefusedPathError):
        StateWriter(tmp_path, 8, ("fused",)).put([1], values(0, 1)[:1], np.zeros((1, 3)))
