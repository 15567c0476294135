from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path

import pytest

from assistant import cli
from assistant.card import Card
from assistant.chain import Assistant
from assistant.places import Places, find_places
from assistant.settings import Settings, load_settings
from vectorstore.fiche import Contact
from vectorstore.phones import spelt_in
from vectorstore.search import Search
from vectorstore.territories import timezone_of

NOW = datetime(2025, 3, 3, 15, tzinfo=timezone_of("75056"))
MAIRIE = Contact(id="1", type="Local personnalisé sur SP", title="Mairie", pivots=("mairie",))
CAF = Contact(
    id="2",
    type="Local personnalisé sur SP",
    title="Caisse d'allocations familiales (Caf)",
    complement="Pour déclarer un changement",
    pivots=("caf",),
)
PREFECTURE = Contact(
    id="3", type="Local personnalisé sur SP", title="Préfecture", pivots=("prefecture",)
)
TAXES = Contact(
    id="4",
    type="Centre de contact",
    title="Service d'information des impôts",
    text="Vous êtes un particulier\nPar téléphone :\n0809 401 401\n"
    "Du lundi au vendredi de 8h30 à 19h, hors jours fériés.\nService gratuit + prix appel\n"
    "Vous êtes un professionnel\nPar téléphone :\n0 806 000 225\nDu lundi au samedi.",
    phones=("0809 401 401", "0 806 000 225"),
)


def places(home: Path, commune: str | None, *contacts: Contact) -> Places:
    return find_places(contacts, commune, home, NOW)


def test_the_caller_s_office_comes_with_address_phone_and_hours(directory_home: Path) -> None:
    found = places(directory_home, "Villeurbanne", CAF)
    (card,) = found.contacts
    assert card.name == "Caf du Rhône (exemple inventé)"
    assert card.phone == "04 65 71 00 01"
    assert card.address == "1 rue de l'Exemple, 69003 Lyon"
    assert card.hours is not None
    assert card.hours.startswith("aujourd'hui jusqu'à dix-sept heures, demain")
    assert card.origin == "annuaire inventé (2025-03-04)"
    assert card.details is not None
    assert "Pour déclarer un changement" in card.details
    assert found.ask is None
    assert found.notes == []


def test_without_a_commune_the_kind_of_office_comes_with_the_question(
    directory_home: Path,
) -> None:
    found = places(directory_home, None, CAF)
    assert [card.name for card in found.contacts] == ["Caisse d'allocations familiales (Caf)"]
    assert found.contacts[0].phone is None
    assert found.ask is not None
    assert found.ask.text == "Dans quelle commune habitez-vous ?"


def test_an_ambiguous_commune_is_asked_with_its_options(directory_home: Path) -> None:
    found = places(directory_home, "Saint-Denis", MAIRIE)
    assert found.ask is not None
    assert "Saint-Denis (La Réunion)" in found.ask.options
    assert found.contacts[0].address is None


def test_an_unknown_commune_is_asked_by_its_postal_code(directory_home: Path) -> None:
    found = places(directory_home, "qsdfgh", MAIRIE)
    assert found.ask is not None
    assert "code postal" in found.ask.text
    assert found.notes == ["Commune « qsdfgh » absente de l'annuaire."]


def test_a_misspelt_commune_is_told_as_it_was_understood(directory_home: Path) -> None:
    found = places(directory_home, "Strasbour", MAIRIE)
    assert found.notes == ["Commune comprise : Strasbourg (Bas-Rhin)."]
    assert found.contacts[0].name == "Mairie - Strasbourg"


def test_the_mairie_of_a_large_city_asks_for_the_arrondissement(directory_home: Path) -> None:
    found = places(directory_home, "Paris", MAIRIE)
    assert found.ask is not None
    assert len(found.ask.options) == 20
    assert places(directory_home, found.ask.options[1], MAIRIE).contacts[0].name == (
        "Mairie - Paris Centre"
    )


def test_other_offices_of_a_large_city_need_no_arrondissement(directory_home: Path) -> None:
    found = places(directory_home, "Lyon", CAF)
    assert found.ask is None
    assert found.contacts[0].name.startswith("Caf du Rhône")


