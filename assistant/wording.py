"""How chosen units are said: a sentence as it stands, a list or a table row by a plain template."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.aspects import numbers_of
from assistant.cells import Cell, about_of, cells_of, lines_of
from assistant.choose import Asked
from assistant.speech import cardinal, closed, speakable, word_count
from assistant.texts import load_yaml, pattern
from assistant.units import Unit, units_of
from vectorstore.fiche import Fiche
from vectorstore.text import fold, stems

MAX_LIST_ITEMS = 5
MAX_COLUMNS = 4
"""Cells of a table row that are said, the first included."""
LINKED_WORDS = 16
"""Sentences no longer than this can be said as one with the next."""
NOMINAL_WORDS = 9
"""A unit without a verb and no longer than this is said after its title."""

_LINKED = re.compile(
    r"^(?:toutefois|cependant|de plus|en effet|par ailleurs|ainsi|en revanche|par conséquent|"
    r"en conséquence|néanmoins|de même|à noter|attention|également|en outre|par exemple)\s*[,:]\s*",
    re.IGNORECASE,
)
_TURNS = re.compile(
    r"(?:toutefois|cependant|mais|sinon|en revanche|au contraire|dans ce cas|a defaut|neanmoins|"
    r"par exemple|attention|dans le cas)\b"
)
_YES_NO = re.compile(r"^(oui|non)\s*[,.:]\s*(?=\S)", re.IGNORECASE)
_FIGURED = re.compile(r"\s*\(([^()]*\d[^()]*)\)")
_IN_UNITS = re.compile(r"\(en ([^\W\d]+)\)")
_ANSWER = re.compile(r"\b(?:OUI|NON)\b")
_JOINER = re.compile(r"[,;\s]+(?:et|ou|et/ou)$|[.;,]+$")
_STARTS_OR = re.compile(r"^(?:soit|ou(?: bien| encore)?|et)\b[\s,]*", re.IGNORECASE)
_VERB = re.compile(
    r"\b(est|sont|a|ont|doit|doivent|devez|peut|peuvent|pouvez|faut|avez|etes|sera|seront|"
    r"s'eleve|dure|varie|va|vont|fait|\w{3,}(?:ez|ent|era|eront|ait))\b"
)


def words_of_items(units: Sequence[Unit], documents: bool) -> str:
    """Items of one list as one sentence: whole, or "entre autres" when some are left out.

    Args:
        units: the items to say, of one list, in reading order.
        documents: the question asks what to bring.
    """
    scripts, speech = load_yaml("scripts"), load_yaml("speech")
    first = units[0]
    whole = len(units) == len(list_of(first))
    items = [_item(unit.text) for unit in units]
    alternative = _is_choice(first)
    joined = joined_items(items, "ou" if alternative else "et")
    lead = speakable(first.lead).rstrip(" :.")
    bare = not lead or pattern(speech["bare_lead"]).search(fold(lead)) is not None
    if whole and documents and bare and not alternative:
        if len(items) == 1:
            return str(scripts["needed_one"].format(items=joined))
        return str(scripts["needed"].format(count=cardinal(len(items)), items=joined))
    if not lead:
        return joined
    if whole or alternative or (len(units) == 1 and len(list_of(first)) == 1):
        return f"{lead} : {joined}"
    return str(scripts["among"].format(lead=lead, items=joined))


def list_of(unit: Unit) -> list[Unit]:
    """All items of the list that a unit belongs to."""
    return [
        other
        for other in units_of(unit.passage)
        if other.list_place == unit.list_place and other.kind == unit.kind
    ]


def words_of_row(unit: Unit, asked: Asked) -> str:
    """A table row: what it is about, then the cells that answer best, each after its column's name.

    What a row is about is said whole: its first cells, up to the one that tells it from the others.
    """
    about, others = about_of(unit), cells_of(unit)[len(about_of(unit)) :]
    rest = [cell for cell in others if asked.fits(cell.head) >= 0] or list(others)
    room = max(MAX_COLUMNS - len(about), 1)
    best = sorted(rest, key=lambda cell: _worth(cell, asked), reverse=True)[:room]
    shown = [_key(cell, asked) for cell in about]
    return ", ".join([*shown, *(_column(cell) for cell in rest if cell in best)])


def _worth(cell: Cell, asked: Asked) -> tuple[bool, bool, int]:
    """How well a cell answers: by the caller's number, the kind of number asked, its words."""
    kinds = numbers_of(fold(cell.text))
    words = set(stems(f"{cell.head} {cell.text}"))
    return asked.fits(cell.head) > 0, bool(kinds & asked.kinds), len(words & asked.weights.keys())


