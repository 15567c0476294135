"""Task *latency*: how long does each step of a turn take?

Latencies differ from one run to the next, so they are kept apart from every other figure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from evals.gold import GoldItem
from evals.outputs import Call, Output
from evals.statistics import percentile

CALLS: set[Call] = {"ask"}


def applies(item: GoldItem) -> bool:
    return item.route is not None


def metrics(outputs: Iterable[Output]) -> dict[str, Any]:
    """The ``latency_ms`` object of ``evals run --json``: step -> p50 and p95 in milliseconds.

    A turn that failed has no durations and is not counted; its failure counts in the other tasks.
    """
    durations: dict[str, list[float]] = defaultdict(list)
    for output in outputs:
        if output.card is not None:
            for step, milliseconds in output.card.timings_ms.items():
                durations[step].append(milliseconds)
    return {
        step: {"p50": percentile(values, 0.5), "p95": percentile(values, 0.95)}
        for step, values in sorted(durations.items(), key=lambda pair: pair[0] != "total")
    }
