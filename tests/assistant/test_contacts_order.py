from __future__ import annotations

from assistant.caller import read_caller
from assistant.cases import in_force
from assistant.contacts import contacts_for
from vectorstore.fiche import Block, Case, CaseGroup, Contact, ContactRef, Fiche, Paragraph, Section
from vectorstore.passages import passages_of

PARIS = "Préfecture de police de Paris"


def contact(title: str, complement: str = "", pivot: str = "") -> Contact:
    pivots = (pivot,) if pivot else ()
    return Contact(id=title, type="Local", title=title, complement=complement, pivots=pivots)


def fiche(contacts: tuple[Contact, ...], *body: Block) -> Fiche:
    return Fiche(
        id="F1",
        title="Déclarer un changement",
        description="",
        type="Fiche d'information",
        audiences=("particuliers",),
        url="",
        updated="2020-06-01",
        body=body,
        contacts=contacts,
    )


def shown(page: Fiche, question: str, *told: str, commune: str | None = None) -> list[str]:
    passages = passages_of(page)
    caller = read_caller(question, [], told)
    held = in_force(page, passages, caller, question)
    order = contacts_for(page, passages, held, [], caller, question, commune)
    return [page.contacts[n].title for n in order]


def cases(*titles: str) -> CaseGroup:
    return CaseGroup(
        level="cas",
        cases=tuple(
            Case(title=title, children=(Paragraph(text=f"Démarche {n}."), ContactRef(index=n)))
            for n, title in enumerate(titles)
        ),
    )


def section(title: str, index: int) -> Section:
    children = (Paragraph(text="La démarche est simple."), ContactRef(index=index))
    return Section(role="chapitre", title=title, children=children)


def test_a_contact_of_another_case_is_not_shown_and_those_of_the_whole_page_follow() -> None:
    page = fiche(
        (contact("Mairie"), contact("Ambassade"), contact("Adil")),
        cases("En France", "À l'étranger"),
    )
    assert shown(page, "Où aller ?", "À l'étranger") == ["Ambassade", "Adil"]
    assert shown(page, "Où aller ?", "En France") == ["Mairie", "Adil"]


def test_ways_of_doing_it_keep_the_order_of_the_page_until_one_is_told() -> None:
    page = fiche(
        (contact("Commissariat"), contact("Procureur")), cases("Sur place", "Par courrier")
    )
    assert shown(page, "Où aller ?") == ["Commissariat", "Procureur"]
    assert shown(page, "Où aller ?", "Par courrier") == ["Procureur", "Commissariat"]


def test_the_section_that_the_question_names_comes_first() -> None:
    page = fiche(
        (contact("Crous"), contact("Rectorat")), section("Dépôt", 0), section("Recours", 1)
    )
    assert shown(page, "À qui faire un recours ?") == ["Rectorat", "Crous"]


def test_the_body_that_the_question_names_comes_first() -> None:
    page = fiche((contact("Avocat"), contact("Tribunal administratif"), contact("Préfecture")))
    assert shown(page, "Quel tribunal dois-je saisir ?")[0] == "Tribunal administratif"


def test_the_complement_of_a_contact_tells_what_it_is_for() -> None:
    page = fiche((contact("Caf"), contact("Ofii", "Pour obtenir un visa")))
    assert shown(page, "Qui donne le visa ?") == ["Ofii", "Caf"]


def test_an_office_of_paris_is_last_until_the_place_is_known() -> None:
    page = fiche((contact(PARIS), contact("Préfecture", pivot="prefecture")))
    assert shown(page, "Où aller ?") == ["Préfecture", PARIS]
    assert shown(page, "J'habite à Lyon, où aller ?") == ["Préfecture"]
    assert shown(page, "Où aller ?", commune="Villeurbanne") == ["Préfecture"]
    assert shown(page, "J'habite à Paris, où aller ?") == [PARIS]
    assert shown(page, "Où aller ?", commune="75011") == [PARIS]


def test_a_contact_for_callers_of_another_scheme_is_not_shown() -> None:
    page = fiche(
        (
            contact("Caf", "Si vous relevez du régime général"),
            contact("MSA", "Si vous relevez du régime agricole"),
        )
    )
    assert shown(page, "Je suis salarié agricole, où aller ?") == ["MSA"]
    assert shown(page, "Où aller ?") == ["Caf", "MSA"]


def test_one_office_named_twice_is_shown_once() -> None:
    page = fiche((contact("Caf"), contact("Caf", "Pour s'informer")))
    assert shown(page, "Où aller ?") == ["Caf"]
