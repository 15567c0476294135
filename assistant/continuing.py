"""Whether a question of a call continues the one before it, or has a subject of its own.

A follow-up leans on what was said (``prompts/follow_ups.yaml``), or names nothing but what every
procedure has: a price, a place, a delay, documents. What else it names is looked for on the pages of
the earlier question: "il y a un préavis ?" continues a question about resigning, whose page speaks of
it, and "comment déclarer mes revenus" does not continue one about a birth certificate.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from assistant.caller import read_caller
from assistant.mixed import matter_of
from assistant.texts import any_match, load_yaml, pattern
from vectorstore.lexical import FIELDS, LexicalIndex
from vectorstore.text import fold, stems, words

SHORT = 4
"""A question that does not lean and has more stems than this stands alone."""
FULL = 3
"""From as many stems named on, a word that stands for another may stand for one of the question's own."""
WHOLE = 2
"""Stems that a question must name, all in one title, to stand alone though it begins with "et"."""
PAGES = 3
"""How many pages of the earlier question are looked at when the question leans."""
STRANGE = 0.3
"""Share of what is named, by rarity, that is not on the earlier question's page: a new subject."""
STRANGE_LEANING = 0.65
"""The same when the question leans."""
UNKNOWN_RARITY = 9.0
"""Of a stem that the corpus does not hold; the rarest that it holds have 8 to 10."""


def leans(question: str, _earlier: str = "") -> bool:
    """Whether the wording alone makes a follow-up; where there is no corpus to look at."""
    return (
        _opens(question) or _stands_for(question) or _may_lean(question) or not named_in(question)
    )


class Continuity:
    """Tells follow-ups from new subjects by the pages of one corpus.

    Args:
        lexical: the indexes of the snapshot in use.
    """

    def __init__(self, lexical: LexicalIndex) -> None:
        self._lexical = lexical

    def __call__(self, question: str, earlier: str) -> bool:
        """Whether the question continues the earlier one.

        Args:
            question: cleaned and mended.
            earlier: what the call was about until then, likewise.
        """
        named = named_in(question)
        if not named:
            return True
        if _opens(question):
            whole = len(named) >= WHOLE and not _stands_for(question) and self._is_title(named)
            return not (whole and self._is_strange(named, earlier))
        if len(named) >= FULL and (_stands_for(question) or _may_lean(question)):
            return not self._is_strange(named, earlier)
        if _stands_for(question):
            return True
        if _may_lean(question):
            return not (self._is_title(named) and self._is_strange(named, earlier))
        short = len(set(stems(question))) <= SHORT
        return short and self._strange(named, earlier, 1) < STRANGE

    def _is_strange(self, named: frozenset[str], earlier: str) -> bool:
        return self._strange(named, earlier, PAGES) >= STRANGE_LEANING

    def _strange(self, named: frozenset[str], earlier: str, pages: int) -> float:
        """Share of the stems, by rarity, that the pages of the earlier question do not hold."""
        weights = dict.fromkeys(stems(earlier), 1.0)
        scores = np.sum([self._lexical.scores(field, weights) for field in FIELDS], axis=0)
        places = np.argsort(-scores, kind="stable")[:pages]
        rarity = self._rarity(named)
        held = sum(value for stem, value in rarity.items() if self._holds(stem, places))
        return 1 - held / sum(rarity.values())

    def _holds(self, stem: str, places: NDArray[np.int64]) -> bool:
        """Whether those pages hold the stem, or the official words for what no title names."""
        if self._stands(stem, places):
            return True
        official = () if self._is_title(frozenset((stem,))) else _official().get(stem, ())
        return any(all(self._stands(other, places) for other in way) for way in official)

    def _stands(self, stem: str, places: NDArray[np.int64]) -> bool:
        return any(self._lexical.coverage(field, {stem: 1.0})[places].any() for field in FIELDS)

    def _is_title(self, named: frozenset[str]) -> bool:
        """Whether one title holds all the stems."""
        weights = dict.fromkeys(named, 1.0)
        most = float(self._lexical.coverage("title", weights).max(initial=0.0))
        return most >= 0.99 * sum(self._rarity(named).values())

    def _rarity(self, named: frozenset[str]) -> dict[str, float]:
        return {stem: self._lexical.rarity({stem: 1.0}) or UNKNOWN_RARITY for stem in named}


def named_in(question: str) -> frozenset[str]:
    """Stems that name a matter: neither what every procedure has, nor who it is for, nor figures."""
    said = {
        stem
        for trait in read_caller(question, (), ()).traits
        if trait.of == "person"
        for stem in stems(trait.words)
    }
    return frozenset(stem for stem in matter_of(question) - _common() - said if not stem.isdigit())


def _opens(question: str) -> bool:
    return pattern(load_yaml("follow_ups")["opening"]).search(fold(question)) is not None


def _stands_for(question: str) -> bool:
    return any_match(load_yaml("follow_ups")["standing_for"], fold(question)) is not None


def _may_lean(question: str) -> bool:
    return any_match(load_yaml("follow_ups")["loose"], fold(question)) is not None


@cache
def _common() -> frozenset[str]:
    return frozenset(stems(load_yaml("follow_ups")["common"]))


@cache
def _official() -> dict[str, tuple[frozenset[str], ...]]:
    """Stem of an everyday word -> stems of the official words for it, each way to say it."""
    found: dict[str, tuple[frozenset[str], ...]] = {}
    for everyday, official in load_yaml("lexicon")["everyday"].items():
        if len(words(everyday)) == 1:
            (stem,) = stems(everyday)
            found[stem] = (*found.get(stem, ()), frozenset(stems(official)))
    return found
