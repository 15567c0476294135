"""What can be evaluated: the interface of a system, and the assistant behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from pydantic import BaseModel, ConfigDict

from assistant.card import Card
from evals.gold import GoldItem

if TYPE_CHECKING:
    from assistant.chain import Assistant
    from assistant.settings import Settings

OURS = "souffleur"
"""Name of the assistant among the systems of a run."""


class RankedFiche(BaseModel):
    """One fiche of a ranking."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fiche: str
    title: str
    score: float


class FicheTexts(Protocol):
    """Where the text of a fiche is read, to check facts and quotes."""

    def fiche_ids(self) -> set[str]: ...

    def fiche_text(self, fiche_id: str) -> str: ...


class System(Protocol):
    """Something that ranks fiches for a question and makes a card from it."""

    name: str

    def retrieve(self, item: GoldItem, depth: int) -> list[RankedFiche]:
        """At most ``depth`` distinct fiches, best first."""
        ...

    def ask(self, item: GoldItem) -> Card:
        """One turn."""
        ...

    def warm(self) -> None:
        """Load what the first question would wait for, so that no item pays for it."""
        ...


class AssistantSystem:
    """The assistant, by the same calls as the page and the command line."""

    name = OURS

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def retrieve(self, item: GoldItem, depth: int) -> list[RankedFiche]:
        hits = self._assistant.retrieve(item.question, history=item.history, k=depth)
        return [
            RankedFiche(fiche=hit.fiche, title=hit.title, score=round(float(hit.score), 6))
            for hit in hits
        ]

    def ask(self, item: GoldItem) -> Card:
        return self._assistant.ask(
            item.question, history=item.history, cases=item.case, commune=item.commune
        )

    def warm(self) -> None:
        self._assistant.ask("Comment refaire un passeport ?")


def open_assistant(settings: Settings | None = None) -> Assistant:
    """The assistant over the snapshot in use; the only place where the evaluation opens it."""
    from assistant.chain import Assistant

    return Assistant.open(settings)
