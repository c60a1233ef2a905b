"""Bytes that are alive at once while a scene is encoded and asked about. Torch-free.

Shapes: F frames, H x W pixels, T tokens of the tower and P tokens of the language model per frame,
L levels, D width, K candidates, N tokens before the words, M modalities.
"""

from dataclasses import dataclass

from whatwhere.models.load_settings import LoadSettings, bytes_per_number
from whatwhere.models.model_sizes import LanguageSizes, ModelSizes, TowerSizes

FRAMES_PER_PASS = 4
_FLOAT = 4
_WORDS = 32
_HELD_PER_PIXEL = 8
"""Colour, depth, and whether it was measured."""

_READING_PER_PIXEL = 12
"""Pictures before they are put together; the points that the room's bounds come from."""

_FRAME_AS_FILED = 10 * 10**6
"""One decoded frame before it is resized; ScanNet's take 5 MB, and their pictures again."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """Of one model with one scene.

    Attributes:
        weights: as they are held.
        frames: images and depths, always in the machine's own memory.
        encoding: features of the frames and what is pooled from them.
        prefixes: keys and values, of all modalities.
        working: what the peak needs beyond all of these.
        host: the most that is in the machine's own memory where the device is a GPU.
        notes: what is not counted.
    """

    weights: int
    frames: int = 0
    encoding: int = 0
    prefixes: int = 0
    working: int = 0
    host: int = 0
    notes: tuple[str, ...] = ()


def footprint(
    sizes: ModelSizes, settings: LoadSettings, *, num_candidates: int, num_modalities: int
) -> Footprint:
    """Count; settings have nothing left open.

    A network whose sizes its weights do not show is counted by its weights alone, and says so.
    """
    number = bytes_per_number(settings.dtype)
    weights = sizes.backbone * number + sizes.own * _FLOAT + sizes.other_bytes
    tower, language = sizes.tower, sizes.language
    if tower is None or language is None or not (settings.max_frames and settings.image_size):
        note = "Only the weights are counted: how large a scene becomes is not known."
        return Footprint(weights, host=weights, notes=(note,))
    pixels = settings.image_size[0] * settings.image_size[1]
    frames = settings.max_frames
    scene = _Scene(
        sizes=sizes,
        tower=tower,
        language=language,
        number=number,
        num_frames=frames,
        image_size=settings.image_size,
        num_candidates=num_candidates,
        num_modalities=num_modalities,
    )
    held = frames * pixels * _HELD_PER_PIXEL
    reading = held + frames * pixels * _READING_PER_PIXEL + _FRAME_AS_FILED
    shares = num_candidates * frames * scene.native_tokens * _FLOAT
    looking = scene.encoding + max(scene.tower_pass, shares)
    asking = scene.encoding + scene.prefixes + max(scene.prefill, scene.sentence)
    on_gpu = settings.device != "cpu"
    peak = max(looking, asking) if on_gpu else max(reading, held + looking, held + asking)
    kept = scene.encoding + scene.prefixes + (0 if on_gpu else held)
    return Footprint(
        weights=weights,
        frames=held,
        encoding=scene.encoding,
        prefixes=scene.prefixes,
        working=max(0, peak - kept),
        host=max(reading, held + shares),
    )


@dataclass(frozen=True, slots=True)
class TokenCounts:
    """Of one scene.

    Attributes:
        read: tokens that the language model reads before the words.
        kept: tokens of all frames as they leave the backbone.
    """

    read: int
    kept: int


def token_counts(
    sizes: ModelSizes, *, num_frames: int, image_size: tuple[int, int], num_candidates: int
) -> TokenCounts | None:
    """How many tokens a scene becomes; None where the weights do not show it."""
    if sizes.tower is None or sizes.language is None:
        return None
    scene = _Scene(
        sizes=sizes,
        tower=sizes.tower,
        language=sizes.language,
        number=_FLOAT,
        num_frames=num_frames,
        image_size=image_size,
        num_candidates=num_candidates,
        num_modalities=1,
    )
    return TokenCounts(scene.num_tokens, num_frames * scene.native_tokens)


@dataclass(frozen=True, slots=True)
class _Scene:
    """The tensors of one scene in one network, bytes."""

    sizes: ModelSizes
    tower: TowerSizes
    language: LanguageSizes
    number: int
    num_frames: int
    image_size: tuple[int, int]
    num_candidates: int
    num_modalities: int

    @property
    def is_spatial(self) -> bool:
        """Whether the language model sees candidates only."""
        return self.sizes.kind == "spatial_vlm"

    @property
    def tower_grid(self) -> tuple[int, int]:
        """Tokens of the tower's first stage per frame, rows and columns."""
        height, width = (max(1, side // self.tower.patch) for side in self.image_size)
        return height, width

    @property
    def native_grid(self) -> tuple[int, int]:
        """Of what leaves the backbone."""
        merged = 2 if "whole" in self.sizes.config.get("backbone", {}) else 1
        merged *= 2 ** max(0, len(self.tower.stages) - 1)
        height, width = (-(-side // merged) for side in self.tower_grid)
        return height, width

    @property
    def native_tokens(self) -> int:
        """Of one frame."""
        return self.native_grid[0] * self.native_grid[1]

    @property
    def pooled_tokens(self) -> int:
        """Of one frame in the language model."""
        pool = int(self.sizes.config.get("pool", 1))
        return -(-self.native_grid[0] // pool) * -(-self.native_grid[1] // pool)

    @property
    def num_tokens(self) -> int:
        """Before the words."""
        if self.is_spatial:
            return self.num_candidates + 1
        return self.num_frames * (self.pooled_tokens + 1) + self.num_candidates + 1

    @property
    def encoding(self) -> int:
        """Features of all frames, and what the language model gets of them."""
        if self.is_spatial:
            channels = self.tower.stages[-1] if self.tower.stages else self.tower.width
            return self.num_frames * self.native_tokens * channels * _FLOAT
        tokens = self.native_tokens
        if self.pooled_tokens != tokens:
            tokens += self.pooled_tokens
        return self.num_frames * tokens * self.sizes.levels * self.language.width * _FLOAT

    @property
    def tower_pass(self) -> int:
        """While a few frames go through the tower."""
        height, width = self.image_size
        in_block = 2 * self.tower.width + (3 if self.tower.is_gated else 2) * self.tower.mlp
        tokens = self.tower_grid[0] * self.tower_grid[1]
        pixels = given = 3 * height * width
        if self.is_rotary:
            in_block = max(in_block, 12 * self.tower.width)
        if self.is_qwen:
            given *= 2  # a frame is a video of two
        # As bytes, and thrice while they are normalised; one copy stays.
        per_frame = max(4 * pixels * _FLOAT, (given + tokens * in_block) * self.number)
        return min(self.num_frames, FRAMES_PER_PASS) * per_frame

    @property
    def is_qwen(self) -> bool:
        """Whether the tower is that of Qwen's vision-language models."""
        whole = self.sizes.config.get("backbone", {}).get("whole", {})
        return str(whole.get("model_type", "")).startswith("qwen")

    @property
    def is_rotary(self) -> bool:
        """Whether the tower turns queries and keys by their position, which makes copies."""
        tower = self.sizes.config.get("backbone", {}).get("tower", {})
        return self.is_qwen or str(tower.get("model_type", "")).startswith("dinov3")

    @property
    def prefixes(self) -> int:
        """Keys and values of every modality."""
        if self.is_spatial:
            return 0
        return self.num_modalities * self.num_tokens * self.language.keys_values * self.number

    @property
    def prefill(self) -> int:
        """While a scene becomes a prefix, or is read with a sentence in every modality."""
        width, tokens = self.language.width, self.num_tokens
        in_block = max(
            2 * width + 3 * self.language.mlp,
            2 * width
            + 5 * self.language.query
            + self.language.keys_values // self.language.num_layers,
        )
        if self.is_spatial:
            rows, pairs = self.num_modalities, self.num_candidates**2
            relation = int(self.sizes.config.get("relation_width", 48))
            heads = int(self.sizes.config.get("num_relation_heads", 4))
            in_pairs = pairs * (2 * 3 * relation + rows * 2 * heads) * _FLOAT
            return max(rows * (tokens + _WORDS) * in_block * self.number, in_pairs)
        levels = self.sizes.levels
        # Tokens are made in float32 by our own layers, then cast.
        making = tokens * width * (levels + 4) * _FLOAT
        cast = self.number if self.number != _FLOAT else 0
        kept = tokens * width * levels * (_FLOAT + cast)
        return max(making, kept + tokens * in_block * self.number)

    @property
    def sentence(self) -> int:
        """While one is asked: a copy of the prefix, which the words are added to."""
        return 0 if self.is_spatial else self.prefixes // self.num_modalities
