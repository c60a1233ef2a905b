"""A report as one HTML file: nothing is fetched, and its figures lie in it as JSON."""

import json
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from whatwhere.evaluation.reporting.style import STYLE


def page(title: str, parts: Iterable[str], document: Mapping[str, Any], *, name: str) -> str:
    """The whole file.

    Args:
        title: of the window's tab, as plain text.
        parts: HTML, one below the other; empty ones are left out.
        document: the figures, without NaN.
        name: id of the element that holds them.

    Raises:
        ValueError: a figure is not finite.
    """
    # "</" would end the element.
    data = json.dumps(document, allow_nan=False).replace("</", "<\\/")
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            '<head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title>",
            f"<style>{STYLE}</style></head>",
            "<body><main>",
            *(part for part in parts if part),
            "</main>",
            f'<script type="application/json" id="{name}">{data}</script>',
            "</body></html>",
            "",
        ]
    )
