"""Numbers that tell cases apart: what the caller says, and the bounds in the titles of cases."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from math import inf

from assistant.facts import MONTHS
from vectorstore.text import fold

Kind = str
"""``age`` (years), ``duration`` (months), ``euro``, ``child``, ``surface`` (m²), ``distance`` (km),
``power`` (horsepower), ``mass`` (tonnes), ``year`` (date in years), ``count`` (no unit)."""

_WORDS = {
    "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7,
    "huit": 8, "neuf": 9, "dix": 10, "onze": 11, "douze": 12, "treize": 13, "quatorze": 14,
    "quinze": 15, "seize": 16, "dix-sept": 17, "dix-huit": 18, "vingt": 20, "trente": 30,
    "quarante": 40, "cinquante": 50, "soixante": 60,
}  # fmt: skip
_SPELT = re.compile(
    r"(?<![\w-])("
    + "|".join(sorted(_WORDS, key=len, reverse=True))
    + r")(?= (?:ans?|annees?|mois|semaines?|jours?|enfants?|petite?s?|gamine?s?|gosses?|filles?"
    r"|garcons?|fils|bebes?|m2|metres?|kilometres?|km|chevaux|euros?|personnes?)\b)"
)
_FIGURE = r"(\d{1,3}(?:[ \u202f\xa0]\d{3})+(?:,\d+)?|\d+(?:[.,]\d+)?)"
_UNITS: dict[str, tuple[str, float]] = {
    r"ans?|annees?": ("years", 12.0),
    r"mois": ("duration", 1.0),
    r"semaines?": ("duration", 7 / 30.4),
    r"jours?": ("duration", 1 / 30.4),
    r"heures?|h(?=\b)": ("duration", 1 / 730.0),
    r"€|euros?|balles": ("euro", 1.0),
    r"enfants?|petite?s?|gamine?s?|gosses?|filles?|garcons?|bebes?|momes?": ("child", 1.0),
    r"m²|m2|metres? carres?": ("surface", 1.0),
    r"km|kilometres?|kms": ("distance", 1.0),
    r"metres?|m": ("length", 1.0),
    r"cm|centimetres?": ("length", 0.01),
    r"chevaux|ch\b|cv\b": ("power", 1.0),
    r"kw|kilowatts?": ("power", 1.36),
    r"tonnes?|t\b": ("mass", 1.0),
    r"kg|kilos?|kilogrammes?": ("mass", 0.001),
    r"personnes?|salaries?": ("person", 1.0),
}
_QUANTITY = re.compile(
    rf"(?<![\d,.]){_FIGURE} ?(" + "|".join(f"(?:{unit})" for unit in _UNITS) + r")(?![a-z])"
)
_AREA = re.compile(
    rf"{_FIGURE} ?(?:metres?|m)?(?: ?x ?| sur | par ){_FIGURE}(?: ?(?:metres?|m)\b)?"
)
_FOR_A_BABY = re.compile(
    r"\bpour (?:1|un|une|le|mon|ma|notre|son|sa) ((?:petite? )?(?:bebe|bb|nourrisson|nouveau[- ]ne))\b(?! (?:de|d') ?\d)"
)
_YEAR = re.compile(r"\b((?:19|20)\d{2})\b(?! ?(?:€|euros?))")
_DATE = re.compile(
    rf"(?:(\d{{1,2}}|premier)(?:er)? )?(?:({'|'.join(MONTHS)}) )?((?:19|20)\d{{2}})\b"
)
_NO_AGE_BEFORE = re.compile(
    r"\b(depuis|pendant|il y a|y a|ya|dans|fait|apres|durant|en|sur|tous les|bout de|plus de|moins"
    r" de|dure|encore|(carte|bail|titre|contrat|credit|pret|cdd|duree|passeport|garantie|peine"
    r"|visa|anciennete|sejour|resident)( \w+)? de|mariee?s?|essai|ca|de plus de|environ)\s*$"
)
_NO_AGE_AFTER = re.compile(
    r"^\s*(d'|de (boite|boulot|mariage|vie|service|travail|carriere|cotisation\w*|residence"
    r"|maison|bail|contrat|presence)|dans (l'|la|le|ma|mon|cette)|en (france|cdi)|chez|apres)"
)
_OF_A_THING = re.compile(
    r"\b(ordonnances?|voiture|vehicule|moto|scooter|camion|caravane|logement|appart\w*|maison|studio"
    r"|immeuble|contrat|bail|permis|passeport|carte|titre|diplome|lunettes|chien\w*|chat\w*"
    r"|cheval|jugement|dette|facture|pret|credit)( (de |d'|du |des )(\w+ )?\w+)? "
    r"(a|ont|avait|avaient|date de) $"
)
"""Things that are so many years old: nobody's age."""
_RANKED = re.compile(
    r"\b(?:(?:mon|ma|notre|son|sa|leur) |naissance (?:de mon |de ma |de notre |de son |de sa |du |de la |de )"
    r"|attends? (?:mon |ma |notre |son |sa |un |une |le |la )|enceinte (?:de mon |de ma |du |de la ))"
    r"(premier|premiere|1er|1ere|deuxieme|second|seconde|2e|2eme|troisieme|3e|3eme|quatrieme|4e|4eme"
    r"|cinquieme|5e|5eme)(?: (?:enfant|bebe|fille|fils|garcon|gamine?|petite?))?\b(?! [a-z])"
)
_RANKS = {"pre": 1, "deu": 2, "sec": 2, "tro": 3, "qua": 4, "cin": 5}
LEAST_BARE_AGE = 13
"""From this number of years on, "un jeune guinéen 15 ans" is an age."""
_AGED = re.compile(
    r"\b(a|ai|as|ont|avons|avait|avoir|aura|aurai|eu|fete|agee?s?( de)?|de|d'|des|et|,|moi|\()\s*$"
)


