"""Tables as CSV that a spreadsheet opens without running anything."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

_RUN = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula (OWASP, "CSV Injection")."""


def as_csv(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Semicolons and a byte order mark, as French spreadsheets expect.

    A text that a spreadsheet would run as a formula gets an apostrophe in front; numbers stay numbers.
    """
    content = io.StringIO()
    writer = csv.writer(content, delimiter=";", lineterminator="\r\n")
    writer.writerow([_cell(head) for head in heads])
    writer.writerows([[_cell(value) for value in row] for row in rows])
    return "\ufeff" + content.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:g}".replace(".", ",")
    if isinstance(value, int):
        return str(value)
    text = str(value)
    return f"'{text}" if text.lstrip(" \u00a0").startswith(_RUN) or text.startswith(_RUN) else text
