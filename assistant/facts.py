"""Facts that can be checked: amounts, rates, durations, ages, counts, dates, hours, phone, form and
article numbers, web and e-mail addresses, bodies to contact.

A fact is normalised so that "86 €", "86 euros" and "quatre-vingt-six euros" in the source's own
figures compare equal; what is said must stand in a cited passage.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from vectorstore.text import fold

_NUMBER_WORDS = {
    "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7,
    "huit": 8, "neuf": 9, "dix": 10, "onze": 11, "douze": 12, "treize": 13, "quatorze": 14,
    "quinze": 15, "seize": 16, "vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50,
    "soixante": 60, "cent": 100,
}  # fmt: skip
_NUMBER = r"(\d{1,3}(?:[   ]\d{3})+(?:,\d+)?|\d+(?:[.,]\d+)?)"
_WORD_NUMBER = "|".join(sorted(_NUMBER_WORDS, key=len, reverse=True))
_ONE = r"(?=(?:une?|onze)\b)"
_WORDS_NUMBER = (
    rf"(?<![\w-])((?:{_WORD_NUMBER})s?(?:(?: et {_ONE}|[- ])(?:{_WORD_NUMBER})s?(?!\w))*)"
)
"""A number in letters; "et" joins only what it joins in a number ("vingt et un"), not two ends of a range."""
_FIRST_END = rf"(?:(?:{_NUMBER}|{_WORDS_NUMBER}) (?:a|ou|et(?! {_ONE})) )?"
_UNITS = {
    "euro": r"€|euros?",
    "percent": r"%|pour cent|pour-cent",
    "day": r"jours?",
    "month": r"mois",
    "year": r"ans?|annees?",
    "week": r"semaines?",
    "hour": r"heures?|h(?=\d)|h",
    "minute": r"minutes?",
}
_END = r"(?:(?<=[€%])|(?![^\W\d]))"
"""A unit ends where its word does; a sign needs no space behind it ("5 €par heure")."""
_PATTERNS = {
    unit: re.compile(rf"(?<![\d,.]){_FIRST_END}(?:{_NUMBER}|{_WORDS_NUMBER}) ?(?:{forms}){_END}")
    for unit, forms in _UNITS.items()
}
_NAMED = {kind: re.compile(rf"(?:{forms}){_END}") for kind, forms in _UNITS.items()}
"""What a text must hold before its quantities of a kind are worth looking for."""
_LARGE = {"mille": 1_000, "million": 1_000_000, "milliard": 1_000_000_000}
_LARGE_SUM = re.compile(
    rf"(?<![\d,.]){_FIRST_END}(?:{_NUMBER}|{_WORDS_NUMBER}) (mille|million|milliard)s? "
    rf"(?:d')?(?:€|euros?){_END}"
)
_TIME = re.compile(r"(?<![\d,.])(\d{1,2}) ?(?:heures?|h) ?(\d{2})(?!\d)")
_PHONE = re.compile(
    r"(?<!\d)0[1-9](?:[ .]?\d{2}){4}(?!\d)|(?<!\d)0 ?8\d{2}(?:[ .]?\d{3}){2}(?!\d)"
    r"|(?<!\d)(?<!\d[ .,])3\d ?\d{2}(?![ .,]?\d)(?! ?(?:€|euros?))"
)
MONTHS = [
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
_DAY = rf"\d{{1,2}}|premier|(?:{_WORD_NUMBER})(?:(?: et |[- ])(?:{_WORD_NUMBER}))*"
_MONTH = re.compile("|".join(MONTHS))
_DIGIT = re.compile(r"\d")
_DATE = re.compile(rf"\b({_DAY})(?:er)? ({'|'.join(MONTHS)})(?: (\d{{4}}))?\b")
DOUBTFUL_KINDS = ("euro", "percent")
"""Kinds of fact that change from year to year."""
_FORM = re.compile(
    r"\b(\d{5}\*\d{2})\b|\bcerfa (?:n°|numero|no)? ?(\d{5})\b(?!\*)"
    r"|\b(?:formulaire|imprime) (?:n°|numero|no)? ?(\d{4,5})\b(?!\*)"
)
_ARTICLE = re.compile(r"\barticles? ((?:[lrd]\.? ?)?\d+(?:-\d+)*)\b")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_WEB = re.compile(
    r"(?:https?://|www\.)[\w./?=&%#-]+[\w/]|\b[\w-]+(?:\.[\w-]+)*\.(?:fr|com|org|eu|net)\b"
)
_COUNTED = (
    "fois|personnes?|enfants?|salaries?|exemplaires?|photos?|photographies|copies|places?|membres?|"
    "pieces?|temoins?|trimestres?|versements?|echeances?|cartes?|points?|voix|kilometres?|"
    "metres?|metres carres|litres?|grammes?|kilos?|tonnes?"
)
_COUNTED_NAMED = re.compile(rf" (?:{_COUNTED})(?![^\W\d])")
_COUNT = re.compile(rf"(?<![\d,.])(?:{_NUMBER}|{_WORDS_NUMBER}) ({_COUNTED})(?![^\W\d])")
_BODIES = (
    "mairie|prefecture|sous-prefecture|commissariat|gendarmerie|tribunal|greffe|consulat|ambassade|"
    "notaire|huissier|procureur|rectorat|urssaf|pole emploi|\\bcaf\\b|\\bcpam\\b|\\bmdph\\b|\\bccas\\b|"
    "\\bmsa\\b|\\bants\\b|\\bdefenseur des droits|inspection du travail|banque de france|\\bcarsat\\b|"
    "conseil de prud'hommes|prefet|\\bmaire\\b"
)
_BODY = re.compile(rf"\b(?:{_BODIES})")

_ANY_FIGURE = re.compile(r"(?<![\d,.])(?:\d{1,3}(?: \d{3})+(?!\d)|\d+)(?:[.,]\d+)?")
_ANY_SPELT = re.compile(rf"{_WORDS_NUMBER}(?![\w])")
_ANY_QUANTITY = re.compile(
    r"\b((?:diz|douz|quinz|vingt|trent|quarant|cinquant|soixant|cent)aine|mill(?:e|ier|ion|iard)"
    r"|siecle|decennie|demie?|double|triple|quadruple|moitie|tiers|quart|septante|octante|huitante"
    r"|nonante|plusieurs|zero)s?\b"
)


@dataclass(frozen=True)
class Fact:
    """A normalised fact: its kind (unit), its value as text, and the words it was found in."""

    kind: str
    value: str
    words: str

    def key(self) -> tuple[str, str]:
        return self.kind, self.value


@lru_cache(maxsize=1024)
def facts_in(text: str) -> tuple[Fact, ...]:
    """Every fact of a text, in order of kinds."""
    folded = fold(text).replace("\u202f", " ").replace("\xa0", " ")
    found: list[Fact] = []
    for kind, pattern in _PATTERNS.items():
        if not _NAMED[kind].search(folded):
            continue
        for match in pattern.finditer(folded):
            ends = [(match[1], match[2]), (match[3], match[4])]
            values = [_value(figure, spelt) for figure, spelt in ends if figure or spelt]
            found.extend(Fact(kind, value, match[0].strip()) for value in values)
    if "mill" in folded:
        found.extend(_large_sums(folded))
    if _DIGIT.search(folded):
        found.extend(_numbered(folded))
    found.extend(_dates(folded))
    found.extend(_addresses(folded))
    if _COUNTED_NAMED.search(folded):
        for match in _COUNT.finditer(folded):
            value = _value(match[1], match[2])
            noun = match[3].rstrip("s")
            if match[2] not in ("un", "une"):
                found.append(Fact(f"count {noun}", value, match[0]))
    for match in _BODY.finditer(folded):
        found.append(Fact("body", match[0], match[0]))
    return tuple(found)


def _large_sums(folded: str) -> Iterator[Fact]:
    for match in _LARGE_SUM.finditer(folded):
        ends = [(match[1], match[2]), (match[3], match[4])]
        times = _LARGE[match[5]]
        for figure, spelt in ends:
            if figure or spelt:
                yield Fact("euro", _multiplied(_value(figure, spelt), times), match[0])


def _numbered(folded: str) -> Iterator[Fact]:
    """Hours, and numbers of phones, forms and articles."""
    for match in _TIME.finditer(folded):
        yield Fact("time", f"{int(match[1])}:{match[2]}", match[0])
    for match in _PHONE.finditer(folded):
        yield Fact("phone", re.sub(r"\D", "", match[0]), match[0])
    for match in _FORM.finditer(folded):
        number = next(group for group in match.groups() if group)
        yield Fact("form", number, number)
    for match in _ARTICLE.finditer(folded):
        yield Fact("article", re.sub(r"[. ]", "", match[1]), match[0])


def _dates(folded: str) -> Iterator[Fact]:
    if not _MONTH.search(folded):
        return
    for match in _DATE.finditer(folded):
        day = "1" if match[1] == "premier" else match[1]
        day = str(int(day)) if day.isdigit() else _spelt_value(day)
        yield Fact("date", f"{day} {match[2]} {match[3] or ''}".strip(), match[0])


def _addresses(folded: str) -> Iterator[Fact]:
    """Web and e-mail addresses."""
    if "." not in folded and "://" not in folded:
        return
    for match in _MAIL.finditer(folded) if "@" in folded else ():
        yield Fact("mail", match[0], match[0])
    for match in _WEB.finditer(_MAIL.sub(" ", folded)):
        site = re.sub(r"^(?:https?://)?(?:www\.)?", "", match[0]).rstrip("/")
        yield Fact("web", site, match[0])


MAX_DIGITS = 15
"""What a float holds exactly."""


@lru_cache(maxsize=4096)
def figures_in(text: str) -> frozenset[str]:
    """Every number of a text, with a unit or without, and words of quantity ("centaine", "double").

    "un" and "une" are articles more often.
    """
    folded = fold(text).replace("\u202f", " ").replace("\xa0", " ")
    found = {_figure(match[0].replace(".", ",")) for match in _ANY_FIGURE.finditer(folded)}
    for match in _ANY_SPELT.finditer(folded):
        if match[1] not in ("un", "une"):
            found.add(_spelt_value(match[1]))
    found.update(match[1] for match in _ANY_QUANTITY.finditer(folded))
    return frozenset(found)


def without_figures(text: str) -> str:
    """A text, folded, without its numbers in figures or in letters."""
    return _ANY_SPELT.sub(" ", _ANY_FIGURE.sub(" ", fold(text)))


def _value(figure: str | None, spelt: str | None) -> str:
    return _figure(figure) if figure else _spelt_value(spelt or "")


def _figure(text: str) -> str:
    """ "1 500,00" -> "1500"; "6,50" -> "6.5"; a figure too long for a number stays as it is."""
    bare = re.sub(r"[   ]", "", text).replace(",", ".")
    if len(bare) > MAX_DIGITS:
        return bare
    return _plain(float(bare))


def _multiplied(value: str, times: int) -> str:
    if len(value) > MAX_DIGITS:
        return f"{value} x {times}"
    return _plain(float(value) * times)


def _plain(number: float) -> str:
    return str(int(number)) if number == int(number) else str(number)


def _spelt_value(text: str) -> str:
    """ "quatre-vingt-six" -> "86"; "deux cents" -> "200"."""
    total = group = 0
    for word in re.findall(rf"{_WORD_NUMBER}", text):
        value = _NUMBER_WORDS[word]
        if value == 100:
            total, group = total + 100 * (group or 1), 0
        elif value == 20 and group == 4:
            group = 80
        else:
            group += value
    return str(total + group)


def unsupported(said: str, sources: list[str]) -> list[Fact]:
    """The facts of ``said`` that stand in none of ``sources``."""
    known = {fact.key() for source in sources for fact in facts_in(source)}
    dates = {value for kind, value in known if kind == "date"}
    return [
        fact
        for fact in facts_in(said)
        if fact.key() not in known
        and not (fact.kind == "date" and any(date.startswith(f"{fact.value} ") for date in dates))
    ]
