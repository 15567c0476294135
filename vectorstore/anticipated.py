"""What callers ask of a fiche: ``anticipated.tsv``, and how questions are compared.

A reader of the fiche wrote each question as callers would ask it, in their words, and marked the
sentences, list items or rows that answer. The file has one question a line: fiche, question, and the
anchors of its units, the most important first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from vectorstore.errors import SouffleurError
from vectorstore.text import words

ANTICIPATED_FILE = Path(__file__).parent / "anticipated.tsv"
LETTERS = 4
"""Questions are compared by their runs of this many letters, which survive misspelling."""


@dataclass(frozen=True)
class Anticipated:
    """A question that callers ask, and the anchors of the units that answer it."""

    text: str
    anchors: tuple[str, ...]


@cache
def anticipated(path: Path = ANTICIPATED_FILE) -> Mapping[str, tuple[Anticipated, ...]]:
    """Fiche id -> what callers ask of it.

    Raises:
        SouffleurError: a line is not "fiche, tab, question, tab, anchors separated by commas".
    """
    found: dict[str, list[Anticipated]] = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        parts = line.split("\t")
        if len(parts) != 3 or not all(parts):
            raise SouffleurError(
                f"{path.name}:{number} : attendu une fiche, une question et des repères d'unités, "
                "séparés par des tabulations"
            )
        found.setdefault(parts[0], []).append(Anticipated(parts[1], tuple(parts[2].split(","))))
    return {fiche: tuple(questions) for fiche, questions in found.items()}


def runs_of(text: str) -> list[str]:
    """The runs of letters of a text, word ends included, in order, each as often as it stands."""
    joined = f" {' '.join(words(text))} "
    return [joined[n : n + LETTERS] for n in range(len(joined) - LETTERS + 1)]
