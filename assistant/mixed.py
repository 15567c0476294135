"""Mixed questions: where a question may pass to another matter, and whether it does.

The wording only proposes places (``prompts/mixed.yaml``). Two parts are two questions when the search
finds each a fiche of its own; until then they are one, because most second sentences only complete
the first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from assistant.texts import load_yaml, pattern
from vectorstore.search import Hit
from vectorstore.text import STOPWORDS, fold, stems, words

MOST_PARTS = 3
OWN_MATTER = 0.5
"""Chance that a part's best fiche is right from which the part stands for itself."""
ANNOUNCED = 0.3
"""The same when the caller announces another matter."""
SURE = 0.8
"""The same when none of the part's words stands in the fiche's title."""
_MARKS = " ,;:-–"
KIN = frozenset(
    """fils fille filles enfant enfants mari femme femmes mere meres pere peres frere freres soeur
    soeurs parent parents conjoint conjointe bebe bebes ami amie amis""".split()  # noqa: SIM905
)
"""Who it is for, not what it is about; compared as words: "je me marie" names a matter."""
ELSEWHERE = 3
"""A part's best fiche stands below this place for the other part, when they are two questions."""
LIKELY_AT_ALL = 0.005
"""Below this chance, a fiche is among the best only for want of others."""


@dataclass(frozen=True)
class Part:
    """One question of a mixed one, and the fiches found for it alone."""

    text: str
    hits: tuple[Hit, ...]


@dataclass(frozen=True)
class Piece:
    """A part that the wording proposes, as a stretch of the question."""

    question: str
    start: int
    end: int
    announced: bool = False
    """The caller says that another matter follows: "et aussi", "autre question"."""

    @property
    def text(self) -> str:
        """The part without marks and connecting words at its front; empty when no word is left."""
        piece = self.question[self.start : self.end].strip(_MARKS)
        match = pattern(load_yaml("mixed")["fringes"]).match(_aligned(piece))
        piece = (piece[match.end() :] if match else piece).strip(_MARKS)
        return piece if re.search(r"\w", piece) else ""

    def up_to(self, other: Piece) -> Piece:
        """This part and the one that follows it, as one."""
        return replace(self, end=other.end)


def parts_of(question: str) -> tuple[Piece, ...]:
    """The parts that the wording proposes, in order; one when there is nothing to tell apart.

    Args:
        question: cleaned and mended, as ``Understood.query.text``.
    """
    pieces: list[Piece] = []
    start, announced = 0, False
    for at, end, bridge in _cuts(_aligned(question)):
        if at < start:
            start, announced = max(start, end), announced or bridge
            continue
        mark = 1 if question[at] == "?" else 0
        pieces.append(Piece(question, start, at + mark, announced))
        start, announced = end, bridge
    pieces.append(Piece(question, start, len(question), announced))
    found: list[Piece] = []
    for piece in pieces:
        if found and not (_is_request(found[-1].text) and _is_another(piece)):
            found[-1] = found[-1].up_to(piece)
        else:
            found.append(piece)
    return tuple(found) if len(found) <= MOST_PARTS else (Piece(question, 0, len(question)),)


def _is_request(text: str) -> bool:
    return pattern(load_yaml("mixed")["requests"]).search(fold(text)) is not None


def _is_another(piece: Piece) -> bool:
    """Whether a part may be a question of its own, after another one."""
    if not matter_of(piece.text):
        return False
    if piece.announced:
        return _is_request(piece.text)
    leans = pattern(load_yaml("mixed")["leaning"]).search(fold(piece.text)) is not None
    return not leans and _is_request(piece.text.replace("?", ""))


def _cuts(folded: str) -> list[tuple[int, int, bool]]:
    """Where parts may end and the next begin, in order; whether another matter is announced."""
    rules = load_yaml("mixed")
    found = {
        (match.start(), match.end(), kind == "bridges")
        for kind in ("bridges", "openers", "ends")
        for expression in rules[kind]
        for match in pattern(expression).finditer(folded)
    }
    return sorted(found)


def matter_of(text: str) -> frozenset[str]:
    """Stems that name a matter; empty for "et ça coûte combien ?"."""
    said = [word for word in words(text) if word not in KIN and word not in STOPWORDS]
    return frozenset(stems(" ".join(said))) - _common() if said else frozenset()


def told_apart(pieces: Sequence[Piece], find: Callable[[str], Sequence[Hit]]) -> tuple[Part, ...]:
    """The parts that are questions of their own; empty when they are one question.

    A part that finds nothing of its own is put to the one before it.

    Args:
        pieces: as ``parts_of`` proposes them.
        find: the search, best fiche first.
    """

    @cache
    def part(piece: Piece) -> Part:
        return Part(piece.text, tuple(find(piece.text)))

    found: list[Piece] = []
    for piece in pieces:
        floor = ANNOUNCED if piece.announced else OWN_MATTER
        if found and not all(_two_matters(other, piece, floor, part) for other in found):
            found[-1] = found[-1].up_to(piece)
        else:
            found.append(piece)
    return tuple(part(piece) for piece in found) if len(found) > 1 else ()


def _two_matters(first: Piece, second: Piece, floor: float, part: Callable[[Piece], Part]) -> bool:
    """Whether each has a likely fiche that is far from the other's; searches no more than it must."""
    return all(_is_likely(part(piece), floor) for piece in (first, second)) and not (
        _is_near(part(first), part(second)) or _is_near(part(second), part(first))
    )


def _is_likely(part: Part, floor: float) -> bool:
    """Whether a part finds a fiche of its own."""
    if not part.hits or part.hits[0].probability < floor:
        return False
    best = part.hits[0]
    return bool(matter_of(part.text) & frozenset(stems(best.title))) or best.probability >= SURE


def _is_near(one: Part, other: Part) -> bool:
    """Whether one part's best fiche is among the other's."""
    best = one.hits[0]
    near = {hit.fiche for hit in other.hits[:ELSEWHERE] if hit.probability >= LIKELY_AT_ALL}
    return best.fiche in near or bool(near & {variant.fiche for variant in best.variants})


def _aligned(text: str) -> str:
    """Folded, character for character: places in it are places in the text."""
    return "".join(folded if len(folded := fold(char)) == 1 else char for char in text)


@cache
def _common() -> frozenset[str]:
    return frozenset(stems(load_yaml("mixed")["common"]))
