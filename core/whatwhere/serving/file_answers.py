"""The answers of a file, looked up by the ids of their rows."""

from collections.abc import Sequence
from pathlib import Path

from whatwhere.errors import BrokenFileError
from whatwhere.evaluation.answered import Chosen
from whatwhere.language.expressions import Expression
from whatwhere.models.grounder import MODALITIES, Modality
from whatwhere.models.prediction_files import read_answers
from whatwhere.models.prediction_lines import Line
from whatwhere.scenes.scene import Scene
from whatwhere.serving.split_runner import Answers

_Key = tuple[str, int | None, str]
"""Scene, object and annotation; the object is None where a file does not name it."""


class FileAnswerer:
    """Answers that some program gave, whatever its form.

    A row's answer is that with its scene, object and annotation, else that with its scene and
    annotation, else that with its scene and words. So two rows of the same words keep their own
    answers where the file has ids.

    Raises:
        MissingFileError: there is no such file.
        BrokenFileError: it holds no predictions, or one of a row twice.
    """

    def __init__(self, path: Path) -> None:
        self._by_ids: dict[tuple[Modality, _Key], Line] = {}
        self._by_text: dict[tuple[Modality, str, str], Line] = {}
        lines = read_answers(path)
        for line in lines:
            if line.ann_id:
                key = (line.modality, (line.scene_id, line.object_id, line.ann_id))
                first = self._by_ids.setdefault(key, line)
                if first is not line:
                    raise BrokenFileError(
                        path,
                        f"answers {first.number} and {line.number} are to the same row, "
                        f"{line.ann_id} of object {line.object_id} of {line.scene_id}",
                        remedy="Keep one of them",
                    )
            if line.text:
                self._by_text.setdefault((line.modality, line.scene_id, line.text), line)
        known = {line.modality for line in lines}
        self.modalities = tuple(name for name in MODALITIES if name in known)

    def answer(self, scene: Scene, expressions: Sequence[Expression]) -> Answers:
        """See `Answerer.answer`."""
        chosen: dict[str, tuple[Chosen | None, ...]] = {
            modality: tuple(self._one(modality, item) for item in expressions)
            for modality in self.modalities
        }
        return Answers(chosen, None, "model")

    def line_of(self, modality: Modality, item: Expression) -> Line | None:
        """What the file says to a row, or None."""
        text = " ".join(item.text.split())
        return (
            self._by_ids.get((modality, (item.scene_id, item.target_id, item.ann_id)))
            or self._by_ids.get((modality, (item.scene_id, None, item.ann_id)))
            or self._by_text.get((modality, item.scene_id, text))
        )

    def _one(self, modality: Modality, item: Expression) -> Chosen | None:
        line = self.line_of(modality, item)
        return Chosen(line.boxes[0]) if line is not None and line.boxes else None
