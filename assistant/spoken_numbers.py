"""Runs of figures as they are typed or spelt: "06 12.34", "zéro six douze trente-quatre"."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from vectorstore.text import fold

SPELT_WORDS = 5
"""A number below a thousand is spelt in this many words at most: "neuf cent quatre vingt dix" + one."""
_WORD = re.compile(r"\d+|[^\W\d_]+")
_BETWEEN = re.compile(r"[ \t\u00a0\u202f.,\-–_/()]{0,4}")


@dataclass(frozen=True)
class Item:
    """One group of figures, or one number in words."""

    digits: str
    start: int
    end: int
    """Offsets in the text."""
    spelt: bool = False


def runs(text: str) -> list[list[Item]]:
    """Figures that follow each other with nothing but spaces, dots, dashes or commas between."""
    tokens = [(found.group(), found.start(), found.end()) for found in _WORD.finditer(text)]
    found: list[list[Item]] = []
    place = 0
    while place < len(tokens):
        item, used = _item(tokens, place, text)
        place += used
        if item is None:
            continue
        if found and _joined(text, found[-1][-1], item):
            found[-1].append(item)
        else:
            found.append([item])
    return found


def _joined(text: str, before: Item, item: Item) -> bool:
    between = text[before.end : item.start]
    if "," in between and not (before.spelt or item.spelt):
        return False
    return _BETWEEN.fullmatch(between) is not None


def _item(tokens: list[tuple[str, int, int]], place: int, text: str) -> tuple[Item | None, int]:
    """The number that begins at a token, the longest there is, and how many tokens it takes."""
    word, start, end = tokens[place]
    if word.isdigit():
        return Item(_ascii(word), start, end), 1
    if fold(word) not in _openings():
        return None, 1
    for size in range(min(SPELT_WORDS, len(tokens) - place), 0, -1):
        part = tokens[place : place + size]
        last = part[-1][2]
        value = _spelt().get(" ".join(fold(token) for token, _, _ in part))
        if value is not None and not re.search(r"[^\w \-]", text[start:last]):
            return Item(value, start, last, spelt=True), size
    return None, 1


def _ascii(figures: str) -> str:
    return "".join(str(unicodedata.digit(figure)) for figure in figures)


@lru_cache(maxsize=1)
def _spelt() -> dict[str, str]:
    """Numbers below a thousand in words, as they are compared, with what they are in figures."""
    from num2words import num2words

    table: dict[str, str] = {}
    for value in range(1000):
        spelt = fold(str(num2words(value, lang="fr"))).replace("-", " ")
        for form in {spelt, spelt.replace(" et ", " "), spelt.replace("vingts", "vingt")}:
            table[form] = str(value)
    for belgian in ("septante", "octante", "huitante", "nonante"):
        base = {"septante": 70, "octante": 80, "huitante": 80, "nonante": 90}[belgian]
        table[belgian] = str(base)
        for unit in range(1, 10):
            table[f"{belgian} {num2words(unit, lang='fr')}"] = str(base + unit)
    return table


@lru_cache(maxsize=1)
def _openings() -> frozenset[str]:
    """Words with which a number in words begins."""
    return frozenset(form.split()[0] for form in _spelt())
