"""Which commune does a text name: one, several to ask back, or none?"""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from rapidfuzz import process
from rapidfuzz.distance import OSA

from vectorstore.naming import (
    Typed,
    area_key,
    article_of,
    main_words,
    name_words,
    sound,
    typed,
    without_article,
    without_preamble,
)
from vectorstore.territories import departments_of_postal_code, usual_areas
from vectorstore.text import fold

Kind = Literal["commune", "deleguee", "associee", "arrondissement"]

CLEAR_POPULATION = 20_000
CLEAR_RATIO = 50
"""A name shared by several communes is taken for the largest, the others being told, when that one
has at least this population and this many times the inhabitants of all the others together."""
SHORT_FORM_POPULATION = 5_000
SHORT_FORM_RATIO = 10
"""A commune named exactly as typed is asked about all the same when one whose name begins so
("Aix" and Aix-en-Provence) or sounds the same has at least that population and this many times its inhabitants."""
DISTANCE_WEIGHT = 100
"""One more wrong letter is worth this ratio of populations."""
APPROXIMATE_RATIO = 20
"""A misspelt name is taken for the best commune when it outweighs all the others by this much."""
AREA_CANDIDATES = 5
"""How many communes are proposed when the text names their department or region."""
MAX_CANDIDATES = 15


