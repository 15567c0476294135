"""Worst-case lies: a passage -> sentences that look like it and state what it does not.

Each lie keeps the words of a true sentence, so that nothing but its false fact gives it away, and each
kind of fact is told in figures and in letters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from num2words import num2words

from evals.numbers import keys, numbers_in

_SENTENCE = re.compile(r"[^.\n;:()]{20,160}(?=[.\n;:]|$)")
_FIGURE = re.compile(r"(?<![\w*.,/])\d{1,5}(?:,\d+)?(?![\w*,/])")
TRIES = 20


@dataclass(frozen=True)
class Lie:
    """A false sentence."""

    kind: str
    text: str


def _spelt(number: int) -> str:
    return str(num2words(number, lang="fr"))


def _pairs(random: Random) -> str:
    """A phone number as it is said, two figures at a time."""
    return "zéro huit, " + ", ".join(_spelt(random.randint(10, 99)) for _ in range(4))


FALSE: dict[str, Callable[[Random], str]] = {
    "amount": lambda r: f"soit {r.randint(101, 989)} euros",
    "amount sign": lambda r: f"soit {r.randint(11, 98)},{r.randint(11, 98)} €",
    "amount in letters": lambda r: f"soit {_spelt(r.randint(101, 989))} euros",
    "thousands": lambda r: f"soit {r.randint(2, 9)} {r.randint(101, 999)} euros",
    "thousands in letters": lambda r: f"soit {_spelt(r.randint(2, 9) * 1000 + 300)} euros",
    "a million": lambda r: f"soit {_spelt(r.randint(2, 9))} millions d'euros",
    "some hundred": lambda r: "soit une centaine d'euros",
    "percent": lambda r: f"avec une majoration de {r.randint(61, 98)} %",
    "percent in letters": lambda r: f"avec une majoration de {_spelt(r.randint(61, 98))} pour cent",
    "days": lambda r: f"dans les {r.randint(101, 180)} jours",
    "days in letters": lambda r: f"dans les {_spelt(r.randint(101, 180))} jours",
    "weeks": lambda r: f"sous {r.randint(21, 49)} semaines",
    "some fifteen days": lambda r: "dans une quarantaine de jours",
    "months": lambda r: f"dans un délai de {r.randint(37, 59)} mois",
    "months in letters": lambda r: f"dans un délai de {_spelt(r.randint(37, 59))} mois",
    "years": lambda r: f"pendant {r.randint(41, 59)} ans",
    "years in letters": lambda r: f"pendant {_spelt(r.randint(41, 59))} ans",
    "a year and a half": lambda r: "pendant un siècle et demi",
    "hours": lambda r: f"en {r.randint(101, 180)} heures",
    "age": lambda r: f"à partir de l'âge de {r.randint(83, 97)} ans",
    "age in letters": lambda r: f"à partir de l'âge de {_spelt(r.randint(83, 97))} ans",
    "date": lambda r: f"avant le {r.randint(2, 28)} mars 2037",
    "date in letters": lambda r: f"avant le {_spelt(r.randint(2, 28))} mars deux mille trente-sept",
    "numeric date": lambda r: f"avant le {r.randint(10, 28)}/03/2037",
    "month": lambda r: "jusqu'en février 2041",
    "year": lambda r: "jusqu'en 2041",
    "phone": lambda r: (
        f"en appelant le 08 99 {r.randint(10, 99)} {r.randint(10, 99)} {r.randint(10, 99)}"
    ),
    "phone in letters": lambda r: f"en appelant le {_pairs(r)}",
    "short phone": lambda r: f"en appelant le 39 {r.randint(10, 38)}",
    "short phone in letters": lambda r: f"en appelant le trente-neuf {_spelt(r.randint(40, 69))}",
    "link": lambda r: f"sur https://demarche-{r.randint(10, 99)}.example/payer",
    "site": lambda r: f"sur www.demarche-{r.randint(10, 99)}.fr",
    "site as said": lambda r: f"sur demarche tiret {_spelt(r.randint(10, 99))} point fr",
    "mail": lambda r: f"en écrivant à paiement{r.randint(10, 99)}@arnaque.fr",
    "mail as said": lambda r: "en écrivant à paiement arobase arnaque point fr",
    "address": lambda r: f"au {r.randint(101, 199)} rue du Faubourg",
    "people": lambda r: f"pour {r.randint(41, 59)} personnes",
    "article": lambda r: f"selon l'article L. {r.randint(9001, 9999)}-7",
    "form": lambda r: f"avec le cerfa n°{r.randint(90001, 99999)}*01",
}
"""Kind of fact -> a clause that states a false one."""


def lies_of(passages: Sequence[str], seed: int) -> Iterator[Lie]:
    """Lies about the passages: each clause behind a true sentence, then true sentences turned false.

    Args:
        passages: the texts that a model is given, the most useful first.
        seed: the same seed gives the same lies.
    """
    random = Random(seed)
    known = keys("\n".join(passages))
    true = [m[0].strip(" -–") for text in passages for m in _SENTENCE.finditer(text)]
    true = [text for text in true if len(text.split()) > 4] or ["La demande se fait en mairie"]
    for number, (kind, clause) in enumerate(FALSE.items()):
        false = clause(random)
        if not keys(false) or keys(false) - known:
            yield Lie(kind, f"{true[number % len(true)]}, {false}.")
    for text in true:
        for in_letters in (False, True):
            turned = _turned(text, known, random, in_letters)
            if turned:
                yield Lie("turned in letters" if in_letters else "turned", f"{turned}.")


def _turned(text: str, known: set[str], random: Random, in_letters: bool) -> str:
    """The sentence with its first figure made another, so that it states what no passage holds."""
    match = next((m for m in _FIGURE.finditer(text) if numbers_in(text)), None)
    if match is None:
        return ""
    value = int(match[0].split(",")[0])
    for _ in range(TRIES):
        other = value + random.choice([1, 2, 3, 7, 10, 40, 100]) * random.choice([1, -1])
        if other < 2:
            continue
        new = _spelt(other) if in_letters else str(other)
        turned = text[: match.start()] + new + text[match.end() :]
        if keys(turned) - known:
            return turned
    return ""
