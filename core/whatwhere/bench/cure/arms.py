"""The arms of the experiment: what is trained on what, and how often.

Every arm has the same network, the same frozen tower (the shipped model's, trained on pictures,
classes and colours alone), the same rooms and the same number of sentences, unless its name says
otherwise. A seed draws weights, batches and augmentation.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from whatwhere.demo.families import Family

REFERENCE = "reference-2d"
SHORTCUT = 0.95
TRAIN_ROOMS, VAL_ROOMS, TEST_ROOMS = 900, 48, 200
STEPS, FINE_TUNING_STEPS = 500, 125
"""Of 128 sentences each: 64,000 from scratch, 16,000 when a trained model is gone on with."""


@dataclass(frozen=True, slots=True)
class Arm:
    """One way of training.

    Attributes:
        name: unique.
        preset: whose losses it takes.
        seeds: how many runs are wanted.
        overrides: settings on top of the preset.
        family: what the shortcut lies in.
        is_fair: trained where the shortcut says nothing (the ceiling).
        base: arm whose model of the same seed and family it goes on from; "" for scratch.
        what: one line for the report.
    """

    name: str
    preset: str
    seeds: int
    what: str
    overrides: Mapping[str, str] = field(default_factory=dict)
    family: Family = "colour"
    is_fair: bool = False
    base: str = ""

    @property
    def key(self) -> str:
        """Name of its files: arm and family."""
        return self.name if self.family == "colour" else f"{self.name}@{self.family}"


_FINE_TUNING = {
    "steps": str(FINE_TUNING_STEPS),
    "lr": "5e-4",
    "warmup_steps": "12",
    "ramp_from": "0.0",
    "ramp_to": "0.1",
}

_FROM_SCRATCH = (
    Arm("plain", "plain", 5, "cross-entropy alone; what is to be cured"),
    Arm("w2r2-within-class", "w2r2-within-class", 5, "W2R2 as we read it with care"),
    Arm("debias-product", "debias-product", 5, "product of experts with the own 2D branch"),
    Arm("w2r2-plus", "w2r2-plus", 5, "ours, chosen on the biased validation rooms"),
    Arm("ceiling", "plain", 5, "plain, trained where colour says nothing", is_fair=True),
    Arm(
        REFERENCE,
        "plain",
        1,
        "a model that only ever saw 2D: the frozen reference of the agreement",
        {"drop_geometry": "1.0", "drop_appearance": "0.0"},
    ),
    Arm("w2r2-absolute", "w2r2-absolute", 1, "W2R2, the most literal reading"),
    Arm("w2r2-relative", "w2r2-relative", 2, "W2R2, fused leads 2D by a margin"),
    Arm("debias-opponent", "debias-opponent", 2, "hinge against what 2D wrongly chooses"),
)
_RECIPE = {
    "alignment": '"soft"',
    "product_share": "1.0",
    "opponent_weight": "1.0",
    "opponent_margin": "1.0",
    "expert_in_class": "false",
    "propensity_cap": "1.0",
    "exchange_share": "0.0",
    "drop_appearance": "0.15",
    "pseudo_label": '"none"',
    "what_keeper_weight": "0.0",
    "ablated_share": "0.0",
    "ramp_from": "0.0",
    "ramp_to": "0.1",
}
"""All that candidates differ in, so that w2r2-plus may change without changing what they are."""


def _candidate(name: str, what: str, **changes: str) -> Arm:
    said = f"candidate for w2r2-plus: {what}"
    return Arm(f"candidate-{name}", "w2r2-plus", 1, said, {**_RECIPE, **changes})


_HINGE = {
    "pseudo_label": '"within-class"',
    "pseudo_label_weight": "0.3",
    "what_keeper_weight": "0.3",
    "ablated_share": "0.3",
}
_CANDIDATES = (
    _candidate(
        "gentle",
        "0.9 of the alignment on the product, opponent 0.5, late",
        product_share="0.9",
        opponent_weight="0.5",
        ramp_from="0.1",
        ramp_to="0.2",
    ),
    _candidate("product", "all of the alignment on the product", opponent_weight="0.0"),
    _candidate("both", "all of the alignment on the product, opponent 1"),
    _candidate(
        "exchange",
        "cross-entropy alone; sentences about places see look-alikes with exchanged looks",
        product_share="0.0",
        opponent_weight="0.0",
        exchange_share="1.0",
    ),
    _candidate(
        "exchange-half",
        "all of the alignment on the product, looks exchanged for half of those sentences",
        opponent_weight="0.0",
        exchange_share="0.5",
    ),
    _candidate(
        "exchange-hinge",
        "as exchange, with the within-class hinge and the what-keeper of W2R2",
        product_share="0.0",
        opponent_weight="0.0",
        exchange_share="1.0",
        ramp_from="0.1",
        ramp_to="0.2",
        **_HINGE,
    ),
    _candidate(
        "exchange-more-3d",
        "as exchange, with 30 % of the sentences seen 3D-only",
        product_share="0.0",
        opponent_weight="0.0",
        exchange_share="1.0",
        drop_appearance="0.3",
    ),
    _candidate(
        "more-3d",
        "as both, with 35 % of the sentences seen 3D-only",
        drop_appearance="0.35",
    ),
    _candidate("hinge", "as both, with the within-class hinge and the what-keeper", **_HINGE),
    _candidate("in-class", "as both, 2D silent about the class", expert_in_class="true"),
    _candidate(
        "weighed",
        "as in-class, sentences weighed by how little 2D gives them away",
        expert_in_class="true",
        propensity_cap="4.0",
    ),
    _candidate(
        "strong",
        "as in-class, with the opponent at 3 and a margin of 2",
        expert_in_class="true",
        opponent_weight="3.0",
        opponent_margin="2.0",
    ),
)
"""Recipes for w2r2-plus. The rule, on `val_biased` only, seed 0: the lowest follow rate of fused
among those whose class accuracy, fused and 2D, is no more than two points below plain's."""

