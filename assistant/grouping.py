"""Questions that ask alike, put together, so that the QA team reads a matter once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from vectorstore.text import stems

ALIKE = 0.5
"""From this share of common words two questions are shown together."""


def grouped(questions: Sequence[str]) -> list[list[int]]:
    """Places of the questions, group by group: the largest group first, in it the order given.

    A question joins the group whose first question shares most words with it (stems in common over
    stems of either), if they are at least ``ALIKE`` of them. Words are compared as the search does.
    """
    owns = [frozenset(stems(question)) for question in questions]
    groups: list[list[int]] = []
    for place in sorted(range(len(questions)), key=lambda n: -len(owns[n])):
        near = max(groups, key=lambda group: _alike(owns[group[0]], owns[place]), default=None)
        if near is not None and _alike(owns[near[0]], owns[place]) >= ALIKE:
            near.append(place)
        else:
            groups.append([place])
    ordered = [sorted(group) for group in groups]
    return sorted(ordered, key=lambda group: (-len(group), group[0]))


def most_telling(questions: Sequence[str]) -> str:
    """The question that stands for its group: the one asked most often, then the shortest."""
    counts = Counter(questions)
    return min(counts, key=lambda question: (-counts[question], len(question), question))


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one or other else 1.0
