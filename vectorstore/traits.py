"""What tells variants of one procedure apart, in titles and in questions (``traits.yaml``)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from vectorstore.text import fold

TRAITS_FILE = Path(__file__).parent / "traits.yaml"


@dataclass(frozen=True)
class _Value:
    title: re.Pattern[str]
    asked: re.Pattern[str]


@dataclass(frozen=True)
class _Trait:
    usual: str
    values: dict[str, _Value]


class TitleTraits:
    """The traits that each title names, to be compared with those that a question tells.

    Args:
        titles: of the fiches, in order.
    """

    def __init__(self, titles: Sequence[str]) -> None:
        self._traits = _load()
        folded = [fold(title) for title in titles]
        self._named = {
            (name, value): np.array([bool(rules.title.search(title)) for title in folded])
            for name, trait in self._traits.items()
            for value, rules in trait.values.items()
        }
        self._size = len(folded)

    def compared(self, question: str) -> dict[str, NDArray[np.float64]]:
        """How each title's traits go with a question's.

        Returns:
            ``traits_told``: traits that title and question share; ``traits_denied``: the question
            tells another value; ``traits_rare``: the question tells none and the title does not
            name the usual one. Counts, shape (titles,).
        """
        told, denied, rare = (np.zeros(self._size) for _ in range(3))
        folded = fold(question)
        for name, trait in self._traits.items():
            asked = {value for value, rules in trait.values.items() if rules.asked.search(folded)}
            shared = np.zeros(self._size, bool)
            other = np.zeros(self._size, bool)
            for value in trait.values:
                named = self._named[name, value]
                if value in asked:
                    shared |= named
                elif value != trait.usual or asked:
                    other |= named
            told += shared
            if asked:
                denied += other & ~shared
            elif trait.usual:
                rare += other
        return {"traits_told": told, "traits_denied": denied, "traits_rare": rare}


@lru_cache(maxsize=1)
def _load() -> dict[str, _Trait]:
    data = yaml.safe_load(TRAITS_FILE.read_text("utf-8"))
    return {
        name: _Trait(
            rules.get("usual", ""),
            {
                value: _Value(re.compile(forms["title"]), re.compile(forms["asked"]))
                for value, forms in rules["values"].items()
            },
        )
        for name, rules in data["traits"].items()
    }
