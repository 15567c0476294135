"""Hostile zips of documents, as a forger of DILA's would write them."""

from __future__ import annotations

import bz2
import zipfile
from collections.abc import Iterable
from pathlib import Path

from tests.conftest import publication
from tests.security.attacks import Attack, forged_zip, zeros

GOOD = publication(fiche="F2")
_LAUGHS = '<!ENTITY l0 "{}">'.format("x" * 1000) + "".join(
    f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9)
)


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
