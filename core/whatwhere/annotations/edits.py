"""What an annotator can do to a case, each as a change with a name for the undo menu.

All are pure: from what is said of the case now to a change. A change that `is_empty` need not be
made.
"""

from collections.abc import Iterable
from dataclasses import replace

from whatwhere.annotations.case_annotations import CaseAnnotations
from whatwhere.annotations.changes import Change, RowChange
from whatwhere.annotations.default_tags import GROUND_TRUTH_WRONG
from whatwhere.annotations.values import (
    CaseBox,
    CaseTag,
    FrameRegion,
    Note,
    Row,
    Seen,
    Settlement,
    Tag,
    TruthVerdict,
    Verdict,
    now,
)


def toggle_tag(said: CaseAnnotations, case_id: str, annotator: str, tag: Tag) -> Change:
    """Give a tag, or take it off again; that the ground truth is wrong is a verdict as well."""
    held = next(
        (item for item in said.tags if (item.annotator, item.tag_id) == (annotator, tag.tag_id)),
        None,
    )
    rows = [
        RowChange(held, None)
        if held is not None
        else RowChange(None, CaseTag(case_id, annotator, tag.tag_id, now()))
    ]
    if tag.tag_id == GROUND_TRUTH_WRONG:
        before = said.verdict_of(annotator)
        after = None if held is not None else Verdict(case_id, annotator, "wrong", now())
        if before is not None or after is not None:
            rows.append(RowChange(before, after))
    title = f"{'untag' if held is not None else 'tag'} '{tag.caption}'"
    return Change(title, annotator, tuple(rows), case_id)


def set_note(said: CaseAnnotations, case_id: str, annotator: str, text: str) -> Change:
    """Write, replace or (with nothing but blanks) take away the note."""
    before = said.note_of(annotator)
    text = text.strip()
    if text == ("" if before is None else before.text):
        return Change("note", annotator, (), case_id)
    after = Note(case_id, annotator, text, now()) if text else None
    return Change("note" if text else "delete note", annotator, _one(before, after), case_id)


def set_verdict(
    said: CaseAnnotations, case_id: str, annotator: str, verdict: TruthVerdict | None
) -> Change:
    """Say what one holds of the ground truth; None takes it back."""
    before = said.verdict_of(annotator)
    after = None if verdict is None else Verdict(case_id, annotator, verdict, now())
    if (before and before.verdict) == verdict:
        return Change("verdict", annotator, (), case_id)
    title = "take back the verdict" if verdict is None else f"ground truth {verdict}"
    return Change(title, annotator, _one(before, after), case_id)


def settle(
    said: CaseAnnotations, case_id: str, annotator: str, tag: Tag, holds: bool | None
) -> Change:
    """Say whether a tag holds on which annotators differ; None leaves it open again."""
    before = said.settlement_of(tag.tag_id)
    if (before and before.holds) is holds:
        return Change("settle", annotator, (), case_id)
    after = None if holds is None else Settlement(case_id, tag.tag_id, holds, annotator, now())
    words = {True: "holds", False: "does not hold", None: "is open again"}[holds]
    return Change(f"settle: '{tag.caption}' {words}", annotator, _one(before, after), case_id)


def mark_seen(said: CaseAnnotations, case_id: str, annotator: str) -> Change:
    """Have done with a case."""
    before = said.seen_by(annotator)
    after = before if before is not None else Seen(case_id, annotator, now())
    return Change("done", annotator, _one(before, after), case_id)


def put_box(said: CaseAnnotations, box: CaseBox, *, title: str = "draw box") -> Change:
    """Put a box, or replace it by one of the same id (moved, turned, resized)."""
    before = next((item for item in said.boxes if item.box_id == box.box_id), None)
    if before is not None and replace(before, made_at=box.made_at) == box:
        return Change(title, box.annotator, (), box.case_id)
    return Change(title, box.annotator, _one(before, box), box.case_id)


def remove_box(said: CaseAnnotations, box_id: str, annotator: str) -> Change:
    """Take a box away.

    Raises:
        KeyError: there is no such box.
    """
    held = {item.box_id: item for item in said.boxes}[box_id]
    return Change("delete box", annotator, _one(held, None), held.case_id)


def put_region(said: CaseAnnotations, region: FrameRegion, *, title: str = "draw region") -> Change:
    """Put an outline on a frame, or replace it by one of the same id (mended, moved)."""
    before = next((item for item in said.regions if item.region_id == region.region_id), None)
    if before is not None and replace(before, made_at=region.made_at) == region:
        return Change(title, region.annotator, (), region.case_id)
    return Change(title, region.annotator, _one(before, region), region.case_id)


def remove_region(said: CaseAnnotations, region_id: str, annotator: str) -> Change:
    """Take an outline away.

    Raises:
        KeyError: there is no such outline.
    """
    held = {item.region_id: item for item in said.regions}[region_id]
    return Change("delete region", annotator, _one(held, None), held.case_id)


def set_tags(before: Iterable[Tag], after: Iterable[Tag], annotator: str) -> Change:
    """Another set of tags; those that are left out are retired, for cases may carry them."""
    old = {tag.tag_id: tag for tag in before}
    new = {tag.tag_id: tag for tag in after}
    gone = {
        tag_id: replace(tag, digit=None, is_retired=True)
        for tag_id, tag in old.items()
        if tag_id not in new
    }
    wanted = new | gone
    rows = [
        RowChange(old.get(tag_id), tag) for tag_id, tag in wanted.items() if old.get(tag_id) != tag
    ]
    return Change("edit the tags", annotator, tuple(rows))


def _one(before: Row | None, after: Row | None) -> tuple[RowChange, ...]:
    return () if before is None and after is None else (RowChange(before, after),)
