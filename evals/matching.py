"""Whether a text holds a spelling: the only place where texts are made comparable.

Two texts that an agent would read aloud the same way get the same canonical form: case, accents,
spaces, apostrophes, hyphens and punctuation do not count, "86 euros" is "86 €", "1 500" is "1500",
"dix jours" is "10 jours", "premier" is "1er".
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from evals.number_words import digits_for_words

SHORT_WORD = 4
"""A spelling whose last word is this short must end on a word boundary: "non" is not in "nonante"."""

COUNTABLE = frozenset(
    [
        "€",
        "euro",
        "euros",
        "centime",
        "centimes",
        "%",
        "jour",
        "jours",
        "semaine",
        "semaines",
        "mois",
        "an",
        "ans",
        "annee",
        "annees",
        "heure",
        "heures",
        "minute",
        "minutes",
        "fois",
        "personne",
        "personnes",
    ]
)

_LIGATURES = str.maketrans(
    {"œ": "oe", "æ": "ae", "Œ": "oe", "Æ": "ae", "’": "'", "ʼ": "'", "‘": "'"}
)
_NOT_KEPT = re.compile(r"[^\w€%/.,]+|_")
_LOOSE_MARK = re.compile(r"(?<!\d)[.,/]+|[.,/]+(?!\d)")
_PER_CENT = re.compile(r"\bpour ?cent\b(?! \d)")
_EURO = re.compile(r"(?<=\d) d euros?\b|\beuros?\b|€")
_UNIT_AFTER_DIGIT = re.compile(r"(?<=\d)(?=[€%])|(?<=[€%])(?=\w)")
_THOUSANDS = re.compile(r"(?<![\d,.])(?<!\d )([1-9]\d{0,2})((?: \d{3})+)(?![\d])(?! \d)")
_DOTTED_THOUSANDS = re.compile(r"(?<![\d,.])([1-9]\d{0,2})((?:\.\d{3})+)(?![\d.])")
_POINT = re.compile(r"(?<=\d)\.(?=\d{1,2}(?!\d))(?!\d+\.)")
_HOURS = re.compile(r"(?<=\d) ?h(?=\d|\b) ?")
_CENTIMES = re.compile(r"\b(\d+) € (?:et )?(\d{1,2}) centimes?\b")
_SPOKEN_CENTIMES = re.compile(
    r"(?<![\d,])(\d+) € (\d{2})(?![\d,.])(?! ?(?:€|%|jour|semaine|mois|an\b|ans\b|heure|minute|fois))"
)
_ZERO_CENTS = re.compile(r"\b(\d+),00?(?!\d)")
_SPACES = re.compile(r"\s+")
_LEFT_OUT = re.compile(r"\n|\[…\]|\[\.\.\.\]|…")
_APOSTROPHES = str.maketrans({"’": "'", "ʼ": "'", "‘": "'"})


@lru_cache(maxsize=2048)
def canonical(text: str) -> str:
    """The comparable form of a text: lower-case words and numbers separated by single spaces."""
    flat = unicodedata.normalize("NFKD", text.translate(_LIGATURES).lower())
    flat = "".join(char for char in flat if not unicodedata.combining(char))
    flat = _NOT_KEPT.sub(" ", flat)
    flat = _LOOSE_MARK.sub(" ", flat)
    flat = _SPACES.sub(" ", _UNIT_AFTER_DIGIT.sub(" ", flat)).strip()
    flat = _HOURS.sub(" heures ", flat).strip()
    flat = _PER_CENT.sub("%", flat)
    flat = " ".join(digits_for_words(flat.split(" "), COUNTABLE))
    flat = _DOTTED_THOUSANDS.sub(lambda m: m[1] + m[2].replace(".", ""), flat)
    flat = _THOUSANDS.sub(lambda m: m[1] + m[2].replace(" ", ""), flat)
    flat = _POINT.sub(",", flat)
    flat = _EURO.sub(lambda m: " €" if m[0].startswith(" ") else "€", flat)
    flat = _CENTIMES.sub(lambda m: f"{m[1]},{int(m[2]):02d} €", flat)
    flat = _SPOKEN_CENTIMES.sub(lambda m: f"{m[1]},{m[2]} €", flat)
    return _ZERO_CENTS.sub(r"\1", flat)


def holds(text: str, spelling: str) -> bool:
    """Whether the text holds the spelling.

    A spelling begins at a word ("légal" is not in "illégal") and may end inside one ("mairie" is in
    "mairies") unless its last word is short or a number ("6 €" is not in "86 €").
    """
    pattern = _pattern(canonical(spelling))
    return pattern is not None and pattern.search(canonical(text)) is not None


def holds_any(text: str, spellings: list[str]) -> bool:
    """Whether the text holds at least one of the spellings of a fact."""
    return any(holds(text, spelling) for spelling in spellings)


def stands_verbatim(quote: str, text: str) -> bool:
    """Whether a quote is really in a text.

    Spaces and the shape of apostrophes do not count; everything else does. A line break, "[…]" or
    "…" in the quote stands for words left out: every part must be in the text.
    """
    flat = _quotable(text)
    parts = [_quotable(part) for part in _LEFT_OUT.split(quote)]
    parts = [part for part in parts if part]
    return bool(parts) and all(part in flat for part in parts)


@lru_cache(maxsize=4096)
def _pattern(spelling: str) -> re.Pattern[str] | None:
    if not spelling:
        return None
    last = spelling.rsplit(" ", 1)[-1]
    start = r"(?<!\w)(?<!\d[.,/])" if spelling[0].isdigit() else r"(?<!\w)"
    if last[-1].isdigit():
        end = r"(?!\w)(?![.,/]\d)"
    elif len(last) <= SHORT_WORD and last.isalpha():
        end = r"(?:s|x|e|es)?(?!\w)"
    else:
        end = ""
    return re.compile(start + re.escape(spelling) + end)


@lru_cache(maxsize=2048)
def _quotable(text: str) -> str:
    return _SPACES.sub(" ", text.translate(_APOSTROPHES)).strip()
