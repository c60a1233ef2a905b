"""Annotated failures as something to train on: a small data set of their sentences and scans.

Torch-free, so that the window can make one. A part of the scans is held aside: whether training
cured anything is asked there, on failures that it never saw. `writing_hard_sets` makes one.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from whatwhere.errors import BrokenFileError, MissingFileError
from whatwhere.folders import user_folder

ABOUT, TRAIN, HELD, TWINS = "hard_set.json", "train", "held", "twins"
RANDOM = "random"
"""Folder within a hard set: as many cases drawn at random from the scans that are trained on."""
WEIGHT = "training_weight"
"""What a row of sentences says of how much it counts in training; 1 where it says nothing."""
FORM = 1


@dataclass(frozen=True, slots=True)
class HardSetPlan:
    """How a hard set is made of annotated failures.

    Attributes:
        held_share: share of the scans that is held aside; whole scans, so that nothing of a
            held-aside room was seen.
        weights: tag -> how much its cases count in training; 1 for other tags, 0 leaves them out.
            A case of several tags counts as the heaviest of them.
        with_twins: scans in which look-alikes have exchanged what gives the target away, where
            the data set has such twins: a sentence about places keeps its target there.
        with_random: as many cases drawn at random from the same scans, for comparison.
        right_per_failure: so many right answers of the same scans go along with each failure, so
            that they are not unlearned (replay, Robins 1995).
        seed: of which scans are held aside, and of what is drawn.
    """

    held_share: float = 0.5
    weights: Mapping[str, float] = field(default_factory=dict)
    with_twins: bool = False
    with_random: bool = False
    right_per_failure: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class HardSet:
    """A hard set on disk.

    Attributes:
        folder: holds the sentences of both parts, and scans/.
        train_rows: rows of the split that may be trained on.
        held_rows: rows that are held aside, all of other scans.
        diagnosis: folder of the diagnosis that the cases are of; "" where it is not known.
        tags: caption -> rows of either part that carry the tag.
        num_twins: sentences in twins of the scans to train on.
        random: as many cases drawn at random from the scans that are trained on; None without.
        replayed_rows: right answers of the scans that are trained on, which go along.
    """

    folder: Path
    train_rows: tuple[int, ...]
    held_rows: tuple[int, ...]
    diagnosis: str = ""
    tags: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    num_twins: int = 0
    random: Path | None = None
    replayed_rows: tuple[int, ...] = ()


def weights_of(
    tags: Mapping[str, Collection[int]], weights: Mapping[str, float], rows: Sequence[int]
) -> dict[int, float]:
    """Row -> how much it counts: as the heaviest of its tags; 1 without any.

    Args:
        tags: tag -> rows.
        weights: tag -> how much; 1 where it is not named.
        rows: to weigh.
    """
    found: dict[int, float] = {}
    for row in rows:
        own = [weights.get(tag, 1.0) for tag, tagged in tags.items() if row in tagged]
        found[row] = max(own, default=1.0)
    return found


def read_hard_set(folder: Path) -> HardSet:
    """A hard set that was written before.

    Raises:
        MissingFileError, BrokenFileError: there is none in the folder.
    """
    path = folder / ABOUT
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["form"] != FORM:
            raise ValueError(f"its form is {document['form']}")
        train, held = (
            tuple(int(row) for row in document[f"{name}_rows"]) for name in (TRAIN, HELD)
        )
        tags = {
            str(tag): tuple(int(row) for row in rows)
            for tag, rows in document.get("tags", {}).items()
        }
        return HardSet(
            folder,
            train,
            held,
            diagnosis=str(document.get("diagnosis", "")),
            tags=tags,
            num_twins=int(document.get("num_twins", 0)),
            random=folder / RANDOM if (folder / RANDOM / ABOUT).is_file() else None,
            replayed_rows=tuple(int(row) for row in document.get("replayed_rows", ())),
        )
    except FileNotFoundError as error:
        raise MissingFileError(
            path, what="The hard set", remedy="Make it from annotated cases"
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise BrokenFileError(
            path, f"it is no hard set ({error})", remedy="Make it from the cases again"
        ) from error


def known_hard_sets(root: Path | None = None) -> tuple[tuple[str, str], ...]:
    """Folder and name of every hard set, the newest first.

    Args:
        root: folder that holds them; None takes the user's.
    """
    root = hard_sets_folder() if root is None else root
    found = [(path.stat().st_mtime, path.parent) for path in root.glob(f"*/{ABOUT}")]
    newest = sorted(found, key=lambda item: (-item[0], item[1].name))
    return tuple((str(folder), folder.name) for _, folder in newest)


def hard_sets_folder() -> Path:
    """The folder that holds one folder for each of the user's hard sets."""
    return user_folder("data") / "hard_sets"
