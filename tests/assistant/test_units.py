from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assistant.units import cut_short, units_of
from vectorstore.fiche import Passage, PassageKind


def passage(text: str, kind: PassageKind = "section") -> Passage:
    return Passage(id="F1#0", fiche="F1", kind=kind, text=text)


def test_a_sentence_keeps_the_place_of_its_words() -> None:
    body = passage("Le dépôt est libre. Il faut une photo.")
    assert [body.text[slice(*unit.span)] for unit in units_of(body)] == [
        "Le dépôt est libre.",
        "Il faut une photo.",
    ]


def test_a_list_item_knows_the_words_that_introduce_it() -> None:
    units = units_of(passage("Bon à savoir. Il faut :\n- une photo ;\n- un acte."))
    assert [(unit.kind, unit.lead) for unit in units] == [
        ("sentence", ""),
        ("item", "Il faut :"),
        ("item", "Il faut :"),
    ]


def test_two_lists_of_a_passage_are_told_apart() -> None:
    units = units_of(passage("Adulte :\n- une photo\nEnfant :\n- deux photos"))
    assert [unit.list_place for unit in units] == [0, 1]


def test_nested_items_are_said_with_the_item_above_them() -> None:
    units = units_of(
        passage("Il faut :\n- un justificatif :\n  - facture ;\n  - quittance.\n- une photo")
    )
    assert [unit.text for unit in units] == ["un justificatif : facture, quittance", "une photo"]


def test_a_bare_yes_goes_with_the_sentence_that_it_answers_by() -> None:
    units = units_of(passage("Oui. Vous pouvez le faire en ligne. C'est gratuit."))
    assert [unit.text for unit in units] == [
        "Oui. Vous pouvez le faire en ligne.",
        "C'est gratuit.",
    ]


def test_rows_of_a_table_are_rows() -> None:
    assert units_of(passage("- 1 enfant ; Montant : 10 €", "table"))[0].kind == "row"


@given(
    st.lists(st.sampled_from(["Oui.", "Un mot", "- item", "  - nested", "1. un", "", " ", "A. B"]))
)
def test_every_span_lies_in_the_passage_and_holds_words(lines: list[str]) -> None:
    body = passage("\n".join(lines))
    for unit in units_of(body):
        for start, end in unit.spans:
            assert 0 <= start < end <= len(body.text)
            assert body.text[start:end].strip()


def test_a_long_item_is_cut_after_a_sentence_and_keeps_the_place_of_its_words() -> None:
    body = passage("Il faut :\n- Un vaccin. Il vaut un an. Il est payant.\n- une photo")
    item = next(unit for unit in units_of(body) if unit.kind == "item")
    cuts = cut_short(item)
    assert [cut.text for cut in cuts] == ["Un vaccin. Il vaut un an.", "Un vaccin."]
    assert all(body.text[slice(*cut.span)] == cut.text for cut in cuts)


def test_what_is_no_item_or_has_nested_ones_is_not_cut() -> None:
    units = units_of(
        passage("Un. Deux.\nIl faut :\n- Une pièce. Au choix :\n  - un bail\n- une photo")
    )
    assert [cut_short(unit) for unit in units] == [[]] * len(units)
