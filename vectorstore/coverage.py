"""Proof that the restructuring loses nothing: the archive's own text against the passages.

The text is read from the XML by other code than the parser's, so that one fault cannot hide in both.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lxml.etree import _Element

from vectorstore.archive import open_archive
from vectorstore.body import BODY
from vectorstore.download import Report
from vectorstore.errors import SnapshotError
from vectorstore.fiche import Fiche, Passage
from vectorstore.passages import case_tree
from vectorstore.snapshot import Snapshot
from vectorstore.sources import NPM_VERSION

MIN_SHARE = 0.999
_ATTACHED = ("OuSAdresser", "QuiPeutMAider", "ServiceEnLigne")
_UNREAD = (*_ATTACHED, "Condition", "SiSelectionne")
_UNITS = ("Paragraphe", "Titre", "TitreRiche", "LienExterne", "Source", "Resume", "LienInterne")
_CASES = ("Situation", "Cas", "Branche", "Choix")
_CELLS = re.compile(r" ; | : ")
_MARK = re.compile(r"^\s*(?:- |\d+\. )")
_SHORTEST = 12
"""Characters from which a text tells where it comes from; shorter ones stand everywhere."""
_BLANK = re.compile(r"\s+")


@dataclass
class Coverage:
    """What of the archive's content is found again."""

    documents: int = 0
    fiches: int = 0
    total_chars: int = 0
    found_chars: int = 0
    contacts: int = 0
    contacts_kept: int = 0
    services: int = 0
    services_kept: int = 0
    lost: list[str] = field(default_factory=list)

    def share(self) -> float:
        return self.found_chars / self.total_chars if self.total_chars else 1.0

    def holds(self) -> bool:
        return (
            self.share() >= MIN_SHARE
            and self.contacts == self.contacts_kept
            and self.services == self.services_kept
        )


def _bare(text: str) -> str:
    return _BLANK.sub("", text)


def body_units(root: _Element) -> Iterator[str]:
    """The texts of the body, one leaf element each, blanks removed."""
    for child in root:
        if child.tag in BODY or child.tag == "Avertissement":
            yield from _units(child)


def _units(element: _Element) -> Iterator[str]:
    if element.tag in _UNREAD:
        return
    if element.tag in _UNITS and not any(child.tag == "Paragraphe" for child in element):
        text = _bare("".join(_texts(element)))
        if text:
            yield text
        return
    if element.text and element.text.strip():
        yield _bare(element.text)
    for child in element:
        yield from _units(child)
        if child.tail and child.tail.strip():
            yield _bare(child.tail)


def _texts(element: _Element) -> Iterator[str]:
    if element.tag in ("Condition", "Image"):
        return
    yield element.text or ""
    for child in element:
        yield from _texts(child)
        yield child.tail or ""


def _title(node: _Element) -> str:
    title = node.find("Titre")
    return " ".join("".join(_texts(title)).split()) if title is not None else ""


def measure(root: _Element, fiche: Fiche, passages: list[Passage], into: Coverage) -> None:
    """Add one document's coverage to ``into``."""
    haystack = _bare(
        "\n".join(
            "\n".join(
                (
                    *(title for case in passage.cases for title in case),
                    *passage.section,
                    passage.text,
                )
            )
            for passage in passages
        )
    )
    into.documents += 1
    for unit in body_units(root):
        into.total_chars += len(unit)
        if unit in haystack:
            into.found_chars += len(unit)
        else:
            into.lost.append(f"{fiche.id} : {unit[:120]}")
    contacts = {contact.title for contact in fiche.contacts}
    services = {(service.id, service.title) for service in fiche.services}
    for node in root.iter("OuSAdresser", "QuiPeutMAider"):
        into.contacts += 1
        if _title(node) in contacts:
            into.contacts_kept += 1
        else:
            into.lost.append(f"{fiche.id} : contact {node.get('ID')}")
    for node in root.iter("ServiceEnLigne"):
        into.services += 1
        title = _title(node)
        if (node.get("ID", ""), title) in services:
            into.services_kept += 1
        else:
            into.lost.append(f"{fiche.id} : service {node.get('ID')}")


