"""Learning answers in words beside choices: questions of a file such as ScanQA's.

Fused learns the answer's tokens; of questions about places, 2D alone is kept from answering as
well (`whatwhere.objectives.answer_tokens`). Everything is drawn from (seed, step).

Shapes: R questions of one scene, W tokens of a question and its answer.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from whatwhere.errors import SceneError
from whatwhere.language.relations import is_spatial, names_looks
from whatwhere.language.scanqa import read_scanqa
from whatwhere.language.situations import Question
from whatwhere.models.frame_vlm.model import FrameVLM
from whatwhere.models.frame_vlm.texts import Texts
from whatwhere.models.spatial_vlm.modality import SENSES
from whatwhere.objectives.answer_tokens import answer_hinge, mean_log_prob
from whatwhere.training.config import TrainConfig
from whatwhere.training.distributed import Ranks
from whatwhere.training.frame_scenes import FrameScenes


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as the model reads it.

    Attributes:
        room: number of its scene.
        token_ids: of the prompt with the question in it.
        answers: token ids of each answer that counts as right, an end token behind.
        is_spatial: where things are decides.
    """

    room: int
    token_ids: tuple[int, ...]
    answers: tuple[tuple[int, ...], ...]
    is_spatial: bool


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A question in one step: which of its answers, and how 2D sees the scene."""

    asked: Asked
    answer: tuple[int, ...]
    is_shuffled: bool


class Answering:
    """The questions of a run.

    Args:
        network: that learns.
        sights: its G scenes, then the same with their places dealt out.
        questions: about those scenes.
        config: how many are drawn per step, weights and margin.
    """

    def __init__(
        self,
        network: FrameVLM,
        sights: FrameScenes,
        questions: Sequence[Asked],
        config: TrainConfig,
    ) -> None:
        self.network, self.sights, self.config = network, sights, config
        self.questions = tuple(questions)

    def backward(
        self, step: int, ramped: float, ranks: Ranks, backward: Callable[[Tensor], object]
    ) -> dict[str, float]:
        """Leave the gradient of a step's questions, and say the share of their losses.

        Args:
            step: drawn for.
            ramped: weight of what 2D is kept from, from `whatwhere.training.losses.ramp`.
            ranks: each takes some of the scenes; their shares add up.
            backward: of a loss; called once per scene.
        """
        drawn = self._drawn(step)
        num_spatial = sum(item.asked.is_spatial for item in drawn)
        rooms = sorted({item.asked.room for item in drawn})
        found: dict[str, float] = {}
        for room in rooms[ranks.number :: ranks.count]:
            of_room = [item for item in drawn if item.asked.room == room]
            parts = self._losses(room, of_room, with_2d=ramped > 0)
            share = {
                "answer": parts["answer"].sum() / len(drawn),
                "answer_pseudo_label": parts["answer_pseudo_label"].sum() / max(1, num_spatial),
            }
            pushed = ramped * self.config.answer_pseudo_label_weight
            backward(
                self.config.answer_weight * share["answer"] + pushed * share["answer_pseudo_label"]
            )
            for name, value in share.items():
                found[name] = found.get(name, 0.0) + float(value.detach())
        return found

    def _losses(self, room: int, drawn: Sequence[_Drawn], *, with_2d: bool) -> dict[str, Tensor]:
        """Of the questions of one scene: "answer" (R,), "answer_pseudo_label" of the spatial."""
        fused_R = self._log_p(room, drawn, fused=True)
        about_places = [row for row, item in enumerate(drawn) if item.asked.is_spatial]
        hinges = [fused_R.new_zeros(0)]
        weight = self.config.answer_pseudo_label_weight
        if with_2d and weight > 0 and self.config.pseudo_label != "none":
            for is_shuffled in (False, True):
                rows = [row for row in about_places if drawn[row].is_shuffled == is_shuffled]
                if rows:
                    seen = room + is_shuffled * (len(self.sights.mask_GK) // 2)
                    log_2d = self._log_p(seen, [drawn[row] for row in rows], fused=is_shuffled)
                    hinges.append(answer_hinge(log_2d, fused_R[rows], margin=self.config.margin))
        return {"answer": -fused_R, "answer_pseudo_label": torch.cat(hinges)}

    def _log_p(self, scene: int, drawn: Sequence[_Drawn], *, fused: bool) -> Tensor:
        """(R,) mean log-probability of the answers."""
        network = self.network
        device = next(network.parameters()).device
        sight = replace(self.sights, device=device).sight(scene)
        tokens = network.tokens(sight, network.features(sight))
        ids, is_answer = _padded([(item.asked.token_ids, item.answer) for item in drawn])
        ids, is_answer = ids.to(device), is_answer.to(device)
        senses = SENSES["fused" if fused else "2d"]
        return mean_log_prob(network.answers_at_once(tokens, senses, ids, is_answer), is_answer)

    def _drawn(self, step: int) -> list[_Drawn]:
        generator = np.random.default_rng([self.config.seed, step, 5])
        count = min(self.config.questions_per_step, len(self.questions))
        chosen = generator.choice(len(self.questions), count, replace=False)
        return [
            _Drawn(
                (asked := self.questions[int(index)]),
                asked.answers[int(generator.integers(len(asked.answers)))],
                bool(generator.random() < self.config.ablated_share),
            )
            for index in chosen
        ]


def read_questions(path: Path) -> tuple[Question, ...]:
    """The questions of a file in ScanQA's form that have answers.

    Raises:
        MissingFileError: there is no such file.
        BrokenFileError: it is not of that form.
        SceneError: none has an answer.
    """
    rows = read_scanqa(path).expressions
    answered = tuple(row for row in rows if isinstance(row, Question) and any(row.answers))
    if not answered:
        raise SceneError(
            "none of its questions has an answer",
            remedy="Point questions at a split with answers, such as ScanQA_v1.0_train.json",
            path=path,
        )
    return answered


def asked_of(
    questions: Iterable[Question],
    rooms: Mapping[str, int],
    texts: Texts,
    *,
    prompt: str,
    end_token_ids: Sequence[int],
) -> list[Asked]:
    """The questions about known scenes, in tokens.

    Args:
        questions: those with answers.
        rooms: scene id -> number of the scene.
        texts: the model's tokenizer.
        prompt: of the model for questions.
        end_token_ids: the first is taught to end an answer; maybe none.
    """
    # Behind "assistant\\n" an answer begins at once, behind a bare question as its next word.
    lead = "{text}" if prompt[-1:].isspace() else " {text}"
    end = tuple(end_token_ids[:1])
    found = []
    for question in questions:
        answers = (tuple(texts.encode(lead, answer)) for answer in question.answers)
        whole = tuple((*answer, *end) for answer in answers if answer)
        asked = tuple(texts.encode(prompt, question.text))
        if question.scene_id in rooms and whole and asked:
            spatial = is_spatial(question.text) and not names_looks(question.text)
            found.append(Asked(rooms[question.scene_id], asked, whole, spatial))
    return found


def _padded(rows: Sequence[tuple[Sequence[int], Sequence[int]]]) -> tuple[Tensor, Tensor]:
    """Token ids (R, W) of questions with their answers, and which are the answers'."""
    width = max(len(asked) + len(answer) for asked, answer in rows)
    ids = torch.zeros(len(rows), width, dtype=torch.long)
    is_answer = torch.zeros(len(rows), width, dtype=torch.bool)
    for row, (asked, answer) in enumerate(rows):
        end = len(asked) + len(answer)
        ids[row, :end] = torch.tensor([*asked, *answer])
        is_answer[row, len(asked) : end] = True
    return ids, is_answer
