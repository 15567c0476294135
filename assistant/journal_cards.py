"""A card on its way into the journal and out of it: masked, counted, read again in any version."""

from __future__ import annotations

import json
from typing import Any

from pydantic import ValidationError

from assistant.card import Card
from assistant.personal import mask


def columns_of(card: Card) -> dict[str, Any]:
    """A card as it is stored: what comes from the caller masked, what is counted beside it."""
    kept = card.model_copy(deep=True)
    kept.question = safe(card.question)
    kept.standalone_question = safe(card.standalone_question)
    kept.told = [safe(text) for text in card.told]
    for known in kept.known:
        known.value, known.words = safe(known.value), safe(known.words)
    kept.handover = safe(card.handover) if card.handover else None
    first = kept.sources[0] if kept.sources else None
    return {
        "question": kept.question,
        "route": card.route.label,
        "mode": card.mode,
        "abstained": card.abstained,
        "fiche": first.fiche if first else None,
        "title": first.title if first else None,
        "snapshot": card.snapshot,
        "total_ms": card.timings_ms.get("total", 0.0),
        "card": kept.model_dump_json(),
    }


def told_of(card: Card) -> dict[str, Any]:
    """What a log line says of a card: how it was made, and nothing of what was asked."""
    return {
        "route": card.route.label,
        "mode": card.mode,
        "abstained": card.abstained,
        "snapshot": card.snapshot,
        "ms": card.timings_ms.get("total", 0.0),
        "steps_ms": card.timings_ms,
    }


def card_from(text: str) -> Card:
    """A stored card; what a later or earlier version had more is left out."""
    try:
        return Card.model_validate_json(text)
    except ValidationError as error:
        record = json.loads(text)
        for fault in error.errors():
            if fault["type"] == "extra_forbidden":
                *path, last = fault["loc"]
                owner = record
                for key in path:
                    owner = owner[key]
                del owner[last]
        return Card.model_validate(record)


def safe(text: str) -> str:
    """Text of a caller or an agent: masked, and such that every database takes it."""
    return mask(clean(text))[0]


def clean(text: str) -> str:
    """The same without the masking: no null, no half character."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
