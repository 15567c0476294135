from __future__ import annotations

import pytest

from assistant.aspects import aspects_of
from assistant.caller import Caller
from assistant.card import MAX_SENTENCES, MAX_WORDS
from assistant.cases import InForce
from assistant.chain import Assistant
from assistant.compose import Draft, compose, in_case, shortened
from assistant.facts import facts_in
from assistant.human import human_sentence
from assistant.speech import sentences, word_count
from assistant.verify import missing_facts
from vectorstore.fiche import Abbreviation, Contact, Fiche, Passage, Warning_


def answer(
    assistant: Assistant, question: str, *passages: Passage, fiche: Fiche | None = None,
    held: InForce | None = None,
) -> Draft:  # fmt: skip
    return compose(
        assistant.understanding.read(question),
        fiche or FICHE,
        held or InForce(passages),
        Caller(),
    )


def passage(text: str, number: int = 0, **fields: object) -> Passage:
    return Passage.model_validate(
        {"id": f"F1#{number}", "fiche": "F1", "kind": "section", "text": text, **fields}
    )


FICHE = Fiche(
    id="F1", title="Permis de jardiner", description="Le permis s'obtient en mairie.",
    type="Fiche d'information", audiences=("particuliers",), url="https://example.org",
    updated="2020-01-01",
)  # fmt: skip
COST = passage("Le permis coûte 12 €. Il est remis au guichet.", 0, section=("Coût",))
DELAY = passage("Le permis est délivré sous 3 semaines.", 1, section=("Délai de délivrance",))
PLACE = passage("La demande se dépose à la mairie du domicile.", 2, section=("Où s'adresser ?",))


def test_the_section_that_is_asked_for_is_said_first(assistant: Assistant) -> None:
    first = answer(assistant, "combien coûte le permis de jardiner", COST, DELAY, PLACE).said[0]
    assert "12 euros" in first.text
    first = answer(
        assistant, "où déposer ma demande de permis de jardiner", COST, DELAY, PLACE
    ).said[0]
    assert "mairie" in first.text


def test_two_aspects_are_both_answered(assistant: Assistant) -> None:
    say = answer(
        assistant, "combien coûte le permis et où déposer la demande ?", COST, DELAY, PLACE
    ).say()
    assert "12 euros" in say
    assert "mairie" in say


def test_every_sentence_names_the_words_it_comes_from(assistant: Assistant) -> None:
    for said in answer(assistant, "combien coûte le permis", COST, DELAY, PLACE).said:
        assert said.quote
        assert {fact.key() for fact in facts_in(said.text)} <= {
            fact.key() for fact in facts_in(said.quote)
        }


def test_an_assumed_case_is_named_once(assistant: Assistant) -> None:
    held = InForce((COST,), ("Majeur",), assumed=True, assumptions={COST.id: ("Majeur",)})
    say = answer(assistant, "combien coûte le permis", held=held).say()
    assert say.count("« Majeur »") == 1


def test_the_general_case_and_a_title_without_words_are_not_named() -> None:
    assert in_case("1", "C'est 12 euros.") == "C'est 12 euros."
    assert in_case("Cas général", "C'est 12 euros.") == "C'est 12 euros."


def test_examples_and_sums_are_never_said(assistant: Assistant) -> None:
    example = passage("Exemple\nPaul paie 99 €.", 3, kind="callout")
    formula = passage("Le prix est 2 x 40 € = 80 €.", 4)
    say = answer(assistant, "combien coûte le permis", COST, example, formula).say()
    assert "99" not in say
    assert "80" not in say


def test_the_contact_is_said_when_the_place_is_asked_and_no_sentence_says_it(
    assistant: Assistant,
) -> None:
    fiche = FICHE.model_copy(update={"contacts": (Contact(id="R1", type="x", title="Mairie"),)})
    body = passage("Le permis est remis en main propre.", 0, contacts=(0,))
    assert "Mairie" in answer(assistant, "où aller ?", body, fiche=fiche).say()


def test_a_warning_about_what_is_asked_is_said_first(assistant: Assistant) -> None:
    banner = passage("Le tarif change.", 5, kind="warning", section=("Hausse du tarif",))
    fiche = FICHE.model_copy(update={"warnings": (Warning_(title="Hausse du tarif", children=()),)})
    say = answer(assistant, "quel est le tarif", banner, COST, fiche=fiche).say()
    assert say.startswith("Attention : Hausse du tarif.")
    assert (
        not answer(assistant, "où aller", banner, PLACE, fiche=fiche).say().startswith("Attention")
    )


def test_a_fiche_with_nothing_in_force_is_answered_by_its_description(assistant: Assistant) -> None:
    assert answer(assistant, "le permis").say() == "Le permis s'obtient en mairie."


def test_the_card_shows_neighbours_of_what_is_said(assistant: Assistant) -> None:
    draft = answer(assistant, "combien coûte le permis", COST, DELAY, PLACE)
    assert {shown.id for shown in draft.support} == {COST.id, DELAY.id, PLACE.id}


def test_an_endless_sentence_is_cut_at_a_comma(assistant: Assistant) -> None:
    body = passage(", ".join(["un outil de jardin bien rangé"] * 30) + ".")
    assert word_count(answer(assistant, "le permis", body).say()) <= MAX_WORDS
    assert shortened("un deux, trois quatre", 3) == "Un deux."


