"""A network of a case on a device, with random weights, and the memory that was planned for it."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, pre_tokenizers

from whatwhere.bench.gpu.cases import Case
from whatwhere.models.frame_vlm.grounder import FrameGrounder
from whatwhere.models.frame_vlm.model import FrameVLM
from whatwhere.models.frame_vlm.texts import Texts
from whatwhere.models.load_settings import Dtype, LoadSettings
from whatwhere.models.model_sizes import sizes_of
from whatwhere.models.scene_footprint import footprint
from whatwhere.models.tensor_headers import StoredTensor
from whatwhere.models.unfilled import unfilled
from whatwhere.models.weights import tied_names

WORDS = ("the", "chair", "nearest", "to", "a", "door", "which", "is", "left", "of", "red", "lamp")
"""Sentences are made of them."""

_STD = 0.02
_STORED_AS = {"torch.float32": "F32", "torch.bfloat16": "BF16", "torch.int64": "I64"}


@dataclass(frozen=True, slots=True)
class Subject:
    """What is measured.

    Attributes:
        case: that it is of.
        network: on the device.
        texts: its tokenizer.
        device: of torch.
    """

    case: Case
    network: FrameVLM
    texts: Texts
    device: str

    @classmethod
    def of(cls, case: Case, device: str) -> "Subject":
        """Build it: bfloat16 on a GPU, float32 elsewhere."""
        on_gpu = device.startswith("cuda")
        dtype = torch.bfloat16 if on_gpu else torch.float32
        with unfilled(device):
            network = FrameVLM(case.config, backbone_dtype=dtype)
        generator = torch.Generator(device).manual_seed(0)
        with torch.no_grad():
            for name, parameter in network.named_parameters():
                # Where all were zero a GPU would draw less power, and run faster than it does.
                scale = 1.0 if re.search(r"norm[^.]*\.weight$", name) else 0.0
                parameter.normal_(scale, _STD, generator=generator)
        network.requires_grad_(False)
        tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(WORDS)}, WORDS[0]))
        tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
        return cls(case, network.eval(), Texts(tokenizer), device)

    def grounder(self) -> FrameGrounder:
        """One that has seen nothing yet."""
        return FrameGrounder(self.network, self.texts, name=self.case.name, device=self.device)

    def planned_bytes(self, *, num_frames: int, num_candidates: int, num_modalities: int) -> int:
        """What a plan says of the tensors on the device."""
        tied = tied_names(self.network)
        tensors = {
            name: StoredTensor(_STORED_AS[str(tensor.dtype)], tuple(tensor.shape))
            for name, tensor in self.network.state_dict().items()
            if name not in tied
        }
        config = self.case.config
        dtype: Dtype = "bfloat16" if self.device.startswith("cuda") else "float32"
        found = footprint(
            sizes_of(config.as_json(), tensors),
            LoadSettings(
                # What is read of the frames is in the machine's memory, and not measured here.
                device="cuda:0",
                dtype=dtype,
                max_frames=num_frames,
                image_size=config.image_size,
            ),
            num_candidates=num_candidates,
            num_modalities=num_modalities,
        )
        return found.weights + found.encoding + found.prefixes + found.working

    def milliseconds(self, work: Callable[[], object]) -> float:
        """Wall time of some work, the device's included."""
        self.wait()
        started = time.perf_counter()
        work()
        self.wait()
        return 1000 * (time.perf_counter() - started)

    def wait(self) -> None:
        """Until the device has done all that it was told."""
        if self.device.startswith("cuda"):
            torch.cuda.synchronize(self.device)


def sentence(number: int, *, length: int = 8) -> str:
    """One of many; none is like the one before."""
    return " ".join(WORDS[(number * 7 + 3 * place) % len(WORDS)] for place in range(length))


def default_report() -> Path:
    """Where raw figures are kept when nothing else is said."""
    from whatwhere.folders import data_folder

    return data_folder() / "bench"
