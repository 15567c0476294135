"""What a route is decided on: a question and the fiches nearest to it, as numbers.

The signals and the vague words stand in ``prompts/route_signals.yaml``. Features depend on no
corpus in particular: of the fiches, only their probability and whether they are about taxes count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from assistant.texts import any_match, load_yaml
from vectorstore.text import stems, words

Vector = NDArray[np.float64]

NEAREST = 5
"""How many of the nearest fiches are looked at."""
LONG = 24
"""Words from which a question is as long as they get."""


@dataclass(frozen=True)
class NearFiche:
    """One of the nearest fiches, as far as the route is concerned."""

    probability: float
    is_tax: bool
    """Whether it lies in a tax theme."""
    names_tax: bool = False
    """Whether its title names a tax."""
    likeness: float = 0.0
    """How much the question sounds like those asked of it, 0 to 1."""


MEASURES = (
    "part_impots",
    "part_impots_5",
    "premiere_impots",
    "titres_impots",
    "impots_sans_sosie",
    "mots_impots_sans_sosie",
    "hors_sans_administration",
    "danger_sans_administration",
    "certitude",
    "avance",
    "ressemblance",
    "ressemblance_sure",
    "mots",
    "mots_precis",
    "aucun_mot_precis",
    "un_mot_precis",
    "nombres",
    "signes_complexes",
    "signes_dossier",
)


def comparable(text: str) -> str:
    """The words of a text as expressions search them: folded, one space between."""
    return " ".join(words(text))


@cache
def signal_names() -> tuple[str, ...]:
    return tuple(load_yaml("route_signals")["signals"])


@cache
def _vague() -> frozenset[str]:
    return frozenset(stems(load_yaml("route_signals")["vague"]))


def signals(question: str) -> Vector:
    """1 for each signal that is present, shape (len(signal_names()),)."""
    text = comparable(question)
    groups = load_yaml("route_signals")["signals"].values()
    return np.array([float(any_match(group, text) is not None) for group in groups])


def precise_stems(question: str) -> list[str]:
    """The stems that name a subject."""
    return [stem for stem in stems(question) if stem not in _vague() and len(stem) > 1]


def measures(question: str, near: Sequence[NearFiche]) -> Vector:
    """Numbers between 0 and 1, in the order of ``MEASURES``."""
    near = near[:NEAREST]
    chances = np.array([fiche.probability for fiche in near])
    tax = np.array([float(fiche.is_tax) for fiche in near])
    weighted = float(chances @ tax / chances.sum()) if chances.sum() > 0 else 0.0
    named = np.array([float(fiche.names_tax) for fiche in near])
    alike = speaks_for("sosie", question)
    best = float(chances[0]) if len(chances) else 0.0
    lead = best - float(chances[1]) if len(chances) > 1 else best
    asked = words(question)
    precise = len(set(precise_stems(question)))
    return np.array(
        [
            weighted,
            float(tax.mean()) if len(tax) else 0.0,
            float(tax[0]) if len(tax) else 0.0,
            float(chances @ named / chances.sum()) if chances.sum() > 0 else 0.0,
            weighted * (1 - alike),
            speaks_for("fiscal", question) * (1 - alike),
            speaks_for("hors", question) * (1 - speaks_for("administratif", question)),
            speaks_for("danger", question) * (1 - speaks_for("administratif", question)),
            best,
            lead,
            near[0].likeness if near else 0.0,
            near[0].likeness * best if near else 0.0,
            min(len(asked), LONG) / LONG,
            min(precise, 10) / 10,
            float(precise == 0),
            float(precise == 1),
            float(any(word.isdigit() for word in asked)),
            _several("complexe", question),
            _several("dossier", question),
        ]
    )


def _count(label: str, question: str) -> int:
    """How many of the signals that speak together for a label are present."""
    text = comparable(question)
    rules = load_yaml("route_signals")
    names = rules["together"][label]
    return sum(any_match(rules["signals"][name], text) is not None for name in names)


def _several(label: str, question: str) -> float:
    """1 when at least three such signals are present, 0.5 when two are."""
    return min(max(_count(label, question) - 1, 0), 2) / 2


def speaks_for(label: str, question: str) -> float:
    """1 when one of the signals that speak together for a label is present."""
    return float(_count(label, question) > 0)


def features(question: str, near: Sequence[NearFiche]) -> Vector:
    """Signals, then measures, shape (len(feature_names()),)."""
    return np.concatenate([signals(question), measures(question, near)])


def feature_names() -> tuple[str, ...]:
    return (*signal_names(), *MEASURES)