@dataclass(frozen=True)
class Commune:
    """A commune, or a part of one that has a name of its own."""

    insee: str
    name: str
    kind: Kind
    department: str
    department_name: str
    population: int
    parent: str | None
    """INSEE code of the commune that a déléguée, associée or arrondissement belongs to."""
    parent_name: str | None
    latitude: float | None
    longitude: float | None

    @property
    def root(self) -> str:
        """INSEE code of the commune as a whole."""
        return self.parent or self.insee

    def label(self) -> str:
        """The name that tells it from its homonyms."""
        if self.kind == "arrondissement":
            return self.name
        if self.parent_name:
            return f"{self.name} (dans {self.parent_name}, {self.department_name})"
        return f"{self.name} ({self.department_name})"


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
    """The communes of one directory, in memory, with the ways in which they are found."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._communes = list(_communes(database))
        self._exact: dict[str, list[int]] = defaultdict(list)
        self._main: dict[str, list[int]] = defaultdict(list)
        self._heard: dict[str, list[int]] = defaultdict(list)
        self._by_insee: dict[str, list[int]] = defaultdict(list)
        self._of_root: dict[str, list[int]] = defaultdict(list)
        self._arrondissements: dict[tuple[str, int], int] = {}
        self._words: list[tuple[str, ...]] = []
        for place, commune in enumerate(self._communes):
            words = name_words(commune.name)
            self._words.append(words)
            self._by_insee[commune.insee].append(place)
            self._of_root[commune.root].append(place)
            if commune.kind == "arrondissement":
                number = int("".join(filter(str.isdigit, commune.name)))
                self._arrondissements[(words[0], number)] = place
                continue
            main = main_words(words)
            self._main[" ".join(main)].append(place)
            for key in {"".join(words), "".join(without_article(words))}:
                self._exact[key].append(place)
            heard = {sound("".join(words)), sound("".join(main))}
            if commune.population >= CLEAR_POPULATION and main[0] not in ("saint", "sainte"):
                heard.add(sound(main[0]))
            for key in heard:
                self._heard[key].append(place)
        self._labels = {fold(commune.label()): commune for commune in self._communes}
        self._main_sorted = sorted(self._main)
        self._heard_by_length: dict[int, list[str]] = defaultdict(list)
        for key in self._heard:
            self._heard_by_length[len(key)].append(key)
        self._areas = _areas(database)
        self._postal: dict[str, list[int]] = defaultdict(list)
        for code, insee in database.execute("SELECT code, insee FROM postal_codes"):
            self._postal[code] += self._by_insee.get(insee, [])

    def __len__(self) -> int:
        return len(self._communes)

    def by_insee(self, insee: str) -> Commune | None:
        """The commune of that code; the whole one where a déléguée shares it."""
        places = self._by_insee.get(insee, [])
        found = sorted((self._communes[place] for place in places), key=lambda c: bool(c.parent))
        return found[0] if found else None

    def arrondissements(self, city: Commune) -> list[Commune]:
        """The arrondissements of Paris, Lyon or Marseille, in order; none for another commune."""
        found = [(n, p) for (_, n), p in self._arrondissements.items()]
        return [
            self._communes[place]
            for _, place in sorted(found)
            if self._communes[place].parent == city.insee
        ]

    def resolve(self, text: str) -> Resolution:
        """What the text names; see the module's constants for when it is asked back.

        A candidate's label, given back as it is, names that candidate.
        """
        if labelled := self._labels.get(fold(text.strip())):
            return Resolution(labelled)
        stated = typed(text)
        bare = typed(without_preamble(text))
        if stated.code:
            return self._by_code(bare, stated.code)
        if bare.arrondissement is not None:
            return self._arrondissement(bare)
        readings = list(dict.fromkeys(words for words in (stated.words, bare.words) if words))
        departments = self._expanded(stated.departments)
        for words in readings:
            if found := self._named(words, departments):
                return self._decided(found, words, departments)
        for words in readings:
            if self._areas.get(" ".join(main_words(words))):
                return Resolution(candidates=self._ranked(self._of_area(words)))
        for words in reversed(readings):
            for name, area in self._split(words, departments):
                if found := self._named(name, area):
                    return self._decided(found, name, area)
        for words in reversed(readings):
            for name, within in (*self._split(words, departments), (words, departments)):
                if found := self._beginning(name, within):
                    return self._decided(found, name, within)
        if readings and (approximate := self._approximate(readings[-1], departments)):
            return approximate
        if departments and readings:
            elsewhere = self._named(readings[-1], None)
            return Resolution(candidates=self._ranked(elsewhere)[:MAX_CANDIDATES])
        return self._shortened(readings[-1]) if readings else Resolution()

    def _by_code(self, stated: Typed, code: str) -> Resolution:
        pool = self._postal.get(code) or self._by_insee.get(code, [])
        if not stated.words:
            return self._chosen(pool)
        roots = {self._communes[place].root for place in pool}
        parts = [place for root in roots for place in self._of_root[root]]
        named = self._in_pool(stated.words, pool) or self._in_pool(stated.words, parts)
        if named:
            return self._chosen(named)
        area: frozenset[str] | None = departments_of_postal_code(code)
        if found := self._named(stated.words, area):
            return self._chosen(found)
        both = [*self._named(stated.words, None), *pool]
        if both:
            return Resolution(candidates=self._ranked(both)[:MAX_CANDIDATES])
        return self._approximate(stated.words, area) or Resolution()

    def _in_pool(self, words: tuple[str, ...], pool: list[int]) -> list[int]:
        """The communes of a postal code that the words name, exactly, by their beginning or nearly."""
        main = main_words(words)
        by_main = [(place, main_words(self._words[place])) for place in pool]
        for match in (
            [place for place, name in by_main if name == main],
            [place for place, name in by_main if name[: len(main)] == main],
        ):
            if match:
                return match
        heard = sound("".join(main))
        distances = [(OSA.distance(heard, sound("".join(name))), place) for place, name in by_main]
        near = [pair for pair in distances if pair[0] <= _allowed(heard) + 1]
        best = min((distance for distance, _ in near), default=0)
        return [place for distance, place in near if distance == best]

    def _arrondissement(self, stated: Typed) -> Resolution:
        number = stated.arrondissement
        assert number is not None
        city = next((word for word in stated.words if (word, 1) in self._arrondissements), None)
        place = self._arrondissements.get((city or "", number))
        if city is None or place is None:
            named = self._named(stated.words, None)
            return Resolution(candidates=self._ranked(named)[:MAX_CANDIDATES])
        found = self._communes[place]
        if not stated.arrondissement_sure and found.department in stated.departments:
            whole = self.by_insee(found.root)
            return Resolution(candidates=(found, whole) if whole else (found,))
        return Resolution(found)

    def _expanded(self, departments: frozenset[str]) -> frozenset[str] | None:
        """The departments themselves ("97" and "20" name several); nothing when none is stated."""
        if not departments:
            return None
        if departments == {"20"}:
            return departments_of_postal_code("20000")
        prefixes = {code for code in departments if code in ("97", "98")}
        known = {commune.department for commune in self._communes} if prefixes else set()
        return departments | {code for code in known if code[:2] in prefixes}

    def _split(
        self, words: tuple[str, ...], departments: frozenset[str] | None
    ) -> Iterator[tuple[tuple[str, ...], frozenset[str]]]:
        """Readings of the last words as a department or region: "Saint-Denis de la Réunion"."""
        for start in range(1, len(words)):
            if words[start - 1] in ("sur", "sous"):
                continue
            area = self._areas.get(" ".join(main_words(words[start:])))
            if area:
                name = words[:start]
                while len(name) > 1 and name[-1] in ("en", "dans", "de", "du", "d", "la", "le"):
                    name = name[:-1]
                yield name, departments or area

    def _named(self, words: tuple[str, ...], departments: frozenset[str] | None) -> list[int]:
        """Communes that have this very name, spaces, accents, articles and small words apart."""
        found = self._within(self._exact.get("".join(words), []), departments)
        found += self._within(self._exact.get("".join(without_article(words)), []), departments)
        if article := article_of(words):
            same = [place for place in found if article_of(self._words[place]) == article]
            found = same or found
        return list(dict.fromkeys(found)) or self._within(
            self._main.get(" ".join(main_words(words)), []), departments
        )

    def _beginning(self, words: tuple[str, ...], departments: frozenset[str] | None) -> list[int]:
        """Communes whose name goes on after these words."""
        beginning = " ".join(main_words(words)) + " "
        found = []
        for key in self._main_sorted[bisect_left(self._main_sorted, beginning) :]:
            if not key.startswith(beginning):
                break
            found += self._main[key]
        return self._within(found, departments)

    def _cut_short(self, words: tuple[str, ...]) -> list[int]:
        """Communes whose name goes on after these letters: "st barth"."""
        beginning = " ".join(main_words(words))
        start = bisect_left(self._main_sorted, beginning)
        found = []
        for key in self._main_sorted[start : start + MAX_CANDIDATES]:
            if not key.startswith(beginning):
                break
            found += self._main[key]
        return found

    def _of_area(self, words: tuple[str, ...]) -> list[int]:
        """The largest communes of the department or region that the words name, if they name one."""
        area = self._areas.get(" ".join(main_words(words)), frozenset())
        places = [p for p, commune in enumerate(self._communes) if commune.department in area]
        places.sort(key=lambda place: -self._communes[place].population)
        return [p for p in places if self._communes[p].kind == "commune"][:AREA_CANDIDATES]

    def _shortened(self, words: tuple[str, ...]) -> Resolution:
        """Communes whose whole name the first words are ("Valence d'Agen"): always asked back."""
        main = main_words(words)
        for length in range(len(main) - 1, 0, -1):
            if found := self._main.get(" ".join(main[:length])):
                return Resolution(candidates=self._ranked(found)[:MAX_CANDIDATES], approximate=True)
        return Resolution()

    def _decided(
        self, named: list[int], words: tuple[str, ...], departments: frozenset[str] | None
    ) -> Resolution:
        """Exact names, and larger communes whose name begins so or sounds the same."""
        largest = max(self._communes[place].population for place in named)
        roots = {self._communes[place].root for place in named}
        floor = max(SHORT_FORM_POPULATION, SHORT_FORM_RATIO * largest)
        alike = self._within(self._heard.get(sound("".join(words)), []), departments)
        larger = [
            place
            for place in dict.fromkeys((*self._beginning(words, departments), *alike))
            if self._communes[place].population >= floor and self._communes[place].root not in roots
        ]
        if larger or (largest < CLEAR_POPULATION and self._areas.get(" ".join(main_words(words)))):
            larger += self._of_area(words)
            return Resolution(candidates=self._ranked([*named, *larger])[:MAX_CANDIDATES])
        return self._chosen(named)

    def _chosen(self, found: Iterable[int]) -> Resolution:
        ranked = self._ranked(found)
        if not ranked:
            return Resolution()
        if len(ranked) == 1:
            return Resolution(ranked[0])
        if len({commune.root for commune in ranked}) == 1:
            return Resolution(self.by_insee(ranked[0].root) or ranked[0])
        first, rest = ranked[0], ranked[1:]
        total = sum(commune.population for commune in rest)
        if first.population >= max(CLEAR_POPULATION, CLEAR_RATIO * total):
            return Resolution(first, others=rest)
        return Resolution(candidates=ranked[:MAX_CANDIDATES])

    def _approximate(
        self, words: tuple[str, ...], departments: frozenset[str] | None
    ) -> Resolution | None:
        """The commune whose spelling is nearest, when one clearly is."""
        near: dict[Commune, int] = {}
        for name, area in (*self._split(words, departments), (words, departments)):
            for place, distance in self._near(name, area):
                commune = self._communes[place]
                near[commune] = min(distance, near.get(commune, distance))
        if not near:
            return None
        best = min(near.values())
        weights: dict[str, float] = defaultdict(float)
        for commune, distance in near.items():
            if distance <= best + 1:
                weight = max(commune.population, 1) / DISTANCE_WEIGHT ** (distance - best)
                weights[commune.root] = max(weight, weights[commune.root])
        ranked = sorted(
            near, key=lambda c: (-weights[c.root], near[c], c.kind != "commune", -c.population)
        )
        ranked = [commune for commune in ranked if weights[commune.root]]
        first = ranked[0]
        rest = sum(weight for root, weight in weights.items() if root != first.root)
        alike = best < 2 or fold(first.name)[0] == words[0][0]
        if not alike or weights[first.root] < APPROXIMATE_RATIO * rest:
            return Resolution(candidates=tuple(ranked[:MAX_CANDIDATES]), approximate=True)
        chosen = self._chosen(self._named(name_words(first.name), departments))
        return replace(chosen, approximate=True)

    def _near(
        self, name: tuple[str, ...], departments: frozenset[str] | None
    ) -> list[tuple[int, int]]:
        """Communes that sound nearly so, each with the number of wrong letters."""
        for words in dict.fromkeys((name, main_words(name))):
            heard = sound("".join(words))
            allowed = _allowed(heard)
            lengths = range(len(heard) - allowed, len(heard) + allowed + 1) if allowed else ()
            found = [
                (place, 1) for place in self._within(self._cut_short(words), departments) if allowed
            ] + [
                (place, int(distance))
                for length in lengths
                for key, distance, _ in process.extract(
                    heard,
                    self._heard_by_length.get(length, []),
                    scorer=OSA.distance,
                    score_cutoff=allowed,
                    limit=None,
                )
                for place in self._within(self._heard[key], departments)
            ]
            if found:
                return found
        return []

    def _within(self, places: list[int], departments: frozenset[str] | None) -> list[int]:
        if not departments:
            return list(places)
        return [place for place in places if self._communes[place].department in departments]

    def _ranked(self, places: Iterable[int]) -> tuple[Commune, ...]:
        communes = dict.fromkeys(self._communes[place] for place in places)
        return tuple(sorted(communes, key=lambda commune: (-commune.population, commune.insee)))


def _allowed(heard: str) -> int:
    """How many wrong letters a name of this length may hold."""
    return sum(len(heard) >= length for length in (4, 8, 12))


def _communes(database: sqlite3.Connection) -> Iterator[Commune]:
    rows = database.execute(
        """SELECT c.insee, c.name, c.kind, c.department, d.name, c.population, c.parent,
                  c.parent_name, c.latitude, c.longitude
           FROM communes c JOIN departments d ON d.code = c.department ORDER BY c.id"""
    )
    return (Commune(*row) for row in rows)


def _areas(database: sqlite3.Connection) -> dict[str, frozenset[str]]:
    """Departments, regions and usual areas, by their compared names."""
    areas: dict[str, set[str]] = defaultdict(set)
    for code, name, region in database.execute("SELECT code, name, region FROM departments"):
        areas[area_key(name)].add(code)
        if region:
            areas[area_key(region)].add(code)
    for name, codes in usual_areas().items():
        areas[area_key(name)].update(codes)
    return {key: frozenset(codes) for key, codes in areas.items()}
