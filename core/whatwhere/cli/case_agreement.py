"""`whatwhere cases agreement`: how far two annotators agree, tag by tag."""

from typing import Annotated, Any

import typer

from whatwhere.annotations.agreement import Agreement, TagAgreement, agreement_of
from whatwhere.annotations.queries import annotators_in
from whatwhere.annotations.store import AnnotationStore, open_store
from whatwhere.cli.output import print_json
from whatwhere.errors import ConfigError


def agreement(
    store: Annotated[str, typer.Argument(metavar="STORE", help="A file or a URL.")],
    first: Annotated[str, typer.Argument(metavar="A", help="An annotator.")],
    second: Annotated[str, typer.Argument(metavar="B", help="Another one.")],
    model: Annotated[str | None, typer.Option("--model", help="Only cases of this model.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Compare what two annotators said of the cases that both have done with: Cohen's kappa."""
    opened = open_store(store)
    try:
        _check(opened, first, second)
        found = agreement_of(opened, first, second, model=model)
    finally:
        opened.close()
    if json:
        print_json(_document(found))
    else:
        typer.echo("\n".join(_lines(found)))


def _check(store: AnnotationStore, first: str, second: str) -> None:
    known = annotators_in(store)
    for name in (first, second):
        if name not in known:
            raise ConfigError(
                f"nobody called {name!r} has annotated in {store.database.name}",
                remedy=f"Its annotators are: {', '.join(known) or 'none'}",
            )
    if first == second:
        raise ConfigError("agreement is of two annotators", remedy="Name another one")


def _lines(found: Agreement) -> list[str]:
    lines = [
        f"{found.num_both} cases that both have done with ({found.num_first} by {found.first} "
        f"alone, {found.num_second} by {found.second} alone, left out)",
        f"{'tag':32}{'both':>6}{'A only':>8}{'B only':>8}{'agree':>8}{'kappa':>8}  95 % interval",
    ]
    lines += [_line(item) for item in found.tags]
    lines += [
        f"{len(found.disagreements)} disagreements, {found.num_open} of them open",
        "Kappa: Cohen 1960; its standard error: Fleiss, Cohen and Everitt 1969, with cases taken "
        "for independent.",
    ]
    return lines


def _line(item: TagAgreement) -> str:
    kappa = item.kappa
    agree = "-" if kappa.observed is None else f"{100 * kappa.observed:.0f} %"
    value = "-" if kappa.kappa is None else f"{kappa.kappa:.2f}"
    limits = "" if kappa.interval is None else f"[{kappa.interval[0]:.2f}, {kappa.interval[1]:.2f}]"
    counts = f"{item.num_both:6d}{item.num_first:8d}{item.num_second:8d}"
    end = "  ".join(part for part in (limits, item.caution) if part)
    return f"{item.tag.caption:32}{counts}{agree:>8}{value:>8}  {end}".rstrip()


def _document(found: Agreement) -> dict[str, Any]:
    return {
        "annotators": [found.first, found.second],
        "cases": {
            "both": found.num_both,
            "first_alone": found.num_first,
            "second_alone": found.num_second,
        },
        "method": "Cohen 1960; standard error of Fleiss, Cohen and Everitt 1969",
        "tags": [
            {
                "tag": item.tag.tag_id,
                "both": item.num_both,
                "first": item.num_first,
                "second": item.num_second,
                "neither": item.num_neither,
                "observed": item.kappa.observed,
                "expected": item.kappa.expected,
                "kappa": item.kappa.kappa,
                "interval": item.kappa.interval,
                "caution": item.caution,
            }
            for item in found.tags
        ],
        "disagreements": [
            {
                "case": item.case.case_id,
                "scene_id": item.case.scene_id,
                "expression": item.case.expression,
                "model": item.case.model,
                "tag": item.tag.tag_id,
                "given_by": item.given_by,
                "settled": None if item.settled is None else item.settled.holds,
                "settled_by": None if item.settled is None else item.settled.settled_by,
            }
            for item in found.disagreements
        ],
    }
