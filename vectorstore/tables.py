"""A table of a document: merged cells repeated, header rows joined, its size bounded."""

from __future__ import annotations

from collections.abc import Callable

from lxml.etree import _Element

from vectorstore.elements import links_of, title_of, values_of
from vectorstore.errors import ArchiveError
from vectorstore.fiche import Table

MAX_TABLE_CHARS = 1_000_000
"""Of one table as it is read aloud, with merged cells and headers repeated; the corpus of November
2020 has 12,131 at most."""
MAX_TABLE_VALUES = 1_000
"""Amounts, rates and durations marked in one table."""
_TOO_LARGE = (
    f"tableau de plus de {MAX_TABLE_CHARS} caractères ou de {MAX_TABLE_VALUES} valeurs une fois ses "
    "cellules répétées, document refusé"
)


def read_table(element: _Element, cell_text: Callable[[_Element], str]) -> Table | None:
    """The table with merged cells repeated in every row and column that they span.

    Args:
        cell_text: the text of one cell.

    Returns:
        None for a table of nothing.

    Raises:
        ArchiveError: it grows beyond ``MAX_TABLE_CHARS`` or ``MAX_TABLE_VALUES``.
    """
    header: tuple[str, ...] = ()
    rows: list[tuple[str, ...]] = []
    chars = 0
    pending: dict[int, tuple[str, int]] = {}
    for row in element.iter("Rangée", "Rangee"):
        cells: list[str] = []
        source = iter(row.findall("Cellule"))
        while True:
            column = len(cells)
            if column in pending:
                text, left = pending.pop(column)
                cells.append(text)
                if left > 1:
                    pending[column] = (text, left - 1)
                continue
            cell = next(source, None)
            if cell is None:
                if any(index > column for index in pending):
                    cells.append("")
                    continue
                break
            text = cell_text(cell)
            height = _span(cell, "fusionVerticale")
            width = _span(cell, "fusionHorizontale")
            chars += len(text) * width * height
            if chars > MAX_TABLE_CHARS:
                raise ArchiveError(_TOO_LARGE)
            for _ in range(width):
                if height > 1:
                    pending[len(cells)] = (text, height - 1)
                cells.append(text)
        if row.get("type") == "header" and not rows:
            header = _merge_headers(header, tuple(cells))
        elif any(cells):
            rows.append(tuple(cells))
    values = values_of(element)
    chars += sum(map(len, header)) * len(rows)
    if chars > MAX_TABLE_CHARS or len(values) > MAX_TABLE_VALUES:
        raise ArchiveError(_TOO_LARGE)
    title = title_of(element, "TitreRiche", "Titre")
    if not rows and not header and not title:
        return None
    return Table(
        title=title,
        summary=title_of(element, "Resume"),
        header=header,
        rows=tuple(rows),
        values=values,
        links=links_of(element),
    )


def _merge_headers(upper: tuple[str, ...], lower: tuple[str, ...]) -> tuple[str, ...]:
    """Two header rows as one: "Durée - en France" where the lower cell says something else."""
    if not upper:
        return lower
    width = max(len(upper), len(lower))
    pad = ("",) * width
    pairs = zip((*upper, *pad)[:width], (*lower, *pad)[:width], strict=True)
    return tuple(a if a == b or not b else f"{a} - {b}" if a else b for a, b in pairs)


def _span(cell: _Element, attribute: str) -> int:
    value = cell.get(attribute, "1")
    return min(max(int(value.lstrip("0")[:4] or 1), 1), 100) if value.isdecimal() else 1
