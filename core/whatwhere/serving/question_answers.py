"""Questions of a split: put to a model that speaks, or looked up in a file of answers."""

import time
from collections.abc import Sequence
from pathlib import Path

from whatwhere.errors import BrokenFileError, Cancelled, ExpressionError
from whatwhere.language.expressions import Expression
from whatwhere.language.situations import Question
from whatwhere.models.grounder import IsCancelled, Modality, SceneEncoding, Speaker
from whatwhere.scenes.annotation import read_json
from whatwhere.scenes.proposal_files import ProposalSource
from whatwhere.scenes.proposals import box_source_of
from whatwhere.scenes.scene import Scene
from whatwhere.serving.split_runner import Answers

_SPOKEN: Modality = "fused"


class SpeakerAnswerer:
    """A model that speaks; in SQA3D it is told the situation before the question."""

    def __init__(
        self,
        speaker: Speaker,
        modalities: Sequence[Modality],
        proposals: ProposalSource | None = None,
        *,
        is_cancelled: IsCancelled | None = None,
    ) -> None:
        self._speaker = speaker
        self._modalities = tuple(modalities)
        self._proposals = proposals
        self._is_cancelled = is_cancelled

    def answer(self, scene: Scene, expressions: Sequence[Expression]) -> Answers:
        """See `Answerer.answer`."""
        given = None if self._proposals is None else self._proposals.of(scene)
        among = None if given is None else given.proposals
        encoding = self._speaker.encode(scene, among, is_cancelled=self._is_cancelled)
        started = time.perf_counter()
        found = [self._one(encoding, item) for item in expressions]
        return Answers(
            {},
            None,
            box_source_of(encoding.proposals),
            0 if given is None else given.num_empty,
            time.perf_counter() - started,
            {name: tuple(said.get(name) for said in found) for name in self._modalities},
        )

    def _one(self, encoding: SceneEncoding, item: Expression) -> dict[Modality, str]:
        if self._is_cancelled is not None and self._is_cancelled():
            raise Cancelled("The evaluation")
        situation = item.situation if isinstance(item, Question) else None
        text = item.text if situation is None else f"{situation.text} {item.text}"
        try:
            answers = self._speaker.answer(encoding, text, self._modalities).answers
        except ExpressionError:
            return {}
        return {modality: answer.text for modality, answer in answers.items()}


class QuestionFile:
    """Answers by question_id: a JSON list with `answer`, `answer_top10` (ScanQA's) or `pred`.

    Raises:
        BrokenFileError: it is no such list, or answers a question twice.
    """

    modalities: tuple[Modality, ...] = (_SPOKEN,)

    def __init__(self, path: Path) -> None:
        rows = read_json(path)
        if not isinstance(rows, list) or not rows:
            raise BrokenFileError(path, "it is not a list of answers")
        self._answers: dict[str, str] = {}
        for number, row in enumerate(rows, start=1):
            said = _said(row)
            if said is None:
                raise BrokenFileError(
                    path,
                    f"row {number} has no question_id or no answer",
                    remedy='Give rows as {"question_id": ..., "answer": ...}',
                )
            if said[0] in self._answers:
                raise BrokenFileError(path, f"row {number} answers question {said[0]} again")
            self._answers[said[0]] = said[1]

    def answer(self, scene: Scene, expressions: Sequence[Expression]) -> Answers:
        """See `Answerer.answer`."""
        found = tuple(self._answers.get(item.ann_id) for item in expressions)
        return Answers({}, None, "model", said={_SPOKEN: found})


def _said(row: object) -> tuple[str, str] | None:
    if not isinstance(row, dict) or not isinstance(row.get("question_id"), str | int):
        return None
    top = row.get("answer_top10")
    answer = top[0] if isinstance(top, list) and top else row.get("answer", row.get("pred"))
    return (str(row["question_id"]), answer) if isinstance(answer, str) else None
