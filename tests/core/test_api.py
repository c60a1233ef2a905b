"""The public Python interface: `import whatwhere` and what hangs on it."""

import pytest

import whatwhere


@pytest.mark.parametrize("name", whatwhere.__all__)
def test_every_public_name_resolves(name):
    assert callable(getattr(whatwhere, name))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'fly'"):
        whatwhere.fly  # noqa: B018
