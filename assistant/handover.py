"""The hand-over note: three lines to read to the next person, without the caller's identity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import shorten

from assistant.card import Card
from assistant.personal import mask

ASKED_CHARS, TOLD_CHARS, ANSWERED_CHARS = 220, 260, 260


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
        text = " ".join(mask(part)[0].split())
        room = width - sum(len(other) + 3 for other in kept)
        if room < 20:
            break
        kept.insert(0, shorten(text, room, placeholder=" …"))
    return " / ".join(kept) or "rien"
