"""Sentences in plain text files, one per line: those asked before, and those to ask in one go."""

import csv
from collections.abc import Sequence
from math import exp
from pathlib import Path

from whatwhere.errors import BrokenFileError, MissingFileError
from whatwhere.files import replacing
from whatwhere_app.workspace_values import Answers, Replies

_MAX_BYTES = 2**20
_KEPT = 200
_COLUMNS = (
    *("sentence", "modality", "label", "object_id", "proposal", "p", "log_p"),
    *("cx", "cy", "cz", "dx", "dy", "dz", "warnings", "answer"),
)


def read_sentences(path: Path) -> tuple[str, ...]:
    """The sentences of a file; blank lines and lines that begin with "#" are none.

    Raises:
        MissingFileError: there is no such file.
        BrokenFileError: it is no text, too long, or holds no sentence.
    """
    remedy = "Write one sentence per line, as plain text in UTF-8"
    if not path.is_file():
        raise MissingFileError(path, what="File of sentences", remedy="Choose another file")
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise BrokenFileError(path, "the file is larger than 1 MB", remedy="Split it")
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BrokenFileError(path, f"no text could be read ({error})", remedy=remedy) from error
    sentences = tuple(" ".join(line.split()) for line in lines if not line.startswith("#"))
    # A file without any letters is no list of sentences, whatever it is.
    found = tuple(line for line in sentences if any(sign.isalnum() for sign in line))
    if not found or any("\0" in line for line in found):
        raise BrokenFileError(path, "there is no sentence in it", remedy=remedy)
    return found


def write_answers(path: Path, answers: Sequence[Answers | Replies]) -> None:
    """The best candidate of every modality as CSV: boxes in aligned metres, p among all.

    Of a question, its answer in words: p is the geometric mean over the answer's tokens.

    Raises:
        BrokenFileError: the file cannot be written.
    """
    try:
        with (
            replacing(path) as temporary,
            temporary.open("w", encoding="utf-8", newline="") as file,
        ):
            writer = csv.writer(file)
            writer.writerow(_COLUMNS)
            for item in answers:
                rows = _said_rows(item) if isinstance(item, Replies) else _rows(item)
                writer.writerows(rows)
    except OSError as error:
        raise BrokenFileError(
            path, f"the answers could not be written ({error})", remedy="Move the sentences first"
        ) from error


class SentenceHistory:
    """The sentences asked before, newest last, in this session and in earlier ones.

    Args:
        path: where they are kept; a broken file is an empty history.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            lines = []
        self.sentences = tuple(line for line in lines[-_KEPT:] if line.strip())

    def add(self, sentence: str) -> None:
        """Remember a sentence as the newest."""
        others = [item for item in self.sentences if item != sentence]
        self.sentences = (*others, sentence)[-_KEPT:]
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(self._path) as temporary:
                temporary.write_text("\n".join(self.sentences) + "\n", encoding="utf-8")
        except OSError:
            return  # a history that cannot be kept still serves this session


def _rows(answers: Answers) -> list[tuple[object, ...]]:
    return [
        (
            *(answers.expression.text, modality, best.label, best.object_id, best.proposal),
            *(f"{exp(best.score):.4f}", f"{best.score:.4f}"),
            *(f"{value:.4f}" for value in best.box.as_row()),
            *(" ".join(answers.warnings), ""),
        )
        for modality, grounding in answers.groundings.items()
        for best in [grounding.best]
    ]


def _said_rows(replies: Replies) -> list[tuple[object, ...]]:
    return [
        (
            *(replies.question.text, modality, "", "", ""),
            *(f"{exp(mean):.4f}", f"{mean:.4f}"),
            *("",) * 6,
            *(" ".join(replies.warnings), said.text),
        )
        for modality, said in replies.answers.items()
        for mean in [said.mean_log_prob]
    ]
