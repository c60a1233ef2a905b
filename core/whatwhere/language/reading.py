"""Files of sentences in any of the forms that data sets have, told apart by what is in them."""

from collections.abc import Callable
from pathlib import Path

from whatwhere.errors import BrokenFileError, MissingFileError
from whatwhere.language.referit3d import read_referit3d
from whatwhere.language.rows import ExpressionFile
from whatwhere.language.scanents3d import read_scanents3d
from whatwhere.language.scanqa import read_scanqa
from whatwhere.language.scanrefer import read_scanrefer
from whatwhere.language.sqa3d import read_sqa3d

_HEAD_BYTES = 64 * 1024


def read_sentences(path: Path) -> ExpressionFile:
    """A file of ScanRefer, Nr3D, Sr3D, ScanEnts3D, ScanQA or SQA3D.

    Raises:
        MissingFileError: there is no such file.
        BrokenFileError: it is in none of these forms.
    """
    if not path.is_file():
        raise MissingFileError(path, what="Sentences", remedy="Check the path to the sentences")
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if head[:1] == b"\x80" or head[:2] == b"PK":
        raise BrokenFileError(
            path,
            "it is a pickle or an archive, which is never opened",
            remedy="Give the data set's own JSON or CSV",
        )
    return _reader(path, head)(path)


def _reader(path: Path, head: bytes) -> Callable[[Path], ExpressionFile]:
    if path.suffix.lower() == ".csv":
        first_line = head.partition(b"\n")[0]
        return read_scanents3d if b"entities" in first_line else read_referit3d
    if head.lstrip()[:1] == b"{":
        return read_sqa3d
    if b'"question"' in head:
        return read_scanqa
    return read_scanents3d if b'"entities"' in head else read_scanrefer
