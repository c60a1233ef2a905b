"""Makes two models of the experiment the pair that ships, with the case that shows them."""

import shutil
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from whatwhere.assets import asset
from whatwhere.bench.cure.arms import ARMS, SHORTCUT, STEPS, TEST_ROOMS, TRAIN_ROOMS, Arm
from whatwhere.bench.cure.choosing import choose_showcase
from whatwhere.bench.cure.figures import arm_figures, as_json
from whatwhere.bench.cure.kept import Kept
from whatwhere.demo.showcase import CHEATING, CURED, SHOWCASE_NAME
from whatwhere.errors import ModelError
from whatwhere.files import replacing
from whatwhere.models.registry import load_spatial_grounder
from whatwhere.models.weights import FILE_NAME
from whatwhere.training.model_folder import write_model

MOST_BYTES = 4 * 1024 * 1024
_TRAINED_ON = {"what": "procedural demo rooms", "scene_prefix": "room"}
_ROLES = {
    CHEATING: "It ships as what not to do: it learnt that colour gives the target away.",
    CURED: "It ships beside `cheating`: the same rooms, network and steps, another recipe.",
}

Report = Callable[[str], None]


def ship(cheating: Path, cured: Path, report: Path, *, say: Report) -> Path:
    """Write both model folders and the showcase into the shipped files.

    Args:
        cheating: model folder of the experiment, named after its run ("plain-s0").
        cured: the other.
        report: folder of the experiment's report, whose rows the cards are made of.
        say: told what is done.

    Returns:
        The showcase's file.

    Raises:
        ModelError: a folder is not a model of the experiment, is too large, or the pair shows
            nothing.
    """
    kept = Kept(report)
    assets = asset("models").parent
    pair = {CHEATING: cheating, CURED: cured}
    cards = {name: _card(name, folder, kept) for name, folder in pair.items()}
    showcase = choose_showcase(cheating, cured, say=say)
    for name, folder in pair.items():
        _write(folder, assets / "models" / name, cards[name])
        say(f"{folder.name} ships as {name}")
    path = assets / SHOWCASE_NAME
    weights = {name: _hash(assets / "models" / name) for name in pair}
    written = showcase.model_copy(
        update={
            CHEATING: showcase.cheating.model_copy(update={"weights": weights[CHEATING]}),
            CURED: showcase.cured.model_copy(update={"weights": weights[CURED]}),
        }
    )
    with replacing(path) as temporary:
        temporary.write_text(written.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return path


def _write(source: Path, folder: Path, card: str) -> None:
    """The model as the experiment stored it (bfloat16), with its card."""
    grounder = load_spatial_grounder(source, device="cpu")
    if folder.exists():
        shutil.rmtree(folder)
    write_model(folder, grounder.network, grounder.words, trained_on=_TRAINED_ON)
    size = (folder / FILE_NAME).stat().st_size
    if size > MOST_BYTES:
        raise ModelError(
            f"{size:,} bytes are too many to ship; {MOST_BYTES:,} are the most",
            remedy="Train a smaller network",
            path=folder,
        )
    text = card.replace("{weights}", _hash(folder))
    (folder / "card.md").write_text(text, encoding="utf-8")


def _hash(folder: Path) -> str:
    return sha256((folder / FILE_NAME).read_bytes()).hexdigest()


def _card(name: str, folder: Path, kept: Kept) -> str:
    arm, seed = _run_of(folder)
    if (arm.key, seed) not in kept.answers:
        raise ModelError(
            f"the report has no answers of {folder.name}",
            remedy="Train it with `whatwhere bench cure` first",
            path=folder,
        )
    found = as_json(arm_figures(kept, arm, "test"))
    recipe = f"{arm.what} (preset {arm.preset}"
    if arm.overrides:
        recipe += "; " + ", ".join(f"{key} = {value}" for key, value in arm.overrides.items())
    recipe += ")"
    accuracy, follow = found["accuracy"], found["follow"]
    rows = [
        ("sentences about places", accuracy["where"]),
        ("of these, the cue points at the target", accuracy["aligned"]),
        ("of these, the cue points elsewhere", accuracy["conflict"]),
        ("sentences about looks", accuracy["what"]),
        ("follow rate, fused", follow["fused"]),
        ("follow rate, 2D-only", follow["2d"]),
    ]
    seeds = found["seeds"]
    lines = [
        f"# {name}",
        "",
        f"{_ROLES[name]} Arm {arm.name}, seed {seed}, of the experiment in "
        "`tests/reports/cure/report.md`.",
        "",
        f"Trained from scratch on {TRAIN_ROOMS} demo rooms in which colour gives {SHORTCUT:.0%} "
        f"of the targets of sentences about places away, {int(_steps(arm)) * 128 // 1000} k "
        f"sentences, on the frozen tower of `default`. Recipe: {recipe}.",
        "",
        f"SHA-256 of {FILE_NAME}: {{weights}}",
        "",
        f"## On {TEST_ROOMS} test rooms in which colour says nothing, percent",
        "",
        f"Mean over {_seeds(seeds)} of this arm; the interval is 95 % over rooms. The follow rate "
        "is how often the answer goes with the colour when two look-alikes exchange theirs, minus "
        "how often it moves when nothing but image noise changes.",
        "",
        "| fused | value | n |",
        "|---|---|---|",
        *(f"| {what} | {_percent(rate)} | {rate['n']} |" for what, rate in rows),
        "",
        "Its words are those of the demo rooms, its eyes have only seen rendered furniture: on a "
        "real scan its answers are outside its training.",
        "",
    ]
    return "\n".join(lines)


def _run_of(folder: Path) -> tuple[Arm, int]:
    """Arm and seed of a folder that is named after its run."""
    key, _, seed = folder.name.rpartition("-s")
    arm = next((arm for arm in ARMS if arm.key == key), None)
    if arm is None or not seed.isdigit():
        raise ModelError(
            "the folder is not named after a run of the experiment",
            remedy='Point at one like "plain-s0"',
            path=folder,
        )
    return arm, int(seed)


def _steps(arm: Arm) -> str:
    return arm.overrides.get("steps", str(STEPS))


def _seeds(seeds: Sequence[int]) -> str:
    return "one seed" if len(seeds) == 1 else f"{len(seeds)} seeds"


def _percent(rate: dict[str, Any]) -> str:
    value, low, high = (rate[key] for key in ("value", "low", "high"))
    if low is None or high is None:
        return f"{100 * value:.1f}"
    return f"{100 * value:.1f} [{100 * low:.1f}, {100 * high:.1f}]"
