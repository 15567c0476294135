"""Which office serves a commune for a kind of matter, or else is nearest to it?"""

from __future__ import annotations

import math
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vectorstore.commune_names import Commune
from vectorstore.communes import CommuneIndex, Resolution
from vectorstore.directory_import import FILE_NAME, FOLDER, SCHEMA_VERSION
from vectorstore.errors import SouffleurError
from vectorstore.hours import Slot, from_json
from vectorstore.pivots import kind_of
from vectorstore.text import fold

NEAREST_KM = 150
"""An office farther than this is no help to a caller, and is not shown."""
EARTH_KM = 6371.0
_SECONDARY = ("delegue", "annexe", "associee", "quartier", "itinerant", "mobile")


class DirectoryError(SouffleurError):
    """There is no usable directory."""


@dataclass(frozen=True)
class Office:
    """One real place of the administration, and why it was chosen."""

    name: str
    insee: str
    address: str
    phone: str
    phone_note: str
    email: str
    site: str
    page: str
    week: tuple[Slot, ...]
    hours_note: str
    updated: str
    """ISO date of the office's last change; empty where the source has none."""
    origin: str
    """The source, as it is cited: package and version, or address and date of the file."""
    distance_km: float | None = None
    """Set when the office is not known to serve the commune: it is only the nearest one."""


