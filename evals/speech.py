"""Task *speech*: can what is to be said be said, in time and in one breath?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from assistant.card import MAX_SECONDS, MAX_SENTENCES, MAX_WORDS, WORDS_PER_MINUTE, Card
from evals.gold import GoldItem
from evals.outputs import Call, Output
from evals.statistics import median, rate

CALLS: set[Call] = {"ask"}

SAID_AS_WORDS = frozenset(
    [
        "OUI",
        "NON",
        "CAF",
        "RSA",
        "SMIC",
        "TVA",
        "PACS",
        "SMS",
        "CDI",
        "CDD",
        "HLM",
        "RIB",
        "ADN",
        "GPS",
        "DVD",
        "PDF",
        "SNCF",
        "RATP",
        "EDF",
        "CV",
        "PV",
        "ONU",
        "URSSAF",
        "FRANCE",
        "CROUS",
        "TGV",
        "RER",
        "VTC",
        "TV",
        "BTS",
        "BAC",
        "DOM",
        "TOM",
        "HT",
        "TTC",
    ]
)
"""Short forms that callers themselves say; any other run of capitals must come with its full name."""

_WORD = re.compile(r"[^\W_]+(?:['’‑-][^\W_]+)*")
_SENTENCE = re.compile(r"(?<=[.!?…])[\s»\"]+")
_BARE = re.compile(r"\b[A-ZÀÂÉÈÊÎÔÛÇ]{2,}[A-Z0-9]*s?\b")
_ROMAN = re.compile(r"[IVX]+")
_UNSPEAKABLE: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("lien", re.compile(r"https?://\S+|www\.\S+|\b[\w-]+\.(?:fr|gouv|com|org|eu)\b", re.I)),
    ("adresse électronique", re.compile(r"\S+@\S+")),
    ("parenthèse ou crochet", re.compile(r"[()\[\]{}]")),
    ("marque de liste", re.compile(r"(?m)^\s*(?:[-–—•*·▪]|\d+[.)])\s|[•▪]")),
    ("mise en forme", re.compile(r"\*\*|__|`|^#+\s|\|", re.M)),
    ("symbole", re.compile(r"[€%§&+=<>→°²³/_~^]")),
    (
        "abréviation",
        re.compile(
            r"\b(?:art|cf|env|max|min|tél|bd|av|réf|ex|al|etc)\.(?=\W|$)|\bM\.\s"
            r"|\b(?:Mme|Mlle|MM|km|kg|cm|mm)\b|\b\d+(?:h|km|kg|cm|m|j)\b"
        ),
    ),
)


class SpeechScore(BaseModel):
    """The size of what is to be said, and what in it cannot be said."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    words: int
    sentences: int
    longest_sentence: int
    """In words."""
    seconds: float
    """At ``WORDS_PER_MINUTE``."""
    problems: list[str]
    """What breaks the limits or cannot be said, in French."""
    error: str | None = None

    @property
    def passed(self) -> bool:
        return not self.problems and self.error is None

    @property
    def verdict(self) -> str:
        """What happened, in a few French words."""
        if self.error:
            return f"erreur : {self.error}"
        return " ; ".join(self.problems) or "dicible"


def applies(item: GoldItem) -> bool:
    return item.route is not None


def score(item: GoldItem, output: Output) -> SpeechScore:
    """Judge what one card gives to say."""
    if output.card is None:
        return SpeechScore(
            words=0,
            sentences=0,
            longest_sentence=0,
            seconds=0,
            problems=[],
            error=output.errors.get("ask", "aucune réponse"),
        )
    return judge_speech(spoken(output.card))


def spoken(card: Card) -> str:
    """What the agent says: the answer, or the script or question where there is no answer."""
    return card.say or card.route.script or (card.ask.text if card.ask else "")


def judge_speech(text: str) -> SpeechScore:
    """Measure one text against the limits of the card and look for what cannot be said."""
    sentences = [part for part in _SENTENCE.split(text.strip()) if _WORD.search(part)]
    lengths = [len(_WORD.findall(part)) for part in sentences]
    words = sum(lengths)
    seconds = round(words * 60 / WORDS_PER_MINUTE, 1)
    problems = []
    if not words:
        problems.append("rien à dire")
    if words > MAX_WORDS:
        problems.append(f"{words} mots ({MAX_WORDS} au plus)")
    if len(sentences) > MAX_SENTENCES:
        problems.append(f"{len(sentences)} phrases ({MAX_SENTENCES} au plus)")
    if seconds > MAX_SECONDS:
        problems.append(f"{seconds:g} secondes ({MAX_SECONDS} au plus)")
    return SpeechScore(
        words=words,
        sentences=len(sentences),
        longest_sentence=max(lengths, default=0),
        seconds=seconds,
        problems=problems + unspeakable(text),
    )


def unspeakable(text: str) -> list[str]:
    """What cannot be read aloud: links, brackets, list marks, symbols, bare abbreviations."""
    found = []
    for name, pattern in _UNSPEAKABLE:
        match = pattern.search(text)
        if match:
            found.append(f"{name} « {match[0].strip()} »")
    bare = [sigle for sigle in _BARE.findall(text) if not _is_sayable(sigle, text)]
    if bare:
        found.append(f"sigle nu « {bare[0]} »")
    return found


def metrics(scores: Mapping[str, SpeechScore], clusters: Mapping[str, str]) -> dict[str, Any]:
    """The ``speech`` object of ``evals run --json``: failures are outside the limits.

    Args:
        scores: item id -> score.
        clusters: item id -> cluster.
    """
    groups = [clusters[item] for item in scores]
    return {
        "within_limits": rate([s.passed for s in scores.values()], groups).as_dict(),
        "words_median": median([s.words for s in scores.values() if s.error is None]),
    }


def _is_sayable(sigle: str, text: str) -> bool:
    """Said as a word by everybody, or said in full in the same breath: initials in order."""
    letters = sigle.rstrip("s")
    if letters in SAID_AS_WORDS or _ROMAN.fullmatch(letters):
        return True
    initials = "".join(
        word[0].upper()
        for word in re.split(r"[\s'’‑-]+", text)
        if len(word) > 3 and word[0].isalpha() and word.upper() != word
    )
    return letters in initials
