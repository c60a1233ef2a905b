"""The files of a model on a hub, brought into a folder; followed and ended by whoever asked."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from whatwhere.errors import Cancelled, ModelError
from whatwhere.models.folder_checks import IsCancelled, OnProgress


def fetch_from_hub(
    hub_id: str,
    folder: Path,
    patterns: Sequence[str],
    progress: OnProgress,
    is_cancelled: IsCancelled,
) -> None:
    """Bring the files of a model that match a pattern.

    Args:
        hub_id: "organisation/name".
        folder: where to.
        patterns: of file names.
        progress: told the bytes that are there, and those of all files.
        is_cancelled: polled whenever a piece has come.

    Raises:
        ModelError: it cannot be fetched.
        Cancelled: `is_cancelled` returned True.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError
    from tqdm.std import tqdm  # type: ignore[import-untyped]

    class Follower(tqdm):  # type: ignore[misc]
        """What the hub's client takes for a progress bar; it draws nothing."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            kwargs.pop("name", None)
            # Without a file of its own a bar that is switched off counts nothing.
            super().__init__(*args, **(kwargs | {"disable": False, "file": _NOWHERE}))

        def display(self, *_: Any, **__: Any) -> None:
            """Nothing to see."""

        def update(self, n: float | None = 1) -> None:
            super().update(n)
            if self.unit == "B":
                progress(int(self.n), int(self.total or 0), f"fetching {hub_id}")
            if is_cancelled():
                raise Cancelled(f"Fetching {hub_id}")

    try:
        snapshot_download(
            hub_id, local_dir=folder, allow_patterns=list(patterns), tqdm_class=Follower
        )
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        said = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ModelError(
            f'"{hub_id}" cannot be fetched ({said[:200]})',
            remedy="Check the id and the network, or fetch it yourself and add the folder",
        ) from error


class _Nowhere:
    """A file that keeps nothing."""

    encoding = "utf-8"

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None:
        """Nothing to do."""


_NOWHERE = _Nowhere()
