from pathlib import Path

from whatwhere_app.services.sentences import SentenceHistory


def test_a_history_outlives_the_session_without_repeats(tmp_path: Path) -> None:
    path = tmp_path / "state" / "sentences.txt"
    history = SentenceHistory(path)
    for text in ("one", "two", "one"):
        history.add(text)
    assert SentenceHistory(path).sentences == ("two", "one")


def test_a_broken_history_is_an_empty_one_and_grows_again(tmp_path: Path) -> None:
    path = tmp_path / "sentences.txt"
    path.mkdir()
    history = SentenceHistory(path)
    history.add("one")
    assert history.sentences == ("one",)
