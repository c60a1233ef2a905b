"""What can be done to the set of tags, each as a change with a name for the undo menu.

All are pure: from the set as it is to a change. The set belongs to everybody who uses the store.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from whatwhere.annotations.changes import Change, RowChange
from whatwhere.annotations.default_tags import GROUND_TRUTH_WRONG
from whatwhere.annotations.values import Tag
from whatwhere.errors import ConfigError

TAG_COLORS: tuple[str, ...] = (
    "#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2",
    "#d55e00", "#cc79a7", "#999999", "#8c6bb1", "#a6761d",
)  # fmt: skip
"""Colours that are offered: Okabe and Ito's, which the common deficiencies tell apart, and more."""

_MAX_CAPTION = 80


def in_order(tags: Iterable[Tag]) -> tuple[Tag, ...]:
    """As they stand: by place, then as the keys 1 ... 9, 0 do, then those without a key."""
    return tuple(
        sorted(
            tags,
            key=lambda tag: (tag.place, tag.digit is None, tag.digit or 10, tag.caption),
        )
    )


def tags_after(tags: Iterable[Tag], rows: Iterable[RowChange]) -> tuple[Tag, ...]:
    """What a set becomes by a change."""
    found = {tag.tag_id: tag for tag in tags}
    for row in rows:
        if isinstance(row.after, Tag):
            found[row.after.tag_id] = row.after
        elif isinstance(row.before, Tag):
            found.pop(row.before.tag_id, None)
    return in_order(found.values())


def add_tag(tags: Sequence[Tag], caption: str, annotator: str) -> Change:
    """One more tag, last, with the first free digit.

    Raises:
        ConfigError: the caption is empty, too long, or another tag's.
    """
    caption = _caption(tags, caption)
    taken = {tag.digit for tag in tags}
    digit = next((digit for digit in (*range(1, 10), 0) if digit not in taken), None)
    place = max((tag.place for tag in tags), default=0) + 1
    tag = Tag(_new_id(tags, caption), caption, digit, place=place)
    return _change(f"add the tag '{caption}'", annotator, [RowChange(None, tag)])


def rename_tag(tags: Sequence[Tag], tag_id: str, caption: str, annotator: str) -> Change:
    """Another caption; cases that carry the tag keep it.

    Raises:
        ConfigError: the caption is empty, too long, or another tag's.
    """
    tag = _named(tags, tag_id)
    caption = _caption([other for other in tags if other.tag_id != tag_id], caption)
    title = f"rename the tag '{tag.caption}' to '{caption}'"
    return _change(title, annotator, [RowChange(tag, replace(tag, caption=caption))])


def recolor_tag(tags: Sequence[Tag], tag_id: str, color: str, annotator: str) -> Change:
    """Another colour, "#rrggbb"; "" leaves it to the look.

    Raises:
        ConfigError: it is no colour.
    """
    if color and re.fullmatch(r"#[0-9a-f]{6}", color) is None:
        raise ConfigError(f"{color!r} is no colour", remedy="Write it as #rrggbb")
    tag = _named(tags, tag_id)
    title = f"recolour the tag '{tag.caption}'"
    return _change(title, annotator, [RowChange(tag, replace(tag, color=color))])


def give_digit(tags: Sequence[Tag], tag_id: str, digit: int | None, annotator: str) -> Change:
    """The key that gives a tag; the tag that had it takes the other's."""
    tag = _named(tags, tag_id)
    rows = [RowChange(tag, replace(tag, digit=digit))]
    rows += [
        RowChange(other, replace(other, digit=tag.digit))
        for other in tags
        if digit is not None and other.digit == digit and other.tag_id != tag_id
    ]
    title = f"give the tag '{tag.caption}' " + ("no key" if digit is None else f"the key {digit}")
    return _change(title, annotator, rows)


def move_tag(tags: Sequence[Tag], tag_id: str, by: int, annotator: str) -> Change:
    """Up (negative) or down among those that are offered."""
    tag = _named(tags, tag_id)
    offered = [other for other in in_order(tags) if not other.is_retired]
    at = offered.index(tag)
    offered.insert(min(max(at + by, 0), len(offered) - 1), offered.pop(at))
    rows = [
        RowChange(other, replace(other, place=place))
        for place, other in enumerate(offered, start=1)
    ]
    return _change(f"move the tag '{tag.caption}'", annotator, rows)


def retire_tag(tags: Sequence[Tag], tag_id: str, annotator: str) -> Change:
    """Offer it no more; cases that carry it keep it.

    Raises:
        ConfigError: it is the tag that takes cases out of figures.
    """
    tag = _named(tags, tag_id)
    if tag_id == GROUND_TRUTH_WRONG:
        raise ConfigError(
            f"'{tag.caption}' cannot be retired: it leaves cases out of every figure",
            remedy="Rename it, or take its key away",
        )
    retired = replace(tag, digit=None, is_retired=True)
    return _change(f"retire the tag '{tag.caption}'", annotator, [RowChange(tag, retired)])


def restore_tag(tags: Sequence[Tag], tag_id: str, annotator: str) -> Change:
    """Offer a retired tag again, last and without a key."""
    tag = _named(tags, tag_id)
    place = max((other.place for other in tags), default=0) + 1
    offered = replace(tag, is_retired=False, place=place)
    return _change(f"offer the tag '{tag.caption}' again", annotator, [RowChange(tag, offered)])


def _change(title: str, annotator: str, rows: Iterable[RowChange]) -> Change:
    return Change(title, annotator, tuple(row for row in rows if row.before != row.after))


def _named(tags: Iterable[Tag], tag_id: str) -> Tag:
    return {tag.tag_id: tag for tag in tags}[tag_id]


def _caption(others: Iterable[Tag], caption: str) -> str:
    caption = " ".join(caption.split())
    if not caption:
        raise ConfigError("a tag needs a name", remedy="Write one")
    if len(caption) > _MAX_CAPTION:
        raise ConfigError(
            f"the name of the tag has {len(caption)} letters", remedy=f"Use {_MAX_CAPTION} at most"
        )
    for other in others:
        if other.caption.casefold() == caption.casefold():
            what = "a retired tag" if other.is_retired else "another tag"
            remedy = "Offer that one again" if other.is_retired else "Choose another name"
            raise ConfigError(f"{what} is called '{other.caption}' already", remedy=remedy)
    return caption


def _new_id(tags: Iterable[Tag], caption: str) -> str:
    held = {tag.tag_id for tag in tags}
    short = re.sub(r"[^a-z0-9]+", "-", caption.lower()).strip("-")[:60]
    if not short:  # no Latin letter: a name that is the same on every computer
        short = "tag-" + hashlib.sha256(caption.encode()).hexdigest()[:8]
    return next(
        name
        for name in (short, *(f"{short}-{number}" for number in range(2, len(held) + 3)))
        if name not in held
    )
