"""The answers of an evaluation as they come: a line per scan."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from whatwhere.evaluation.answered import SceneAnswers
from whatwhere.serving.scene_log import SceneLog, scene_log

AnswerLog = SceneLog[SceneAnswers]


def answer_log(path: Path, about: Mapping[str, Any]) -> AbstractContextManager[AnswerLog]:
    """Open the log of an evaluation, see `scene_log`.

    Raises:
        ConfigError: the file is of another evaluation, or another process writes to it.
        BrokenFileError: the file is no such log.
        RefusedPathError: it cannot be opened.
    """
    return scene_log(path, about, SceneAnswers.from_json, what="evaluation")