@dataclass(frozen=True)
class Quantity:
    """A number that the caller said, in the unit of its kind."""

    kind: Kind
    value: float
    words: str


@dataclass(frozen=True)
class Bounds:
    """The numbers for which a case holds; a bound that is excluded is ``open``."""

    kind: Kind
    low: float = -inf
    high: float = inf
    low_open: bool = False
    high_open: bool = False

    def hold(self, value: float) -> bool:
        above = value > self.low if self.low_open else value >= self.low
        below = value < self.high if self.high_open else value <= self.high
        return above and below


def number(text: str) -> float:
    """ "1 500,5" -> 1500.5."""
    return float(re.sub(r"[ \u202f\xa0]", "", text).replace(",", "."))


def _spelled(folded: str) -> str:
    return _SPELT.sub(lambda match: str(_WORDS[match[1]]), folded)


def _unit(words: str) -> tuple[str, float]:
    return next(value for unit, value in _UNITS.items() if re.fullmatch(unit, words))


def quantities_in(text: str) -> list[Quantity]:
    """Every number of a caller's words, ages told from durations."""
    folded = _spelled(fold(text))
    found = []
    for match in _QUANTITY.finditer(folded):
        kind, factor = _unit(match[2])
        value = number(match[1])
        before, after = folded[: match.start()], folded[match.end() :]
        if _is_age(kind, match[2], value, before, after):
            years = value if kind == "years" else value * factor / 12
            found.append(Quantity("age", years, match[0]))
            continue
        if kind == "child" and value == 1 and not re.search(r"\b(a|ai|avec|ont) $", before):
            continue
        kind = "duration" if kind == "years" else kind
        found.append(Quantity(kind, value * factor, match[0]))
    found.extend(Quantity("age", 0.0, match[1]) for match in _FOR_A_BABY.finditer(folded))
    found.extend(_ranked(folded))
    for match in _AREA.finditer(folded):
        found.append(Quantity("surface", number(match[1]) * number(match[2]), match[0]))
    for match in _YEAR.finditer(folded):
        found.append(Quantity("year", _date_value(folded, match), match[0]))
    return found


def _ranked(folded: str) -> list[Quantity]:
    """ "Mon premier", "la naissance de la troisième": as many children."""
    found = []
    for match in _RANKED.finditer(folded):
        word = match[1]
        value = int(word[0]) if word[0].isdigit() else _RANKS[word[:3]]
        found.append(Quantity("child", value, match[0]))
    return found


def _date_value(folded: str, year: re.Match[str]) -> float:
    dated = next((m for m in _DATE.finditer(folded) if m.end(3) == year.end()), None)
    if dated is None or not dated[2]:
        return int(year[1]) + 0.5
    day = 1 if dated[1] in (None, "premier") else int(dated[1])
    return int(year[1]) + MONTHS.index(dated[2]) / 12 + (day - 1) / 366


def _is_age(kind: str, unit: str, value: float, before: str, after: str) -> bool:
    if kind == "years" and value <= 115:
        if any(found.search(before) for found in (_NO_AGE_BEFORE, _OF_A_THING)):
            return False
        if _NO_AGE_AFTER.search(after):
            return False
        aged = _AGED.search(before) is not None or not before.strip()
        return aged or (value >= LEAST_BARE_AGE and not _NOT_AGE.search(before[-30:]))
    return (
        unit == "mois"
        and re.search(r"\b(bebe|bb|fille|fils|petite?|nourrisson) de $", before) is not None
    )


