"""What the steps of one turn share and fill in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from assistant.caller import Caller
from assistant.card import Ask, Check, Route, Source
from assistant.cases import InForce
from assistant.compose import Draft
from assistant.question import Understood
from vectorstore.search import Hit


@dataclass
class Turn:
    """One question on its way to a card."""

    question: str
    history: Sequence[str] = ()
    cases: Sequence[str] = ()
    commune: str | None = None
    understood: Understood = field(default_factory=Understood)
    route: Route = field(default_factory=Route)
    also: Route | None = None
    ask: Ask | None = None
    hits: list[Hit] = field(default_factory=list)
    caller: Caller = field(default_factory=Caller)
    hit: Hit | None = None
    """The fiche that answers, once it is chosen."""
    held: InForce = field(default_factory=lambda: InForce(()))
    draft: Draft = field(default_factory=Draft)
    sources: list[Source] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    ended: bool = False
    timings_ms: dict[str, float] = field(default_factory=dict)
