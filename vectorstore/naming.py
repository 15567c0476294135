"""What does a text say of a commune: the words of its name, and what else it states?"""

from __future__ import annotations

import re
from dataclasses import dataclass

from vectorstore.text import fold

LARGE_CITIES = {"paris": 20, "marseille": 16, "lyon": 9}
"""The three cities with arrondissements, and how many each has."""

_ABBREVIATIONS = {
    "st": "saint",
    "ste": "sainte",
    "sts": "saints",
    "stes": "saintes",
    "snt": "saint",
    "s": "sur",
    "sr": "sur",
    "ss": "sous",
    "lez": "les",
    "nd": "notre dame",
    "mt": "mont",
    "gd": "grand",
    "gde": "grande",
    "vx": "vieux",
    "bg": "bourg",
    "chx": "chateaux",
    "vlle": "villeneuve",
    "villen": "villeneuve",
    "pt": "pont",
}
_ORDINALS = [
    "premier",
    "deuxieme",
    "troisieme",
    "quatrieme",
    "cinquieme",
    "sixieme",
    "septieme",
    "huitieme",
    "neuvieme",
    "dixieme",
    "onzieme",
    "douzieme",
    "treizieme",
    "quatorzieme",
    "quinzieme",
    "seizieme",
    "dix-septieme",
    "dix-huitieme",
    "dix-neuvieme",
    "vingtieme",
]
_CARDINALS = [
    "un",
    "deux",
    "trois",
    "quatre",
    "cinq",
    "six",
    "sept",
    "huit",
    "neuf",
    "dix",
    "onze",
    "douze",
    "treize",
    "quatorze",
    "quinze",
    "seize",
    "dix-sept",
    "dix-huit",
    "dix-neuf",
    "vingt",
]
_ROMAN = [
    "i",
    "ii",
    "iii",
    "iv",
    "v",
    "vi",
    "vii",
    "viii",
    "ix",
    "x",
    "xi",
    "xii",
    "xiii",
    "xiv",
    "xv",
    "xvi",
    "xvii",
    "xviii",
    "xix",
    "xx",
]
_ARTICLES = ("le", "la", "les", "l", "los", "las", "aux")
_JOINING = frozenset("le la les l de du des d en sur sous et au aux a las los".split())  # noqa: SIM905
_FILLERS = frozenset(
    [
        "dans",
        "le",
        "la",
        "les",
        "l",
        "en",
        "de",
        "du",
        "des",
        "d",
        "departement",
        "dept",
        "dpt",
        "dep",
        "code",
        "postal",
        "cp",
        "arrondissement",
        "arrt",
        "arrdt",
        "arr",
        "region",
        "ile",
        "numero",
    ]
)