_LOW = r"(?:plus d[e']|\+ de|superieure?s?(?P<low_eq> ou egale?s?)? a|a partir d[eu']|au moins|des|depuis|minimum|au[- ]dela d[eu']|apres|supplementaire a)"
_HIGH = r"(?:moins d[e']|- de|inferieure?s?(?P<high_eq> ou egale?s?)? a|avant|jusqu'a|maximum|au plus|n'excedant pas)"
_OPEN_LOW = re.compile(r"plus d[e']|\+ de|superieure?s? a|au[- ]dela|apres")
_OPEN_HIGH = re.compile(r"moins d[e']|- de|inferieure?s? a|avant")
_AFTER_LOW = re.compile(
    r"^\s*(\w+ )?[(,]?\s*(et plus|ou plus|ou \+|et \+|minimum|ou apres|et au[- ]dela)"
)
_AFTER_HIGH = re.compile(r"^\s*[(,]?\s*(maximum|ou moins|au plus|ou avant)")
_COUNTED = re.compile(
    r"^(pour |avec )?\d+ (seule? )?(enfants?)( |$)|enfants|a charge|(moins|plus|partir|entre)"
)
_AGE_WORDS = re.compile(r"\b(age|enfants?|jeunes?|personnes?|vous avez|avant|nee?|anniversaire)\b")
_NOT_AGE = re.compile(
    r"expiration|vehicule|anciennete|duree|contrat|\bcdd\b|bail|delivree?|permis|mariage|service"
    r"|experience|cotis|residen|engagement|peine|depuis|autorisation|carte|passeport|en france"
)


@lru_cache(maxsize=1024)
def bounds_in(title: str, siblings: tuple[str, ...] = ()) -> Bounds | None:
    """The bounds that a case's title states, if it states any.

    Args:
        title: of the case.
        siblings: the titles of the whole group; they tell ages from durations and lend units.
    """
    folded = _spelled(fold(title)).replace("\u202f", " ").replace("\xa0", " ")
    group = " ; ".join(fold(other) for other in siblings) or folded
    dated = _dates(folded)
    if dated is not None:
        return dated
    found = [
        (match.start(), match.end(), number(match[1]), *_unit(match[2]))
        for match in _QUANTITY.finditer(folded)
    ]
    if len(found) == 1 and found[0][3] == "child" and not _COUNTED.search(folded):
        return None
    if not found:
        bare = re.fullmatch(r"\D{0,30}?(\d+)( ou \+| ou plus| et plus)?", folded)
        if not bare or "enfant" not in group:
            return None
        value = float(bare[1])
        return Bounds("child", value, inf if bare[2] else value)
    start, end, value, unit, factor = found[0]
    kind, scale = _kind(unit, factor, folded, group)
    value *= scale
    before, after = folded[:start], folded[end:]
    if (len(found) > 1 and found[1][3] == unit) or re.search(r"entre|\bde \d|^\d", before):
        span = _span(before, found, kind, scale)
        if span is not None:
            return span
    if re.search(_LOW + r"[ a-z]{0,4}$", before) or _AFTER_LOW.search(after):
        return Bounds(kind, value, low_open=_OPEN_LOW.search(before) is not None)
    if re.search(_HIGH + r"[ a-z]{0,4}$", before) or _AFTER_HIGH.search(after):
        return Bounds(kind, high=value, high_open=_OPEN_HIGH.search(before) is not None)
    if kind in ("child", "person", "age", "duration"):
        return Bounds(kind, value, value)
    return None


def _kind(unit: str, factor: float, folded: str, group: str) -> tuple[str, float]:
    """The kind of a title's number and the factor to its unit; ages are told from durations."""
    if unit != "years":
        return unit, factor
    numbers = [int(n) for n in re.findall(r"(\d+) ans?\b", group)]
    aged = not _NOT_AGE.search(folded) and (
        _AGE_WORDS.search(folded) is not None or max(numbers, default=0) >= 10
    )
    if aged and "mois" not in group:
        return "age", 1.0
    return "duration", 12.0


def _span(
    before: str, found: list[tuple[int, int, float, str, float]], kind: str, scale: float
) -> Bounds | None:
    """ "entre 6 mois et 2 ans", "entre 15 et 17 ans", "de 2 à 5 ans"."""
    bare = re.search(r"(?:entre |\bde |^)(\d[\d ,.]*?) ?(?:et|a|-) ?$", before)
    if bare:
        return Bounds(kind, number(bare[1].strip()) * scale, found[0][2] * scale)
    if len(found) > 1 and re.search(r"(entre|de|d') ?$", before):
        high = found[1][2] * (1.0 if kind == "age" else found[1][4])
        return Bounds(kind, found[0][2] * scale, high)
    return None


def _dates(folded: str) -> Bounds | None:
    """ "avant 2014", "depuis le 1er novembre 2019", "en 2020", "née entre … et …"."""
    found = list(_YEAR.finditer(folded))
    if not found or re.search(r"\d (?:€|euros)", folded):
        return None
    values = [_date_value(folded, match) for match in found]
    exact = ["." not in f"{value:g}" or value % 1 != 0.5 for value in values]
    before, after = folded[: found[0].start()], folded[found[0].end() :]
    if len(values) > 1:
        return Bounds("year", min(values) - 0.5 * (not exact[0]), max(values) + 0.5)
    floor = values[0] if exact[0] else values[0] - 0.5
    if re.search(r"\b(avant|jusqu)", before):
        return Bounds("year", high=floor, high_open=True)
    if re.search(r"\b(depuis|a partir|apres|a compter)", before) or "ou apres" in after:
        return Bounds("year", floor)
    return Bounds("year", floor, floor + 1, high_open=True) if not exact[0] else None
