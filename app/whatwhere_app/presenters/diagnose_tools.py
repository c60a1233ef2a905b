"""What the Diagnose layout has the rest of the program do."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DiagnoseTools:
    """Doors to the rest of the program.

    Attributes:
        open_scene: opens a scan.
        stop_asking: what was asked before is awaited no more.
        train_with: takes a margin, in nats, to the training form.
        copy: puts a text on the clipboard.
        show_page: opens a page in the browser.
    """

    open_scene: Callable[[Path], None]
    stop_asking: Callable[[], None]
    train_with: Callable[[float], None]
    copy: Callable[[str], None]
    show_page: Callable[[Path], None]
