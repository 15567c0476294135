"""A small assistant with known answers, so that every figure can be worked out by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel

from assistant.card import Ask, Card, Route, RouteLabel, Source
from assistant.settings import load_settings
from evals import systems
from evals.gold import GoldItem
from evals.outputs import Output
from evals.systems import RankedFiche
from vectorstore.evidence import Candidates, Query
from vectorstore.fiche import Related
from vectorstore.ranking import FEATURES, Vector, Weights, scores

WEIGHTS = {name: float(name == "title") for name in FEATURES}
TEXTS = {
    "F1": "Passeport d'un adulte\nLe passeport coûte 86 €. Il est valable 10 ans.",
    "F2": "Passeport d'un mineur\nPour un mineur de plus de 15 ans, le passeport coûte 42 €.",
    "F3": "Préavis\nLe préavis est de 3 mois, ou de 1 mois en zone tendue.",
}


@dataclass(frozen=True)
class FakeFiche:
    id: str
    title: str
    url: str = "https://www.service-public.fr/x"
    updated: str = "2020-08-26"
    type: str = "Fiche d'information"
    audiences: tuple[str, ...] = ("particuliers",)
    dossier: Related | None = None
    theme: Related | None = None


class FakeManifest(BaseModel):
    id: str = "2020-11-12-abc"
    corpus_date: str = "2020-11-12"


class FakeLexical:
    """Every word stands in every fiche."""

    def scores(self, field: str, weights: Mapping[str, float]) -> Vector:
        return np.ones(len(TEXTS))


class FakeSnapshot:
    manifest = FakeManifest()

    def fiche_ids(self) -> set[str]:
        return set(TEXTS)

    def fiche_text(self, fiche_id: str) -> str:
        return TEXTS[fiche_id]

    def fiche(self, fiche_id: str) -> FakeFiche:
        return FakeFiche(fiche_id, TEXTS[fiche_id].split("\n")[0])

    @property
    def ids(self) -> list[str]:
        return list(TEXTS)

    @property
    def position(self) -> dict[str, int]:
        return {fiche: place for place, fiche in enumerate(TEXTS)}

    lexical = FakeLexical()


@dataclass
class FakeSearch:
    """Ranks candidates by the weights it is given."""

    snapshot: FakeSnapshot
    weights: Weights

    def ranked(self, found: Candidates, k: int) -> list[RankedFiche]:
        values = scores(found.features, self.weights)
        order = np.argsort(-values, kind="stable")[:k]
        ids = [self.snapshot.ids[int(found.positions[n])] for n in order]
        return [
            RankedFiche(fiche=f, title=f, score=float(values[n]))
            for f, n in zip(ids, order, strict=True)
        ]


@dataclass
class FakeAssistant:
    """Says what it is told to say; a question that it does not know is an exception."""

    cards: dict[str, Card] = field(default_factory=dict)
    rankings: dict[str, list[str]] = field(default_factory=dict)
    snapshot: FakeSnapshot = field(default_factory=FakeSnapshot)
    asked: list[str] = field(default_factory=list)

    def ask(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        cases: Sequence[str] = (),
        commune: str | None = None,
    ) -> Card:
        if question == "Comment refaire un passeport ?":
            return Card(question=question, standalone_question=question)
        self.asked.append(question)
        return self.cards[question]

    @property
    def search(self) -> FakeSearch:
        return FakeSearch(self.snapshot, Weights(WEIGHTS, (0.0, 0.0, 0.0, 0.0), "rien"))

    def candidates(self, question: str, *, history: Sequence[str] = ()) -> tuple[Query, Candidates]:
        """The known ranking, by its title feature alone."""
        ranking = self.rankings[question]
        features = np.zeros((len(ranking), len(FEATURES)))
        features[:, FEATURES.index("title")] = [1 / n for n in range(1, len(ranking) + 1)]
        positions = np.array([self.snapshot.position[fiche] for fiche in ranking], np.int64)
        return Query(question), Candidates(positions, features, np.zeros(0))


CardOf = Callable[..., Card]


@pytest.fixture
def card_of() -> CardOf:
    """Make a card from what matters: what is said, the fiches cited, the route."""

    def make(
        say: str = "",
        *,
        fiche: str | None = None,
        quote: str | None = None,
        route: RouteLabel = "niveau1",
        confidence: float = 1.0,
        ask: Ask | None = None,
        abstained: bool = False,
        **more: Any,
    ) -> Card:
        sources = []
        if fiche is not None:
            text = quote if quote is not None else TEXTS.get(fiche, "").split("\n")[-1]
            sources = [
                Source(n=1, fiche=fiche, title="", section="", url="", updated="", quote=text)
            ]
        return Card(
            question="q",
            standalone_question="q",
            say=say,
            sources=sources,
            route=Route(label=route, confidence=confidence),
            ask=ask,
            abstained=abstained,
            **more,
        )

    return make


@pytest.fixture
def item_of() -> Callable[..., GoldItem]:
    """Make a gold item; id and question have defaults."""

    def make(**keys: Any) -> GoldItem:
        return GoldItem.model_validate({"id": "i", "question": "q", **keys})

    return make


@pytest.fixture
def output_of() -> Callable[..., Output]:
    """Make an output from a card, a list of fiches, or an error."""

    def make(card: Card | None = None, ranking: list[str] | None = None, **errors: str) -> Output:
        ranked = None
        if ranking is not None:
            ranked = [RankedFiche(fiche=f, title=f, score=1.0) for f in ranking]
        return Output.model_validate({"id": "i", "card": card, "ranking": ranked, "errors": errors})

    return make


@pytest.fixture
def texts() -> FakeSnapshot:
    return FakeSnapshot()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty SOUFFLEUR_HOME for the settings of this test."""
    monkeypatch.setenv("SOUFFLEUR_HOME", str(tmp_path / "home"))
    load_settings.cache_clear()
    yield tmp_path / "home"
    load_settings.cache_clear()


