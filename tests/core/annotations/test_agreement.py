"""Agreement of two annotators: against published figures, scikit-learn, and by simulation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score  # type: ignore[import-untyped]
from tests.core.annotations.made_cases import made_case

from whatwhere.annotations.agreement import Agreement, agreement_of
from whatwhere.annotations.case_annotations import CaseAnnotations
from whatwhere.annotations.edits import mark_seen, settle, toggle_tag
from whatwhere.annotations.kappa import cohens_kappa
from whatwhere.annotations.store import AnnotationStore
from whatwhere.annotations.tag_edits import retire_tag

ADA, BEN = "ada", "ben"


def test_the_worked_example_of_sas() -> None:
    """Two dermatologists, 88 patients, four grades (PROC FREQ, "Skin condition")."""
    found = cohens_kappa([[10, 4, 1, 0], [5, 10, 12, 2], [2, 4, 12, 5], [0, 2, 6, 13]])
    assert found.kappa == pytest.approx(0.3449, abs=5e-5)
    assert found.interval == pytest.approx((0.2030, 0.4868), abs=5e-5)


def test_the_worked_example_of_fleiss() -> None:
    """Two clinicians, 100 patients, three diagnoses (Fleiss, Levin and Paik 2003, table 18.1)."""
    found = cohens_kappa([[75, 1, 4], [5, 4, 1], [0, 0, 10]])
    assert (found.observed, found.expected) == pytest.approx((0.89, 0.66))
    assert found.kappa == pytest.approx(0.676, abs=5e-4)
    assert found.interval is not None
    assert (found.interval[1] - found.interval[0]) / (2 * 1.96) == pytest.approx(0.088, abs=1e-3)


words = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=60)


@given(words)
@settings(max_examples=60, deadline=None)
def test_it_is_scikit_learns(pairs: list[tuple[int, int]]) -> None:
    table = np.zeros((3, 3), int)
    for one, two in pairs:
        table[one, two] += 1
    found = cohens_kappa(table.tolist())
    if len({word for pair in pairs for word in pair}) == 1:
        assert found.kappa is None
        return
    theirs = cohen_kappa_score([one for one, _ in pairs], [two for _, two in pairs])
    assert found.kappa == pytest.approx(theirs)
    if found.interval is not None:
        assert found.interval[0] <= theirs <= found.interval[1]


def test_the_interval_holds_what_it_promises() -> None:
    shares = np.array([[0.2, 0.1], [0.08, 0.62]])
    true = cohens_kappa((shares * 1_000_000).round().astype(int).tolist()).kappa
    assert true is not None
    held = 0
    for counts in np.random.default_rng(0).multinomial(200, shares.ravel(), size=2000):
        interval = cohens_kappa(counts.reshape(2, 2).tolist()).interval
        assert interval is not None
        held += interval[0] <= true <= interval[1]
    assert 0.93 <= held / 2000 <= 0.97


@pytest.mark.parametrize("counts", [[[5, 0], [0, 0]], [[0, 0], [0, 7]]])
def test_where_both_always_say_the_same_there_is_no_kappa(counts: list[list[int]]) -> None:
    found = cohens_kappa(counts)
    assert (found.kappa, found.interval, found.observed) == (None, None, 1.0)


def test_no_case_and_no_table() -> None:
    assert cohens_kappa([[0, 0], [0, 0]]).observed is None
    with pytest.raises(ValueError, match="square"):
        cohens_kappa([[1, 2]])


GIVEN = {
    ADA: {"copies-2d": {0, 1, 2, 3}, "loose-box": {0, 5}, "unsure": {7}},
    BEN: {"copies-2d": {1, 2, 3, 4}, "loose-box": {0, 5}, "unsure": {6}},
}
DONE = {ADA: range(8), BEN: (0, 1, 2, 3, 4, 5, 6, 9)}


@pytest.fixture
def judged(store: AnnotationStore) -> AnnotationStore:
    """Ten cases; seven that both have done with."""
    tags = {tag.tag_id: tag for tag in store.tags()}
    said, cases = CaseAnnotations(), [made_case(row) for row in range(10)]
    for who, given_tags in GIVEN.items():
        for tag_id, rows in given_tags.items():
            for row in rows:
                store.apply(toggle_tag(said, cases[row].case_id, who, tags[tag_id]), [cases[row]])
        for row in DONE[who]:
            store.apply(mark_seen(said, cases[row].case_id, who), [cases[row]])
    return store


def table_of(found: Agreement, tag_id: str) -> tuple[int, int, int, int]:
    item = next(item for item in found.tags if item.tag.tag_id == tag_id)
    return item.num_both, item.num_first, item.num_second, item.num_neither


def test_only_cases_that_both_have_done_with_count(judged: AnnotationStore) -> None:
    found = agreement_of(judged, ADA, BEN)
    assert (found.num_both, found.num_first, found.num_second) == (7, 1, 1)
    assert table_of(found, "copies-2d") == (3, 1, 1, 2)
    assert table_of(found, "unsure") == (0, 0, 1, 6)  # Ben has not judged Ada's
    kappas = {item.tag.tag_id: item.kappa for item in found.tags}
    one = [row in GIVEN[ADA]["copies-2d"] for row in range(7)]
    two = [row in GIVEN[BEN]["copies-2d"] for row in range(7)]
    assert kappas["copies-2d"].kappa == pytest.approx(cohen_kappa_score(one, two))
    assert kappas["loose-box"].kappa == 1
    assert kappas["loose-box"].interval is None
    assert kappas["wrong-class"].kappa is None
    cautions = {item.tag.tag_id: item.caution for item in found.tags}
    assert "Both never gave it" in cautions["wrong-class"]
    assert "fewer than 5" in cautions["unsure"]
    turned = agreement_of(judged, BEN, ADA)
    assert table_of(turned, "unsure") == (0, 1, 0, 6)
    assert agreement_of(judged, ADA, BEN, model="another").num_both == 0
    ids = {made_case(row).case_id for row in (0, 1)}
    assert agreement_of(judged, ADA, BEN, case_ids=ids).num_both == 2
    with pytest.raises(ValueError, match="two annotators"):
        agreement_of(judged, ADA, ADA)


def test_disagreements_are_settled_and_change_no_figure(judged: AnnotationStore) -> None:
    before = agreement_of(judged, ADA, BEN)
    shown = [(item.case.row, item.tag.tag_id, item.given_by) for item in before.disagreements]
    assert shown == [(0, "copies-2d", ADA), (4, "copies-2d", BEN), (6, "unsure", BEN)]
    assert before.num_open == 3
    item = before.disagreements[0]
    said = judged.annotations_of([item.case.case_id])[item.case.case_id]
    judged.apply(settle(said, item.case.case_id, "cat", item.tag, holds=True))
    after = agreement_of(judged, ADA, BEN)
    assert after.tags == before.tags
    assert after.num_open == 2
    settled = after.disagreements[0].settled
    assert settled is not None
    assert (settled.holds, settled.settled_by) == (True, "cat")


def test_a_retired_tag_counts_where_it_was_given(judged: AnnotationStore) -> None:
    for tag_id in ("copies-2d", "wrong-class"):
        judged.apply(retire_tag(judged.tags(), tag_id, ADA))
    found = agreement_of(judged, ADA, BEN)
    assert table_of(found, "copies-2d") == (3, 1, 1, 2)
    assert "wrong-class" not in [item.tag.tag_id for item in found.tags]
