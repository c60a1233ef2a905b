"""URLs of databases, and the passwords in them, which are written down nowhere."""

import re

from sqlalchemy import URL, exc, make_url


def without_password(place: str) -> str:
    """The same place with no password in it; a path of a file as it is."""
    url = _url(place)
    if url is None:
        return re.sub(r"(://[^/@:]*):[^@]*@", r"\1@", place)
    bare = URL.create(
        url.drivername,
        username=url.username,
        host=url.host,
        port=url.port,
        database=url.database,
        query=url.query,
    ).difference_update_query(["password"])
    return place if bare == url else bare.render_as_string(hide_password=False)


def plain(place: str) -> str:
    """A URL in one spelling and without a password; the same for all spellings of it."""
    url = _url(without_password(place))
    return place if url is None else url.render_as_string(hide_password=False)


def has_password(place: str) -> bool:
    """Whether a password stands in it."""
    return without_password(place) != place


def _url(place: str) -> URL | None:
    if "://" not in place:
        return None
    try:
        return make_url(place)
    except (exc.ArgumentError, ValueError):  # a port that is no number is a ValueError
        return None
