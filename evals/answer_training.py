"""Learn which unit answers from the questions foreseen: ``python -m evals.answer_training [--write]``.

Two towers over the corpus in use: for each foreseen question, the chance that a unit which its reader
marked is drawn from the units of the fiche, in proportion to ``exp(question · unit)``, is made as
great as possible, and as much the chance that it is drawn from those of all fiches of a step, which
are alike: the classifier of the corpus in use says which. Of each fiche, one question in ``HELD_OUT`` is kept aside to be asked at the end;
no question of an evaluation takes part.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from assistant.answer_model import (
    MODEL_FILE,
    SHARPNESS,
    around_parts,
    own_parts,
    question_parts,
)
from assistant.anticipated import SHARES, anchor_of
from assistant.settings import load_settings
from assistant.unit_reader import units_to_read
from assistant.units import Unit
from vectorstore.anticipated import anticipated
from vectorstore.bags import Matrix, Vocabulary, thinned
from vectorstore.classifier import FicheClassifier
from vectorstore.descent import Adam
from vectorstore.geometry import unit as of_length_one
from vectorstore.shipped import in_steps
from vectorstore.snapshot import Snapshot

MEMBERS = 2
SIZE = 96
RARE = 3
EPOCHS = 5
FICHES_A_STEP = 24
LEARNING_RATE = 2e-3
HIDDEN = {"question": 0.3, "own": 0.15, "around": 0.15}
"""Share of the parts of each side that a step does not see."""
FIRST_SCALE = {"question": 1.0, "own": 1.0, "around": 0.5}
HELD_OUT = 25
NEAR = 7
"""Like fiches that follow one in a step."""
STEP = 0.75
"""Share of the slopes of the two chances that is gone down."""

Marks = NDArray[np.float64]
SIDES = ("question", "own", "around")


@dataclass(frozen=True)
class Page:
    """One fiche: where its units and its questions stand, and which unit answers which."""

    units: slice
    questions: NDArray[np.int64]
    answers: Marks
    """Shape (questions, units): how much of the answer each unit is; a question's add up to 1."""


@dataclass(frozen=True)
class Lessons:
    """All that is learned from."""

    vocabularies: dict[str, Vocabulary]
    bags: dict[str, csr_matrix]
    pages: list[Page]
    held_out: list[Page]
    near: list[list[int]]
    """For each of ``pages``, the places of those that are most alike."""


def read_lessons(snapshot: Snapshot) -> Lessons:
    """The foreseen questions of every fiche of a snapshot, with the units that answer them."""
    questions: list[str] = []
    units: list[Unit] = []
    pages: list[Page] = []
    held_out: list[Page] = []
    titles: list[str] = []
    learned_from: list[int] = []
    for fiche in snapshot.ids:
        own = units_to_read(snapshot, fiche)
        asked = [(text, marks) for text, marks in _marked(fiche, own) if marks.any()]
        if not asked:
            continue
        where = slice(len(units), len(units) + len(own))
        units.extend(own)
        titles.extend([snapshot.heading(fiche).title] * len(own))
        if any(not _kept_aside(text) for text, _ in asked):
            learned_from.append(snapshot.position[fiche])
        sides: tuple[list[int], list[int]] = ([], [])
        for place, (text, _) in enumerate(asked):
            sides[_kept_aside(text)].append(place)
        answers = np.array([marks / marks.sum() for _, marks in asked])
        for chosen, side in zip((pages, held_out), sides, strict=True):
            if side:
                rows = np.array(side, np.int64)
                chosen.append(Page(where, len(questions) + rows, answers[rows]))
        questions.extend(text for text, _ in asked)
    read = {
        "question": [question_parts(text) for text in questions],
        "own": [own_parts(unit) for unit in units],
        "around": [around_parts(*pair) for pair in zip(titles, units, strict=True)],
    }
    vocabularies = {side: Vocabulary.of(parts, RARE) for side, parts in read.items()}
    bags = {side: vocabularies[side].bags(parts) for side, parts in read.items()}
    return Lessons(vocabularies, bags, pages, held_out, _most_alike(snapshot, learned_from))


def _most_alike(snapshot: Snapshot, places: Sequence[int]) -> list[list[int]]:
    """For each of these fiches, which of them sound most like it, nearest first."""
    learned = FicheClassifier.open(snapshot.folder).fiches[:, places]
    together = of_length_one(np.concatenate(list(learned), axis=1))
    cosines = together @ together.T
    np.fill_diagonal(cosines, -1)
    return [list(map(int, order)) for order in np.argsort(-cosines, axis=1)[:, :NEAR]]


def _marked(fiche: str, units: Sequence[Unit]) -> Iterator[tuple[str, Marks]]:
    """Each foreseen question of a fiche, and how much each unit counts in its answer."""
    places: dict[str, list[int]] = {}
    for place, unit in enumerate(units):
        places.setdefault(anchor_of(unit), []).append(place)
    for question in anticipated().get(fiche, ()):
        marks = np.zeros(len(units))
        for rank, anchor in enumerate(question.anchors):
            share = SHARES[min(rank, len(SHARES) - 1)]
            for place in places.get(anchor, ()):
                marks[place] = max(marks[place], share)
        yield question.text, marks


