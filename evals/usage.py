"""What a model cost on each item: tokens, euros, milliseconds.

Like latencies these differ from one run to the next, and are kept apart from every other figure.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict

from evals.statistics import percentile


class Usage(BaseModel):
    """One item's answer by a model, or the attempt at it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    written: bool
    """The card is the model's; else the extractive one stood."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0
    """Euros, by the prices of the settings; 0 for an answer that was remembered."""
    first_ms: float | None = None
    """From the extractive card to the first verified sentence; None when there was none."""
    ms: float = 0.0
    """From the extractive card to the last step."""
    note: str = ""
    """What the card says of it."""


def metrics(usages: Iterable[Usage]) -> dict[str, Any]:
    """The ``usage`` object of ``evals run --json``; empty when no model was asked."""
    found = list(usages)
    if not found:
        return {}
    first = [usage.first_ms for usage in found if usage.first_ms is not None]

    def spread(values: list[float]) -> dict[str, float]:
        return {"p50": percentile(values, 0.5), "p95": percentile(values, 0.95)} if values else {}

    return {
        "items": len(found),
        "written": sum(usage.written for usage in found),
        "prompt_tokens": sum(usage.prompt_tokens for usage in found),
        "completion_tokens": sum(usage.completion_tokens for usage in found),
        "cost": round(sum(usage.cost for usage in found), 6),
        "first_ms": spread(first),
        "ms": spread([usage.ms for usage in found]),
    }
