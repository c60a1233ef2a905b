"""The last few readings of scenes, kept so that a sentence need not read its scene again."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

import torch

MAX_KEPT = 6
"""A scene as every modality perceives it; the keys and values of a large model take gigabytes."""

Key = TypeVar("Key", bound=Hashable)
Prefix = TypeVar("Prefix")


class KeptPrefixes(Generic[Key, Prefix]):
    """Readings by what was read and how, the latest used last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, Prefix] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def clear(self) -> None:
        """Read every scene anew at its next sentence."""
        self._kept.clear()

    def get(self, key: Key, read: Callable[[], Prefix]) -> Prefix:
        """What was read under this key; where memory is full, what is kept makes room for it.

        Raises:
            torch.OutOfMemoryError: it does not fit by itself either.
        """
        found = self._kept.get(key)
        if found is None:
            while len(self._kept) >= MAX_KEPT:
                self._kept.popitem(last=False)
            found = self._kept[key] = self._read(read)
        self._kept.move_to_end(key)
        return found

    def _read(self, read: Callable[[], Prefix]) -> Prefix:
        with torch.inference_mode():
            try:
                return read()
            except torch.OutOfMemoryError:
                if not self._kept:
                    raise
                self._kept.clear()
            # Out here the traceback, which holds the tensors, is gone.
            torch.cuda.empty_cache()
            return read()