def test_a_short_form_is_said_in_full_the_first_time(assistant: Assistant) -> None:
    fiche = FICHE.model_copy(
        update={"abbreviations": (Abbreviation(short="OJF", long="Office des jardins fleuris"),)}
    )
    say = answer(
        assistant, "qui délivre le permis", passage("L'OJF délivre le permis."), fiche=fiche
    )
    assert "Office des jardins fleuris" in say.say()


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("ma mère vient de mourir, que faire", True),
        ("on m'a volé mon sac", True),
        ("combien coûte un passeport", False),
        ("mon voisin est mort il y a 10 ans, qui hérite", False),
        ("acte de décès, quel délai", False),
    ],
)
def test_a_human_sentence_is_for_a_fresh_loss_only(question: str, said: bool) -> None:
    assert bool(human_sentence(question)) == said


def test_a_human_sentence_counts_within_the_limits(assistant: Assistant) -> None:
    say = answer(assistant, "on m'a volé mon permis, où aller, combien", COST, DELAY, PLACE).say()
    assert say.startswith("Je comprends")
    assert len(sentences(say)) <= MAX_SENTENCES
    assert word_count(say) <= MAX_WORDS


def test_every_fiche_of_the_corpus_answers_its_own_title_without_a_false_alarm(
    assistant: Assistant,
) -> None:
    for name in assistant.snapshot.ids:
        fiche = assistant.snapshot.fiche(name)
        held = InForce(tuple(assistant.snapshot.passages(name)))
        draft = answer(assistant, fiche.title, fiche=fiche, held=held)
        assert word_count(draft.say()) <= MAX_WORDS, draft.say()
        assert len(sentences(draft.say())) <= MAX_SENTENCES, draft.say()
        for said in draft.said:
            assert missing_facts(said, fiche) == [], said.text


def test_aspects_are_those_of_the_question(assistant: Assistant) -> None:
    draft = answer(assistant, "combien coûte le permis", COST)
    assert draft.aspects == [aspect.name for aspect in aspects_of("combien coûte le permis")]


def test_figures_of_a_fiche_that_may_be_the_wrong_one_are_not_said(assistant: Assistant) -> None:
    draft = compose(
        assistant.understanding.read("combien coûte le permis de jardiner"),
        FICHE,
        InForce((COST, PLACE)),
        Caller(),
        chance=0.4,
    )
    assert "12 euros" not in draft.say()
    assert draft.say().endswith("je vérifie avant de vous répondre.")
    assert COST in draft.support


@pytest.mark.parametrize(
    "question",
    [
        "où déposer la demande de permis de jardiner",
        "où déposer la demande, peut il garder son permis de jardiner",
    ],
)
def test_where_no_figure_is_asked_none_is_promised(assistant: Assistant, question: str) -> None:
    draft = compose(
        assistant.understanding.read(question),
        FICHE,
        InForce((COST, PLACE)),
        Caller(),
        chance=0.4,
    )
    assert draft.open_figure == ""
    assert "mairie" in draft.say()


def test_two_amounts_in_the_same_words_are_both_said(assistant: Assistant) -> None:
    share = passage(
        "Le salaire du gardien est récupérable à :\n"
        "- 75 % de son montant, s'il assure le nettoyage et les poubelles,\n"
        "- 40 % de son montant, s'il assure le nettoyage ou les poubelles.",
        section=("Salaire du gardien",),
    )
    say = answer(assistant, "quelle part du salaire du gardien est récupérable", share).say()
    assert "75 pour cent" in say
    assert "40 pour cent" in say


def test_the_sums_of_an_example_are_not_said(assistant: Assistant) -> None:
    example = passage(
        "- Taxe : 231 €\n- Total : 237 €", 3, kind="table", section=("Coût", "Exemple de calcul")
    )
    say = answer(assistant, "combien coûte le permis de jardiner", COST, example).say()
    assert "12 euros" in say
    assert "237" not in say


def test_a_list_item_too_long_to_be_said_is_said_without_its_last_sentences(
    assistant: Assistant,
) -> None:
    long = " ".join(["Ce rappel se fait chez un vétérinaire de votre choix et à vos frais."] * 5)
    body = passage(f"Votre chat doit :\n- Être vacciné contre la rage. {long}\n- Être identifié.")
    draft = answer(assistant, "faut-il un vaccin contre la rage pour mon chat", body)
    assert "vacciné contre la rage" in draft.say()
    assert word_count(draft.say()) <= MAX_WORDS


def test_items_that_nothing_introduces_are_said_after_their_title(assistant: Assistant) -> None:
    body = passage(
        "- Procès-verbal de plainte pour vol\n- Justificatif d'identité", section=("Duplicata",)
    )
    assert answer(assistant, "duplicata du permis volé", body).say().startswith("Duplicata : ")


def test_a_figure_with_a_rival_in_its_list_is_not_said_alone(assistant: Assistant) -> None:
    long = "si le demandeur habite la commune depuis plus de " + "très " * 40 + "longtemps"
    body = passage(f"Le permis de jardiner coûte :\n- 12 €, {long}\n- 24 €, {long}")
    draft = answer(assistant, "combien coûte le permis de jardiner", body, DELAY, PLACE)
    said = {price for price in ("12 euros", "24 euros") if price in draft.say()}
    assert len(said) != 1
