"""Builds the directory's one file beside the one in use, checks it, then swaps them."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from vectorstore.directory_records import (
    ILL_FORMED,
    CommuneRecord,
    OfficeRecord,
    official_records,
    package_records,
    unexpected,
)
from vectorstore.directory_sources import DirectorySource, open_archive, package_rows
from vectorstore.download import Report
from vectorstore.errors import ArchiveError, SouffleurError
from vectorstore.hours import to_json
from vectorstore.territories import COLLECTIVITY_COMMUNES, department_names

SCHEMA_VERSION = 1
FILE_NAME = "directory.sqlite"
FOLDER = "directory"
_SCHEMA = Path(__file__).with_name("directory_schema.sql")
REPORT_EVERY = 20_000
_UNSTORABLE: tuple[type[Exception], ...] = (
    sqlite3.DataError,
    sqlite3.IntegrityError,
    *ILL_FORMED,
)


@dataclass(frozen=True)
class Imported:
    """What one import put into the file."""

    communes: int
    offices: int
    pivots: int


def import_directory(home: Path, source: DirectorySource, report: Report) -> Imported:
    """Build ``directory/directory.sqlite`` in ``home`` from the source and put it in use.

    Raises:
        ArchiveError: a file of the source cannot be read; the file in use stays as it was.
    """
    folder = home / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    staging = folder / f"{FILE_NAME}.building"
    staging.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(staging)) as database:
            _fill(database, source, report)
            imported = _checked(database)
        staging.replace(folder / FILE_NAME)
    except _UNSTORABLE as error:
        raise ArchiveError(f"annuaire : {unexpected(error)}") from error
    finally:
        staging.unlink(missing_ok=True)
    return imported


def _fill(database: sqlite3.Connection, source: DirectorySource, report: Report) -> None:
    database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
    database.executescript(_SCHEMA.read_text("utf-8"))
    _departments(database, source.wheel)
    for record in _collectivity_communes():
        _add_commune(database, record)
    report("Communes et mairies", 0, 0)
    for entry in package_records(source.wheel):
        if isinstance(entry, CommuneRecord):
            _add_commune(database, entry)
        else:
            _add_office(database, entry, "package")
    if source.archive is not None:
        _add_official(database, source.archive, report)
    _about(database, source)
    database.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    database.commit()


def _departments(database: sqlite3.Connection, wheel: Path) -> None:
    usual_names = department_names()
    regions = {row["id"]: row["nom"] for row in package_rows(wheel, "regions")}
    rows = [
        (row["code"], usual_names.get(row["code"], row["nom"]), regions[row["region_id"]])
        for row in package_rows(wheel, "departements")
    ]
    known = {row[0] for row in rows}
    rows += [(code, name, "") for code, name in usual_names.items() if code not in known]
    database.executemany("INSERT INTO departments VALUES (?, ?, ?)", rows)


def _collectivity_communes() -> Iterator[CommuneRecord]:
    with COLLECTIVITY_COMMUNES.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            yield CommuneRecord(
                row["insee"],
                row["name"],
                "commune",
                row["department"],
                int(row["population"] or 0),
                None,
                None,
                None,
                None,
                tuple(row["postal_codes"].split()),
            )


def _add_commune(database: sqlite3.Connection, record: CommuneRecord) -> None:
    database.execute(
        "INSERT INTO communes VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            record.insee,
            record.name,
            record.kind,
            record.department,
            record.population,
            record.parent,
            record.parent_name,
            record.latitude,
            record.longitude,
        ),
    )
    database.executemany(
        "INSERT OR IGNORE INTO postal_codes VALUES (?, ?)",
        [(code, record.insee) for code in record.postal_codes],
    )


def _add_office(database: sqlite3.Connection, record: OfficeRecord, source: str) -> None:
    cursor = database.execute(
        "INSERT INTO offices VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            source,
            record.name,
            record.insee,
            record.address,
            record.phone,
            record.phone_note,
            record.email,
            record.site,
            record.page,
            to_json(record.week),
            record.hours_note,
            record.updated,
            record.latitude,
            record.longitude,
        ),
    )
    office = cursor.lastrowid
    for pivot, served in record.pivots:
        database.execute("INSERT OR IGNORE INTO office_pivots VALUES (?, ?)", (pivot, office))
        database.executemany(
            "INSERT OR IGNORE INTO served VALUES (?, ?, ?)",
            [(insee, pivot, office) for insee in served],
        )


def _add_official(database: sqlite3.Connection, archive: Path, report: Report) -> None:
    """The official offices; their mairies replace the package's for the communes they serve."""
    with open_archive(archive) as stream:
        for done, record in enumerate(official_records(stream, archive.name), 1):
            _add_office(database, record, "official")
            if done % REPORT_EVERY == 0:
                report(f"Annuaire de l'administration : {done} guichets lus", 0, 0)
    database.execute(
        """DELETE FROM served WHERE pivot = 'mairie'
           AND office IN (SELECT id FROM offices WHERE source = 'package')
           AND insee IN (SELECT served.insee FROM served JOIN offices ON offices.id = office
                         WHERE pivot = 'mairie' AND source = 'official')"""
    )
    database.execute(
        """DELETE FROM offices
           WHERE source = 'package' AND id NOT IN (SELECT office FROM served)"""
    )
    database.execute("DELETE FROM office_pivots WHERE office NOT IN (SELECT id FROM offices)")


def _about(database: sqlite3.Connection, source: DirectorySource) -> None:
    facts = {
        "imported": datetime.now(UTC).isoformat(timespec="seconds"),
        "package": source.wheel_origin,
    }
    if source.archive is not None:
        facts["official"] = source.archive_origin
        facts["official_date"] = source.archive_date
    database.executemany("INSERT INTO about VALUES (?, ?)", facts.items())


def _checked(database: sqlite3.Connection) -> Imported:
    """The counts of a sound file.

    Raises:
        ArchiveError: no commune or no office came out of the source.
        SouffleurError: the file is damaged.
    """
    count = {
        table: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        for table in ("communes", "offices")
    }
    pivots = database.execute("SELECT count(DISTINCT pivot) FROM office_pivots").fetchone()[0]
    if not count["communes"] or not count["offices"]:
        raise ArchiveError("annuaire : aucune commune ou aucun guichet dans la source")
    verdict = database.execute("PRAGMA quick_check").fetchone()[0]
    if verdict != "ok":
        raise SouffleurError(f"annuaire construit mais abîmé ({verdict}) ; relancer la commande")
    return Imported(count["communes"], count["offices"], pivots)
