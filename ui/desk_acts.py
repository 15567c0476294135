"""What the browser may send: acts of known kinds, of bounded sizes, at a bounded pace.

The desk's own front sends nothing else; a browser that was tampered with may send anything.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.journal import Outcome
from vectorstore.errors import UsageError

Kind = Literal[
    "typed",
    "ask",
    "search",
    "start",
    "choose",
    "commune",
    "correct",
    "report",
    "praise",
    "end",
    "fiche",
    "history",
    "reopen",
    "close",
]
COSTLY: frozenset[Kind] = frozenset({"ask", "search", "choose", "commune", "correct", "report"})
"""Acts that search, compose or write, and are counted."""


class Act(BaseModel):
    """One act, with what it needs."""

    model_config = ConfigDict(extra="ignore")

    kind: Kind
    text: str = Field("", max_length=20_000)
    """A longer question is refused with its own word by ``clean``."""
    number: int = Field(0, ge=0, le=1000)
    chip: str = Field("", max_length=40)
    reasons: list[str] = Field(default_factory=list, max_length=20)
    outcome: Outcome = "answered"


def read_act(event: Any) -> Act:
    """Check what the browser sent.

    Raises:
        UsageError: it is no act.
    """
    try:
        return Act.model_validate(event)
    except ValidationError:
        raise UsageError(
            "Demande illisible ou trop longue : recharger la page, l'appel sera retrouvé."
        ) from None
