"""Which commune does a text name: one, several to ask back, or none?

The rule is docs/decisions/0006: a homonym is asked back, or at least told.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from vectorstore.commune_names import (
    Commune,
    CommuneNames,
    Departments,
    Words,
    closest,
    ranked,
)
from vectorstore.naming import Typed, main_words, name_words, typed, without_preamble
from vectorstore.territories import departments_of_postal_code
from vectorstore.text import fold

CLEAR_POPULATION = 20_000
CLEAR_RATIO = 50
"""A name shared by several communes is taken for the largest, the others being told, when that one
has at least this population and this many times the inhabitants of all the others together."""
SHORT_FORM_POPULATION = 5_000
SHORT_FORM_RATIO = 10
"""A commune named exactly as typed is asked about all the same when one whose name begins so
("Aix" and Aix-en-Provence) or sounds the same has at least that population and this many times its
inhabitants."""
DISTANCE_WEIGHT = 100
"""One more wrong letter is worth this ratio of populations."""
APPROXIMATE_RATIO = 20
"""A misspelt name is taken for the best commune when it outweighs all the others by this much."""
SURE_DISTANCE = 1
"""With more wrong letters than this, a name is only taken when its first letter is right."""
AREA_CANDIDATES = 5
"""How many communes are proposed when the text names their department or region."""
MAX_CANDIDATES = 15


@dataclass(frozen=True)
class Resolution:
    """One commune, or candidates to ask back (largest first), or neither."""

    commune: Commune | None = None
    candidates: tuple[Commune, ...] = ()
    others: tuple[Commune, ...] = ()
    """Much smaller homonyms of the commune, to be told."""
    approximate: bool = False
    """The name was not typed as it is written."""


class CommuneIndex:
    """Resolves texts over the communes of one directory."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self.names = CommuneNames(database)

    def resolve(self, text: str) -> Resolution:
        """What the text names; a candidate's label, given back as it is, names that candidate."""
        if labelled := self.names.labelled(text):
            return Resolution(labelled)
        stated, bare = typed(text), typed(without_preamble(text))
        if stated.code:
            return self._by_code(bare, stated.code)
        if bare.arrondissement is not None:
            return self._by_arrondissement(bare, bare.arrondissement)
        readings = list(dict.fromkeys(words for words in (stated.words, bare.words) if words))
        departments = self.names.departments(stated.departments)
        return (
            self._exact(readings, departments)
            or self._with_area(readings, departments)
            or self._shortened_name(readings, departments)
            or self._misspelt(readings[-1:], departments)
            or self._last_resort(readings[-1:], departments)
        )

    def _by_code(self, stated: Typed, code: str) -> Resolution:
        pool = self.names.at_code(code)
        if not stated.words:
            return self._chosen(pool)
        named = closest(stated.words, pool) or closest(stated.words, self.names.with_parts(pool))
        area = departments_of_postal_code(code)
        if found := named or self.names.named(stated.words, area):
            return self._chosen(found)
        if both := [*self.names.named(stated.words, None), *pool]:
            return _asked(both)
        return self._misspelt([stated.words], area) or Resolution()

    def _by_arrondissement(self, stated: Typed, number: int) -> Resolution:
        found = self.names.arrondissement(stated.words, number)
        if found is None:
            return _asked(self.names.named(stated.words, None))
        if not stated.arrondissement_sure and found.department in stated.departments:
            return _asked([found, *self.names.named(stated.words, None)])
        return Resolution(found)

    def _exact(self, readings: list[Words], departments: Departments) -> Resolution | None:
        """The whole text is a name."""
        for words in readings:
            if found := self.names.named(words, departments):
                if all("".join(name_words(commune.name)) != "".join(words) for commune in found):
                    splits = self.names.split(words, departments)
                    found += [c for name, area in splits for c in self.names.named(name, area)]
                return self._decided(found, words, departments)
        return None

    def _with_area(self, readings: list[Words], departments: Departments) -> Resolution | None:
        """The text is a name with its department or region, or only the latter."""
        for words in readings:
            if largest := self.names.in_area(words, AREA_CANDIDATES):
                return _asked(largest)
        for words in reversed(readings):
            for name, area in self.names.split(words, departments):
                if found := self.names.named(name, area):
                    return self._decided(found, name, area)
        return None

    def _shortened_name(self, readings: list[Words], departments: Departments) -> Resolution | None:
        """The text is the beginning of a name."""
        for words in reversed(readings):
            for name, area in (*self.names.split(words, departments), (words, departments)):
                if found := self.names.beginning(name, area):
                    return self._decided(found, name, area)
        return None

    def _misspelt(self, readings: list[Words], departments: Departments) -> Resolution | None:
        """The commune whose spelling is nearest, when one clearly is; else the nearest ones."""
        near: dict[Commune, int] = {}
        for words in readings:
            for name, area in (*self.names.split(words, departments), (words, departments)):
                for commune, distance in self.names.near(name, area):
                    near[commune] = min(distance, near.get(commune, distance))
        if not near:
            return None
        best = min(near.values())
        weights: dict[str, float] = defaultdict(float)
        for commune, distance in near.items():
            if distance <= best + 1:
                weight = max(commune.population, 1) / DISTANCE_WEIGHT ** (distance - best)
                weights[commune.root] = max(weight, weights[commune.root])
        order = sorted(
            (commune for commune in near if weights[commune.root]),
            key=lambda c: (-weights[c.root], near[c], c.kind != "commune", -c.population),
        )
        first = order[0]
        rest = sum(weight for root, weight in weights.items() if root != first.root)
        sure = best <= SURE_DISTANCE or fold(first.name)[0] == readings[0][0][0]
        if not sure or weights[first.root] < APPROXIMATE_RATIO * rest:
            return Resolution(candidates=tuple(order[:MAX_CANDIDATES]), approximate=True)
        homonyms = self.names.named(name_words(first.name), departments)
        return replace(self._chosen(homonyms), approximate=True)

    def _last_resort(self, readings: list[Words], departments: Departments) -> Resolution:
        """Elsewhere than was stated, or only the first words ("Valence d'Agen"): always asked back."""
        for words in readings:
            if elsewhere := self.names.named(words, None) if departments else []:
                return _asked(elsewhere)
            main = main_words(words)
            for length in range(len(main) - 1, 0, -1):
                if found := self.names.named(main[:length], None):
                    return replace(_asked(found), approximate=True)
        return Resolution()

    def _decided(self, named: list[Commune], words: Words, departments: Departments) -> Resolution:
        """Exact names, against larger communes whose name begins so or sounds the same."""
        largest = max(commune.population for commune in named)
        roots = {commune.root for commune in named}
        floor = max(SHORT_FORM_POPULATION, SHORT_FORM_RATIO * largest)
        rivals = (
            *self.names.beginning(words, departments),
            *self.names.alike(words, departments),
        )
        larger = [c for c in rivals if c.population >= floor and c.root not in roots]
        if largest < CLEAR_POPULATION:
            larger += self.names.in_area(words, AREA_CANDIDATES)
        if not larger:
            return self._chosen(named)
        return _asked([*named, *ranked(larger)[: max(MAX_CANDIDATES - len(named), 1)]])

    def _chosen(self, found: Iterable[Commune]) -> Resolution:
        """The only one, the whole of which all are parts, the far larger one, or the question."""
        order = ranked(found)
        if len(order) < 2:
            return Resolution(order[0]) if order else Resolution()
        first, rest = order[0], order[1:]
        if all(commune.root == first.root for commune in rest):
            return Resolution(self.names.by_insee(first.root) or first)
        total = sum(commune.population for commune in rest)
        if first.population >= max(CLEAR_POPULATION, CLEAR_RATIO * total):
            return Resolution(first, others=rest)
        return _asked(order)


def _asked(communes: Iterable[Commune]) -> Resolution:
    return Resolution(candidates=ranked(communes)[:MAX_CANDIDATES])
