"""Fiches cut into chunks the usual way, and the system that answers from the best chunk."""

from __future__ import annotations

import re
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from assistant.card import MAX_SENTENCES, MAX_WORDS, Card, Source
from evals.gold import GoldItem
from evals.systems import FicheTexts, RankedFiche

CHUNK_SIZE = 1000
"""Characters; the size that tutorials use."""
OVERLAP_SHARE = 0.1
CHUNKS_RANKED = 100
"""How many chunks are ranked before they are grouped by fiche."""

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")


class FicheHead(Protocol):
    """What a source says of its fiche."""

    @property
    def title(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def updated(self) -> str: ...


class Corpus(FicheTexts, Protocol):
    """The part of a snapshot that a baseline reads."""

    def fiche(self, fiche_id: str) -> FicheHead: ...


@dataclass(frozen=True)
class Chunk:
    """A piece of a fiche's plain text."""

    fiche: str
    title: str
    text: str

    @property
    def searched(self) -> str:
        """What is indexed: the text under its fiche's title, which alone lifts these baselines."""
        return self.text if self.text.startswith(self.title) else f"{self.title}\n{self.text}"


def chunks_of(corpus: Corpus, size: int) -> list[Chunk]:
    """Cut every fiche, in order of ids.

    Args:
        corpus: where the texts are.
        size: greatest length of a chunk in characters; a tenth of it overlaps.
    """
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(
        chunk_size=size, chunk_overlap=int(size * OVERLAP_SHARE)
    )
    return [
        Chunk(fiche, corpus.fiche(fiche).title, text)
        for fiche in sorted(corpus.fiche_ids())
        for text in splitter.split_text(corpus.fiche_text(fiche))
    ]


class ChunkSystem(ABC):
    """Ranks chunks; a fiche stands where its best chunk does; the best chunk's start is said."""

    name: str

    def __init__(self, corpus: Corpus, chunks: Sequence[Chunk]) -> None:
        self.corpus = corpus
        self.chunks = chunks

    @abstractmethod
    def rank(self, question: str) -> list[tuple[int, float]]:
        """Places of chunks with their scores, best first; at most ``CHUNKS_RANKED``."""

    def retrieve(self, item: GoldItem, depth: int) -> list[RankedFiche]:
        best: dict[str, float] = {}
        for place, score in self.rank(asked(item)):
            best.setdefault(self.chunks[place].fiche, score)
        return [
            RankedFiche(fiche=f, title=self.corpus.fiche(f).title, score=round(score, 6))
            for f, score in list(best.items())[:depth]
        ]

    def ask(self, item: GoldItem) -> Card:
        started = time.perf_counter()
        question = asked(item)
        ranked = self.rank(question)
        elapsed = round((time.perf_counter() - started) * 1000, 2)
        card = Card(question=item.question, standalone_question=question)
        card.timings_ms = {"retrieve": elapsed, "total": elapsed}
        if not ranked:
            card.abstained = True
            return card
        chunk = self.chunks[ranked[0][0]]
        fiche = self.corpus.fiche(chunk.fiche)
        card.say = first_sentences(chunk.text)
        card.sources = [
            Source(
                n=1,
                fiche=chunk.fiche,
                title=fiche.title,
                section="",
                url=fiche.url,
                updated=fiche.updated,
                quote=chunk.text,
            )
        ]
        return card

    def usage(self, item: GoldItem) -> None:
        """No model is asked."""
        return None

    def warm(self) -> None:
        self.rank("carte d'identité")


def asked(item: GoldItem) -> str:
    """The question after the call's earlier ones: the simplest way to carry a topic."""
    return " ".join([*item.history, item.question])


def first_sentences(text: str) -> str:
    """The first sentences of a chunk, within the card's limits where sentences allow."""
    kept: list[str] = []
    for sentence in _SENTENCE_END.split(text):
        words = len(" ".join([*kept, sentence]).split())
        if len(kept) == MAX_SENTENCES or (kept and words > MAX_WORDS):
            break
        if sentence.strip():
            kept.append(sentence.strip().rstrip(".") + ".")
    return " ".join(kept)
