"""What others do in the same store, heard by looking at the end of its list of changes."""

from whatwhere.annotations.store import AnnotationStore
from whatwhere.annotations.watching import Mark, News, marks_of, news_between
from whatwhere.errors import WhatWhereError

_PAUSE_MS = 4_000
_LONGEST_MS = 64_000
"""A store that is away is not asked all the time: each try may take seconds."""


class Ear:
    """Remembers what it saw last, and which changes are of this window."""

    def __init__(self) -> None:
        self._marks: tuple[Mark, ...] | None = None
        self._own: set[str] = set()
        self.pause_ms = _PAUSE_MS

    @property
    def is_open(self) -> bool:
        """Whether there is something to compare with."""
        return self._marks is not None

    def own(self, change_id: str) -> None:
        """A change is of this window."""
        self._own.add(change_id)

    def start(self, store: AnnotationStore) -> None:
        """All that is there now is known.

        Raises:
            WhatWhereError: the store cannot be read just now.
        """
        self._marks, self.pause_ms = marks_of(store), _PAUSE_MS

    def listen(self, store: AnnotationStore) -> News | None:
        """What happened since; None where nothing did.

        Raises:
            WhatWhereError: the store cannot be read just now.
        """
        try:
            marks = marks_of(store)
        except WhatWhereError:
            self.pause_ms = min(2 * self.pause_ms, _LONGEST_MS)
            raise
        self.pause_ms = _PAUSE_MS
        before, self._marks = self._marks or (), marks
        return news_between(before, marks, self._own)
