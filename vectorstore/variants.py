"""Variants of one procedure among the fiches found: the same thing for another person, place or event.

"Passeport d'un majeur : première demande" and "Passeport d'un mineur : en cas de vol" are one
procedure. An agent who sees them side by side, each with what sets it apart, picks the right one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from vectorstore.fiche import Fiche, Heading
from vectorstore.text import STOPWORDS, fold, stems

SETTING_APART_FILE = Path(__file__).parent / "variants.json"
CORE_LIKENESS = 2 / 3
"""Share of what two titles say, people and places aside, that both must say; within a dossier."""
TITLE_LIKENESS = 1 / 2
"""The same for titles whose own words are not among those of ``variants.json``."""
PAGE_KINDS_FR = {
    "Recherche guidée": "recherche guidée",
    "Fiche avec liens externes": "liens vers d'autres sites",
}
GENERAL_FR = "cas général"
_TOKEN = re.compile(r"[^\W_]+")
_BRACKETS = re.compile(r"\([^)]*\)")
_BREAK = re.compile(r"[:;,()/?!«»\"…]|\.\.|\s[-–—]\s")
_PREPOSITIONS = frozenset(
    "a après avant avec chez dans en entre hors par pendant pour sans sous sur".split()  # noqa: SIM905
)
"""Words before what differs that belong to it: "à l'étranger", "sans permis"."""

Page = Fiche | Heading


@dataclass(frozen=True)
class Variant:
    """One fiche of a group of variants."""

    fiche: str
    title: str
    differs: str
    """What sets it apart from the others of its group, in French: "mineur, en cas de vol"."""


def variants_of(fiches: Sequence[Page]) -> list[tuple[Variant, ...]]:
    """For each fiche, the group of variants that it belongs to.

    Args:
        fiches: those found, best first.

    Returns:
        One tuple per fiche: all members of its group, itself included, best first; empty for a
        fiche that has no variant here.
    """
    found: list[tuple[Variant, ...]] = [()] * len(fiches)
    free = list(range(len(fiches)))
    while free:
        lead, *rest = free
        places = [lead, *(n for n in rest if are_variants(fiches[lead], fiches[n]))]
        free = [n for n in rest if n not in places]
        if len(places) > 1:
            members = [fiches[n] for n in places]
            labels = _labels(members)
            group = tuple(
                Variant(fiche.id, fiche.title, label)
                for fiche, label in zip(members, labels, strict=True)
            )
            for n in places:
                found[n] = group
    return found


def are_variants(one: Page, other: Page) -> bool:
    """Whether two fiches state one procedure for different people, places or events.

    They do when their titles say the same once the words of ``variants.json`` are left out. Fiches
    of one dossier also do when both have such words and the rest is nearly the same, or when half
    of all that the titles say is common to them, and more than the dossier's own title.
    """
    said, other_said = _said(one.title), _said(other.title)
    core, other_core = said - setting_apart(), other_said - setting_apart()
    if core and core == other_core:
        return True
    if one.dossier is None or other.dossier is None or one.dossier.id != other.dossier.id:
        return False
    if core < said and other_core < other_said and _likeness(core, other_core) >= CORE_LIKENESS:
        return True
    beyond_dossier = (said & other_said) - _said(one.dossier.title)
    return bool(beyond_dossier) and _likeness(said, other_said) >= TITLE_LIKENESS


def _said(title: str) -> frozenset[str]:
    """Stems of a title without what it explains in brackets."""
    return frozenset(stems(_BRACKETS.sub(" ", title)))


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(len(one | other), 1)


@lru_cache(maxsize=1)
def setting_apart() -> frozenset[str]:
    """Stems of the words that tell variants apart, from ``variants.json``."""
    axes = json.loads(SETTING_APART_FILE.read_text("utf-8"))
    return frozenset(stem for words in axes.values() for stem in stems(words))


def _labels(members: Sequence[Page]) -> list[str]:
    """What sets each member apart: words of its title; where they do not, its kind or its place."""
    common = frozenset.intersection(*(frozenset(stems(fiche.title)) for fiche in members))
    labels = [
        _own_words(fiche.title, common) or PAGE_KINDS_FR.get(fiche.type, GENERAL_FR)
        for fiche in members
    ]
    for detail in (_kind, _audiences, _last_part, _place):
        labels = _told_apart(labels, [detail(fiche) for fiche in members])
    return labels


def _told_apart(labels: list[str], details: list[str]) -> list[str]:
    """The labels, those that several members share completed by details where these differ."""
    found = list(labels)
    for n, (label, detail) in enumerate(zip(labels, details, strict=True)):
        shared = {d for other, d in zip(labels, details, strict=True) if other == label}
        if len(shared) > 1 and detail:
            found[n] = detail if label == GENERAL_FR else f"{label}, {detail}"
    return found


def _own_words(title: str, common: frozenset[str]) -> str:
    """The parts of a title that are not common to its group, in the title's own words."""
    tokens = list(_TOKEN.finditer(title))
    own = [_is_telling(token[0]) and stems(token[0])[0] not in common for token in tokens]
    parts: list[tuple[int, int]] = []
    last: int | None = None
    for place, token in enumerate(tokens):
        if not own[place]:
            continue
        if last is not None and _joined(title, tokens, last, place):
            parts[-1] = (parts[-1][0], token.end())
        else:
            parts.append((tokens[_start(title, tokens, place)].start(), token.end()))
        last = place
    return ", ".join(title[start:end] for start, end in parts)


def _joined(title: str, tokens: Sequence[re.Match[str]], first: int, second: int) -> bool:
    """Whether nothing but small words stands between two words."""
    between = title[tokens[first].end() : tokens[second].start()]
    return _BREAK.search(between) is None and not any(
        _is_telling(token[0]) for token in tokens[first + 1 : second]
    )


def _start(title: str, tokens: Sequence[re.Match[str]], place: int) -> int:
    """Where the preposition stands that leads to a word; its own place when there is none."""
    found = place
    for before in range(place - 1, -1, -1):
        if _is_telling(tokens[before][0]) or not _joined(title, tokens, before, place):
            break
        if fold(tokens[before][0]) in _PREPOSITIONS:
            found = before
    return found


def _is_telling(word: str) -> bool:
    return fold(word) not in STOPWORDS


def _kind(fiche: Page) -> str:
    return PAGE_KINDS_FR.get(fiche.type, "")


def _audiences(fiche: Page) -> str:
    return ", ".join(fiche.audiences)


def _last_part(fiche: Page) -> str:
    """Where titles differ by small words alone: "défunt ayant eu" and "n'ayant pas eu d'enfants"."""
    return fiche.title.rsplit(" : ", 1)[-1]


def _place(fiche: Page) -> str:
    return fiche.sub_dossier or (fiche.dossier.title if fiche.dossier else "")
