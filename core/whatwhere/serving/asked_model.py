"""What a user may name as a model and as candidates, and what tells two of them apart."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from whatwhere.models.catalogue import TABLE, find_model
from whatwhere.scenes.geometric import GeometricProposals
from whatwhere.scenes.proposal_files import ProposalFiles, ProposalSource

if TYPE_CHECKING:
    from whatwhere.models.grounder import Grounder
    from whatwhere.models.kept_features import KeptFeatures

GEOMETRIC = "geometric"
"""In place of a file of candidates: they are found in the mesh."""


def answer_file(model: str | Path) -> Path | None:
    """The file of answers that a model is, or None where it is a model that can be asked.

    Raises:
        ModelError: there is no such model.
    """
    if Path(model).is_file():
        return Path(model)
    entry = find_model(model)
    return entry.folder / TABLE if entry.kind == "predictions" else None


def load_asked(model: str | Path, *, device: str = "auto", cache_bytes: int = 0) -> "Grounder":
    """Load a model to go through many scans, with what it saw of them kept on disk.

    Args:
        model: a name from `whatwhere models list`, or a folder.
        device: where it runs.
        cache_bytes: what may be kept of scans that models looked at; 0 keeps nothing.

    Raises:
        WhatWhereError: it cannot be loaded.
    """
    from whatwhere.models.load_settings import LoadSettings
    from whatwhere.models.registry import load_grounder
    from whatwhere.serving.threads import use_threads_for_encoding

    grounder = load_grounder(model, settings=LoadSettings(device=device, cache_bytes=cache_bytes))
    kept: KeptFeatures | None = getattr(grounder, "kept", None) if cache_bytes else None
    if kept is not None:
        kept.spares_own = True  # the next pass over the scans comes the same way
    use_threads_for_encoding()
    return grounder


def model_mark(model: str | Path) -> str:
    """Twelve hex digits that change when a model's files do: their sizes and times.

    Raises:
        ModelError: there is no such model.
    """
    path = answer_file(model)
    folder = None if path is not None else find_model(model).folder
    files = [path] if path is not None else []
    if folder is not None:
        files = sorted(item for item in folder.glob("*") if item.is_file())
    said = [f"{item.name} {item.stat().st_size} {item.stat().st_mtime_ns}" for item in files]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:12]


def proposal_source(proposals: Path | str | None, first: int | None) -> ProposalSource | None:
    """Where candidates come from; None for the annotated objects.

    Args:
        proposals: a file or folder of candidates, "geometric", or None.
        first: only so many candidates of each scan.

    Raises:
        MissingFileError: there is nothing at the path.
    """
    if proposals is None:
        return None
    if proposals == GEOMETRIC:
        return GeometricProposals()
    return ProposalFiles(Path(proposals), first=first)


def proposals_said(proposals: Path | str | None) -> str | None:
    """The same in a log: paths are absolute."""
    if proposals is None or proposals == GEOMETRIC:
        return None if proposals is None else GEOMETRIC
    return str(Path(proposals).resolve())
