import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from whatwhere.geometry.poses import Matrix4, invert, rigid_fault, rotation_z, transform


@st.composite
def rigid(draw: st.DrawFn) -> Matrix4:
    angles = draw(st.tuples(*[st.floats(-3.2, 3.2)] * 3))
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_euler("xyz", angles).as_matrix()
    matrix[:3, 3] = draw(st.tuples(*[st.floats(-10, 10)] * 3))
    return matrix


points = st.lists(st.tuples(*[st.floats(-10, 10)] * 3), min_size=1, max_size=5).map(np.array)


@given(rigid(), points)
def test_a_transform_and_its_inverse_cancel(to_from: Matrix4, there: np.ndarray) -> None:
    np.testing.assert_allclose(
        transform(transform(there, to_from), invert(to_from)), there, atol=1e-9
    )


@given(rigid(), rigid(), points)
def test_transforms_compose_like_matrices(a: Matrix4, b: Matrix4, there: np.ndarray) -> None:
    np.testing.assert_allclose(
        transform(there, a @ b), transform(transform(there, b), a), atol=1e-9
    )


@given(rigid())
def test_a_rigid_transform_has_no_fault(to_from: Matrix4) -> None:
    assert rigid_fault(to_from) is None


def test_a_quarter_turn_takes_x_to_y() -> None:
    np.testing.assert_allclose(
        transform(np.array([1.0, 0, 5]), rotation_z(np.pi / 2)), [0, 1, 5], atol=1e-12
    )


@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        (lambda matrix: np.full((4, 4), -np.inf), "finite"),
        (lambda matrix: np.where(np.eye(4) > 0, np.nan, matrix), "finite"),
        (lambda matrix: matrix * 2, "last row"),
        (lambda matrix: np.diag([2.0, 1, 1, 1]), "orthonormal"),
        (lambda matrix: np.diag([-1.0, 1, 1, 1]), "mirror"),
    ],
)
def test_a_pose_that_cannot_be_used_says_why(spoil, word: str) -> None:
    fault = rigid_fault(spoil(np.eye(4)))
    assert fault is not None
    assert word in fault
