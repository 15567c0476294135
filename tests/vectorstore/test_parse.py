from __future__ import annotations

from collections.abc import Callable

import pytest
from lxml.etree import _Element

from tests.conftest import CORPUS
from vectorstore.archive import open_archive
from vectorstore.body import leaf_texts
from vectorstore.fiche import (
    CaseGroup,
    ContactRef,
    Fiche,
    Link,
    ListBlock,
    Paragraph,
    Section,
    ServiceRef,
    Table,
)
from vectorstore.parse import parse_dossier, parse_fiche, parse_resource
from vectorstore.phones import phones_in

Tree = Callable[..., _Element]


def read(tree: Tree, body: str, tail: str = "") -> Fiche:
    return parse_fiche(tree(f"<Texte>{body}</Texte>", tail=tail), "particuliers")


def table_of(tree: Tree, rows: str) -> Table:
    (table,) = read(tree, f"<Tableau>{rows}</Tableau>").body
    assert isinstance(table, Table)
    return table


def row(*cells: str, header: bool = False) -> str:
    inside = "".join(
        cell if cell.startswith("<") else f"<Cellule><Paragraphe>{cell}</Paragraphe></Cellule>"
        for cell in cells
    )
    return f'<Rangée type="{"header" if header else "normal"}">{inside}</Rangée>'


def cell(text: str, **spans: str) -> str:
    attributes = "".join(f' {name}="{value}"' for name, value in spans.items())
    return f"<Cellule{attributes}><Paragraphe>{text}</Paragraphe></Cellule>"


# --- tables ------------------------------------------------------------------------------------


def test_a_cell_over_two_columns_stands_in_both(tree: Tree) -> None:
    table = table_of(
        tree,
        row("Âge", "Paris", "Lyon", header=True)
        + row("18 ans", cell("12 €", fusionHorizontale="2")),
    )
    assert table.rows == (("18 ans", "12 €", "12 €"),)


def test_a_cell_over_two_rows_stands_in_both(tree: Tree) -> None:
    table = table_of(
        tree,
        row("Âge", "Prix", header=True)
        + row("18 ans", cell("12 €", fusionVerticale="2"))
        + row("19 ans"),
    )
    assert table.rows == (("18 ans", "12 €"), ("19 ans", "12 €"))


def test_a_cell_over_a_block_of_rows_and_columns_fills_it(tree: Tree) -> None:
    wide = cell("x", fusionHorizontale="2", fusionVerticale="2")
    table = table_of(tree, row(wide, "a") + row("b") + row("1", "2", "3"))
    assert table.rows == (("x", "x", "a"), ("x", "x", "b"), ("1", "2", "3"))


def test_each_row_says_the_header_of_its_cells(tree: Tree) -> None:
    table = table_of(
        tree, row("Âge", "Prix", "Délai", header=True) + row("18 ans", "12 €", "1 mois")
    )
    assert table.row_sentences() == ["Âge : 18 ans ; Prix : 12 € ; Délai : 1 mois"]


def test_two_header_rows_are_one(tree: Tree) -> None:
    table = table_of(
        tree,
        row(cell("Âge", fusionVerticale="2"), cell("Prix", fusionHorizontale="2"), header=True)
        + row("à Paris", "ailleurs", header=True)
        + row("18 ans", "12 €", "9 €"),
    )
    assert table.header == ("Âge", "Prix - à Paris", "Prix - ailleurs")


@pytest.mark.parametrize("span", ["", "0", "-1", "deux", "²", "999999999"])
def test_a_span_that_makes_no_sense_breaks_nothing(tree: Tree, span: str) -> None:
    assert table_of(tree, row(cell("a", fusionHorizontale=span))).rows[0][0] == "a"


def test_a_list_inside_a_cell_is_kept(tree: Tree) -> None:
    inside = "<Cellule><Liste><Item><Paragraphe>un</Paragraphe></Item><Item><Paragraphe>deux</Paragraphe></Item></Liste></Cellule>"
    assert table_of(tree, row("a", inside)).rows == (("a", "un ; deux"),)


# --- running text, lists, callouts -------------------------------------------------------------


def test_the_amounts_that_the_source_marks_are_values(tree: Tree) -> None:
    (block,) = read(tree, "<Paragraphe>Il faut <Valeur>86 €</Valeur>.</Paragraphe>").body
    assert isinstance(block, Paragraph)
    assert (block.text, block.values) == ("Il faut 86 €.", ("86 €",))