def _key(cell: Cell, asked: Asked) -> str:
    """What a row is about; its column's name is said where the words alone would not tell."""
    lines = [_open_brackets(line) for line in lines_of(cell)]
    if len(lines) > 1:
        shared = [len(set(stems(line)) & asked.weights.keys()) for line in lines]
        lines = [lines[shared.index(max(shared))]] if max(shared) else lines
    value = joined_items([speakable(line).rstrip(" .,") for line in lines], "ou")
    named = set(stems(cell.head)) <= set(stems(value))
    alone = named or (value[:1].isalpha() and len(value.split()) > 2)
    return value if alone else f"{speakable(cell.head)} : {value}"


def _column(cell: Cell) -> str:
    """ "Montant", "490,39 €" -> "montant : 490,39 euros"."""
    lines = lines_of(cell)
    whole = lines[0].rstrip().endswith(":")
    value = ", ".join(lines) if whole else lines[0]
    unit = _IN_UNITS.search(cell.head)
    if unit and value.strip().isdigit():
        value = f"{value.strip()} {unit[1]}"
    value = _ANSWER.sub(lambda match: match[0].lower(), _open_brackets(value))
    head = _open_brackets(cell.head).rstrip(" ?")
    text = speakable(f"{head} : {value}" if head else value)
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def _open_brackets(text: str) -> str:
    """Brackets with a figure are part of what a cell says: "temps partiel (50 % maximum)"."""
    return _FIGURED.sub(r", \1", text)


def words_of_sentence(unit: Unit, fiche: Fiche, yes_no: bool, linked: bool) -> str:
    """One sentence of running text.

    Args:
        yes_no: the question calls for "oui" or "non".
        linked: the sentence before it is said too, so that "toutefois" has something to lean on.
    """
    text = speakable(unit.text)
    if not linked:
        text = _LINKED.sub("", text)
    if not yes_no and _YES_NO.match(text) and word_count(text) > 5:
        text = _YES_NO.sub("", text)
    return titled(text, unit, fiche) if word_count(text) <= NOMINAL_WORDS else text


def titled(text: str, unit: Unit, fiche: Fiche) -> str:
    """What is no sentence, for want of a verb, after the title that says what it is about."""
    if _VERB.search(fold(text)):
        return text
    title = title_for(unit, fiche)
    return f"{title} : {text}" if title and not set(stems(title)) <= set(stems(text)) else text


def title_for(unit: Unit, fiche: Fiche) -> str:
    """The nearest title above a unit that says what its words are about; no question."""
    for title in (*reversed(unit.passage.section), fiche.title):
        if not title.rstrip().endswith("?"):
            return speakable(title)
    return ""


def joined_items(items: Sequence[str], link: str) -> str:
    """ "a, b et c"; a pause keeps two numbers apart ("zone 1, ou 14 euros")."""
    if len(items) < 2:
        return "".join(items)
    pause = "," if items[-2][-1:].isdigit() else ""
    return ", ".join(items[:-1]) + f"{pause} {link} " + items[-1]


def as_one(first: str, second: str) -> str:
    """Two short sentences as one; empty where the second turns on the first or either is long."""
    words = word_count(first), word_count(second)
    if max(words) > LINKED_WORDS or not second[1:2].islower() or not first.endswith("."):
        return ""
    if _TURNS.match(fold(second)) or any(":" in t or _YES_NO.match(t) for t in (first, second)):
        return ""
    return f"{first[:-1]}, et {second[0].lower()}{second[1:]}"


def sentence_of(text: str) -> str:
    """Closed with one mark, and with no full stop inside an enumeration."""
    return closed(text)


def _item(text: str) -> str:
    text = speakable(text)
    before = None
    while before != text:
        before = text
        text = _JOINER.sub("", text).strip()
    text = _STARTS_OR.sub("", text)
    text = re.sub(r"[.!?]\s+([A-ZÀÂÉÈÊÎÔÛÇ])(?=[a-zéèêàâî' ])", lambda m: f", {m[1].lower()}", text)
    lowers = text[1:2].islower() or text[1:2] in ("'", "’", " ")
    return text[:1].lower() + text[1:] if lowers else text


def _is_choice(unit: Unit) -> bool:
    """Whether the list offers alternatives."""
    if pattern(load_yaml("speech")["choice"]).search(fold(unit.lead)):
        return True
    items = list_of(unit)
    return any(
        re.search(r"\bou\s*$", fold(other.text).rstrip(" ,;"))
        or re.match(r"(ou|soit)\b", fold(other.text))
        for other in items
    )
