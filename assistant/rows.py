"""Tables and lists whose lines are cases of their own: an amount by age, a distance by height.

The source writes them as text, not as cases; a line holds for some callers all the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.facts import facts_in
from assistant.quantities import bounds_in
from assistant.texts import load_yaml, pattern
from vectorstore.fiche import Passage
from vectorstore.text import fold

_CELL = re.compile(r"^- (?P<head>[^:;]{2,60}) : (?P<key>[^;]+?) ; (?P<rest>.+)$")
_KEYED = re.compile(
    r"(?:^|(?<=\s))((?:lorsque|si|en cas d[e']|pour|quand|dans le cas)\b.*)$", re.IGNORECASE
)
_MOST_ROWS = 12


@dataclass(frozen=True)
class Row:
    """One line, and the words that say for whom it holds."""

    key: str
    line: str


@dataclass(frozen=True)
class Rows:
    """The lines of a passage that are alternatives, and what tells them apart."""

    dimension: str
    rows: tuple[Row, ...]

    def keys(self) -> tuple[str, ...]:
        return tuple(row.key for row in self.rows)


def rows_of(passage: Passage) -> Rows | None:
    """The alternatives of a passage; none if its lines hold together."""
    found = _table(passage) if passage.kind == "table" else _list(passage)
    if found is None or not 2 <= len(found.rows) <= _MOST_ROWS:
        return None
    return found if len(set(found.keys())) == len(found.rows) else None


def _table(passage: Passage) -> Rows | None:
    lines = [line for line in passage.text.split("\n") if line.startswith("- ")]
    cells = [_CELL.match(line) for line in lines]
    heads = {cell["head"].strip() for cell in cells if cell}
    if len(heads) != 1 or not all(cells):
        return None
    rows = [Row(cell["key"].strip(), line) for cell, line in zip(cells, lines, strict=True) if cell]
    head = heads.pop()
    titles = tuple(row.key for row in rows)
    bounds = [bounds_in(key, titles) for key in titles]
    counted = {bound.kind for bound in bounds if bound is not None} - {"year"}
    if bounds.count(None) > 1 or not counted:
        return (
            Rows(head, tuple(rows))
            if pattern(load_yaml("caller")["dimension"]).search(fold(head))
            else None
        )
    return Rows(head, tuple(rows))


def _list(passage: Passage) -> Rows | None:
    """Items that each state a bound and a fact of the same kind."""
    lines = [line for line in passage.text.split("\n") if line.startswith("- ")]
    keyed = [(match[1], line) for line in lines if (match := _KEYED.search(line))]
    rows = [Row(key.split(",")[0].rstrip(" .;"), line) for key, line in keyed]
    if len(rows) < 2 or len(rows) < len(lines):
        return None
    titles = tuple(row.key for row in rows)
    bounds = [bounds_in(key, titles) for key in titles]
    kinds = {bound.kind for bound in bounds if bound is not None}
    stated = all(facts_in(row.line) for row in rows) or "metre" in fold(passage.text)
    if len(kinds) != 1 or None in bounds or not stated:
        return None
    return Rows("", tuple(rows))
