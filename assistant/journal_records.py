"""What the journal gives back: plain records, whatever database they come from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from assistant.card import Card
from vectorstore.errors import SouffleurError

Outcome = Literal["answered", "routed", "abandoned", "no_answer"]
Verdict = Literal["up", "down"]
Decision = Literal["correct", "wrong", "routing_rule", "content_gap", "closed"]
CuratedState = Literal["in_use", "to_review", "withdrawn"]


class JournalError(SouffleurError):
    """The journal can neither be read nor written, or what is asked is not in it."""


@dataclass(frozen=True)
class StoredTurn:
    """One question of a call, with its card as it was last shown."""

    id: str
    asked_at: datetime
    card: Card


@dataclass(frozen=True)
class StoredCall:
    """A call; its turns in the order in which they were asked."""

    id: str
    started_at: datetime
    ended_at: datetime | None
    outcome: Outcome | None
    agent: str | None
    """A pseudonym; a name only where the installation wants names (``Settings.name_agents``)."""
    turns: tuple[StoredTurn, ...]


@dataclass(frozen=True)
class Decided:
    """One decision of the QA team, dated and signed."""

    decision: Decision
    by: str
    at: datetime
    note: str


@dataclass(frozen=True)
class QueueEntry:
    """A turn for the QA team to look at."""

    id: str
    kind: Literal["report", "abstention"]
    at: datetime
    turn: str
    call: str
    question: str
    card: Card
    reasons: tuple[str, ...]
    comment: str
    decisions: tuple[Decided, ...]
    """Oldest first; none while the entry is open."""

    @property
    def decision(self) -> Decision | None:
        """The decision that holds."""
        return self.decisions[-1].decision if self.decisions else None


@dataclass(frozen=True)
class CuratedAnswer:
    """A fixed answer for a frequent question, bound to one state of its fiche."""

    question: str
    say: str
    fiche: str
    fiche_hash: str
    expires: date
    """The first day on which it is no longer said."""
    by: str
    at: datetime
    state: CuratedState = "in_use"
    id: str = ""
    """Given by the journal when it is approved."""


@dataclass(frozen=True)
class Audit:
    """One act of the QA team or of an administrator."""

    at: datetime
    actor: str
    act: str
    details: str


@dataclass(frozen=True)
class HourCount:
    """How many calls began within one hour."""

    hour: datetime
    """Its beginning, in Paris."""
    calls: int


@dataclass(frozen=True)
class FicheCount:
    """How many turns rested first on one fiche."""

    fiche: str
    title: str
    turns: int


@dataclass(frozen=True)
class QuestionCount:
    """How many turns asked the same thing, up to case, accents and punctuation."""

    question: str
    turns: int


@dataclass(frozen=True)
class Statistics:
    """What a period was like; shares are between 0 and 1, None where nothing can be counted."""

    since: datetime
    until: datetime
    calls: int
    ended: int
    """Calls whose outcome is known."""
    turns: int
    calls_per_hour: tuple[HourCount, ...]
    """Hours with a call, in order."""
    within_three_minutes: float | None
    """Share of the ended calls."""
    median_first_answer_s: float | None
    """From the beginning of a call to its first card that answers or routes."""
    abstained: float | None
    """Share of the turns."""
    routes: dict[str, int] = field(default_factory=dict)
    """Turns by route."""
    outcomes: dict[str, int] = field(default_factory=dict)
    """Ended calls by outcome."""
    most_asked: tuple[FicheCount, ...] = ()
    content_gaps: tuple[QuestionCount, ...] = ()
    """Questions without an answer."""
    reports_by_reason: dict[str, int] = field(default_factory=dict)
    calls_by_agent: dict[str, int] = field(default_factory=dict)
    """Empty unless the installation wants names (``Settings.name_agents``)."""
