from __future__ import annotations

from assistant.cells import Cell, about_of, cells_of, lines_of
from assistant.units import Unit, units_of
from vectorstore.fiche import Passage


def rows(*lines: str) -> list[Unit]:
    text = "\n".join(f"- {line}" for line in lines)
    return list(units_of(Passage(id="F1#0", fiche="F1", kind="table", text=text)))


def test_a_value_of_several_lines_stays_in_its_column() -> None:
    first, _ = rows(
        "Document : Facture ; Garde : 3 ans ; À compter de l'achat. ; Note : en papier",
        "Document : Reçu ; Garde : 1 an ; Note : en papier",
    )
    assert cells_of(first)[1] == Cell("Garde", ("3 ans", "À compter de l'achat."))


def test_names_of_columns_written_in_the_first_row_go_with_its_values() -> None:
    first, _ = rows(
        "Ressources ; Montant ; 9 000 € ou moins ; 131 €",
        "Ressources : Plus de 9 000 € ; Montant : 65 €",
    )
    assert cells_of(first) == (
        Cell("Ressources", ("9 000 € ou moins",)),
        Cell("Montant", ("131 €",)),
    )


def test_a_colon_within_a_value_makes_no_column() -> None:
    first, _ = rows(
        "Document : Avis : taxe locale ; Garde : 1 an", "Document : Reçu ; Garde : 2 ans"
    )
    assert cells_of(first)[0].text == "Avis : taxe locale"


def test_two_keys_are_needed_where_rows_share_the_first() -> None:
    first, _, third = rows(
        "Médecin : A ; Âge : moins de 6 ans ; Tarif : 30 €",
        "Médecin : A ; Âge : de 6 à 16 ans ; Tarif : 25 €",
        "Médecin : B ; Âge : de 6 à 16 ans ; Tarif : 23 €",
    )
    assert [cell.head for cell in about_of(first)] == ["Médecin", "Âge"]
    assert [cell.head for cell in about_of(third)] == ["Médecin"]


def test_a_cell_that_holds_nothing_is_left_out() -> None:
    (row,) = rows("Classe : 1 ; Minorée : - ; Amende : 11 €")
    assert [cell.head for cell in cells_of(row)] == ["Classe", "Amende"]


def test_lines_of_a_cell_have_no_marks() -> None:
    assert lines_of(Cell("Document", ("- Bail", "- Quittance"))) == ("Bail", "Quittance")
