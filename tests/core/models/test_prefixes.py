"""What is kept of scenes that were read, and what happens when memory is full."""

import pytest
import torch

from whatwhere.models.backbones.prefixes import MAX_KEPT, KeptPrefixes


def test_the_one_that_was_used_longest_ago_goes_first():
    kept, read = KeptPrefixes[int, str](), []

    def reading(key: int) -> str:
        return kept.get(key, lambda: read.append(key) or f"scene {key}")

    for key in range(MAX_KEPT):
        reading(key)
    assert reading(0) == "scene 0"
    reading(MAX_KEPT)
    reading(0)
    reading(1)
    assert read == [*range(MAX_KEPT + 1), 1]
    assert len(kept) == MAX_KEPT


def test_what_is_kept_makes_room_for_what_does_not_fit():
    kept = KeptPrefixes[int, str]()
    kept.get(0, lambda: "small")

    def large() -> str:
        if len(kept):
            raise torch.OutOfMemoryError("full")
        return "large"

    assert kept.get(1, large) == "large"
    assert kept.get(1, lambda: "read again") == "large"
    assert kept.get(0, lambda: "read again") == "read again"


def test_what_never_fits_is_an_error_and_is_not_kept():
    kept = KeptPrefixes[int, str]()

    def never() -> str:
        raise torch.OutOfMemoryError("full")

    for _ in range(2):
        with pytest.raises(torch.OutOfMemoryError):
            kept.get(0, never)
    assert len(kept) == 0
