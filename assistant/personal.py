"""Personal data in what an agent types: found, and masked before it goes anywhere.

Found are numbers that name a person or give access to money, e-mail addresses and names, as they are
typed while someone dictates them: with spaces or dots, without accents, a figure at a time, in words.
Amounts, dates, ages, places and public phone numbers are no personal data here: answers hang on them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stdnum import iban, luhn
from stdnum.fr import nif, nir

from assistant.personal_names import names
from assistant.spoken_numbers import Item, runs

MASK = "[masqué]"
SOCIAL, IBAN, CARD = "numéro de sécurité sociale", "IBAN", "carte bancaire"
PHONE, EMAIL, TAX = "téléphone", "e-mail", "numéro fiscal"
PLATE, OTHER, NAME = "immatriculation", "numéro personnel", "nom"

LONGEST_DIGITS = 19
"""Figures of the longest number that is recognised: a payment card."""
PERSONAL_DIGITS = 7
"""From this many figures on, a number that is no amount and no date is taken to be personal."""
NAMED_DIGITS = 5
"""The same for a number that is announced: "mon numéro de dossier est…"."""

_EMAIL = re.compile(
    r"[\w+\-]{1,64}(?:\.[\w+\-]{1,64}){0,8} ?@ ?[\w\-]{1,63}(?: ?\. ?[\w\-]{2,63}){1,4}"
)
_SPOKEN_EMAIL = re.compile(
    r"[\w\-]{1,64}(?:(?:\.| (?:point|tiret) )[\w\-]{1,64}){0,6}"
    r"(?: (?:ar+obas\w?|at|chez) | ?[(\[](?:at|a)[)\]] ?)"
    r"[\w\-]{1,63}(?:(?: ?\. ?| point )[a-z]{2,10}\b){1,3}",
    re.IGNORECASE,
)
_IBAN = re.compile(r"\b[A-Za-z]{2}[ .\-]?\d[ .\-]?\d(?:[ .\-]{0,2}[A-Za-z0-9]){11,45}")
_CORSICAN = re.compile(
    r"(?<!\d)[12][ .\-]?\d{2}[ .\-]?\d{2}[ .\-]?2[ ]?[ab](?:[ .\-]?\d){6}(?:[ .\-]?\d{2})?(?!\d)",
    re.IGNORECASE,
)
_PLATE = re.compile(r"\b[A-Z]{2}[ -]?\d{3}[ -]?[A-Z]{2}\b")
_ANNOUNCED = re.compile(
    r"(?:\b(?:num[ée]ros?|num|matricule|identifiant)\b|\bn°)"
    r"[^,.;!?\d]{0,40}?(?P<value>[A-Za-z]{0,3}\d(?:[ .\-]?[\dA-Z]|(?<=\d)[a-z]{1,2}(?=\d)){3,20})(?!\*)",
    re.IGNORECASE,
)
_KEY = re.compile(r"\W{1,3}cl[eé]\W{0,3}\d\d(?!\d)", re.IGNORECASE)
_TAX_BEFORE = re.compile(r"(?:\bspi\b|fisca|imp[oô]t|d[ée]clarant)[^.;!?]{0,40}$", re.IGNORECASE)
_PUBLIC_BEFORE = re.compile(
    r"\b(?:cerfa|formulaire|article|loi|d[ée]cret|arr[êe]t[ée]|circulaire|appeler|sms|spam|urgence)"
    r"[^.;!?]{0,40}$",
    re.IGNORECASE,
)
_PUBLIC_NUMBERS = re.compile(r"1\d|11[2459]|11[68]\d{3}|3[01269]\d\d|0?8\d{8}")
_UNIT = re.compile(
    r"\W{0,2}(?:€|eur\b|euros?|francs?|balles|habitants?|kms?\b|kilom|m2|m²|m[èe]tres|%|ans\b|jours?\b)",
    re.IGNORECASE,
)
_NIR_MONTHS = frozenset({*range(1, 13), *range(20, 43), *range(50, 100)})


@dataclass(frozen=True)
class Finding:
    """A piece of personal data."""

    kind: str
    """What it is, in French, as the agent reads it."""
    start: int
    end: int
    """Offsets in the text."""


def find(text: str) -> list[Finding]:
    """The personal data of a text, in order, without overlaps."""
    taken = bytearray(len(text))
    chosen: list[Finding] = []
    for finding in [*_written(text), *_numbers(text), *_announced(text), *_named(text)]:
        if not any(taken[finding.start : finding.end]):
            taken[finding.start : finding.end] = b"x" * (finding.end - finding.start)
            chosen.append(finding)
    return sorted(chosen, key=lambda finding: finding.start)


def mask(text: str) -> tuple[str, list[str]]:
    """The text with ``MASK`` in place of personal data, and the kinds found, each once."""
    found = find(text)
    for finding in reversed(found):
        text = text[: finding.start] + MASK + text[finding.end :]
    return text, list(dict.fromkeys(finding.kind for finding in found))


def notice(kinds: Sequence[str]) -> list[str]:
    """What the agent is told of the kinds of personal data that were masked; nothing of none."""
    if not kinds:
        return []
    listed = ", ".join(sorted(set(kinds)))
    return [f"Données personnelles masquées ({listed}) : ni gardées, ni envoyées à un modèle."]


def _written(text: str) -> Iterator[Finding]:
    """What is known by its shape: addresses, IBAN, Corsican social security numbers, plates."""
    for pattern, kind in ((_EMAIL, EMAIL), (_SPOKEN_EMAIL, EMAIL)):
        for found in pattern.finditer(text):
            yield Finding(kind, *found.span())
    for found in _IBAN.finditer(text):
        end = _iban_end(text, found.start(), found.end())
        if end:
            yield Finding(IBAN, found.start(), end)
    for found in _CORSICAN.finditer(text):
        yield Finding(SOCIAL, *found.span())
    for found in _PLATE.finditer(text):
        yield Finding(PLATE, *found.span())


def _iban_end(text: str, start: int, end: int) -> int:
    """Where the account number that begins at ``start`` ends; 0 when there is none.

    A French one that is mistyped is still one: its check digits are wrong and it is as personal.
    """
    places = [place for place in range(start, end) if text[place].isalnum()]
    whole = "".join(text[place] for place in places).upper()
    sizes = [
        size
        for size in range(15, 35)
        if size <= len(whole) and iban.is_valid(whole[:size], check_country=False)
    ]
    size = max(sizes, default=27 if whole.startswith("FR") and len(whole) >= 27 else 0)
    if not size and whole.startswith("FR") and sum(map(str.isdigit, whole)) >= 18:
        size = max(place for place, char in enumerate(whole) if char.isdigit()) + 1
    return places[size - 1] + 1 if size else 0


def _numbers(text: str) -> Iterator[Finding]:
    for run in runs(text):
        if sum(len(item.digits) for item in run) < PERSONAL_DIGITS or _is_counted(run, text):
            continue
        rest: list[Item] = []
        place = 0
        while place < len(run):
            kind, size = _kind_at(run[place:], text)
            if kind:
                yield from _other(rest, text)
                rest = []
                end = run[place + size - 1].end
                key = _KEY.match(text, end) if kind == SOCIAL else None
                yield Finding(kind, _begin(run[place], text), key.end() if key else end)
                place += size
            else:
                rest.append(run[place])
                place += 1
        yield from _other(rest, text)


def _begin(item: Item, text: str) -> int:
    """Where a number begins, with the sign before it."""
    start = item.start
    while start and text[start - 1] in "+(":
        start -= 1
    return start


def _kind_at(run: list[Item], text: str) -> tuple[str, int]:
    """What the longest number at the beginning of the run is, and how many groups it takes."""
    best = ("", 0)
    digits = ""
    for size, item in enumerate(run, 1):
        digits += item.digits
        if len(digits) > LONGEST_DIGITS:
            break
        kind = _kind(digits, text[max(0, run[0].start - 60) : run[0].start])
        if kind:
            best = (kind, size)
    return best


def _kind(digits: str, before: str) -> str:
    """What a number is by its figures and their check; empty when they say nothing."""
    if (len(digits) >= 11 and before.endswith(("+", "+ "))) or digits.startswith("00"):
        return PHONE if 11 <= len(digits) <= 15 else ""
    if len(digits) == 10 and digits[0] == "0" and digits[1] not in "08":
        return PHONE
    if len(digits) == 11 and digits.startswith("33") and digits[2] in "67":
        return PHONE
    if len(digits) == 13 and (nif.is_valid(digits) or _TAX_BEFORE.search(before)):
        return TAX
    if len(digits) == 15 and nir.is_valid(digits):
        return SOCIAL
    if 15 <= len(digits) <= LONGEST_DIGITS and digits[0] in "3456" and luhn.is_valid(digits):
        return CARD
    if len(digits) in (13, 15) and digits[0] in "123478" and int(digits[3:5]) in _NIR_MONTHS:
        return SOCIAL
    return ""


def _is_counted(run: list[Item], text: str) -> bool:
    """Whether the figures are an amount, a date, years, or the number of a form: no one's own."""
    groups = [item.digits for item in run]
    whole = "".join(groups)
    if all(_PUBLIC_NUMBERS.fullmatch(group) for group in groups) or _PUBLIC_NUMBERS.fullmatch(
        whole
    ):
        return True
    if _UNIT.match(text, run[-1].end) and not any(group.startswith("0") for group in groups[:1]):
        return all(len(group) <= 4 for group in groups[1:])
    if all(len(group) == 4 and group[:2] in ("19", "20") for group in groups):
        return True
    if len(groups) == 3 and len(groups[2]) == 4 and groups[2][:2] in ("19", "20"):
        return int(groups[0]) <= 31 and int(groups[1]) <= 12
    if _PUBLIC_BEFORE.search(text[: run[0].start][-60:]) and len(whole) < 10:
        return True
    return len(groups) <= 3 and all(len(group) == 5 for group in groups)  # post codes


def _other(items: list[Item], text: str) -> Iterator[Finding]:
    """What is left of a run, when it is so long that it can only be someone's number."""
    count = sum(len(item.digits) for item in items)
    spelt = sum(item.spelt for item in items)
    if (
        count >= PERSONAL_DIGITS
        and not _is_counted(items, text)
        and (spelt == 0 or len(items) >= 4)
    ):
        yield Finding(OTHER, items[0].start, items[-1].end)


def _announced(text: str) -> Iterator[Finding]:
    """A number that is said to be someone's: "mon numéro d'allocataire c'est…"."""
    for found in _ANNOUNCED.finditer(text):
        figures = "".join(char for char in found["value"] if char.isdigit())
        before = text[: found.start("value")][-60:]
        if len(figures) < NAMED_DIGITS or _PUBLIC_NUMBERS.fullmatch(figures):
            continue
        if not _PUBLIC_BEFORE.search(before) and not _UNIT.match(text, found.end("value")):
            yield Finding(OTHER, *found.span("value"))


def _named(text: str) -> Iterator[Finding]:
    for start, end in names(text):
        yield Finding(NAME, start, end)
