"""Two who annotate independently: of each other they see a case once both have done with it."""

from dataclasses import replace

from whatwhere.annotations.case_annotations import CaseAnnotations


def as_seen_by(said: CaseAnnotations, annotator: str) -> CaseAnnotations:
    """What one annotator may know of a case.

    Her own, always; of others what those said who have done with it, once she has done with it.
    """
    others = _have_done(said) - {annotator} if _has_done(said, annotator) else frozenset()
    open_to_her = others | {annotator}
    return replace(
        said,
        tags=tuple(item for item in said.tags if item.annotator in open_to_her),
        notes=tuple(item for item in said.notes if item.annotator in open_to_her),
        verdicts=tuple(item for item in said.verdicts if item.annotator in open_to_her),
        boxes=tuple(item for item in said.boxes if item.annotator in open_to_her),
        regions=tuple(item for item in said.regions if item.annotator in open_to_her),
        seen=tuple(item for item in said.seen if item.annotator in open_to_her),
        settlements=said.settlements if others else (),
    )


def is_judged_by_both(said: CaseAnnotations, annotator: str) -> bool:
    """Whether she and somebody else have done with it, so that what she says now is informed."""
    return _has_done(said, annotator) and bool(_have_done(said) - {annotator})


def _has_done(said: CaseAnnotations, annotator: str) -> bool:
    return said.seen_by(annotator) is not None


def _have_done(said: CaseAnnotations) -> frozenset[str]:
    return frozenset(item.annotator for item in said.seen)
