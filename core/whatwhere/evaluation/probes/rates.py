"""Probes over many cases: how often answers did what they should."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from whatwhere.evaluation.probes.probe import Expected, Outcome
from whatwhere.evaluation.rates import Rate, rate


@dataclass(frozen=True, slots=True)
class ProbedCase:
    """What one probe did to one answer.

    Attributes:
        probe: its name.
        scene: which scene, as a number.
        expected: what should happen; only "stay", "move" and "follow" are counted.
        outcome: what happened.
        counts: False where the probe says nothing of this answer.
    """

    probe: str
    scene: int
    expected: Expected
    outcome: Outcome
    counts: bool = True


@dataclass(frozen=True, slots=True)
class ProbeRates:
    """One probe over many cases.

    Attributes:
        n: cases that count.
        moved_when_it_should: share that left its place where it should; None without such cases.
        stayed_when_it_should: share that stayed where it should; None without such cases.
    """

    n: int
    moved_when_it_should: Rate | None
    stayed_when_it_should: Rate | None

    def as_json(self) -> dict[str, Any]:
        """A value of `probes` in the `diagnose` document."""
        return {
            "n": self.n,
            "moved_when_it_should": _json(self.moved_when_it_should),
            "stayed_when_it_should": _json(self.stayed_when_it_should),
        }


def probe_rates(cases: Iterable[ProbedCase]) -> Mapping[str, ProbeRates]:
    """Rates by probe, in the order in which probes come; intervals are over scenes."""
    by_probe: dict[str, list[ProbedCase]] = {}
    for case in cases:
        by_probe.setdefault(case.probe, []).append(case)
    found = {}
    for name, own in by_probe.items():
        counted = [case for case in own if case.counts and case.expected != "either"]
        stay = [case for case in counted if case.expected == "stay"]
        move = [case for case in counted if case.expected != "stay"]
        found[name] = ProbeRates(
            len(counted),
            _share(move, [case.outcome != "stayed" for case in move]),
            _share(stay, [case.outcome == "stayed" for case in stay]),
        )
    return found


def probed_cases(rows: Iterable[Mapping[str, Any]], scene: int, modality: str) -> list[ProbedCase]:
    """The rows of one `probe` document, of one modality; those that asked nothing are left out."""
    return [
        ProbedCase(
            row["probe"],
            scene,
            row["expected"],
            row["answers"][modality]["outcome"],
            counts=row["answers"][modality]["as_expected"] is not None,
        )
        for row in rows
        if modality in row["answers"]
    ]


def _share(cases: list[ProbedCase], hits: list[bool]) -> Rate | None:
    if not cases:
        return None
    return rate(np.array(hits), np.array([case.scene for case in cases]))


def _json(value: Rate | None) -> dict[str, float | int | None] | None:
    return None if value is None else value.as_json()
