"""The scans below the user's folders, with the sentences about them."""

from collections.abc import Sequence
from pathlib import Path

from whatwhere.language.catalogued import with_sentences
from whatwhere.scenes.catalogue import Catalogue, find_scans
from whatwhere.scenes.layouts import OnStep


def listed_scans(folders: Sequence[Path], *, on_step: OnStep) -> Catalogue:
    """What lies below these folders; `on_step` is told of every folder and may raise to stop."""
    return with_sentences(find_scans(folders, on_step=on_step), on_step=on_step)