_GUARDS = (
    Arm("plain-1.3x", "plain", 1, "plain with 1.3 times the steps", {"steps": "650"}),
    Arm("plain-4x", "plain", 1, "plain with 4 times the steps: its plateau", {"steps": "2000"}),
    Arm(
        "plain-appearance-noise",
        "plain",
        1,
        "plain with noise on the appearance features, for want of colour jitter on images",
        {"appearance_noise": "0.5"},
    ),
    Arm(
        "plain-balanced",
        "plain",
        1,
        "plain with aligned and conflicting targets weighed alike; it is told which are which",
        {"balance_shortcut": "true"},
    ),
)
_GOING_ON = tuple(
    Arm(
        f"{preset}-from-plain",
        preset,
        2,
        f"{preset}, from the plain model",
        _FINE_TUNING,
        base="plain",
    )
    for preset in ("plain", "w2r2-within-class", "debias-product", "w2r2-plus")
)
_UNSEEN = tuple(
    Arm(arm.name, arm.preset, 2, arm.what, family=family, is_fair=arm.is_fair)
    for family in ("prominence", "cooccurrence")
    for arm in _FROM_SCRATCH[:5]
    if arm.name != "debias-product"
)

ARMS: tuple[Arm, ...] = (*_FROM_SCRATCH, *_CANDIDATES, *_GUARDS, *_GOING_ON, *_UNSEEN)


@dataclass(frozen=True, slots=True)
class Run:
    """One arm with one seed."""

    arm: Arm
    seed: int

    @property
    def name(self) -> str:
        """Of its files."""
        return f"{self.arm.key}-s{self.seed}"


def planned() -> list[Run]:
    """Every run, those first that say most: all arms once, then seed after seed."""
    runs = [Run(arm, seed) for arm in ARMS for seed in range(arm.seeds)]
    order = {arm.key: place for place, arm in enumerate(ARMS)}
    return sorted(runs, key=lambda run: (run.seed, order[run.arm.key]))
