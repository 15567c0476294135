"""What a system gave for one gold item: the raw material of every score."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from assistant.card import Card
from evals.gold import GoldItem
from evals.systems import RankedFiche, System
from evals.usage import Usage

Call = Literal["retrieve", "ask"]
"""The two calls that a task may need of a system."""

DEPTH = 10
"""How many fiches are asked for: the largest k of success@k."""

_Given = TypeVar("_Given")


class Output(BaseModel):
    """One system's output for one item; a call that failed is kept as an error, never dropped."""

    model_config = ConfigDict(extra="forbid")

    id: str
    ranking: list[RankedFiche] | None = None
    """Fiches, best first; None when retrieval was not asked for or failed."""
    card: Card | None = None
    """None when the turn was not asked for or failed."""
    usage: Usage | None = None
    """What a model cost on this item; None when none was asked."""
    errors: dict[Call, str] = Field(default_factory=dict)
    """What failed -> the exception, as one line."""

    def lacks(self, calls: set[Call]) -> bool:
        """Whether one of the calls was never made, or failed."""
        given = {"retrieve": self.ranking is not None, "ask": self.card is not None}
        return any(not given[call] for call in calls)


def produce(system: System, item: GoldItem, calls: set[Call]) -> Output:
    """Ask a system about one item; an exception becomes an error of that item."""
    errors: dict[Call, str] = {}

    def guarded(call: Call, run: Callable[[], _Given]) -> _Given | None:
        if call not in calls:
            return None
        try:
            return run()
        except Exception as error:  # any failure of the system is a failure of this item
            errors[call] = f"{type(error).__name__}: {error}".split("\n")[0]
            return None

    ranking = guarded("retrieve", lambda: system.retrieve(item, DEPTH))
    card = guarded("ask", lambda: system.ask(item))
    usage = system.usage(item) if card is not None else None
    return Output(id=item.id, ranking=ranking, card=card, usage=usage, errors=errors)
