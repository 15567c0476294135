"""What can be evaluated: the interface of a system, and the assistant behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from pydantic import BaseModel, ConfigDict

from assistant.card import Card
from evals.ablation import Weighed
from evals.gold import GoldItem

if TYPE_CHECKING:
    from assistant.chain import Assistant
    from assistant.settings import Settings
    from vectorstore.evidence import Candidates

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
        self._weighed: dict[str, Weighed] = {}

    def weighed(self, item: GoldItem) -> Weighed:
        """What was weighed for an item; the search is repeated only if another process ran it."""
        if item.id not in self._weighed:
            self._candidates(item)
        return self._weighed[item.id]

    def retrieve(self, item: GoldItem, depth: int) -> list[RankedFiche]:
        hits = self._assistant.search.ranked(self._candidates(item), depth)
        return [
            RankedFiche(fiche=hit.fiche, title=hit.title, score=round(float(hit.score), 6))
            for hit in hits
        ]

    def _candidates(self, item: GoldItem) -> Candidates:
        query, found = self._assistant.candidates(item.question, history=item.history)
        ids = self._assistant.snapshot.ids
        fiches = tuple(ids[int(position)] for position in found.positions)
        self._weighed[item.id] = Weighed(query, fiches, found.features)
        return found

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
