from __future__ import annotations

from pathlib import Path

import pytest

from assistant.assemble import MAX_CONTACTS
from assistant.card import ContactCard
from assistant.chain import Assistant
from assistant.settings import Settings
from evals.contacts import ANNOTATIONS, Annotation, faults_of, load_annotations, measure
from vectorstore.errors import UsageError
from vectorstore.search import Search

HELD_OUT = ANNOTATIONS.with_name("held_out.jsonl")
SMALL = (
    ("F1344", "J'ai perdu ma carte d'identité, où est-ce que je vais ?", "À l'étranger",
     "ambassade_france_etranger", "commissariat_police"),
    ("F1119", "Où est-ce que je déclare mon association ?", "Alsace-Moselle",
     "Tribunal judiciaire ou de proximité", "prefecture_greffe_associations"),
    ("F1427", "À qui demander mon acte de naissance ?", "Naissance en France",
     "mairie", "Service central d'état civil (Scec)"),
    ("F1050", "J'achète une voiture d'occasion, à qui je m'adresse ?", "Véhicule acheté à l'étranger",
     "centre_impots", "34 00 - Carte grise et permis de conduire"),
)  # fmt: skip


def annotation(expected: tuple[str, ...], others: tuple[str, ...] = ()) -> Annotation:
    return Annotation.model_validate(
        {"fiche": "F1", "question": "q", "expected": expected, "not": others}
    )


def cards(*names: str) -> list[ContactCard]:
    return [ContactCard(name=name, pivot=name.lower()) for name in names]


def test_the_small_corpus_shows_the_contacts_of_the_case_told(
    souffleur_home: Path, search: Search
) -> None:
    assistant = Assistant(Settings(home=souffleur_home), search)
    rows = [
        Annotation.model_validate(
            {"fiche": fiche, "question": question, "case": [case], "expected": [name], "not": [no]}
        )
        for fiche, question, case, name, no in SMALL
    ]
    results = measure(assistant, rows)
    assert [(result.annotation.fiche, result.faults) for result in results] == [
        (row.fiche, ()) for row in rows
    ]


def test_a_fiche_that_the_corpus_lacks_is_not_counted(souffleur_home: Path, search: Search) -> None:
    assistant = Assistant(Settings(home=souffleur_home), search)
    assert measure(assistant, [annotation(("Mairie",))]) == []


def test_expected_contacts_stand_first_in_any_order() -> None:
    expected = annotation(("Caf", "msa"))
    assert faults_of(expected, cards("MSA", "Caf", "Mairie")) == ()
    assert faults_of(expected, cards("MSA", "Mairie", "Caf")) == ("« Caf » n'est pas en tête",)


def test_a_contact_of_another_case_is_a_fault_wherever_it_stands() -> None:
    found = faults_of(annotation(("Caf",), ("mairie",)), cards("Caf", "Notaire", "Mairie"))
    assert found == ("« mairie » est d'un autre cas",)


def test_a_case_without_contacts_expects_none_of_another_case() -> None:
    assert faults_of(annotation((), ("Caf",)), []) == ()


def test_an_office_listed_twice_counts_once() -> None:
    assert faults_of(annotation(("Caf", "MSA")), cards("Caf", "Caf", "MSA")) == ()


def test_more_contacts_than_a_card_holds_are_a_fault() -> None:
    found = faults_of(annotation(()), cards(*map(str, range(MAX_CONTACTS + 1))))
    assert found == ("5 contacts, au plus 4",)


def test_a_hundred_fiches_are_annotated_and_forty_more_held_out() -> None:
    first, later = load_annotations(), load_annotations(HELD_OUT)
    assert len({row.fiche for row in first}) == 100
    assert len({row.fiche for row in later}) == 40
    assert not {row.fiche for row in first} & {row.fiche for row in later}
    assert all(not set(row.expected) & set(row.others) for row in [*first, *later])


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    file = tmp_path / "contacts.jsonl"
    file.write_text('{"fiche": "F1", "question": "q"}\n', "utf-8")
    with pytest.raises(UsageError, match="ligne 1"):
        load_annotations(file)