def test_links_are_kept_and_abbreviations_are_no_links(tree: Tree) -> None:
    (block,) = read(
        tree,
        '<Paragraphe><LienInterne LienPublication="F2">Voir</LienInterne>'
        '<LienInterne LienPublication="R1" type="Sigle">CAF</LienInterne>'
        '<LienExterne URL="https://a.fr">ici</LienExterne></Paragraphe>',
    ).body
    assert isinstance(block, Paragraph)
    assert block.links == (Link(text="Voir", target="F2"), Link(text="ici", target="https://a.fr"))


def test_lists_nest(tree: Tree) -> None:
    (block,) = read(
        tree,
        '<Liste type="numero"><Item><Paragraphe>un</Paragraphe><Liste type="puce"><Item>'
        "<Paragraphe>dedans</Paragraphe></Item></Liste></Item></Liste>",
    ).body
    assert isinstance(block, ListBlock)
    inner = block.items[0][1]
    assert isinstance(inner, ListBlock)
    assert (block.numbered, inner.numbered) == (True, False)
    assert leaf_texts((block,)) == ["un", "dedans"]


@pytest.mark.parametrize(
    ("tag", "role"),
    [
        ("ASavoir", "a_savoir"),
        ("ANoter", "a_noter"),
        ("Attention", "attention"),
        ("Rappel", "rappel"),
        ("Exemple", "exemple"),
    ],
)
def test_a_callout_keeps_its_kind_and_title(tree: Tree, tag: str, role: str) -> None:
    (block,) = read(
        tree, f"<{tag}><Titre>Titre</Titre><Paragraphe>Texte.</Paragraphe></{tag}>"
    ).body
    assert isinstance(block, Section)
    assert (block.role, block.title) == (role, "Titre")
    assert leaf_texts(block.children) == ["Texte."]


def test_cases_keep_their_title_and_condition(tree: Tree) -> None:
    (block,) = read(
        tree,
        "<BlocCas><Cas><Titre>Majeur</Titre><Condition><et><estVrai var='T1'/><estFaux var='T2'/>"
        "</et></Condition><Paragraphe>a</Paragraphe></Cas>"
        "<Cas><Titre>Mineur</Titre><Paragraphe>b</Paragraphe></Cas></BlocCas>",
    ).body
    assert isinstance(block, CaseGroup)
    assert [case.title for case in block.cases] == ["Majeur", "Mineur"]
    assert block.cases[0].condition == "(T1 et non T2)"


@pytest.mark.parametrize(
    "body",
    [
        "<Nouveau>perdu ?</Nouveau>",
        "<Nouveau><Autre>perdu ?</Autre></Nouveau>",
        "<Nouveau><Paragraphe>perdu ?</Paragraphe></Nouveau>",
        "<Nouveau><Chapitre><Nouveau>perdu ?</Nouveau></Chapitre></Nouveau>",
        "<Chapitre>perdu ?</Chapitre>",
        "<Chapitre><Paragraphe>avant</Paragraphe>perdu ?</Chapitre>",
        "<Liste><Item>perdu ?</Item></Liste>",
        "<Tableau><Rangée><Cellule><Nouveau>perdu ?</Nouveau></Cellule></Rangée></Tableau>",
        "<BlocCas><Cas><Titre>a</Titre><Nouveau>perdu ?</Nouveau></Cas></BlocCas>",
        "<Paragraphe>a <Nouveau>perdu ?</Nouveau></Paragraphe>",
    ],
)
def test_the_text_of_an_unknown_element_is_not_lost(tree: Tree, body: str) -> None:
    assert any("perdu ?" in line for line in leaf_texts(read(tree, body).body))


# --- what is attached --------------------------------------------------------------------------


def test_a_contact_keeps_its_pivot_and_its_place(tree: Tree) -> None:
    fiche = read(
        tree,
        '<Chapitre><OuSAdresser ID="R1" type="Local personnalisé sur SP"><Titre>Mairie</Titre>'
        "<PivotLocal>mairie</PivotLocal></OuSAdresser></Chapitre>",
    )
    (contact,) = fiche.contacts
    assert (contact.title, contact.pivots) == ("Mairie", ("mairie",))
    (section,) = fiche.body
    assert isinstance(section, Section)
    assert section.children == (ContactRef(index=0),)


def test_a_contact_centre_keeps_its_phone_and_prose(tree: Tree) -> None:
    fiche = read(
        tree,
        "",
        '<OuSAdresser ID="R1" type="Centre de contact"><Titre>Allô Service Public</Titre><Texte>'
        "<Paragraphe>Au 3939, de 8h30 à 18h.</Paragraphe><Paragraphe>Depuis l'étranger : "
        "+33 1 73 60 39 39</Paragraphe></Texte><RessourceWeb URL='https://a.fr'/></OuSAdresser>",
    )
    (contact,) = fiche.contacts
    assert contact.phones == ("3939", "+33 1 73 60 39 39")
    assert contact.text.startswith("Au 3939, de 8h30 à 18h.")
    assert contact.url == "https://a.fr"


