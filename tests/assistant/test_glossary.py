"""Words that are said and stand in the fiche's glossary."""

from assistant.glossary import MAX_TERMS, terms_said
from vectorstore.fiche import Definition

WORDS = [
    Definition(id="R1", title="Créancier", text="Celui à qui l'on doit de l'argent"),
    Definition(id="R2", title="Jour franc", text="Jour entier,\n de minuit à minuit"),
    Definition(id="R3", title="Espace économique européen (EEE)", text="Trente pays"),
    Definition(id="R4", title="Avenant", text=""),
]


def test_a_word_is_found_in_the_plural_and_explained_in_the_order_of_speech() -> None:
    found = terms_said("Sous trois jours francs, vos créanciers écrivent.", WORDS)
    assert [(term.word, term.meaning) for term in found] == [
        ("Jour franc", "Jour entier, de minuit à minuit"),
        ("Créancier", "Celui à qui l'on doit de l'argent"),
    ]


def test_a_short_form_in_brackets_is_not_needed_to_find_the_word() -> None:
    assert [t.word for t in terms_said("un pays de l'Espace économique européen.", WORDS)] == [
        "Espace économique européen"
    ]


def test_words_apart_or_without_meaning_are_not_explained() -> None:
    assert terms_said("Le jour, soyez franc. Un avenant suffit.", WORDS) == []


def test_no_more_words_are_explained_than_can_be_read_at_a_glance() -> None:
    many = [Definition(id=f"R{n}", title=f"Mot{n}x", text="sens") for n in range(9)]
    assert len(terms_said(" ".join(entry.title for entry in many), many)) == MAX_TERMS