@dataclass
class Trees:
    """The case trees of the corpus, and what stands under a case that is not its own."""

    documents: int = 0
    """Documents of the archive with situations or cases."""
    fiches: int = 0
    groups: int = 0
    branches: int = 0
    depths: Counter[int] = field(default_factory=Counter)
    lines: int = 0
    """Lines of passages compared with the archive, once for each of their cases."""
    unplaced: int = 0
    """Lines composed by the reader (rows of tables with spans…) that stand nowhere as they are."""
    violations: list[str] = field(default_factory=list)

    def grow(self, fiche: Fiche) -> None:
        """Count one fiche's tree."""
        tree = case_tree(fiche)
        written = [group for group in tree.groups if group.level != "chapitre"]
        if written:
            self.fiches += 1
            self.groups += len(written)
            self.branches += len(tree.branches)
            self.depths[tree.depth()] += 1

    def check(self, root: _Element, fiche: Fiche, passages: list[Passage]) -> None:
        """Compare each line of each passage with what the archive has under the same titles."""
        texts: dict[tuple[str, ...], list[str]] = {}
        for path, unit in placed_units(root):
            texts.setdefault(path, []).append(unit)
        joined = {path: "".join(units) for path, units in texts.items()}
        if len(joined) > 1:
            self.documents += 1
        for passage in passages:
            for case in passage.cases:
                own = joined.get(tuple(_bare(title) for title in case), "")
                for line in passage.text.split("\n"):
                    self._check_line(line, own, joined, f"{passage.id} [{' > '.join(case)}]")

    def _check_line(
        self, line: str, own: str, joined: dict[tuple[str, ...], str], place: str
    ) -> None:
        for part in _CELLS.split(_MARK.sub("", line)):
            text = _bare(part)
            if len(text) < _SHORTEST:
                continue
            self.lines += 1
            if text in own:
                continue
            if any(text in other for other in joined.values()):
                self.violations.append(f"{place} : {part[:100]}")
            else:
                self.unplaced += 1


def placed_units(root: _Element) -> Iterator[tuple[tuple[str, ...], str]]:
    """The texts of the body with the titles of the cases around them, blanks removed."""
    for child in root:
        if child.tag in BODY or child.tag == "Avertissement":
            yield from _placed(child, ())


def _placed(element: _Element, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if element.tag in _UNREAD:
        return
    if element.tag in _CASES:
        path = (*path, _bare(_title(element)))
    if element.tag in _UNITS and not any(child.tag == "Paragraphe" for child in element):
        text = _bare("".join(_texts(element)))
        if text:
            yield path, text
        return
    if element.text and element.text.strip():
        yield path, _bare(element.text)
    for child in element:
        yield from _placed(child, path)
        if child.tail and child.tail.strip():
            yield path, _bare(child.tail)


def verify_snapshot(home: Path, report: Report) -> tuple[Coverage, Trees]:
    """Measure the snapshot in use against the archive that it was built from.

    Raises:
        SnapshotError: the archive is no longer at hand.
    """
    snapshot = Snapshot.open(home)
    archive = open_archive(_archive_of(snapshot, home))
    result, trees = Coverage(), Trees()
    seen: set[str] = set()
    for number, document in enumerate(archive.documents(), 1):
        if number % 50 == 0 or number == archive.total:
            report("Vérification", number, archive.total)
        if document.id[0] != "F":
            continue
        seen.add(document.id)
        if document.id not in snapshot.position:
            result.lost.append(f"{document.id} : fiche absente du corpus")
            continue
        fiche, passages = snapshot.fiche(document.id), snapshot.passages(document.id)
        measure(document.root, fiche, passages, result)
        trees.check(document.root, fiche, passages)
    result.fiches = len(seen)
    for fiche_id in seen & set(snapshot.position):
        trees.grow(snapshot.fiche(fiche_id))
    return result, trees


def _archive_of(snapshot: Snapshot, home: Path) -> Path:
    from vectorstore.sources import DEMO_FOLDER

    manifest = snapshot.manifest
    places = {
        "npm": home / "cache" / f"npm-{NPM_VERSION}" / manifest.file_name,
        "dila": home / "cache" / "dila",
        "demo": DEMO_FOLDER,
    }
    path = places.get(manifest.source, Path(manifest.origin))
    if not path.exists():
        raise SnapshotError(f"{path} : archive absente ; relancer « souffleur sync »")
    return path
