"""A split as a `geometry_vlm` is trained and asked on: sentences, and the words of their boxes.

Shapes: G scenes, M sentences, A words of an answer, K candidates.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from whatwhere.models.frame_vlm.texts import Texts
from whatwhere.models.geometry_vlm.config import GeometryVLMConfig
from whatwhere.models.geometry_vlm.network import SceneFeatures
from whatwhere.training.frame_samples import outlines
from whatwhere.training.kept_scenes import SeenRoom
from whatwhere.training.said_boxes import answer_of
from whatwhere.training.said_eye import SAID
from whatwhere.training.samples import Samples, Told, told_samples
from whatwhere.training.scene_store import SceneStore


@dataclass(frozen=True, slots=True)
class SaidScene:
    """One scene before the language model.

    Attributes:
        features: on the CPU.
        poses_F44: world_from_camera of its frames.
        boxes_K6: centres and sizes of its candidates, aligned metres.
    """

    features: SceneFeatures
    poses_F44: Tensor
    boxes_K6: Tensor

    @property
    def num_frames(self) -> int:
        """F."""
        return len(self.poses_F44)


@dataclass(slots=True)
class SaidSamples(Samples):
    """Samples that are answered in words.

    Attributes:
        scene_ids: of the G scenes.
        store: of the same.
        words: the model's tokenizer.
        prompt_ids: of the M sentences in their prompt.
        answers: of the M sentences: token ids of the target's box, none where no frame sees it,
            and which of them hold a digit.
    """

    scene_ids: tuple[str, ...]
    store: SceneStore[SaidScene]
    words: Texts
    prompt_ids: tuple[tuple[int, ...], ...]
    answers: tuple[tuple[tuple[int, ...], Tensor], ...]


def said_samples(
    rooms: Sequence[SeenRoom],
    texts: Texts,
    config: GeometryVLMConfig,
    *,
    classes: Sequence[str],
    colours: Sequence[str],
) -> SaidSamples:
    """Scenes of a store with what is said of them.

    Args:
        rooms: the G scenes.
        texts: the model's tokenizer.
        config: of the model, for its prompt and how it ends.
        classes: names by class id.
        colours: names by colour id.
    """
    told = [
        Told(room.object_ids, room.kept.classes, room.kept.colours, room.expressions)
        for room in rooms
    ]
    straight = outlines([room.kept for room in rooms])
    plain = told_samples(
        straight.joined(straight),
        told,
        encode=lambda text: texts.encode(config.box_prompt, text),
        pad_id=0,
        classes=classes,
        colours=colours,
    )
    said = [expression.text for room in rooms for expression in room.expressions]
    answers: dict[str, tuple[tuple[int, ...], Tensor]] = {
        "": ((), torch.zeros(0, dtype=torch.bool))
    }
    of_sentence = []
    for scene, target in zip(plain.scene_M.tolist(), plain.target_M.tolist(), strict=True):
        words = str(rooms[scene].kept.about[SAID][target])
        if words not in answers:
            answers[words] = answer_of(texts, words, config.end_token_ids)
        of_sentence.append(answers[words])
    return SaidSamples(
        **{item.name: getattr(plain, item.name) for item in fields(Samples)},
        scene_ids=tuple(room.scene_id for room in rooms),
        store=SceneStore((room.kept.path for room in rooms), _scene),
        words=texts,
        prompt_ids=tuple(tuple(texts.encode(config.box_prompt, text)) for text in said),
        answers=tuple(of_sentence),
    )


def _scene(_: int, tensors: Mapping[str, Tensor]) -> SaidScene:
    return SaidScene(
        SceneFeatures(tensors["looks_FPLD"], tensors["geometry"]),
        tensors["poses_F44"],
        torch.cat([tensors["centers_m_K3"], tensors["sizes_m_K3"]], dim=1),
    )
