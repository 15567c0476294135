"""The hand-over note: three lines to read to the next person, without the caller's identity."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import shorten

from assistant.card import Card

ASKED_CHARS, TOLD_CHARS, ANSWERED_CHARS = 220, 260, 260
MASK = "[masqué]"

_NAME = r"[A-ZÉÈÊÀÂÎÔÛÇ][\w'’-]+"
_PERSONAL = (
    re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,4})?\b", re.IGNORECASE),
    re.compile(
        r"(?<!\d)[1-478][ .]?\d{2}[ .]?\d{2}[ .]?(?:\d{2}|2[abAB])[ .]?\d{3}[ .]?\d{3}(?:[ .]?\d{2})?(?!\d)"
    ),
    re.compile(r"(?:\+ ?33|(?<!\d)0)[ .-]?[1-9](?:[ .-]?\d{2}){4}(?!\d)"),
    re.compile(r"(?<!\d)\d{7,}(?!\d)|(?<![\d,.])\d(?:[ .]\d{2,4}){3,}(?! ?(?:€|euros?\b))(?!\d)"),
    re.compile(r"\b[A-Z]{2}-?\d{3}-?[A-Z]{2}\b"),
)
_NUMBER_OF = re.compile(
    r"(\bnum[ée]ro[^,.;!?]{0,40}?(?:est|c'est|:|n°)?\s*(?:le\s+)?)(\d[\d .]*[A-Za-z]?\d*)",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"(\b(?i:au nom d[eu]|nom de famille|m\.|mr\.?|mme\.?|monsieur|madame|mademoiselle)\s+)"
    rf"((?:{_NAME}(?:\s+|$))*{_NAME})",
)
_NAMED_LOWER = re.compile(
    r"(\b(?:(?:je m|il s|elle s)['’ ]?app?ell?e|mon nom (?:est|c['’]est))\s+)"
    r"(\w[\w'’-]*(?:\s+(?!(?:et|je|j|il|elle|nous|pour|de|du|avec|qui)\b)\w[\w'’-]*)?)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class CallTurn:
    """One turn of the call, as far as the next person needs it."""

    question: str
    answer: str = ""
    """What was said to the caller; empty when nothing was answered."""
    fiche: str = ""
    """Title and number of the fiche that the answer rests on."""


def call_turn(card: Card) -> CallTurn:
    """What the note keeps of a card: a script says where to go, it answers nothing."""
    if card.abstained or not card.sources:
        return CallTurn(card.question)
    source = card.sources[0]
    return CallTurn(card.question, card.say, f"fiche {source.fiche}, {source.title}")


def masked(text: str) -> str:
    """The text without names, phone numbers, e-mail, bank, social security and file numbers."""
    for personal in (_NAMED_LOWER, _NAMED):
        text = personal.sub(rf"\1{MASK}", text)
    text = _NUMBER_OF.sub(rf"\1{MASK}", text)
    for personal in _PERSONAL:
        text = personal.sub(MASK, text)
    return text


def handover(turns: Sequence[CallTurn], told: Sequence[str] = ()) -> str:
    """Three lines: what is asked, what the caller said, what was already answered.

    Args:
        turns: the call's turns, oldest first; the last is the one that is handed over.
        told: what the agent has told of the caller's case.
    """
    *earlier, last = turns
    said = [*dict.fromkeys(text for text in (*(t.question for t in earlier), *told) if text)]
    answered = [
        f"{turn.answer} ({turn.fiche})" if turn.fiche else turn.answer
        for turn in turns
        if turn.answer
    ]
    return "\n".join(
        (
            "Demande : " + _line([last.question], ASKED_CHARS),
            "Déjà dit par l'appelant : " + _line(said, TOLD_CHARS),
            "Déjà répondu : " + _line(answered, ANSWERED_CHARS),
        )
    )


def _line(parts: Sequence[str], width: int) -> str:
    """The parts on one line, masked; the latest are kept when there is not room for all."""
    kept: list[str] = []
    for part in reversed(parts):
        text = " ".join(masked(part).split())
        room = width - sum(len(other) + 3 for other in kept)
        if room < 20:
            break
        kept.insert(0, shorten(text, room, placeholder=" …"))
    return " / ".join(kept) or "rien"
