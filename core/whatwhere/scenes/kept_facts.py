"""What was found out about folders and files, kept until one of them changes."""

import json
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from whatwhere.files import replacing

_SCHEME = 1
"""To be raised whenever what is kept means something else."""

_SETTLED_NS = 2_000_000_000
"""What changed less than this ago may change again within the same tick of its file system."""

Stamp = tuple[int, int] | None
"""(when it was changed in ns, size in bytes) of a file or a folder; None for nothing there."""


class KeptFacts:
    """JSON documents by name in one file; each holds while what it rests on stays as it was.

    Asking for one reads no file and lists no folder: it takes a `stat` of each path it rests on.

    Args:
        path: the file; one that cannot be read, or not be understood, is made anew.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._entries = _read(path)
        self._is_changed = False

    def get(self, name: str) -> Any | None:
        """The document with this name, or None where there is none that still holds."""
        entry = self._entries.get(name)
        if not isinstance(entry, dict):
            return None
        stamps = entry.get("stamps")
        if not isinstance(stamps, dict) or not stamps:
            return None
        for path, stamp in stamps.items():
            found = stamp_of(path)
            if (None if found is None else list(found)) != stamp:
                return None
        return entry.get("document")

    def keep(self, name: str, document: Any, stamps: dict[str, Stamp]) -> None:
        """Keep a document.

        Args:
            name: of the document; what had this name is forgotten.
            document: of JSON's types.
            stamps: of everything it rests on, taken before that was looked at. What has just
                been changed is not kept, for it may still be changing.
        """
        settled_ns = time.time_ns() - _SETTLED_NS
        self._is_changed = True
        if any(stamp is not None and stamp[0] > settled_ns for stamp in stamps.values()):
            self._entries.pop(name, None)
        else:
            self._entries[name] = {"stamps": stamps, "document": document}

    def forget(self, names: Iterable[str]) -> None:
        """Keep these documents no longer."""
        for name in names:
            self._is_changed |= self._entries.pop(name, None) is not None

    def names(self) -> tuple[str, ...]:
        """Of all that is kept, whether or not it still holds."""
        return tuple(self._entries)

    def save(self) -> None:
        """Write what has changed; a folder that refuses it costs the next call time, no more."""
        if not self._is_changed:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(self._path) as temporary:
                text = json.dumps({"scheme": _SCHEME, "entries": self._entries})
                temporary.write_text(text, encoding="utf-8")
        except OSError:
            return
        self._is_changed = False


def stamp_of(path: Path | str) -> Stamp:
    """By which a later change is noticed."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size


def stamps_of(paths: Iterable[Path]) -> dict[str, Stamp]:
    """The stamp of each path."""
    return {str(path): stamp_of(path) for path in paths}


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(document, dict) or document.get("scheme") != _SCHEME:
        return {}
    entries = document.get("entries")
    return entries if isinstance(entries, dict) else {}
