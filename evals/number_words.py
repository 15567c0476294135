"""French numbers written in words -> digits: "quatre-vingt-six" -> "86".

The words up to 999 come from ``num2words``; thousands and millions are composed from them.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from num2words import num2words

LONGEST = 6
"""Most words that a number below one thousand takes: "neuf cent quatre vingt dix neuf"."""

LONGEST_ORDINAL = 4
"""The same of an ordinal: "quatre vingt dix neuvieme"."""

_SCALES = {"mille": 1_000, "million": 1_000_000, "millions": 1_000_000}
_ARTICLES = ("un", "une")
_FIGURE = re.compile(r"\d{1,9}(?:[.,]\d{1,6})?")


def digits_for_words(tokens: list[str], countable: frozenset[str]) -> list[str]:
    """Replace every number in words by digits.

    Args:
        tokens: lower-case words without accents or hyphens.
        countable: words after which "un" or "une" counts ("un mois"); elsewhere it is an article.

    Returns:
        The tokens, with each run of number words replaced by one token of digits.
    """
    found: list[str] = []
    at = 0
    while at < len(tokens):
        ordinal, taken = _ordinal_at(tokens, at)
        if taken:
            found.append(ordinal)
            at += taken
            continue
        value, taken = _number_at(tokens, at)
        lone_article = taken == 1 and tokens[at] in _ARTICLES
        if lone_article:
            following = tokens[at + 1] if at + 1 < len(tokens) else ""
            lone_article = following not in countable and found[-1:] != ["0"]
        if taken and not lone_article:
            found.append(str(value))
            at += taken
        else:
            found.append(tokens[at])
            at += 1
    return found


def _ordinal_at(tokens: list[str], at: int) -> tuple[str, int]:
    """The ordinal that begins at a place ("31e"), and how many tokens it takes (0 when none does)."""
    table = _ordinals()
    for size in range(min(LONGEST_ORDINAL, len(tokens) - at), 0, -1):
        found = table.get(tuple(tokens[at : at + size]))
        if found is not None:
            return found, size
    return "", 0


def _number_at(tokens: list[str], at: int) -> tuple[int, int]:
    """The number that begins at a place, and how many tokens it takes (0 when there is none)."""
    if (scaled := _scaled_figure(tokens, at)) is not None:
        return scaled, 2
    total, taken = 0, 0
    limit = 1_000_000_000
    while True:
        value, used = _below_thousand(tokens, at + taken)
        scale_at = at + taken + used
        scale = _SCALES.get(tokens[scale_at], 0) if scale_at < len(tokens) else 0
        if not 0 < scale < limit:
            if used and (not total or value):
                total, taken = total + value, taken + used
            return total, taken
        total += max(value, 1) * scale
        taken += used + 1
        limit = scale


def _scaled_figure(tokens: list[str], at: int) -> int | None:
    """The number of a figure before a scale: "2 millions", "1,5 million"."""
    scale = _SCALES.get(tokens[at + 1]) if at + 1 < len(tokens) else None
    if scale is None or not _FIGURE.fullmatch(tokens[at]):
        return None
    value = Decimal(tokens[at].replace(",", ".")) * scale
    return int(value) if value == int(value) else None


def _below_thousand(tokens: list[str], at: int) -> tuple[int, int]:
    if at >= len(tokens) or tokens[at] not in _first_words():
        return 0, 0
    table = _table()
    for size in range(min(LONGEST, len(tokens) - at), 0, -1):
        value = table.get(tuple(tokens[at : at + size]))
        if value is not None:
            return value, size
    return 0, 0


@lru_cache(maxsize=1)
def _table() -> dict[tuple[str, ...], int]:
    table: dict[tuple[str, ...], int] = {}
    for number in range(1000):
        words = str(num2words(number, lang="fr")).replace("é", "e").replace("-", " ").split()
        singular = ["vingt" if w == "vingts" else "cent" if w == "cents" else w for w in words]
        plural = ["cents" if w == "cent" and i else w for i, w in enumerate(singular)]
        for form in (words, singular, plural):
            table[tuple(form)] = number
            if form[-1] == "un":
                table[(*form[:-1], "une")] = number
    table[("quatre", "vingts")] = 80
    for number, words_fr in ((70, "septante"), (90, "nonante"), (80, "huitante")):
        table[(words_fr,)] = number
    return table


@lru_cache(maxsize=1)
def _first_words() -> frozenset[str]:
    return frozenset(words[0] for words in _table())


@lru_cache(maxsize=1)
def _ordinals() -> dict[tuple[str, ...], str]:
    ordinals: dict[tuple[str, ...], str] = {
        (word,): "1er" for word in ("premier", "premiere", "1re", "1ere")
    }
    for number in range(2, 100):
        words = str(num2words(number, lang="fr", to="ordinal")).replace("è", "e")
        ordinals[tuple(words.replace("-", " ").split())] = f"{number}e"
        ordinals[f"{number}eme",] = f"{number}e"
    return ordinals
