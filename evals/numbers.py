"""The amounts, percentages, durations, ages, dates and phone numbers of a text.

This extractor is the evaluation's own and shares nothing with ``assistant/facts.py``: a fault in
one must not hide the same fault in the other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from evals.matching import canonical

Kind = Literal["amount", "percent", "duration", "age", "date", "phone"]


@dataclass(frozen=True)
class Number:
    """One number with its unit."""

    kind: Kind
    key: str
    """Equal for equal facts: "amount:86", "time:12 mois" for "un an", "date:1/1/2021"."""
    words: str
    """As found, in canonical form."""


_MONTHS = [
    "janvier",
    "fevrier",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "aout",
    "septembre",
    "octobre",
    "novembre",
    "decembre",
]
_MONTH = "|".join(_MONTHS)
_VALUE = r"(?<![\d,./])(\d+(?:,\d+)?)"
_TIME_UNIT = r"(jours?|semaines?|mois|ans?|annees?|heures?|h|minutes?|min)\b"
_RANGE = re.compile(
    rf"{_VALUE} (?:a|et|ou) (\d+(?:,\d+)?) (€|%|jours?\b|semaines?\b|mois\b|ans?\b|heures?\b)"
)
_AMOUNT = re.compile(rf"{_VALUE} €")
_PERCENT = re.compile(rf"{_VALUE} %")
_TIME = re.compile(rf"{_VALUE} {_TIME_UNIT}( et demie?\b)?")
_DATE = re.compile(rf"(?<![\d,./])(\d{{1,2}})(?:er)? ({_MONTH})\b(?: (\d{{4}})\b)?")
_NUMERIC_DATE = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})/(\d{2,4})(?![\d/])")
_MONTH_YEAR = re.compile(rf"(?<!\d )(?<!\der )\b({_MONTH}) (\d{{4}})\b")
_PHONE = re.compile(r"(?<![\d,])(?:33 ?|0 ?)([1-9](?:[ .,]?\d\d){4}|8\d\d ?\d{3} ?\d{3})(?![\d,])")
_SHORT_PHONE = re.compile(
    r"\b(?:le|au|numero|appel\w*|compos\w*|telephon\w*|joindre|contact\w*)(?: le| au)? "
    rf"(3\d ?\d\d)\b(?! ?(?:€|%|jour|mois|ans|heure|{_MONTH}))"
)
_EMERGENCY_PHONE = re.compile(
    r"\b(?:numero|appel\w*|compos\w*|faites|faire)(?: le| au)? (1[578]|11[2459])\b"
    rf"(?! ?(?:€|%|jour|mois|ans|heure|{_MONTH}))"
)
_AGE_BEFORE = re.compile(
    r"(?:\bages?\b|\bagee?s?\b(?: d)?|\bavoir\b|\batteint\b|\ba partir\b|\bdes\b|\bfete\b"
    r"|\b(?:enfants?|mineure?s?|jeunes?|personnes?|adultes?|majeure?s?|filles?|fils|garcons?)\b)"
    r"(?: de| d| au| a| son| ses| plus| moins| l| entre| \d+)* $"
)
_AGE_AFTER = re.compile(r" (?:et plus|ou plus|revolus|accomplis|inclus)\b")
_MONTHS_IN = {"an": 12, "annee": 12, "mois": 1}


@lru_cache(maxsize=2048)
def numbers_in(text: str) -> tuple[Number, ...]:
    """Every number with a unit, in the order of kinds; a number is found once per place."""
    flat = _RANGE.sub(r"\1 \3 a \2 \3", canonical(text))
    found = [_phone(match) for match in _PHONE.finditer(flat)]
    for pattern in (_SHORT_PHONE, _EMERGENCY_PHONE):
        found += [Number("phone", _phone_key(m[1]), m[1]) for m in pattern.finditer(flat)]
    found += [Number("date", _date_key(*m.groups()), m[0]) for m in _DATE.finditer(flat)]
    for match in _NUMERIC_DATE.finditer(flat):
        found.append(Number("date", _numeric_date_key(*match.groups()), match[0]))
    for match in _MONTH_YEAR.finditer(flat):
        found.append(Number("date", f"date:{_MONTHS.index(match[1]) + 1}/{match[2]}", match[0]))
    found += [Number("amount", f"amount:{_plain(m[1])}", m[0]) for m in _AMOUNT.finditer(flat)]
    found += [Number("percent", f"percent:{_plain(m[1])}", m[0]) for m in _PERCENT.finditer(flat)]
    found += [_time(match, flat) for match in _TIME.finditer(flat)]
    return tuple(found)


def supported(number: Number, sources: set[str]) -> bool:
    """Whether a number's key is among the keys of the sources.

    A date said without its year, or a month and year said without the day, is supported by a date
    that has them.
    """
    if number.key in sources:
        return True
    if number.kind != "date":
        return False
    said = number.key.removeprefix("date:")
    dates = [key.removeprefix("date:") for key in sources if key.startswith("date:")]
    return any(date.startswith(f"{said}/") or date.endswith(f"/{said}") for date in dates)


def keys(text: str) -> set[str]:
    """The keys of all numbers of a text."""
    return {number.key for number in numbers_in(text)}


def _plain(value: str) -> str:
    return f"{float(value.replace(',', '.')):.2f}".rstrip("0").rstrip(".")


def _time(match: re.Match[str], flat: str) -> Number:
    unit = match[2].rstrip("s") if match[2] != "mois" else "mois"
    unit = {"h": "heure", "min": "minute"}.get(unit, unit)
    value = float(match[1].replace(",", ".")) + (0.5 if match[3] else 0.0)
    is_age = unit == "an" and (
        _AGE_BEFORE.search(flat[max(0, match.start() - 40) : match.start()]) is not None
        or _AGE_AFTER.match(flat, match.end()) is not None
    )
    if unit in _MONTHS_IN:
        value, unit = value * _MONTHS_IN[unit], "mois"
    elif unit == "semaine":
        value, unit = value * 7, "jour"
    key = f"time:{value:.2f}".rstrip("0").rstrip(".") + f" {unit}"
    return Number("age" if is_age else "duration", key, match[0])


def _date_key(day: str, month: str, year: str | None) -> str:
    key = f"date:{int(day)}/{_MONTHS.index(month) + 1}"
    return f"{key}/{year}" if year else key


def _numeric_date_key(day: str, month: str, year: str) -> str:
    return f"date:{int(day)}/{int(month)}/{year if len(year) == 4 else '20' + year}"


def _phone(match: re.Match[str]) -> Number:
    return Number("phone", _phone_key("0" + match[1]), match[0])


def _phone_key(digits: str) -> str:
    return "phone:" + re.sub(r"\D", "", digits)