class Directory:
    """One directory file, opened for reading; safe to share between threads."""

    def __init__(self, path: Path) -> None:
        try:
            self._database = sqlite3.connect(
                f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
            )
            version = self._database.execute("PRAGMA user_version").fetchone()[0]
            if version != SCHEMA_VERSION:
                raise DirectoryError(
                    f"{path} : format {version}, {SCHEMA_VERSION} attendu ; "
                    "relancer « souffleur directory sync »"
                )
            self.about = dict(self._database.execute("SELECT key, value FROM about"))
            self.communes = CommuneIndex(self._database)
        except sqlite3.Error as error:
            raise DirectoryError(
                f"{path} : annuaire illisible ({error}) ; relancer « souffleur directory sync »"
            ) from error
        self._lock = threading.Lock()

    def resolve(self, text: str) -> Resolution:
        """Which commune the text names."""
        return self.communes.resolve(text)

    def offices(self, pivots: Sequence[str], commune: Commune, limit: int = 2) -> list[Office]:
        """Offices of the first of these kinds that has any for the commune.

        Those that serve the commune, or the one that it is part of, come alone; without any, the
        nearest one comes with its distance, unless the kind serves by territory only.
        """
        parts = [part.insee for part in self.communes.names.arrondissements(commune)]
        for pivot in pivots:
            kind = kind_of(pivot)
            codes = kind.codes if kind else (pivot,)
            for insee in dict.fromkeys((commune.insee, commune.root, *parts)):
                if found := self._serving(codes, insee, commune.name):
                    return found[:limit]
            if (kind is None or kind.nearest) and (nearest := self._nearest(codes, commune)):
                return [nearest]
        return []

    def holds(self, pivot: str) -> bool:
        """Whether the directory has offices of this kind at all."""
        kind = kind_of(pivot)
        codes = kind.codes if kind else (pivot,)
        marks = ", ".join("?" * len(codes))
        return bool(
            self._rows(f"SELECT 1 FROM office_pivots WHERE pivot IN ({marks}) LIMIT 1", codes)
        )

    def counts(self) -> dict[str, int]:
        """Communes, offices, and offices of each kind."""
        counts = {
            "communes": self._rows("SELECT count(*) FROM communes")[0][0],
            "guichets": self._rows("SELECT count(*) FROM offices")[0][0],
        }
        kinds = self._rows("SELECT pivot, count(*) FROM office_pivots GROUP BY pivot ORDER BY 1")
        return counts | dict(kinds)

    def source(self) -> str:
        """The directory's sources and date in one French line."""
        parts = [self.about["package"]]
        if "official" in self.about:
            dated = self.about["official_date"] or "date inconnue"
            parts.insert(0, f"{self.about['official']} ({dated})")
        return f"{', '.join(parts)}, importé le {self.about['imported'][:10]}"

    def _serving(self, codes: Sequence[str], insee: str, name: str) -> list[Office]:
        marks = ", ".join("?" * len(codes))
        rows = self._rows(
            f"SELECT DISTINCT {_COLUMNS} FROM offices o JOIN served s ON s.office = o.id "
            f"WHERE s.insee = ? AND s.pivot IN ({marks})",
            (insee, *codes),
        )
        offices = [self._office(row) for row in rows]
        return sorted(offices, key=lambda office: _rank(office, name))

    def _nearest(self, codes: Sequence[str], commune: Commune) -> Office | None:
        here = self._place(commune)
        if here is None:
            return None
        marks = ", ".join("?" * len(codes))
        degrees = NEAREST_KM / 111
        rows = self._rows(
            f"SELECT DISTINCT {_COLUMNS} FROM offices o JOIN office_pivots p ON p.office = o.id "
            f"WHERE p.pivot IN ({marks}) AND o.latitude BETWEEN ? AND ?",
            (*codes, here[0] - degrees, here[0] + degrees),
        )
        distances = [(_distance_km(here, (row[-2], row[-1])), row) for row in rows]
        if not distances:
            return None
        distance, row = min(distances, key=lambda pair: pair[0])
        return self._office(row, round(distance, 1)) if distance <= NEAREST_KM else None

    def _place(self, commune: Commune) -> tuple[float, float] | None:
        for candidate in (commune, self.communes.names.by_insee(commune.root)):
            if candidate and candidate.latitude is not None and candidate.longitude is not None:
                return candidate.latitude, candidate.longitude
        parts = self.communes.names.arrondissements(commune)
        known = [(p.latitude, p.longitude) for p in parts if p.latitude and p.longitude]
        return known[0] if known else None

    def _rows(self, query: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._database.execute(query, parameters).fetchall()

    def _office(self, row: tuple[Any, ...], distance_km: float | None = None) -> Office:
        source, name, insee, address, phone, phone_note, email, site, page, week, *rest = row
        hours_note, updated, _latitude, _longitude = rest
        origin = self.about[source]
        if source == "official" and self.about["official_date"]:
            origin = f"{origin} ({self.about['official_date']})"
        return Office(
            name=name,
            insee=insee,
            address=address,
            phone=phone,
            phone_note=phone_note,
            email=email,
            site=site,
            page=page,
            week=from_json(week),
            hours_note=hours_note,
            updated=updated,
            origin=origin,
            distance_km=distance_km,
        )


_COLUMNS = (
    "o.source, o.name, o.insee, o.address, o.phone, o.phone_note, o.email, o.site, o.page, o.week, "
    "o.hours_note, o.updated, o.latitude, o.longitude"
)


def _rank(office: Office, name: str) -> tuple[bool, bool, int]:
    """The office that bears the commune's name first, then main offices before annexes."""
    title = fold(office.name)
    bears_name = title.endswith(f"- {fold(name)}")
    return not bears_name, any(word in title for word in _SECONDARY), len(title)


def _distance_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The great-circle distance between two places, by the haversine formula."""
    latitude, longitude = math.radians(one[0]), math.radians(one[1])
    other_latitude, other_longitude = math.radians(other[0]), math.radians(other[1])
    chord = (
        math.sin((other_latitude - latitude) / 2) ** 2
        + math.cos(latitude)
        * math.cos(other_latitude)
        * math.sin((other_longitude - longitude) / 2) ** 2
    )
    return 2 * EARTH_KM * math.asin(math.sqrt(chord))


_opened: dict[Path, tuple[tuple[int, int], Directory]] = {}
_opening = threading.Lock()


def open_directory(home: Path) -> Directory | None:
    """The directory in use, opened once and again after each import; nothing when there is none.

    Raises:
        DirectoryError: there is one, and it cannot be read.
    """
    path = home / FOLDER / FILE_NAME
    with _opening:
        try:
            state = path.stat()
        except FileNotFoundError:
            return None
        mark = (state.st_ino, state.st_mtime_ns)
        known = _opened.get(path)
        if known is None or known[0] != mark:
            _opened[path] = (mark, Directory(path))
        return _opened[path][1]
