"""How the figures of a run are spread over its items: ranks, lengths, confidences, durations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from assistant.speech import word_count
from evals import charts
from evals.outputs import Output
from evals.render import Section, Table
from evals.scoring import ItemResult

RANKS = (1, 2, 3, 5, 10)
WORDS = (15, 30, 45, 60)
CONFIDENCES = (0.2, 0.4, 0.6, 0.8, 1.0)
DURATIONS_MS = (25, 50, 100, 200, 400, 800)


def histogram(values: Iterable[float], edges: Sequence[float], unit: str = "") -> dict[str, int]:
    """How many values lie up to each edge, and above the last; every class is there, even empty.

    Args:
        values: what is counted.
        edges: ascending; a value equal to an edge lies below it.
        unit: written after each edge.
    """
    labels = [f"jusqu'à {edge:g}{unit}" for edge in edges]
    counts = dict.fromkeys([*labels, f"plus de {edges[-1]:g}{unit}"], 0)
    for value in values:
        place = next(
            (label for label, edge in zip(labels, edges, strict=True) if value <= edge), None
        )
        counts[place or f"plus de {edges[-1]:g}{unit}"] += 1
    return counts


def histograms(results: Sequence[ItemResult], outputs: Mapping[str, Output]) -> list[Section]:
    """One section per spread that the run can tell; those without a value are left out."""
    ranked = [result.retrieval for result in results if result.retrieval]
    cards = [output.card for output in outputs.values() if output.card is not None]
    ranks = histogram([score.rank for score in ranked if score.rank], RANKS)
    ranks.pop(f"plus de {RANKS[-1]:g}")
    ranks["absente des 10 premières"] = sum(score.rank is None for score in ranked)
    spreads = {
        "Rang de la fiche juste": ranks if ranked else {},
        "Mots à dire": histogram([word_count(card.say) for card in cards], WORDS) if cards else {},
        "Confiance dans la fiche": (
            histogram([card.confidence for card in cards], CONFIDENCES) if cards else {}
        ),
        "Durée d'un tour": (
            histogram([card.timings_ms.get("total", 0) for card in cards], DURATIONS_MS, " ms")
            if cards
            else {}
        ),
    }
    return [
        Section(
            title,
            tables=(Table(("classe", "questions"), [[k, str(n)] for k, n in counts.items()]),),
            charts=(charts.count_bars(counts),),
        )
        for title, counts in spreads.items()
        if counts
    ]