def _kept_aside(question: str) -> bool:
    return int(hashlib.sha256(question.encode()).hexdigest(), 16) % HELD_OUT == 0


class Towers:
    """One member while it learns."""

    def __init__(self, lessons: Lessons, seed: int) -> None:
        self._lessons = lessons
        self._random = np.random.default_rng(seed)
        self.vectors = {side: self._first(side, seed) for side in SIDES}
        self._steps = {side: Adam(self.vectors[side], LEARNING_RATE) for side in SIDES}

    def _first(self, side: str, seed: int) -> Matrix:
        """A part has much the same first vector on every side: what is alike meets from the start."""
        vocabulary = self._lessons.vocabularies[side]
        drawn = [
            np.random.default_rng(_number(f"{seed} {part}")).standard_normal(SIZE, np.float32)
            for part in vocabulary.rows
        ]
        return np.asarray(np.stack(drawn) * np.float32(FIRST_SCALE[side] / np.sqrt(SIZE)))

    def epoch(self) -> float:
        """Go through all fiches once, in a new order; the mean loss of a question."""
        pages = self._lessons.pages
        order = self._order()
        starts = self._random.permutation(range(0, len(order), FICHES_A_STEP))
        loss = sum(
            self._step([pages[n] for n in order[start : start + FICHES_A_STEP]]) for start in starts
        )
        return loss / sum(len(page.questions) for page in pages)

    def _order(self) -> list[int]:
        """All fiches by chance, each followed by those like it that had not come yet."""
        found: dict[int, None] = {}
        for page in self._random.permutation(len(self._lessons.pages)):
            if page not in found:
                found.update(dict.fromkeys((int(page), *self._lessons.near[page])))
        return list(found)

    def _step(self, pages: Sequence[Page]) -> float:
        rows = np.concatenate([np.arange(page.units.start, page.units.stop) for page in pages])
        asked = np.concatenate([page.questions for page in pages])
        bags = {
            side: thinned(
                self._lessons.bags[side][asked if side == "question" else rows],
                HIDDEN[side],
                self._random,
            )
            for side in SIDES
        }
        places = {side: bags[side] @ self.vectors[side] for side in SIDES}
        units = places["own"] + places["around"]
        questions = places["question"]
        products = questions @ units.T
        pull = _chances(products)
        loss, first, put_first = 0.0, 0, 0
        for page in pages:
            own = slice(first, first + page.units.stop - page.units.start)
            put = slice(put_first, put_first + len(page.questions))
            first, put_first = own.stop, put.stop
            chances = _chances(products[put, own])
            loss -= float((page.answers * np.log(chances + 1e-9)).sum())
            pull[put, own] += chances - 2 * page.answers
        slope = pull.astype(np.float32) * np.float32(STEP * SHARPNESS / len(asked))
        self._steps["question"].move(bags["question"].T @ (slope @ units))
        pushed = slope.T @ questions
        for side in ("own", "around"):
            self._steps[side].move(bags[side].T @ pushed)
        return loss

    def chances(self, page: Page) -> Marks:
        """The chance of each unit for each question of a page, shape (questions, units)."""
        bags = self._lessons.bags
        units = sum(bags[side][page.units] @ self.vectors[side] for side in ("own", "around"))
        return _chances((bags["question"][page.questions] @ self.vectors["question"]) @ units.T)


def _chances(products: Matrix) -> Marks:
    odds = np.exp(SHARPNESS * (products - products.max(axis=1, keepdims=True)))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True), float)


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def hits(members: Sequence[Towers], pages: Sequence[Page]) -> float:
    """How often the unit that is likeliest is one that the reader marked."""
    found: list[bool] = []
    for page in pages:
        chances = np.mean([member.chances(page) for member in members], axis=0)
        found += [page.answers[row, place] > 0 for row, place in enumerate(chances.argmax(axis=1))]
    return float(np.mean(found))


def write_model(lessons: Lessons, members: Sequence[Towers], path: Path) -> None:
    """Write the towers in one byte a value."""
    arrays: dict[str, Any] = {}
    for side in SIDES:
        vectors = np.stack([member.vectors[side] for member in members])
        steps, scale = in_steps(vectors)
        arrays[f"{side}_words"] = lessons.vocabularies[side].as_array()
        arrays[f"{side}_rarity"] = lessons.vocabularies[side].rarity
        arrays[f"{side}_steps"], arrays[f"{side}_scale"] = steps, scale
    np.savez_compressed(path, **arrays)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"write {MODEL_FILE.name}")
    arguments = parser.parse_args()
    lessons = read_lessons(Snapshot.open(load_settings().home))
    members = [Towers(lessons, seed) for seed in range(MEMBERS)]
    for number, member in enumerate(members):
        for epoch in range(EPOCHS):
            print(f"member {number}, epoch {epoch}: loss {member.epoch():.3f}", flush=True)
    report = {
        "questions learned from": sum(len(page.questions) for page in lessons.pages),
        "questions held out": sum(len(page.questions) for page in lessons.held_out),
        "marked unit first": round(hits(members, lessons.held_out), 4),
    }
    print(json.dumps(report, indent=2))
    if arguments.write:
        write_model(lessons, members, MODEL_FILE)


if __name__ == "__main__":
    main()