@pytest.fixture
def fake_assistant(home: Path, monkeypatch: pytest.MonkeyPatch, card_of: CardOf) -> FakeAssistant:
    """The assistant that the evaluation opens in this test."""
    fake = FakeAssistant(
        cards={
            "prix adulte": card_of(
                "Le passeport coûte quatre-vingt-six euros.", fiche="F1", timings_ms={"total": 10.0}
            ),
            "prix mineur": card_of(
                "Le passeport coûte 86 euros.", fiche="F1", timings_ms={"total": 30.0}
            ),
            "au feu": card_of(
                "Appelez le dix-huit.", route="urgence", confidence=0.9, timings_ms={"total": 2.0}
            ),
        },
        rankings={"prix adulte": ["F1", "F2"], "prix mineur": ["F1", "F2"], "préavis": ["F1"]},
    )
    monkeypatch.setattr(systems, "open_assistant", lambda settings=None: fake)
    return fake


GOLD = [
    {
        "id": "a", "question": "prix adulte", "route": "niveau1", "fiches": ["F1"],
        "facts": [["86 €", "86 euros"]], "answer": "86 euros.", "tags": ["papiers"],
    },
    {
        "id": "b", "question": "prix mineur", "route": "niveau1", "fiches": ["F2"],
        "facts": [["42 €"]], "answer": "42 euros.", "forbidden": ["86 euros"], "tags": ["papiers"],
    },
    {"id": "c", "question": "au feu", "route": "urgence", "tags": ["urgence"]},
    {"id": "d", "question": "préavis", "fiches": ["F3"]},
    {
        "id": "e", "question": "panne", "route": "niveau1", "fiches": ["F3"],
        "facts": [["3 mois"]], "answer": "3 mois.", "tags": ["logement"],
    },
]  # fmt: skip


@pytest.fixture
def gold_file(tmp_path: Path) -> Path:
    """Five items: right, false, an emergency, one without a route, and one that breaks."""
    path = tmp_path / "gold.jsonl"
    lines = [json.dumps(item, ensure_ascii=False) for item in GOLD]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path
