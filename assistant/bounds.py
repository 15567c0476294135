"""Whether the numbers of a question fall within the bounds that a text sets ("de 18 à 25 ans").

Tables and cases of fiches are cut by age, income, seniority, number of persons…: the right row is
the one whose bounds hold the caller's number of the same unit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from vectorstore.text import fold

_N = r"(\d{1,3}(?: \d{3})+|\d+)(?:,\d+)?"
_UNIT = (
    r"(ans?|annees?|mois|semaines?|jours?|€|euros?|km/h|kg|salaries?|personnes?|enfants?|places?)"
)
_ASKED = re.compile(rf"(?<![\d,.]){_N} ?{_UNIT}\b|(?<![\d,.]){_N} ?(€)")
_BETWEEN = re.compile(
    rf"\b(?:de|entre|des) {_N}(?: ?{_UNIT})? (?:a|et|jusqu'a) {_N} ?{_UNIT}(?!\w)"
)
_AT_LEAST = re.compile(
    rf"\b(?:a partir de|au moins|plus de|superieure? a|des|minimum|au-dela de|au-dessus de) "
    rf"{_N} ?{_UNIT}(?!\w)|(?<![\d,.]){_N} ?{_UNIT} (?:et|ou) plus\b"
)
_BELOW = re.compile(
    rf"\b(?:moins de|jusqu'a|au plus|inferieure? a|maximum|avant|en dessous de) {_N} ?{_UNIT}(?!\w)"
)
_STRICT = re.compile(r"^(?:moins de|inferieure? a|avant|en dessous de)")
_OVER = re.compile(r"^(?:plus de|superieure? a|au-dela de|au-dessus de)")
_SINGULAR = {"an": "year", "annee": "year", "€": "euro", "moi": "month"}
_IN_MONTHS = {"year": 12.0, "month": 1.0}


@dataclass(frozen=True)
class Bounds:
    """An interval of one unit; years and months are both in months."""

    unit: str
    low: float
    high: float

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high


def fits(question: str, text: str) -> int:
    """1 when a number of the question is within bounds of the text, -1 when outside, else 0."""
    numbers = numbers_asked(question)
    if not numbers:
        return 0
    judged = [
        bounds.holds(value)
        for bounds in bounds_in(text)
        for unit, value in numbers
        if unit == bounds.unit
    ]
    if not judged:
        return 0
    return 1 if all(judged) else -1


@lru_cache(maxsize=1024)
def numbers_asked(question: str) -> tuple[tuple[str, float], ...]:
    """(unit, value) of every number with a unit."""
    found = []
    for match in _ASKED.finditer(_plain(question)):
        figure, unit = match[1] or match[3], match[2] or match[4]
        found.append(_measure(figure, unit))
    return tuple(found)


@lru_cache(maxsize=16384)
def bounds_in(text: str) -> tuple[Bounds, ...]:
    """Every interval that a text names."""
    folded = _plain(text)
    found = []
    for match in _BETWEEN.finditer(folded):
        unit, high = _measure(match[3], match[4])
        _, low = _measure(match[1], match[2] or match[4])
        found.append(Bounds(unit, low, high))
    for match in _AT_LEAST.finditer(folded):
        unit, low = _measure(match[1] or match[3], match[2] or match[4])
        found.append(Bounds(unit, low + (1e-6 if _OVER.match(match[0]) else 0.0), float("inf")))
    for match in _BELOW.finditer(folded):
        unit, high = _measure(match[1], match[2])
        found.append(Bounds(unit, 0.0, high - (1e-6 if _STRICT.match(match[0]) else 0.0)))
    return tuple(found)


def _plain(text: str) -> str:
    return fold(text).replace("\u202f", " ").replace("\xa0", " ")


def _measure(figure: str, unit: str) -> tuple[str, float]:
    value = float(figure.replace(" ", ""))
    name = _SINGULAR.get(unit.rstrip("s"), unit.rstrip("s"))
    if name in _IN_MONTHS:
        return "month", value * _IN_MONTHS[name]
    return name, value
