"""What a model folder says of itself: what it was trained on, how good it is, its card."""

import json
from pathlib import Path
from typing import Any

_CARDS = ("card.md", "README.md")
_MAX_CARD_BYTES = 2**20
_TAGS = {"fused": "fused", "2d": "2D", "3d": "3D"}


def card_of(folder: Path) -> str:
    """The card as Markdown, without front matter; "" where there is none."""
    for name in _CARDS:
        try:
            with (folder / name).open(encoding="utf-8", errors="replace") as file:
                text = file.read(_MAX_CARD_BYTES)
        except OSError:
            continue
        if text.startswith("---\n"):
            _, _, text = text[4:].partition("\n---\n")
        if text.strip():
            return text.strip()
    return ""


def trained_on(folder: Path) -> str:
    """What its configuration names as its data; "" where it names nothing."""
    extra = _object(folder / "config.json").get("extra")
    known = extra.get("trained_on") if isinstance(extra, dict) else None
    what = known.get("what") if isinstance(known, dict) else None
    return " ".join(what.split())[:200] if isinstance(what, str) else ""


def figures_of(folder: Path) -> str:
    """Its accuracy over all sentences that it was measured on, as training writes it down."""
    document = _object(folder / "metrics.json")
    try:
        overall = document["rows"][0]
        found = overall["accuracy"]
        parts = [
            f"{tag} {float(found[name]['value']) * 100:.1f} %"
            for name, tag in _TAGS.items()
            if name in found
        ]
        return f"{', '.join(parts)} of {int(overall['n']):,} sentences ({document['split']})"
    except (KeyError, IndexError, TypeError, ValueError):
        return ""


def _object(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
