"""Which contacts of a fiche are this caller's, and in which order are they shown?

A contact belongs to the cases under which the fiche writes it, and to those that its own words
name ("si vous relevez du régime agricole", an office of Paris). Those of another case are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from assistant.caller import Caller
from assistant.cases import InForce
from assistant.fitting import CONTRADICTED, NAMED, fits, is_kind
from assistant.texts import load_yaml, pattern
from assistant.units import words_of
from vectorstore.fiche import Contact, Fiche, Passage
from vectorstore.text import fold, stems

TOLD = 1.5
"""What a contact gains from each title above it that the agent has told."""
SAID = 0.5
"""What it gains from standing in a passage that is said."""
BY_TITLE = 1.0
"""What it gains, per share of the question's own words that the section's title holds."""
BY_TEXT = 1.0
"""The same of the passage's text."""
BY_NAME = 1.5
"""The same of the contact's name and complement."""
BY_KIND = 0.8
"""What it gains where the question says what kind of body it is: "quel tribunal"."""
PLACED = 0.3
"""What it gains from standing in the text at all, rather than at the foot of the page."""
ONLY_THERE = -3.0
"""What an office of Paris loses while nothing tells that the caller is there."""


def contacts_for(
    fiche: Fiche,
    passages: Sequence[Passage],
    held: InForce,
    said: Sequence[Passage],
    caller: Caller,
    question: str,
    commune: str | None = None,
) -> list[int]:
    """Indexes of the contacts to show, the likeliest first; of one office named twice, the first.

    Args:
        fiche: the page that answers.
        passages: all of its passages.
        held: what of it holds for the caller.
        said: the passages from which something is said.
        caller: what is known.
        question: the standalone question.
        commune: the caller's, as it was typed; nothing while it is not known.
    """
    in_paris = _in_paris(caller, commune)
    standing = {n for passage in passages for n in passage.contacts}
    in_force = {n for passage in held.passages for n in passage.contacts}
    left = [n for n in range(len(fiche.contacts)) if n in in_force or n not in standing]
    left = _of_own_words(fiche, left, caller, in_paris)
    asked = frozenset(stems(question)) - set(stems(fiche.title)) - _fillers()
    by_passage = _by_passage(held, said, caller, asked)

    def worth(index: int) -> float:
        contact = fiche.contacts[index]
        mark = BY_NAME * _share(asked, f"{contact.title} {contact.complement}")
        mark += BY_KIND * (stems(contact.title)[0] in asked)
        if index in by_passage:
            mark += PLACED + by_passage[index]
        if _only_in_paris(contact) and not in_paris:
            mark += ONLY_THERE
        return mark

    ordered = sorted(left, key=lambda n: -round(worth(n), 6))
    offices: dict[tuple[str, tuple[str, ...]], int] = {}
    for index in ordered:
        offices.setdefault((fiche.contacts[index].title, fiche.contacts[index].pivots), index)
    return list(offices.values())


def _by_passage(
    held: InForce, said: Sequence[Passage], caller: Caller, asked: frozenset[str]
) -> dict[int, float]:
    """Contact -> what the best passage in force in which it stands is worth.

    Ways of doing one thing (on the spot, by post) are worth the same until one is told.
    """
    ids = {passage.id for passage in said}
    marks: dict[object, float] = {}
    for passage in held.passages:
        mark = BY_TITLE * _share(asked, " ".join(passage.section))
        mark += BY_TEXT * _share(asked, passage.text) + SAID * (passage.id in ids)
        key = _matter(passage)
        marks[key] = max(marks.get(key, mark), mark)
    found: dict[int, float] = {}
    for passage in held.passages:
        told = max(
            sum(fold(title).strip() in caller.told for title in case) for case in passage.cases
        )
        mark = marks[_matter(passage)] + TOLD * told
        for index in passage.contacts:
            found[index] = max(found.get(index, mark), mark)
    return found


def _share(asked: frozenset[str], text: str) -> float:
    """The share of the question's own words that a text holds."""
    return len(asked & words_of(text).stems) / (len(asked) or 1)


def _matter(passage: Passage) -> object:
    """What a passage is about, whatever the way of doing it."""
    path = passage.cases[0]
    way = tuple(takewhile(lambda title: not is_kind("channel", title), path))
    return passage.id if way == path else (passage.section, way)


def _of_own_words(
    fiche: Fiche, left: Sequence[int], caller: Caller, in_paris: bool | None
) -> list[int]:
    """Without the contacts whose own words name another kind of caller or another place."""
    rules = load_yaml("places")
    contacts = [fiche.contacts[n] for n in left]
    out: set[int] = set()
    if in_paris is False:
        out |= {n for n, contact in zip(left, contacts, strict=True) if _only_in_paris(contact)}
    if pattern(rules["elsewhere"]).search(caller.text):
        around = pattern(rules["around_paris"])
        out |= {n for n in left if around.search(fold(fiche.contacts[n].complement))}
    prefecture = pattern(rules["prefecture_of_paris"])
    if in_paris and any(prefecture.search(fold(contact.title)) for contact in contacts):
        out |= {n for n in left if set(fiche.contacts[n].pivots) & set(rules["not_in_paris"])}
    condition = pattern(rules["condition"])
    choices = [n for n in left if condition.search(fold(fiche.contacts[n].complement))]
    if len(choices) > 1:
        titles = [fiche.contacts[n].complement for n in choices]
        marks = fits(titles, caller, set(stems(fiche.title)))
        least = 0.0 if max(marks) >= NAMED else CONTRADICTED
        out |= {n for n, mark in zip(choices, marks, strict=True) if mark <= least}
    return [n for n in left if n not in out]


def _only_in_paris(contact: Contact) -> bool:
    """Whether another office does the same for callers elsewhere."""
    rules = load_yaml("places")["only_in_paris"]
    return any(pattern(rules[key]).search(fold(getattr(contact, key))) for key in rules)


def _in_paris(caller: Caller, commune: str | None) -> bool | None:
    """Whether the caller is in Paris; None while nothing tells."""
    rules = load_yaml("places")
    if commune and commune.strip():
        return pattern(rules["paris"]).search(fold(commune).strip()) is not None
    if "paris" in caller.values("lieu"):
        return True
    return False if pattern(rules["elsewhere"]).search(caller.text) else None


def _fillers() -> frozenset[str]:
    return frozenset(stems(load_yaml("caller")["filler"]))