_CEDEX = re.compile(r"\bcedex\b(?: ?\d{1,2}\b)?")
_POSTAL = re.compile(r"(?<!\d)(\d{2}) ?(\d{3})(?!\d)")
_INSEE_CORSICA = re.compile(r"\b2[ab]\d{3}\b")
_DEPARTMENT = re.compile(r"\b(?:2[ab]|\d{1,3})\b")
_NUMBERED = re.compile(r"\b(\d{1,2}) ?(?:er|ere|e|eme|ieme|d|nd|nde)\b")
_SUR, _SOUS = re.compile(r"\bs ?/ ?(?!s\b)"), re.compile(r"\bs ?/ ?s\b")
_SOUNDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(written), heard)
    for written, heard in (
        ("ph", "f"),
        ("ch", "j"),
        ("eau|au", "o"),
        ("c(?=[eiy])", "s"),
        ("qu|q|k", "c"),
        ("y", "i"),
        ("gn", "ni"),
        ("z", "s"),
        ("h", ""),
        ("ai|ei", "e"),
        (r"(.)\1+", r"\1"),
        ("(?<=..)[sxtd]$", ""),
    )
)
_WORD = re.compile(r"[a-z0-9]+")
_PREAMBLE = re.compile(
    r"""^\W*(?:(?:alors|euh|bonjour|oui|donc|et|ben|c'est|ici|moi)\W+)*
    (?:(?:je|j'|il|elle|on|nous|ils|elles|monsieur|madame)\s*)?
    (?:(?:habite|habitent|habitons|vis|vit|vivons|suis|est|sommes|reside|demeure|appelle|loge)\s+)?
    (?:(?:pres|autour|a\s+cote|cote|vers)\s+)?
    (?:(?:a|au|aux|dans|de|du|d'|en|sur|pour)\s*\b)?
    (?:(?:la|le)\s+)?(?:(?:mairie|commune|ville|village|municipalite)\s+(?:de\s+|du\s+|des\s+|d'))?""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Typed:
    """What a text says of a commune; numbers are taken out of the words."""

    words: tuple[str, ...]
    code: str | None = None
    """Five digits: a postal code, or an INSEE code."""
    departments: frozenset[str] = frozenset()
    """Codes of departments; "97" stands for all those that begin with it."""
    arrondissement: int | None = None
    arrondissement_sure: bool = False
    """Said as an ordinal ("3e"), not as a bare number that could be a department."""


def typed(text: str) -> Typed:
    """Read a text: "St Denis (93)", "lyon 3e", "69 003", "Saint-Denis 93200 cedex"."""
    rest = _CEDEX.sub(" ", fold(text))
    rest = _SUR.sub(" sur ", _SOUS.sub(" sous ", rest))
    code = None
    if match := _INSEE_CORSICA.search(rest) or _POSTAL.search(rest):
        code = match[0].replace(" ", "").upper()
        rest = rest.replace(match[0], " ", 1)
    city = next((word for word in _WORD.findall(rest) if word in LARGE_CITIES), None)
    number, sure, departments = None, False, frozenset[str]()
    if city:
        number, sure, rest = _arrondissement(rest)
    if number is None and (match := _DEPARTMENT.search(rest)):
        departments = frozenset({match[0].upper().zfill(2)})
        rest = rest.replace(match[0], " ", 1)
        if city and match[0].isdigit() and 1 <= int(match[0]) <= LARGE_CITIES[city]:
            number = int(match[0])
    words = _WORD.findall(rest)
    if code or departments or number is not None:
        words = _without_outer_fillers(words)
    return Typed(expanded(words), code, departments, number, sure)


def _arrondissement(text: str) -> tuple[int | None, bool, str]:
    """The arrondissement that an ordinal or a number in words states, and the text without it."""
    if match := _NUMBERED.search(text):
        return int(match[1]), True, text.replace(match[0], " ", 1)
    for number in range(len(_ORDINALS), 0, -1):
        spoken = f"{_ORDINALS[number - 1]}|{_CARDINALS[number - 1]}".replace("-", "[- ]")
        roman = rf"{_ROMAN[number - 1]}(?:e|eme|er)"
        if match := re.search(rf"\b(?:{spoken}|{roman})\b", text):
            return number, True, text.replace(match[0], " ", 1)
    return None, False, text


def _without_outer_fillers(words: list[str]) -> list[str]:
    while words and words[-1] in _FILLERS:
        words = words[:-1]
    while len(words) > 1 and words[0] in ("departement", "dept", "dpt", "code", "postal", "cp"):
        words = words[1:]
    return words


def expanded(words: list[str]) -> tuple[str, ...]:
    """Words with abbreviations written out; a first "s" is no "sur"."""
    found: list[str] = []
    for place, word in enumerate(words):
        written = word if word in ("s", "sr") and place == 0 else _ABBREVIATIONS.get(word, word)
        found += written.split()
    return tuple(found)


def without_preamble(text: str) -> str:
    """The text after "j'habite à", "la mairie de"…"""
    return _PREAMBLE.sub("", fold(text), count=1)


def name_words(name: str) -> tuple[str, ...]:
    """The words of a commune's official name, as those of a typed one."""
    return expanded(_WORD.findall(fold(name)))


def without_article(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words without the article in front; "au Havre" loses its "au" as well."""
    if len(words) > 1 and (words[0] in _ARTICLES or words[0] in ("au", "du", "des")):
        return words[1:]
    return words


def article_of(words: tuple[str, ...]) -> str:
    """The article in front, as the official name has it: "au" is "le"."""
    first = words[0] if len(words) > 1 else ""
    contracted = {"au": "le", "du": "le", "aux": "les", "des": "les"}.get(first, first)
    return contracted if contracted in _ARTICLES else ""


def main_words(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words that carry the name: without articles and prepositions, unless none is left."""
    return tuple(word for word in words if word not in _JOINING) or words


def sound(letters: str) -> str:
    """Letters as they are roughly heard: spellings that sound alike become one."""
    for written, heard in _SOUNDS:
        letters = written.sub(heard, letters)
    return letters


def area_key(name: str) -> str:
    """How names of departments and regions are compared."""
    return " ".join(main_words(name_words(name)))
