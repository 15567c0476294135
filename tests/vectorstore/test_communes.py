from __future__ import annotations

import pytest

from vectorstore.communes import Resolution
from vectorstore.directory import Directory
from vectorstore.naming import name_words, sound, typed, without_preamble


def insee(resolution: Resolution) -> str | None:
    return resolution.commune.insee if resolution.commune else None


def asked(resolution: Resolution) -> set[str]:
    return {candidate.insee for candidate in resolution.candidates}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("St Étienne", "42218"),
        ("ste foy les lyon", "69202"),
        ("Sainte Foi lès Lion", "69202"),
        ("lyon 3", "69383"),
        ("Lyon 3ème", "69383"),
        ("lyon troisième", "69383"),
        ("7e arrondissement de Lyon", "69387"),
        ("paris 15eme", "75115"),
        ("Paris XVe", "75115"),
        ("Paris dix-huitième", "75118"),
        ("marseille 8", "13208"),
        ("69003", "69383"),
        ("Lyon 69 008", "69388"),
        ("Paris 75", "75056"),
        ("Saint-Denis 93", "93066"),
        ("Saint-Denis (La Réunion)", "97411"),
        ("saint denis dans le 93", "93066"),
        ("au Havre", "76351"),
        ("Havre", "76351"),
        ("j'habite à Lyon", "69123"),
        ("la mairie de Nantes", "44109"),
        ("noumea", "98818"),
        ("Nouméa 98800", "98818"),
        ("Arbignieu", "01015"),
        ("69123", "69123"),
    ],
)
def test_a_commune_is_found_as_it_is_named(directory: Directory, text: str, expected: str) -> None:
    assert insee(directory.resolve(text)) == expected


@pytest.mark.parametrize(
    ("text", "among"),
    [
        ("Saint-Denis", {"93066", "97411", "11339"}),
        ("aix", {"13001", "73008"}),
        ("marseille 13", {"13213", "13055"}),
        ("Lyon 75", {"69123"}),
        ("69003 Paris", {"75056", "69383"}),
        ("Paris 25e", {"75056"}),
        ("la Réunion", {"97411", "47222"}),
        ("evry", {"91228", "89162"}),
        ("Valence d'Agen", {"26362", "82186"}),
    ],
)
def test_what_may_be_several_communes_is_asked_back(
    directory: Directory, text: str, among: set[str]
) -> None:
    resolution = directory.resolve(text)
    assert resolution.commune is None
    assert among <= asked(resolution)


def test_candidates_come_largest_first(directory: Directory) -> None:
    populations = [c.population for c in directory.resolve("Saint-Denis").candidates]
    assert populations == sorted(populations, reverse=True)


def test_a_far_larger_homonym_is_taken_and_the_others_are_told(directory: Directory) -> None:
    resolution = directory.resolve("Montreuil")
    assert insee(resolution) == "93048"
    assert {other.insee for other in resolution.others} == {"28267", "85148"}


def test_a_misspelt_name_is_taken_as_approximate(directory: Directory) -> None:
    resolution = directory.resolve("Strasbour")
    assert insee(resolution) == "67482"
    assert resolution.approximate
    assert not directory.resolve("Strasbourg").approximate


@pytest.mark.parametrize("text", ["", "   ", "?", "bonjour", "x", "12", "é" * 900, "0"])
def test_what_names_no_commune_finds_none(directory: Directory, text: str) -> None:
    assert directory.resolve(text).commune is None


def test_every_label_names_its_commune(directory: Directory) -> None:
    for text in ("Saint-Denis", "aix", "evry", "marseille 13", "la reunion"):
        for candidate in directory.resolve(text).candidates:
            assert directory.resolve(candidate.label()).commune == candidate


def test_a_part_of_a_commune_knows_its_whole(directory: Directory) -> None:
    part = directory.resolve("Arbignieu").commune
    assert part is not None
    assert (part.kind, part.parent_name) == ("deleguee", "Arboys en Bugey")
    whole = directory.communes.names.by_insee("01015")
    assert whole is not None
    assert whole.name == "Arboys en Bugey"


def test_arrondissements_come_in_order(directory: Directory) -> None:
    lyon = directory.communes.names.by_insee("69123")
    assert lyon is not None
    names = [part.name for part in directory.communes.names.arrondissements(lyon)]
    assert names[0] == "Lyon 1er arrondissement"
    assert len(names) == 9


def test_numbers_are_taken_out_of_the_name() -> None:
    assert typed("93200 Saint-Denis cedex 2").words == ("saint", "denis")
    assert typed("93200 Saint-Denis").code == "93200"
    assert typed("Sainte-Colombe (69)").departments == {"69"}
    assert typed("2A004").code == "2A004"


def test_abbreviations_are_written_out() -> None:
    assert typed("Chalon s/ Saône").words == ("chalon", "sur", "saone")
    assert typed("Fontenay s/s bois").words == ("fontenay", "sous", "bois")
    assert name_words("Joué-lès-Tours") == typed("joue lez tours").words


def test_words_before_the_name_are_left_out() -> None:
    assert without_preamble("Bonjour, j'habite à Metz") == "metz"
    assert without_preamble("la mairie du Mans") == "mans"
    assert without_preamble("La Ville-du-Bois") != "bois"


def test_spellings_that_sound_alike_are_one() -> None:
    assert sound("kaen") == sound("caen")
    assert sound("avinion") == sound("avignon")
    assert sound("montpellier") == sound("montpelier")
