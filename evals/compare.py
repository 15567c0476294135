"""What got better and what got worse between two runs, item by item."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from evals.scoring import ItemResult
from evals.statistics import Difference, paired_difference
from vectorstore.errors import UsageError


@dataclass(frozen=True)
class Outcome:
    """One figure that every item has on its own, so that two runs can be paired."""

    name: str
    of: Callable[[ItemResult], float | None]
    """None where the item was not judged for it."""
    higher_is_better: bool = True


def _measure(name: str) -> Callable[[ItemResult], float | None]:
    return lambda item: item.retrieval.measures[name] if item.retrieval else None


def _facts_said(item: ItemResult) -> float | None:
    if item.answers is None or not item.answers.facts:
        return None
    return 1 - len(item.answers.missing_said) / item.answers.facts


OUTCOMES: tuple[Outcome, ...] = (
    *(Outcome(f"retrieval.{m}", _measure(m)) for m in ("success@1", "success@3", "success@5")),
    *(Outcome(f"retrieval.{m}", _measure(m)) for m in ("success@10", "mrr", "ndcg@10")),
    Outcome("routing.accuracy", lambda i: float(i.routing.passed) if i.routing else None),
    Outcome("answers.right", lambda i: float(i.answers.passed) if i.answers else None),
    Outcome("answers.facts_said", _facts_said),
    Outcome(
        "answers.wrong",
        lambda i: float(bool(i.answers.wrong)) if i.answers else None,
        higher_is_better=False,
    ),
    Outcome("speech.within_limits", lambda i: float(i.speech.passed) if i.speech else None),
)


@dataclass(frozen=True)
class Change:
    """One item on which a task's verdict differs."""

    id: str
    question: str
    task: str
    before: str
    after: str
    better: bool


@dataclass(frozen=True)
class Comparison:
    """Two runs over the items that they share."""

    items: int
    left_out: list[str]
    """Ids that only one of the runs has, or whose question changed."""
    differences: dict[str, Difference]
    """Outcome -> second run minus first."""
    changes: list[Change]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def compare(first: Sequence[ItemResult], second: Sequence[ItemResult]) -> Comparison:
    """Pair two runs item by item.

    Raises:
        UsageError: they share no item.
    """
    before = {item.id: item for item in first}
    after = {item.id: item for item in second}
    shared = [
        (old, after[key])
        for key, old in before.items()
        if key in after and after[key].question == old.question
    ]
    if not shared:
        raise UsageError(
            "les deux évaluations n'ont aucune question en commun ; comparez-en deux du même jeu"
        )
    differences = {}
    for outcome in OUTCOMES:
        pairs = [(outcome.of(old), outcome.of(new), new.cluster) for old, new in shared]
        judged = [(a, b, c) for a, b, c in pairs if a is not None and b is not None]
        if judged:
            differences[outcome.name] = paired_difference(
                [a for a, _, _ in judged], [b for _, b, _ in judged], [c for _, _, c in judged]
            )
    common = {old.id for old, _ in shared}
    return Comparison(
        items=len(shared),
        left_out=[key for key in {**before, **after} if key not in common],
        differences=differences,
        changes=[change for old, new in shared for change in _changes(old, new)],
    )


def _changes(old: ItemResult, new: ItemResult) -> list[Change]:
    found = []
    before, after = old.scores(), new.scores()
    for task in before.keys() & after.keys():
        was, now = _merit(old, task), _merit(new, task)
        if was != now:
            found.append(
                Change(
                    id=new.id,
                    question=new.question,
                    task=task,
                    before=before[task].verdict,
                    after=after[task].verdict,
                    better=now > was,
                )
            )
    return sorted(found, key=lambda change: change.task)


def _merit(item: ItemResult, task: str) -> float:
    """How good one task's score of an item is, for telling better from worse; falsehood is worst."""
    if task == "retrieval" and item.retrieval:
        return item.retrieval.measures["mrr"]
    if task == "answers" and item.answers:
        if item.answers.outcome in ("wrong", "error"):
            return -1.0
        said = _facts_said(item)
        return (said if said is not None else 0.0) + float(item.answers.passed)
    return float(item.scores()[task].passed)
