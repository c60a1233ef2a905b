from whatwhere.bench import cases
from whatwhere.bench.registry import BENCHES


def test_every_filter_and_search_has_a_figure_and_a_goal(monkeypatch):
    monkeypatch.setattr(cases, "_ROUNDS", 1)
    figures = cases.run(num_cases=300)
    assert BENCHES["cases"] == ("whatwhere.bench.cases",)
    for name, figure in figures.items():
        assert figure.value > 0
        if name.startswith(("open", "filter", "search")):
            assert figure.at_most == 200
    assert any("a word in every sentence" in name for name in figures)
