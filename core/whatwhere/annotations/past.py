"""What was said of a case at a time: its changes, made again up to one of them."""

from collections.abc import Iterable

from whatwhere.annotations.case_annotations import CaseAnnotations
from whatwhere.annotations.changes import HistoryEntry


def said_after(history: Iterable[HistoryEntry], change_id: str) -> CaseAnnotations | None:
    """What was said when a change had just been made; None where it is not among them.

    What was undone before it does not count. Of a change that is undone now, those that were undone
    with it are taken for made, for they were when it was.

    Args:
        history: of the case, by anyone, oldest first, as `AnnotationStore.history_of_case` gives
            it.
        change_id: of the change.
    """
    entries = sorted(history, key=lambda entry: entry.seq)
    wanted = next((entry for entry in entries if entry.change.change_id == change_id), None)
    if wanted is None:
        return None
    said = CaseAnnotations()
    for entry in entries:
        if entry.seq > wanted.seq:
            break
        is_own = entry.change.annotator == wanted.change.annotator
        was_made = entry.state == "done" or (is_own and entry.state == wanted.state)
        if was_made:
            said = said.after(
                row
                for row in entry.change.rows
                if getattr(row.row, "case_id", "") == wanted.change.case_id
            )
    return said
