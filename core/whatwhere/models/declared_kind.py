"""Which kind of network a model folder says that it holds."""

import json
from pathlib import Path


def declared_kind(folder: Path) -> str:
    """The `kind` of its config.json; "" where it has none, which loading then tells."""
    try:
        value = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return ""
    kind = value.get("kind") if isinstance(value, dict) else None
    return kind if isinstance(kind, str) else ""
