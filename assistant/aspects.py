"""What is asked: documents, cost, time limit… A question may ask several at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from assistant.texts import load_yaml
from vectorstore.text import fold

_NUMBERS = {
    "money": re.compile(r"\d ?(?:€|%|euros?)|gratuit"),
    "time": re.compile(
        r"\d ?(?:jours?|mois|semaines?|ans?|annees?|heures?)\b|\b(?:un|deux|trois|six) (?:mois|ans?)\b"
    ),
}


@dataclass(frozen=True)
class Aspect:
    """One thing that can be asked, with what answers it; patterns are over folded text."""

    name: str
    asks: re.Pattern[str]
    titles: re.Pattern[str]
    """Titles of the sections that answer it."""
    needs: re.Pattern[str]
    """Words of the sentences that answer it."""
    raw: re.Pattern[str] | None = None
    """Asks it too, in the question as typed: accents count ("où" is not "ou")."""


@cache
def aspects() -> tuple[Aspect, ...]:
    """Every aspect of ``prompts/aspects.yaml``, in its order."""
    return tuple(
        Aspect(
            name=name,
            asks=_one_of(rules["asks"]),
            titles=_one_of(rules["titles"]),
            needs=re.compile(rules["needs"]),
            raw=re.compile(rules["raw"]) if "raw" in rules else None,
        )
        for name, rules in load_yaml("aspects")["aspects"].items()
    )


def aspects_of(question: str) -> tuple[Aspect, ...]:
    """What a question asks, in the order of ``prompts/aspects.yaml``; empty when nothing is sure."""
    folded = fold(question)
    return tuple(
        aspect
        for aspect in aspects()
        if aspect.asks.search(folded) or (aspect.raw and aspect.raw.search(question.lower()))
    )


@lru_cache(maxsize=2048)
def needs_in(folded: str) -> frozenset[str]:
    """Names of the aspects that a sentence has the words to answer."""
    return frozenset(aspect.name for aspect in aspects() if aspect.needs.search(folded))


@lru_cache(maxsize=512)
def titled_in(folded: str) -> frozenset[str]:
    """Names of the aspects that a section of this title answers."""
    return frozenset(aspect.name for aspect in aspects() if aspect.titles.search(folded))


def _one_of(expressions: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{expression})" for expression in expressions))


def numbers_of(folded: str) -> set[str]:
    """Kinds of number that a text states: money, time."""
    return {kind for kind, pattern in _NUMBERS.items() if pattern.search(folded)}
