"""The report of a diagnosis on paper."""

import json
import re
from dataclasses import dataclass
from html.parser import HTMLParser

import pytest
from tests.core.evaluation.hand_cases import answered, cases, facts

from whatwhere.errors import RefusedPathError
from whatwhere.evaluation.bias_differences import bias_differences
from whatwhere.evaluation.bias_report import bias_report
from whatwhere.evaluation.cases.columns import CaseColumns
from whatwhere.evaluation.cases.facts import DiagnosisFacts
from whatwhere.evaluation.reporting.card import metric_card
from whatwhere.evaluation.reporting.figures import figures_of, svg_of, write_figures
from whatwhere.evaluation.reporting.html import as_html, write_html
from whatwhere.evaluation.reporting.latex import as_latex

NASTY = 'tom & <b>"jerry"</b>_100%</script>'


@dataclass
class Diagnosis:
    columns: CaseColumns
    facts: DiagnosisFacts


def diagnosis(chosen=(0, 0, 1, 1), num_scenes=30, model="by hand", **of_facts):
    iou = [float(one == 0) for one in chosen]
    sure = [0.9, 0.8, 0.6, 0.4]
    found = answered(chosen, iou, [1] * 4, log_p_in_class=[-0.1, -0.2, -1.5, -2], confidence=sure)
    twins = {
        "appearance": {
            "cases": [0, 1],
            "pair": [[0, 1]] * 2,
            "twin": {"fused": [1, 0]},
            "placebo": {"fused": [0, 0]},
        }
    }
    columns = cases({"fused": found, "2d": found}, num_scenes=num_scenes, twins=twins)
    return Diagnosis(columns, facts(model=model, num_sentences=len(columns), **of_facts))


def report(**values):
    found = diagnosis(**values)
    return bias_report(found.columns, found.facts)


class Page(HTMLParser):
    """What a browser would load, and whether every element is closed."""

    void = frozenset({"meta", "path", "use", "rect", "line", "circle", "image"})

    def __init__(self):
        super().__init__()
        self.open, self.loaded, self.text, self.data = [], [], [], ""

    def handle_starttag(self, tag, attrs):
        self.loaded += [value for name, value in attrs if name in ("src", "srcset")]
        self.loaded += [v for n, v in attrs if n.endswith("href") and not v.startswith("#")]
        if tag not in self.void:
            self.open.append((tag, dict(attrs)))

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        if tag not in self.void:
            opened, _ = self.open.pop()
            assert opened == tag

    def handle_data(self, data):
        inside, attributes = self.open[-1] if self.open else ("", {})
        if inside == "script" and attributes.get("id") == "diagnose":
            self.data += data
        elif inside != "style":
            self.text.append(data.strip())


def read(text):
    page = Page()
    page.feed(text)
    assert page.open == []
    return page


def test_the_page_says_the_verdict_the_figures_and_loads_nothing():
    found = report()
    page = read(as_html([found]))
    assert page.loaded == []
    assert found.verdict in page.text
    assert any(line.startswith("50.0 [") for line in page.text)
    assert "0123456789ab" in page.text
    assert json.loads(page.data)["diagnoses"][0]["accused"] is True


def test_names_can_say_what_they_like():
    page = read(as_html([report(model=NASTY), report()]))
    assert NASTY in page.text
    assert json.loads(page.data)["diagnoses"][0]["model"] == NASTY
    assert r"tom \& <b>" in as_latex([report(model=NASTY)])


def test_two_models_stand_side_by_side_with_their_difference():
    after, before = diagnosis(chosen=(0, 0, 0, 1), model="after"), diagnosis(model="before")
    reports = [bias_report(one.columns, one.facts) for one in (before, after)]
    text = as_html(reports, {"After minus before": bias_differences(after, before)})
    page = read(text)
    assert {"After minus before", "before", "after"} <= set(page.text)
    assert any(line.startswith("25.0 [") for line in page.text)
    difference = json.loads(page.data)["differences"]["After minus before"]
    assert difference["n"] == 120
    change = difference["by"]["look-alikes"]["multiple"]["fused"]["value"]
    assert change == pytest.approx(0.25)
    # Both are broken down, with the difference beneath.
    section = text.partition("<h2>By look-alikes</h2>")[2].partition("</table>")[0]
    shown = read(f"{section}</table>").text
    assert [name for name in shown if name in {"before", "after", "After minus before"}] == [
        "before",
        "after",
        "After minus before",
    ]
    assert {"50.0", "75.0", "25.0"} <= {line.split(" ")[0] for line in shown}


def test_few_scenes_are_said_and_have_no_interval():
    text = as_html([report(num_scenes=3)])
    assert "3 scenes are too few scenes for an interval" in text
    assert not re.search(r"\d \[\d", text)


def test_latex_is_a_table_of_equal_rows():
    text = as_latex([report(data="/home/me/rooms"), report(model="other_one")])
    assert r"\caption{rooms, test, 120 sentences in 30 scenes" in text
    assert r"\toprule" in text
    rows = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert [row.count("&") for row in rows[1:]] == [5, 5, 5]
    assert r"other\_one & 50.0 {\scriptsize[" in text
    assert text.count("{") == text.count("}")


def test_the_card_names_all_that_a_number_depends_on():
    card = metric_card(report(not_asked={"scan is missing": 7}, versions={"whatwhere": "9.9"}))
    assert card["Split hash"] == "0123456789ab"
    assert card["Sentences counted"] == "120 of 120; not all were asked yet"
    assert card["Left out"] == "7 scan is missing"
    assert card["Candidates from"] == "annotation"
    assert card["Versions"] == "whatwhere 9.9"
    assert "Checkpoint" not in card


def test_figures_are_written_as_png_and_svg_and_come_out_the_same_again(tmp_path):
    paths = write_figures(tmp_path / "once", [report()])
    assert [path.name for path in paths] == [
        f"{name}.{form}"
        for name in ("accuracy", "follow", "relations", "calibration")
        for form in ("png", "svg")
    ]
    # The same numbers, the same bytes.
    first, second = (svg_of(figures_of([report()]), "follow") for _ in range(2))
    assert first == second


def test_a_model_without_twins_has_no_figure_of_them(tmp_path):
    found = answered([0, 1], [1, 0], [1, 1])
    bare = bias_report(cases({"fused": found}), facts())
    names = {path.stem for path in write_figures(tmp_path, [bare])}
    assert names == {"accuracy", "relations"}
    assert "not known" in as_html([bare])


def test_a_report_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    bare = bias_report(cases({"3d": answered([0, 1], [1, 0], [1, 1])}), facts(), axes=())
    with pytest.raises(RefusedPathError, match="file"):
        write_html(tmp_path / "file" / "report.html", [bare])
    write_html(tmp_path / "new" / "report.html", [bare])
    assert (tmp_path / "new" / "report.html").read_text().startswith("<!doctype html>")
