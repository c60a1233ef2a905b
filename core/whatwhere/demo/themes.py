"""What kind of room it is: the furniture it must have, may have, and what comes in several."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Theme:
    """One kind of room.

    Attributes:
        name: as ScanNet's sceneType would say.
        must: single pieces every such room has.
        may: single pieces with the probability of each.
        several: classes that may come two to four times.
        floor: "planks", "tiles" or "carpet".
    """

    name: str
    must: tuple[str, ...]
    may: dict[str, float]
    several: tuple[str, ...]
    floor: str


_ANYWHERE = {
    "chair": 0.35,
    "clock": 0.45,
    "picture": 0.4,
    "lamp": 0.5,
    "plant": 0.5,
    "trash can": 0.35,
    "box": 0.25,
    "vase": 0.25,
    "teddy bear": 0.25,
    "ball": 0.25,
    "suitcase": 0.25,
    "laptop": 0.3,
    "stool": 0.2,
    "pillow": 0.2,
}

THEMES: dict[str, Theme] = {
    theme.name: theme
    for theme in (
        Theme(
            "bedroom",
            ("bed",),
            _ANYWHERE
            | {"wardrobe": 0.75, "cabinet": 0.65, "desk": 0.65, "bookshelf": 0.3, "armchair": 0.35}
            | {"rug": 0.7, "tv": 0.25, "teddy bear": 0.4, "monitor": 0.2, "table": 0.25},
            ("chair", "pillow", "box", "teddy bear", "plant", "lamp", "picture", "suitcase", "ball")
            + ("stool", "vase", "window", "trash can"),
            "planks",
        ),
        Theme(
            "living room",
            ("sofa",),
            _ANYWHERE
            | {"table": 0.85, "tv": 0.7, "cabinet": 0.7, "piano": 0.45, "bookshelf": 0.45}
            | {"armchair": 0.35, "rug": 0.75, "desk": 0.25, "wardrobe": 0.1},
            ("chair", "armchair", "stool", "lamp", "plant", "picture", "pillow", "vase", "box")
            + ("bookshelf", "teddy bear", "window", "ball", "cabinet"),
            "planks",
        ),
        Theme(
            "office",
            ("desk",),
            _ANYWHERE
            | {"bookshelf": 0.6, "cabinet": 0.75, "table": 0.7, "monitor": 0.5, "armchair": 0.2}
            | {"sofa": 0.3, "rug": 0.3, "tv": 0.2, "refrigerator": 0.1, "piano": 0.05},
            ("chair", "monitor", "box", "trash can", "plant", "bookshelf", "picture", "lamp")
            + ("cabinet", "stool", "suitcase", "window"),
            "carpet",
        ),
        Theme(
            "kitchen",
            ("stove", "refrigerator", "table"),
            _ANYWHERE | {"sink": 0.85, "cabinet": 0.8, "rug": 0.3, "tv": 0.2, "bookshelf": 0.1},
            ("chair", "stool", "vase", "plant", "box", "trash can", "picture", "lamp", "window")
            + ("ball", "teddy bear"),
            "tiles",
        ),
        Theme(
            "studio",
            (),
            _ANYWHERE
            | {"bed": 0.45, "sofa": 0.45, "desk": 0.55, "table": 0.65, "piano": 0.3, "stove": 0.3}
            | {"sink": 0.3, "refrigerator": 0.3, "wardrobe": 0.3, "cabinet": 0.65}
            | {"bookshelf": 0.4, "armchair": 0.4, "tv": 0.4, "rug": 0.5, "monitor": 0.3},
            ("chair", "armchair", "stool", "lamp", "plant", "trash can", "suitcase", "ball", "box")
            + ("teddy bear", "vase", "monitor", "pillow", "picture", "cabinet", "bookshelf")
            + ("window",),
            "planks",
        ),
    )
}