def test_a_contact_written_twice_is_kept_once(tree: Tree) -> None:
    mairie = '<OuSAdresser ID="R1"><Titre>Mairie</Titre></OuSAdresser>'
    assert len(read(tree, mairie, mairie).contacts) == 1


def test_a_service_keeps_its_cerfa_its_address_and_its_notice(tree: Tree) -> None:
    fiche = read(
        tree,
        '<ServiceEnLigne ID="R9" URL="https://a.fr/f" type="Formulaire" numerocerfa="12100*02">'
        '<Titre>Demande de passeport</Titre><Source ID="R1">Intérieur</Source>'
        '<NoticeLiee ID="R10" numerocerfa="51000">Notice</NoticeLiee></ServiceEnLigne>',
    )
    (service,) = fiche.services
    assert (service.cerfa, service.url, service.source) == (
        "12100*02",
        "https://a.fr/f",
        "Intérieur",
    )
    assert service.notes == ("Notice (cerfa 51000)",)
    assert fiche.body == (ServiceRef(index=0),)


def test_abbreviations_and_definitions_are_kept(tree: Tree) -> None:
    fiche = read(
        tree,
        "",
        '<Abreviation ID="R1" type="Sigle"><Titre>CNI</Titre><Texte><Paragraphe>Carte nationale '
        "d'identité</Paragraphe></Texte></Abreviation>"
        '<Definition ID="R2"><Titre>Ayant droit</Titre><Texte><Paragraphe>Qui a un droit.'
        "</Paragraphe></Texte></Definition>",
    )
    assert [(item.short, item.long) for item in fiche.abbreviations] == [
        ("CNI", "Carte nationale d'identité")
    ]
    assert [(item.title, item.text) for item in fiche.definitions] == [
        ("Ayant droit", "Qui a un droit.")
    ]


def test_a_warning_keeps_its_title_date_and_text(tree: Tree) -> None:
    (warning,) = read(
        tree,
        "",
        '<Avertissement ID="A1" type="Alerte" date="2020-05-01"><Titre>Réforme au 1er juin</Titre>'
        "<Texte><Paragraphe>Tout change.</Paragraphe></Texte></Avertissement>",
    ).warnings
    assert (warning.title, warning.date) == ("Réforme au 1er juin", "2020-05-01")
    assert leaf_texts(warning.children) == ["Tout change."]


def test_every_document_of_the_small_corpus_is_read() -> None:
    for document in open_archive(CORPUS).documents():
        if document.id.startswith("F"):
            fiche = parse_fiche(document.root, document.audience)
            assert fiche.title
            assert fiche.updated
        elif document.id.startswith("N"):
            assert parse_dossier(document.root, document.audience).title
        else:
            assert parse_resource(document.root).title


# --- phones ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "phones"),
    [
        ("Appelez le 3939.", ("3939",)),
        ("3939", ("3939",)),
        ("Par téléphone : 36 46 (service gratuit)", ("36 46",)),
        ("3975 (0,05 €/min)", ("3975",)),
        ("34 00 : choix 4 puis 3", ("34 00",)),
        ("Composez le 115 (gratuit)", ("115",)),
        ("Le 116 117, ou le 112", ("116 117", "112")),
        ("Composez le 17 en cas d'urgence", ("17",)),
        ("Par téléphone\n15", ("15",)),
        ("le 3646 ou le 01 40 20 30 40", ("3646", "01 40 20 30 40")),
        ("0 806 000 126", ("0 806 000 126",)),
        ("0800 123 456", ("0800 123 456",)),
        ("+33 (0)1 43 17 90 01", ("+33 (0)1 43 17 90 01",)),
        ("+ 33 (0)1 41 17 73 23", ("+ 33 (0)1 41 17 73 23",)),
        ("00 687 27 93 67", ("00 687 27 93 67",)),
        ("01.44.16.78.78 et 01.44.16.78.78", ("01.44.16.78.78",)),
    ],
)
def test_phone_numbers_are_found_in_order(text: str, phones: tuple[str, ...]) -> None:
    assert phones_in(text) == phones


@pytest.mark.parametrize(
    "text",
    [
        "de 9h à 17h",
        "dans les 15 jours",
        "le 15 janvier",
        "75732 Paris Cedex 15",
        "112-114 avenue Gabriel-Péri",
        "115, rue de Rivoli",
        "BP 113",
        "3500 €",
        "3 000 euros",
        "en 2020",
        "www.allo119.gouv.fr",
        "12 rue de la tour, 39 39 75 015",
    ],
)
def test_hours_addresses_and_amounts_are_no_phone_numbers(text: str) -> None:
    assert phones_in(text) == ()
