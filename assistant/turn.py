"""What the steps of one turn share and fill in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from assistant.caller import Caller
from assistant.card import Ask, Check, Route, Source
from assistant.cases import InForce
from assistant.compose import Draft
from assistant.personal import mask
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
    others: list[str] = field(default_factory=list)
    """The further questions of a mixed one."""
    ask: Ask | None = None
    hits: list[Hit] = field(default_factory=list)
    caller: Caller = field(default_factory=Caller)
    hit: Hit | None = None
    """The fiche that answers, once it is chosen."""
    held: InForce = field(default_factory=lambda: InForce(()))
    draft: Draft = field(default_factory=Draft)
    curated: bool = False
    """The draft is an answer that the QA team approved."""
    sources: list[Source] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    masked: list[str] = field(default_factory=list)
    """Kinds of personal data that the agent typed, and that no step sees."""
    ended: bool = False
    timings_ms: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        question: str,
        history: Sequence[str] = (),
        cases: Sequence[str] = (),
        commune: str | None = None,
    ) -> Turn:
        """A turn whose texts are masked before any step, trace or model can see them."""
        kinds: list[str] = []

        def private(text: str) -> str:
            text, found = mask(text)
            kinds.extend(found)
            return text

        own, said = private(question), [private(text) for text in cases]
        place = private(commune) if commune else commune
        return cls(own, [mask(text)[0] for text in history], said, place, masked=kinds)
