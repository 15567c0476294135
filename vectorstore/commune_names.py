"""The communes of one directory, by every key under which a text may name them."""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from vectorstore.naming import (
    area_key,
    article_of,
    main_words,
    name_words,
    sound,
    without_article,
)
from vectorstore.territories import departments_of_postal_code, usual_areas
from vectorstore.text import fold

Kind = Literal["commune", "deleguee", "associee", "arrondissement"]
Words = tuple[str, ...]
Departments = frozenset[str] | None
"""Codes of departments within which to look; nothing means everywhere."""

FIRST_WORD_POPULATION = 20_000
"""A commune of this size is also heard under the first word of its name: "Cherbourg"."""
CUT_SHORT_KEYS = 15
"""How many names that go on after the typed letters are looked at."""


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


class CommuneNames:
    """Communes in memory; every finder gives all that match, in no order that matters."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self.communes = list(_communes(database))
        self._exact: dict[str, list[Commune]] = defaultdict(list)
        self._main: dict[str, list[Commune]] = defaultdict(list)
        self._heard: dict[str, list[Commune]] = defaultdict(list)
        self._by_insee: dict[str, list[Commune]] = defaultdict(list)
        self._of_root: dict[str, list[Commune]] = defaultdict(list)
        self._arrondissements: dict[tuple[str, int], Commune] = {}
        for commune in self.communes:
            self._by_insee[commune.insee].append(commune)
            self._of_root[commune.root].append(commune)
            words = name_words(commune.name)
            if commune.kind == "arrondissement":
                number = int("".join(filter(str.isdigit, commune.name)))
                self._arrondissements[(words[0], number)] = commune
            else:
                self._add(commune, words)
        self._labels = {fold(commune.label()): commune for commune in self.communes}
        self._main_sorted = sorted(self._main)
        self._sounds = np.array(sorted(self._heard, key=len), object)
        self._sound_lengths = [len(key) for key in self._sounds]
        self._sound_letters = np.array([_letters(key) for key in self._sounds], np.uint64)
        self._areas = _areas(database)
        self._postal: dict[str, list[Commune]] = defaultdict(list)
        for code, insee in database.execute("SELECT code, insee FROM postal_codes"):
            self._postal[code] += self._by_insee.get(insee, [])

    def _add(self, commune: Commune, words: Words) -> None:
        main = main_words(words)
        self._main[" ".join(main)].append(commune)
        for key in {"".join(words), "".join(without_article(words))}:
            self._exact[key].append(commune)
        heard = {sound("".join(words)), sound("".join(main))}
        if commune.population >= FIRST_WORD_POPULATION and main[0] not in ("saint", "sainte"):
            heard.add(sound(main[0]))
        for key in heard:
            self._heard[key].append(commune)

    def labelled(self, text: str) -> Commune | None:
        """The commune of which the text is the label."""
        return self._labels.get(fold(text.strip()))

    def by_insee(self, insee: str) -> Commune | None:
        """The commune of that code; the whole one where a déléguée shares it."""
        return min(self._by_insee.get(insee, []), key=lambda c: bool(c.parent), default=None)

    def at_code(self, code: str) -> list[Commune]:
        """The communes of a postal code, or else of an INSEE code."""
        return list(self._postal.get(code) or self._by_insee.get(code, []))

    def with_parts(self, communes: Iterable[Commune]) -> list[Commune]:
        """The communes as wholes, with all their parts."""
        roots = {commune.root for commune in communes}
        return [part for root in roots for part in self._of_root[root]]

    def arrondissement(self, words: Words, number: int) -> Commune | None:
        """The arrondissement of that number in the city that the words name."""
        return next(
            (
                self._arrondissements[w, number]
                for w in words
                if (w, number) in self._arrondissements
            ),
            None,
        )

    def arrondissements(self, city: Commune) -> list[Commune]:
        """The arrondissements of Paris, Lyon or Marseille, in order; none for another commune."""
        return [
            part
            for (_, _), part in sorted(self._arrondissements.items())
            if part.parent == city.insee and city.kind == "commune"
        ]

    def named(self, words: Words, departments: Departments) -> list[Commune]:
        """Communes that have this very name, spaces, accents, articles and small words apart."""
        keys = dict.fromkeys(("".join(words), "".join(without_article(words))))
        found = within([c for key in keys for c in self._exact.get(key, [])], departments)
        if article := article_of(words):
            same = [c for c in found if article_of(name_words(c.name)) == article]
            found = same or found
        return list(dict.fromkeys(found)) or within(
            self._main.get(" ".join(main_words(words)), []), departments
        )

    def beginning(self, words: Words, departments: Departments) -> list[Commune]:
        """Communes whose name goes on after these words."""
        return within(self._going_on(" ".join(main_words(words)) + " "), departments)

    def alike(self, words: Words, departments: Departments) -> list[Commune]:
        """Communes whose name, or its main first word, sounds the same."""
        return within(self._heard.get(sound("".join(words)), []), departments)

    def near(self, name: Words, departments: Departments) -> list[tuple[Commune, int]]:
        """Communes that sound nearly so, each with the number of wrong letters.

        A name that goes on after the typed letters ("st barth") counts as one wrong letter.
        """
        for words in dict.fromkeys((name, main_words(name))):
            heard = sound("".join(words))
            allowed = allowed_distance(heard)
            if not allowed:
                continue
            cut_short = self._going_on(" ".join(main_words(words)), CUT_SHORT_KEYS)
            found = [(commune, 1) for commune in within(cut_short, departments)]
            for key, distance, _ in process.extract(
                heard,
                self._comparable(heard, allowed),
                scorer=OSA.distance,
                score_cutoff=allowed,
                limit=None,
            ):
                found += [(c, int(distance)) for c in within(self._heard[key], departments)]
            if found:
                return found
        return []

    def _comparable(self, heard: str, allowed: int) -> list[str]:
        """Sounds whose length and letters do not already differ by more than is allowed."""
        start = bisect_left(self._sound_lengths, len(heard) - allowed)
        stop = bisect_left(self._sound_lengths, len(heard) + allowed + 1)
        differing = np.bitwise_count(self._sound_letters[start:stop] ^ np.uint64(_letters(heard)))
        kept: list[str] = self._sounds[start:stop][differing <= 2 * allowed].tolist()
        return kept

    def in_area(self, words: Words, limit: int) -> tuple[Commune, ...]:
        """The largest communes of the department or region that the words name, if they do."""
        area = self._areas.get(" ".join(main_words(words)))
        if not area:
            return ()
        return ranked(c for c in self.communes if c.department in area and c.kind == "commune")[
            :limit
        ]

    def split(
        self, words: Words, departments: Departments
    ) -> Iterator[tuple[Words, frozenset[str]]]:
        """Readings of the last words as a department or region: "Saint-Denis de la Réunion"."""
        for start in range(1, len(words)):
            if {words[start - 1], words[start]} & {"sur", "sous"}:
                continue
            area = self._areas.get(" ".join(main_words(words[start:])))
            if area:
                name = words[:start]
                while len(name) > 1 and name[-1] in ("en", "dans", "de", "du", "d", "la", "le"):
                    name = name[:-1]
                yield name, departments or area

    def departments(self, stated: frozenset[str]) -> Departments:
        """Codes as they are stated: "97" and "20" name several departments."""
        if not stated:
            return None
        if stated == {"20"}:
            return departments_of_postal_code("20000")
        prefixes = stated & {"97", "98"}
        known = {commune.department for commune in self.communes} if prefixes else set()
        return stated | {code for code in known if code[:2] in prefixes}

    def _going_on(self, beginning: str, limit: int | None = None) -> list[Commune]:
        """Communes whose main words begin with these letters; of so many names at most."""
        start = bisect_left(self._main_sorted, beginning)
        found: list[Commune] = []
        stop = len(self._main_sorted) if limit is None else start + limit
        for place in range(start, min(stop, len(self._main_sorted))):
            key = self._main_sorted[place]
            if not key.startswith(beginning):
                break
            found += self._main[key]
        return found


def within(communes: Iterable[Commune], departments: Departments) -> list[Commune]:
    """The communes that lie in these departments."""
    return [c for c in communes if departments is None or c.department in departments]


def ranked(communes: Iterable[Commune]) -> tuple[Commune, ...]:
    """Each once, the largest first."""
    return tuple(sorted(dict.fromkeys(communes), key=lambda c: (-c.population, c.insee)))


def closest(words: Words, pool: Iterable[Commune]) -> list[Commune]:
    """Those of a few communes that the words name: exactly, by their beginning, or nearly."""
    main = main_words(words)
    names = [(commune, main_words(name_words(commune.name))) for commune in pool]
    if exact := [commune for commune, name in names if name == main]:
        return exact
    if beginning := [commune for commune, name in names if name[: len(main)] == main]:
        return beginning
    heard = sound("".join(main))
    distances = [(OSA.distance(heard, sound("".join(name))), commune) for commune, name in names]
    near = [pair for pair in distances if pair[0] <= allowed_distance(heard) + 1]
    best = min((distance for distance, _ in near), default=0)
    return [commune for distance, commune in near if distance == best]


def _letters(heard: str) -> int:
    """The set of letters and digits, as bits: a wrong letter changes two of them at most."""
    return sum({1 << (ord(letter) - ord("0")) % 64 for letter in heard})


def allowed_distance(heard: str) -> int:
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
