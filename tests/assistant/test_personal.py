"""Personal data: found as it is typed, and masked before anything keeps or sends it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from stdnum import luhn
from stdnum.fr import nir

from assistant.chain import Assistant
from assistant.personal import find, mask
from evals.gold import load_gold
from vectorstore.errors import UsageError


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("rappelez-moi au 06 12 34 56 78", "12 34"),
        ("mon portable +33 6 12 34 56 78", "34 56"),
        ("mon mail jean.dupont@exemple.fr", "dupont"),
        ("mon numéro de sécu 2 85 05 78 006 084 36", "006"),
        ("mon numéro 154017500108412", "1540175"),
        ("mon IBAN FR76 3000 6000 0112 3456 7890 189", "3456"),
        ("numéro fiscal 1234567890123", "123456"),
        ("mon numéro d'allocataire c'est 4587213", "4587"),
        ("mon numéro de dossier est 45872", "45872"),
        ("je m'appelle Awa Diallo et je loue", "Diallo"),
        ("je m'apelle awa diallo", "diallo"),
        ("Madame Lefèvre demande son titre", "Lefèvre"),
        ("dossier au nom de Karim Benali", "Benali"),
        ("ma voiture AB-123-CD est vendue", "123"),
    ],
)
def test_identity_and_numbers_of_the_caller_are_masked(text: str, hidden: str) -> None:
    assert hidden not in mask(text)[0]
    assert "[masqué]" in mask(text)[0]


@pytest.mark.parametrize(
    "text",
    [
        "La dame gagne 1 200 euros et paie 650 € de loyer",
        "née le 12 mars 1962, retraite en 2026",
        "le monsieur habite 69003 Lyon",
        "madame voudrait un extrait d'acte",
        "il faut appeler le 3919",
    ],
)
def test_what_the_next_person_needs_is_kept(text: str) -> None:
    assert mask(text)[0] == text


SOCIAL = "184127645108946"
IBAN = "FR7630006000011234567890189"
CARD = "4111111111111111"


def test_the_numbers_of_these_tests_have_right_check_digits() -> None:
    assert nir.is_valid(SOCIAL)
    assert luhn.is_valid(CARD)


@pytest.mark.parametrize(
    "typed",
    [
        "1 84 12 76 451 089 46",
        SOCIAL,
        SOCIAL[:13],
        "1.84.12.76.451.089.46",
        "1-84-12-76-451-089/46",
        "1 84 12 76451089 clé 46",
        "2 85 05 2A 006 084 36",
        "28505 2b00608436",
        " ".join(SOCIAL),
        "un quatre-vingt-quatre douze soixante-seize quatre cent cinquante et un zéro quatre-vingt-neuf 46",
        "un quatre vingt quatre douze soixante seize quatre cent cinquante et un zero quatre vingt neuf",
    ],
)
def test_a_social_security_number_is_masked_whole(typed: str) -> None:
    assert mask(f"sa sécu c'est {typed} et il déménage") == (
        "sa sécu c'est [masqué] et il déménage",
        ["numéro de sécurité sociale"],
    )


@pytest.mark.parametrize(
    "typed",
    [
        "FR76 3000 6000 0112 3456 7890 189",
        IBAN.lower(),
        "FR76.3000.6000.0112.3456.7890.189",
        "fr 76 30006 00001 12345678901 89",
        "FR76 3000 6000 0112 3456 7890 188",
        "BE68 5390 0754 7034",
        "de89370400440532013000",
    ],
)
def test_an_account_number_is_masked_whole(typed: str) -> None:
    assert mask(f"virement sur {typed} svp") == ("virement sur [masqué] svp", ["IBAN"])


@pytest.mark.parametrize(
    "typed", [CARD, "5555-5555-5555-4444", "4111.1111.1111.1111", "3782 822463 10005"]
)
def test_a_payment_card_is_masked_whole(typed: str) -> None:
    assert mask(f"carte {typed} refusée") == ("carte [masqué] refusée", ["carte bancaire"])


@pytest.mark.parametrize(
    "typed",
    [
        "06 12 34 56 78",
        "0612345678",
        "06.12.34.56.78",
        "06/12-34-56-78",
        "+33 6 12 34 56 78",
        "+33 (0)6 12 34 56 78",
        "(06) 12 34 56 78",
        "0033612345678",
        "06 1234 5678",
        "0 6 1 2 3 4 5 6 7 8",
        "zéro six, douze, trente-quatre, cinquante-six, soixante-dix-huit",
        "zero six douze trente quatre cinquante six soixante dix huit",
        "06 douze 34 cinquante six 78",
    ],
)
def test_a_phone_number_is_masked_whole(typed: str) -> None:
    assert mask(f"à Lyon 69003 {typed} merci") == ("à Lyon 69003 [masqué] merci", ["téléphone"])


@pytest.mark.parametrize(
    "typed",
    [
        "jean.dupont@exemple.fr",
        "JEAN_DUPONT @ exemple.co.uk",
        "jean point dupont arobase exemple point fr",
        "jean.dupont arobase exemple.fr",
        "jean-dupont[at]exemple.fr",
    ],
)
def test_an_address_is_masked_whole(typed: str) -> None:
    assert mask(f"écrire à {typed} vite") == ("écrire à [masqué] vite", ["e-mail"])


@pytest.mark.parametrize(
    "typed", ["numéro fiscal 30 12 345 678 901", "spi 3012345678901", "impots : 0712345678901"]
)
def test_a_tax_number_is_masked(typed: str) -> None:
    text, kinds = mask(typed)
    assert kinds == ["numéro fiscal"]
    assert not any(char.isdigit() for char in text)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("je m'appelle Jean Dupont et je loue", "je m'appelle [masqué] et je loue"),
        ("je mappelle jean dupont et jai perdu", "je mappelle [masqué] et jai perdu"),
        ("JE M'APPELLE JEAN DUPONT", "JE M'APPELLE [masqué]"),
        ("Je m’appelle Marie-Anne de Villeneuve", "Je m’appelle [masqué]"),
        ("mon nom est Dupont", "mon nom est [masqué]"),
        ("mon nom c'est martin", "mon nom c'est [masqué]"),
        ("c'est mme durand qui appelle", "c'est mme [masqué] qui appelle"),
        ("bonjour ici Mme Lefèvre", "bonjour ici Mme [masqué]"),
        ("ma fille s'appelle Léa", "ma fille s'appelle [masqué]"),
        ("dossier au nom de Karim Benali", "dossier au nom de [masqué]"),
    ],
)
def test_a_name_is_masked_where_words_announce_it(typed: str, kept: str) -> None:
    assert mask(typed) == (kept, ["nom"])


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("mme durand a perdu sa carte", "mme [masqué] a perdu sa carte"),
        ("m. martin veut divorcer", "m. [masqué] veut divorcer"),
        ("monsieur ben ali demande un visa", "monsieur [masqué] demande un visa"),
        ("la dame, madame lefèvre, souhaite", "la dame, madame lefèvre, souhaite"),
        ("mme jeanne petit n'a plus de passeport", "mme [masqué] n'a plus de passeport"),
        ("mr dupont habite à lyon", "mr [masqué] habite à lyon"),
        ("mlle nguyen qui appelle de brest", "mlle [masqué] qui appelle de brest"),
        ("appel de madame benali.", "appel de madame [masqué]."),
        ("m. et mme rossi ont vendu", "m. et mme [masqué] ont vendu"),
        ("passeport pour monsieur kowalski", "passeport pour monsieur [masqué]"),
        ("mme garcia est veuve", "mme [masqué] est veuve"),
        ("monsieur haddad, il habite nice, et mme haddad vient de partir",
         "monsieur haddad, il habite nice, et mme [masqué] vient de partir"),
    ],
)  # fmt: skip
def test_a_name_without_a_capital_after_a_title_is_masked_when_that_person_does_something(
    typed: str, kept: str
) -> None:
    assert mask(typed)[0] == kept


@pytest.mark.parametrize(
    "text",
    [
        "madame la maire a refusé",
        "monsieur le préfet doit répondre",
        "mme qui appelle a perdu sa carte",
        "madame quitte son logement",
        "monsieur renouvelle son passeport",
        "madame enceinte a droit à quoi",
        "monsieur retraité veut travailler",
        "mme handicapée demande une carte",
        "monsieur étranger, marié, veut rester",
        "madame locataire a reçu un congé",
        "monsieur maire est absent",
        "mme la directrice de l'école a dit non",
        "monsieur a perdu son permis",
        "madame hier a reçu une amende",
        "un terrain de 300 m. carrés est constructible",
        "monsieur seul avec ses enfants",
        "madame infirmière est en congé",
        "monsieur fonctionnaire doit déclarer",
        "madame reprend le travail et veut cumuler",
        "madame change de voiture et garde sa plaque",
        "le dossier de madame est perdu",
    ],
)
def test_an_ordinary_word_after_a_title_is_no_name(text: str) -> None:
    assert find(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "le 0809 401 401 ne répond pas",
        "quel numéro, le 116006 ou le 15 18 112",
        "signaler un sms au numéro 33700",
        "il touche 1 200 000 euros d'héritage",
        "prime de 1500 2000 2500 euros",
        "né le 12 03 1962, ou le 12/03/1962",
        "du 01 01 2020 au 31 12 2021",
        "impôts de 2019 2020 2021",
        "cerfa n° 14011*03, le formulaire numéro 12100*02",
        "loi du 6 juillet 1989 n° 89-462",
        "code postal 75001 75002",
        "une commune de 2 500 000 habitants",
        "il a un deux pièces et trois enfants de 3 4 5 ans",
        "je m'appelle comment après le divorce",
        "comment s'appelle le papier",
        "MADAME VOUDRAIT SAVOIR COMMENT FAIRE",
        "madame la maire et monsieur le procureur",
        "mon nom est mal écrit, mon prénom est différent",
        "au nom de l'enfant ou au nom de mon mari",
        "elle habite ici Paris",
    ],
)
def test_what_the_answer_hangs_on_is_no_personal_data(text: str) -> None:
    assert find(text) == []


GOLD = Path(__file__).parents[2] / "evals" / "gold"
TRULY_PERSONAL = {"papiers-030": "Cocu", "sosie-032": "AB-123-CD", "transports-002": "AB-123-CD"}


def test_in_the_gold_questions_only_true_names_and_plates_are_found() -> None:
    found = {
        item.id: text[finding.start : finding.end]
        for item in load_gold([GOLD]).items
        for text in (item.question, *item.history)
        for finding in find(text)
    }
    assert found == TRULY_PERSONAL


@pytest.mark.parametrize("text", ["1 ", "un ", "mme Aa ", "a.a", "FR76 3000 ", "a-", "a@a."])
def test_a_long_hostile_text_takes_no_longer_than_it_is_long(text: str) -> None:
    started = time.perf_counter()
    find((text * 20_000)[:20_000])
    assert time.perf_counter() - started < 2


def test_masking_twice_changes_nothing() -> None:
    once, _ = mask(f"je m'appelle Jean, {SOCIAL}, 06 12 34 56 78, jean@exemple.fr")
    assert mask(once) == (once, [])


def test_a_card_holds_only_masked_text_and_tells_the_agent(assistant: Assistant) -> None:
    card = assistant.ask(
        f"je m'appelle Jean Dupont, sécu {SOCIAL}, combien coûte un passeport",
        history=["c'est mme Martin au 06 12 34 56 78"],
        cases=[f"carte {CARD}"],
        commune="jean@exemple.fr",
    )
    shown = card.model_dump_json()
    assert not any(secret in shown for secret in ("Dupont", SOCIAL, "Martin", CARD, "jean@"))
    assert card.masked == ["carte bancaire", "e-mail", "nom", "numéro de sécurité sociale"]
    assert "ni gardées, ni envoyées" in card.notes[0]
    assert "masqué" not in card.standalone_question
    assert card.sources


def test_masks_do_not_change_what_is_found(assistant: Assistant) -> None:
    plain = assistant.ask("combien coûte un passeport")
    told = assistant.ask("combien coûte un passeport 06 12 34 56 78")
    assert (told.say, told.confidence) == (plain.say, plain.confidence)


def test_a_case_told_later_is_masked_too(assistant: Assistant) -> None:
    card = assistant.ask("combien coûte un passeport")
    again = assistant.with_cases(card, ["un adulte", "06 12 34 56 78"])
    assert again.told == ["un adulte", "[masqué]"]
    assert again.masked == ["téléphone"]


def test_a_question_of_nothing_else_gets_a_clear_word(assistant: Assistant) -> None:
    with pytest.raises(UsageError, match="que des données personnelles"):
        assistant.ask("06 12 34 56 78")
