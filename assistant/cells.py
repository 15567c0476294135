"""The cells of a table row: the name of each column, and what the row holds there.

The source writes a row as "Column : value ; Column : value"; a value of several lines goes on behind
the same sign, so that what is a column is read from all rows of the table.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from assistant.units import Unit, units_of

_HEADED = re.compile(r"^(?P<head>[^:]{2,90}?) ?: (?P<value>.+)$")
_SHORT = re.compile(r"[A-ZÀÂÉÈÊÎÔÛÇ][^\W\d]+(?: [^\W\d]+)?")
_ITEM = re.compile(r"^- ")
_NOTHING = re.compile(r"[-–—\s]*")


@dataclass(frozen=True)
class Cell:
    """One column of a row."""

    head: str
    """The column's name; empty where the table gives none."""
    values: tuple[str, ...]
    """What stands there, line after line."""

    @property
    def text(self) -> str:
        return " ; ".join(self.values)


@lru_cache(maxsize=2048)
def cells_of(unit: Unit) -> tuple[Cell, ...]:
    """The cells of a row, in reading order; those that hold nothing are left out.

    Args:
        unit: a table row.
    """
    rows = [_pieces(other) for other in units_of(unit.passage) if other.kind == "row"]
    own = _pieces(unit)
    heads, fragments = _heads(rows)
    merged = _merged(own, heads)
    if merged:
        return merged
    found: list[Cell] = []
    before = ""
    for place, piece in enumerate(own):
        match = _HEADED.match(piece)
        if match and (match["head"] in heads or (not found and not before)):
            found.append(Cell(f"{before} {match['head']}".strip(), (match["value"],)))
            before = ""
        elif piece in fragments and place + 1 < len(own) and _HEADED.match(own[place + 1]):
            before = piece
        elif not found or not heads:
            found.append(Cell("", (piece,)))
        else:
            last = found.pop()
            found.append(Cell(last.head, (*last.values, piece)))
    return tuple(cell for cell in found if not _NOTHING.fullmatch(cell.text))


@lru_cache(maxsize=2048)
def about_of(unit: Unit) -> tuple[Cell, ...]:
    """The first cells of a row, up to the one that tells it from the others; never all of them."""
    cells = cells_of(unit)
    rows = [other for other in units_of(unit.passage) if other.kind == "row"]
    others = [cells_of(other) for other in rows if other.place != unit.place]
    for size in range(1, len(cells)):
        if all(other[:size] != cells[:size] for other in others):
            return cells[:size]
    return cells[:1]


def lines_of(cell: Cell) -> tuple[str, ...]:
    """The values of a cell that are alternatives, without their list marks."""
    return tuple(_ITEM.sub("", value) for value in cell.values)


def _pieces(unit: Unit) -> list[str]:
    return [piece for part in unit.text.split(" ; ") if (piece := part.strip())]


def _heads(rows: Sequence[Sequence[str]]) -> tuple[frozenset[str], frozenset[str]]:
    """Names of columns, and what stands in front of such a name on a line of its own."""
    named: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    for row in rows:
        found = {match["head"] for piece in row if (match := _HEADED.match(piece))}
        named.update(found)
        alone.update({piece for piece in row[:-1] if not _HEADED.match(piece)})
    least = 2 if len(rows) > 1 else 1
    heads = {head for head, count in named.items() if count >= least or _SHORT.fullmatch(head)}
    if not heads:
        heads = {head for head in named if head[:1].isupper()}
    fragments = {
        piece for piece, count in alone.items() if len(rows) > 1 and count == len(rows) and heads
    }
    return frozenset(heads), frozenset(fragments)


def _merged(pieces: Sequence[str], heads: frozenset[str]) -> tuple[Cell, ...]:
    """The cells of a row in front of which the source wrote the names of all columns."""
    half = len(pieces) // 2
    if half < 2 or len(pieces) != 2 * half or not set(pieces[:half]) <= heads:
        return ()
    return tuple(
        Cell(head, (value,)) for head, value in zip(pieces[:half], pieces[half:], strict=True)
    )
