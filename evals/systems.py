"""What can be evaluated: the interface of a system, and the assistant behind it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict

from assistant.card import Card
from evals.ablation import Weighed
from evals.gold import GoldItem
from evals.usage import Usage
from vectorstore.errors import UsageError

if TYPE_CHECKING:
    from assistant.attempt import Reply
    from assistant.chain import Assistant
    from assistant.settings import Settings
    from vectorstore.evidence import Candidates

Composer = Literal["extractive", "model"]
Options = dict[str, Any]
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

    def usage(self, item: GoldItem) -> Usage | None:
        """What a model cost for the last turn of that item; None when none was asked."""
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

    def usage(self, item: GoldItem) -> Usage | None:
        return None

    def warm(self) -> None:
        self._assistant.ask("Comment refaire un passeport ?")


class ModelSystem(AssistantSystem):
    """The assistant with the model that is configured: the card that stands once it has written."""

    def __init__(self, assistant: Assistant) -> None:
        super().__init__(assistant)
        self._usage: dict[str, Usage] = {}

    def ask(self, item: GoldItem) -> Card:
        first = card = super().ask(item)
        started = time.perf_counter()
        first_ms: float | None = None
        replies: list[Reply] = []
        for step in self._assistant.improve(card, history=item.history, commune=item.commune):
            if step.sentence and first_ms is None:
                first_ms = _ms_since(started)
            replies += [step.reply] if step.reply else []
            card = step.card or card
        if card is not first:
            self._usage[item.id] = Usage(
                written=card.mode == "model",
                prompt_tokens=sum(reply.prompt_tokens for reply in replies),
                completion_tokens=sum(reply.completion_tokens for reply in replies),
                cost=sum(reply.cost for reply in replies),
                first_ms=first_ms,
                ms=_ms_since(started),
                note=card.notes[-1] if card.notes else "",
            )
        return card

    def usage(self, item: GoldItem) -> Usage | None:
        return self._usage.get(item.id)

    def warm(self) -> None:
        self._assistant.warm()


def system_of(assistant: Assistant, composer: Composer | None) -> tuple[AssistantSystem, Options]:
    """The assistant with the composer asked for, and what a run's config says of it.

    Args:
        assistant: as it is configured.
        composer: None takes the model where one is configured.

    Raises:
        UsageError: a model is asked for, and none is configured.
    """
    improver = getattr(assistant, "improver", None)
    if composer == "model" and improver is None:
        raise UsageError("aucun modèle configuré : définissez SOUFFLEUR_ANSWER_MODEL")
    if composer == "extractive" or improver is None:
        return AssistantSystem(assistant), {}
    return ModelSystem(assistant), {"composer": improver.endpoint.name}


def _ms_since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 2)


def open_assistant(settings: Settings | None = None) -> Assistant:
    """The assistant over the snapshot in use; the only place where the evaluation opens it."""
    from assistant.chain import Assistant

    return Assistant.open(settings)
