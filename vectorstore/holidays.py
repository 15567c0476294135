"""On which days are offices closed because the day is a public holiday?"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

from vectorstore.territories import department_of

_FIXED = {
    (1, 1): "jour de l'An",
    (5, 1): "fête du Travail",
    (5, 8): "8 mai",
    (7, 14): "fête nationale",
    (8, 15): "Assomption",
    (11, 1): "Toussaint",
    (11, 11): "11 novembre",
    (12, 25): "Noël",
}
_AFTER_EASTER_DAYS = {1: "lundi de Pâques", 39: "Ascension", 50: "lundi de Pentecôte"}
_ALSACE_MOSELLE = ("57", "67", "68")
_ABOLITION = {
    "971": (5, 27),
    "972": (5, 22),
    "973": (6, 10),
    "974": (12, 20),
    "976": (4, 27),
    "977": (10, 9),
    "978": (5, 28),
}
"""Days on which the end of slavery is commemorated, holidays in these departments only."""


def holiday(day: date, insee: str) -> str | None:
    """The name of the public holiday that this day is in this commune, if it is one."""
    department = department_of(insee)
    place = (day.month, day.day)
    if place in _FIXED:
        return _FIXED[place]
    after = (day - _easter(day.year)).days
    if after in _AFTER_EASTER_DAYS:
        return _AFTER_EASTER_DAYS[after]
    if department in _ALSACE_MOSELLE and (after == -2 or place == (12, 26)):
        return "Vendredi saint" if after == -2 else "Saint-Étienne"
    if _ABOLITION.get(department) == place:
        return "abolition de l'esclavage"
    return None


@cache
def _easter(year: int) -> date:
    """Easter Sunday, by the anonymous Gregorian computus (Meeus, Astronomical Algorithms, ch. 8)."""
    golden = year % 19
    century, rest = divmod(year, 100)
    leaps, century_rest = divmod(century, 4)
    shift = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leaps - shift + 15) % 30
    quarters, rest_of_four = divmod(rest, 4)
    weekday = (32 + 2 * century_rest + 2 * quarters - epact - rest_of_four) % 7
    correction = (golden + 11 * epact + 22 * weekday) // 451
    days = epact + weekday - 7 * correction + 21
    return date(year, 3, 1) + timedelta(days=days)