def test_a_kind_absent_from_the_directory_is_said_and_not_asked(directory_home: Path) -> None:
    found = places(directory_home, None, PREFECTURE)
    assert found.ask is None
    assert found.contacts[0].note is not None
    assert "la préfecture" in found.contacts[0].note


def test_the_nearest_office_says_that_it_is_only_near(directory_home: Path) -> None:
    france_services = Contact(id="5", type="Local", title="France Services", pivots=("msap",))
    (card,) = places(directory_home, "Lyon", france_services).contacts
    assert card.note is not None
    assert card.note.startswith("Le plus proche, à 5")


def test_a_national_number_keeps_its_own_hours_and_price(tmp_path: Path) -> None:
    (card,) = places(tmp_path, None, TAXES).contacts
    assert card.phone == "08 09 40 14 01"
    assert card.hours == "Du lundi au vendredi de 8h30 à 19h, hors jours fériés."
    assert card.price == "Service gratuit + prix appel"
    assert card.details == spelt_in(TAXES.text)


def test_free_interpretation_is_no_price(tmp_path: Path) -> None:
    contact = Contact(
        id="6",
        type="Centre de contact",
        title="Service",
        text="01 44 00 00 00\nAccès gratuit à un service d'interprétation\nPrix d'un appel local",
        phones=("01 44 00 00 00",),
    )
    assert places(tmp_path, None, contact).contacts[0].price == "Prix d'un appel local"


def test_without_a_directory_the_kind_of_office_stays_with_a_note(tmp_path: Path) -> None:
    found = places(tmp_path, "Lyon", CAF, TAXES)
    assert [card.name for card in found.contacts] == [CAF.title, TAXES.title]
    assert found.ask is None
    assert "souffleur directory sync" in found.notes[0]


def test_a_fiche_without_local_contacts_needs_no_directory(tmp_path: Path) -> None:
    assert places(tmp_path, None, TAXES).notes == []


def ask(search: Search, home: Path, commune: str | None) -> Card:
    question = "Comment obtenir un acte de naissance ?"
    return Assistant(Settings(home=home), search).ask(question, commune=commune)


def test_a_turn_names_the_mairie_of_the_commune(search: Search, directory_home: Path) -> None:
    card = ask(search, directory_home, "Villeurbanne")
    names = [contact.name for contact in card.contacts]
    assert "Mairie - Villeurbanne (exemple inventé)" in names
    assert card.place_ask is None
    without = ask(search, directory_home, None)
    assert without.place_ask is not None


@pytest.fixture
def command(
    directory_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> object:
    def call(*arguments: str, home: Path = directory_home) -> tuple[int, str, str]:
        monkeypatch.setenv("SOUFFLEUR_HOME", str(home))
        monkeypatch.setattr(sys, "argv", ["souffleur", "directory", *arguments])
        load_settings.cache_clear()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        load_settings.cache_clear()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return call


def test_find_prints_the_office(command) -> None:  # type: ignore[no-untyped-def]
    status, out, _ = command("find", "villeurbane", "--pivot", "caf")
    assert status == 0
    assert out.startswith("Villeurbanne (Rhône)")
    assert "04 65 71 00 01" in out


def test_find_json_prints_one_object(command) -> None:  # type: ignore[no-untyped-def]
    _, out, _ = command("find", "Saint-Denis", "--json")
    record = json.loads(out)
    assert record["commune"] is None
    assert len(record["candidates"]) >= 4
    assert record["offices"] == []


def test_find_without_a_directory_says_what_to_run(command, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    status, out, err = command("find", "Lyon", home=tmp_path)
    assert (status, out) == (1, "")
    assert "souffleur directory sync" in err


def test_sync_imports_a_package_s_file(command, directory_home: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    status, out, _ = command("sync", "--source", str(directory_home / "paquet.whl"), home=tmp_path)
    assert status == 0
    assert "fichier paquet.whl" in out
    assert command("find", "lyon 3", home=tmp_path)[0] == 0


def test_sync_from_an_unknown_path_exits_with_status_2(command) -> None:  # type: ignore[no-untyped-def]
    assert command("sync", "--source", "nulle-part")[0] == 2
