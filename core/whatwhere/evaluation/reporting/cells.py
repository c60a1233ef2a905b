"""Figures as cells of an HTML table, in percent; "" where there is none."""

from collections.abc import Callable, Mapping
from typing import Any

from whatwhere.evaluation.bias_figures import BiasFigures
from whatwhere.evaluation.rates import Rate

Shown = Callable[[BiasFigures], str]


def of_modality(table: str, modality: str) -> Shown:
    """Accuracy or class accuracy of one modality: `table` is the mapping's name."""
    return lambda figures: cell(getattr(figures, table).get(modality))


def of_class(modality: str) -> Shown:
    """Class accuracy of one modality."""
    return of_modality("class_accuracy", modality)


def followed(modality: str, kind: str) -> Shown:
    """How far answers go along in one kind of twin."""

    def show(figures: BiasFigures) -> str:
        found = figures.follow_rates(modality, kind)
        return "" if found is None else cell(found.follow_appearance)

    return show


def stayed(figures: BiasFigures) -> str:
    """follow_position of fused."""
    found = figures.follow_rates()
    return "" if found is None else cell(found.follow_position)


def agreement(which: str, *, frozen: bool) -> Shown:
    """Agreement in error, "raw" or "excess", with its own 2D or the frozen reference."""

    def show(figures: BiasFigures) -> str:
        found = figures.agreement_frozen if frozen else figures.agreement
        return "" if found is None else cell(getattr(found, which))

    return show


def margin(figures: BiasFigures) -> str:
    """The median lead of fused over 2D, nats."""
    found = figures.margin
    if found is None:
        return ""
    low, high = found.quartiles
    return f"{found.median:.2f} <small>quartiles {low:.2f}, {high:.2f}</small>"


def penalised(figures: BiasFigures) -> str:
    """The share that the margin loss would push."""
    found = figures.margin
    if found is None:
        return ""
    return f"{cell(found.penalised)} <small>at m = {found.margin:g}</small>"


def calibration_error(modality: str) -> Shown:
    """ECE of one modality."""

    def show(figures: BiasFigures) -> str:
        found = figures.calibration.get(modality)
        return "" if found is None or not found.n else percent(found.ece)

    return show


def cell(rate: Rate | None, *, counted: bool = True) -> str:
    """A rate with its interval and, if wanted, its number of cases."""
    if rate is None or not rate.n:
        return ""
    shown = percent(rate.value)
    if rate.low is not None and rate.high is not None:
        shown += f" [{percent(rate.low)}, {percent(rate.high)}]"
    return f"{shown} <small>n {rate.n:,}</small>" if counted else shown


def cell_of_json(rate: Mapping[str, Any] | None) -> str:
    """A rate of the JSON documents, or a bare share."""
    if not isinstance(rate, Mapping):
        return "" if rate is None else percent(rate)
    if rate["value"] is None:
        return ""
    return cell(Rate(rate["value"], rate["n"], rate["low"], rate["high"]))


def percent(value: float) -> str:
    """Never "-0.0"."""
    return "" if value != value else f"{round(100 * value, 1) + 0.0:.1f}"
