from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.opening import open_understanding
from assistant.question import Understanding, clean, right_words
from assistant.settings import Settings
from vectorstore.errors import UsageError
from vectorstore.snapshot import Snapshot
from vectorstore.text import words
from vectorstore.vocabulary import Vocabulary

LIMIT = 1000
PASSPORT = "Combien coûte un passeport pour un adulte ?"


@pytest.fixture
def understanding(snapshot: Snapshot) -> Understanding:
    return open_understanding(snapshot, Settings())


@pytest.fixture
def vocabulary() -> Vocabulary:
    """A corpus of a few words, each frequent enough to be a target of corrections."""
    counts = dict.fromkeys(("passeport", "casier", "certificat", "recouvrement", "moment"), 50)
    return Vocabulary(counts, {"caf": "caisse d allocations familiales"}, right_words())


@pytest.mark.parametrize("question", ["", "   ", "\n\t", "\u200b\u202e", "\x00\x07"])
def test_an_empty_question_is_refused_in_french(question: str) -> None:
    with pytest.raises(UsageError, match="La question est vide"):
        clean(question, LIMIT)


def test_a_question_of_5000_characters_is_refused_with_both_lengths() -> None:
    with pytest.raises(UsageError, match="5000 caractères, 1000 au plus"):
        clean("a" * 5000, LIMIT)


def test_a_question_of_exactly_the_limit_is_accepted() -> None:
    assert clean("a" * LIMIT, LIMIT) == "a" * LIMIT


def test_a_usage_error_exits_with_status_2() -> None:
    assert UsageError.exit_code == 2


def test_line_breaks_and_tabs_become_spaces() -> None:
    assert clean("passeport\tperdu\r\nque faire ?", LIMIT) == "passeport perdu que faire ?"


@pytest.mark.parametrize("mark", ["\u202e", "\u2066", "\u2069", "\u200f", "\u061c", "\ufeff"])
def test_bidi_marks_vanish_without_splitting_a_word(mark: str) -> None:
    assert clean(f"passe{mark}port perdu", LIMIT) == "passeport perdu"


def test_soft_hyphens_pasted_from_a_web_page_do_not_split_words() -> None:
    assert clean("pas\xadse\xadport", LIMIT) == "passeport"


@pytest.mark.parametrize("control", ["\x00", "\x1b", "\x7f", "\x85"])
def test_control_characters_vanish(control: str) -> None:
    assert clean(f"passeport{control} perdu", LIMIT) == "passeport perdu"


@given(st.text(min_size=1, max_size=200))
def test_a_cleaned_question_never_holds_a_control_or_bidi_character(question: str) -> None:
    try:
        cleaned = clean(question, LIMIT)
    except UsageError:
        return
    assert cleaned
    assert not any(unicodedata.category(char) in {"Cc", "Cs"} for char in cleaned)
    assert not any(
        unicodedata.bidirectional(char) in {"RLO", "LRO", "RLI", "LRI", "PDF", "PDI"}
        for char in cleaned
    )


@pytest.mark.parametrize(
    "greeting", ["Bonjour, ", "Bonjour madame, ", "bonsoir ", "Allô ? ", "Allô, bonjour : "]
)
def test_greetings_are_taken_off(greeting: str) -> None:
    assert words(clean(f"{greeting}mon passeport est perdu", LIMIT)) == [
        "mon", "passeport", "est", "perdu",
    ]  # fmt: skip


@pytest.mark.parametrize("question", ["Bonjour", "Allô ?", "Bonjour !"])
def test_a_greeting_alone_is_kept_so_that_something_is_left(question: str) -> None:
    assert clean(question, LIMIT) == question


@pytest.mark.parametrize("question", ["et pour ma fille ?", "et ça coûte combien ?", "combien ?"])
def test_a_follow_up_takes_the_topic_of_the_call(
    understanding: Understanding, question: str
) -> None:
    made = understanding.read(question, ["Bonjour", PASSPORT]).standalone
    assert "passeport" in made
    assert made.endswith(question)


@pytest.mark.parametrize(
    "question",
    [
        "Quelles sont les conditions pour obtenir la prime d'activité à 23 ans ?",
        "Quels papiers pour une personne née en Algérie qui demande la nationalité ?",
        "Une grève est prévue, il y a un recours si mon train est supprimé par la compagnie ?",
    ],
)
def test_a_full_question_is_left_alone_in_the_middle_of_a_call(
    understanding: Understanding, question: str
) -> None:
    assert understanding.read(question, [PASSPORT]).query.topic == ""


def test_the_first_question_of_a_call_is_left_alone_however_short(
    understanding: Understanding,
) -> None:
    assert understanding.read("et pour ma fille ?").standalone == "et pour ma fille ?"


def test_a_follow_up_about_the_pronoun_en_takes_the_topic_of_the_call(
    understanding: Understanding,
) -> None:
    question = "Peut-on en faire refaire un sans rendez-vous auprès d'une mairie de quartier ?"
    made = understanding.read(question, [PASSPORT])
    assert made.standalone.startswith("Combien coûte un passeport")
    assert made.query.topic == "Combien coûte un passeport pour un adulte"


def test_a_follow_up_of_a_follow_up_still_knows_the_topic(understanding: Understanding) -> None:
    made = understanding.read("et en urgence ?", [PASSPORT, "et pour ma fille ?"])
    assert made.query.topic.startswith("Combien coûte un passeport")


def test_thanks_at_the_end_are_taken_off() -> None:
    assert clean("mon passeport est perdu, merci beaucoup !", LIMIT) == "mon passeport est perdu"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("passport", "passeport"),
        ("cassier", "casier"),
        ("lavocat", "l'avocat"),
        ("recouvrememt", "recouvrement"),
    ],
)
def test_a_misspelt_word_becomes_the_nearest_of_the_corpus(
    vocabulary: Vocabulary, typed: str, meant: str
) -> None:
    assert vocabulary.corrected(typed) == meant


@pytest.mark.parametrize("word", ["caf", "appart", "proprio", "ressort", "zzzzzz", "86", "taf"])
def test_right_words_acronyms_and_unknown_names_are_left_alone(
    vocabulary: Vocabulary, word: str
) -> None:
    assert vocabulary.corrected(word) == word


def test_a_name_with_a_capital_inside_a_sentence_is_not_corrected(
    vocabulary: Vocabulary,
) -> None:
    read = Understanding(vocabulary, LIMIT).read("je viens de Cassier pour le cassier")
    assert read.cleaned == "je viens de Cassier pour le cassier"
    assert read.standalone == "je viens de Cassier pour le casier"
    assert read.mended == (("cassier", "casier"),)


def test_shorthand_is_spelt_out(vocabulary: Vocabulary) -> None:
    read = Understanding(vocabulary, LIMIT).read("jai perdu cb pr refaire")
    assert read.standalone == "j'ai perdu combien pour refaire"


def test_everyday_words_bring_the_official_ones_beside_them(vocabulary: Vocabulary) -> None:
    query = Understanding(vocabulary, LIMIT).read("ma carte grise est perdue").query
    assert query.text == "ma carte grise est perdue"
    assert "certificat d'immatriculation" in query.added


def test_an_everyday_word_is_matched_as_a_whole_word(vocabulary: Vocabulary) -> None:
    query = Understanding(vocabulary, LIMIT).read("le papillon de mon jardin voisine").query
    assert "personne agee" not in query.added


@pytest.mark.parametrize(
    ("question", "added"),
    [
        ("la caf me doit de l'argent", "caisse d allocations familiales"),
        ("la caisse d'allocations familiales me doit de l'argent", "caf"),
    ],
)
def test_acronyms_are_expanded_both_ways(vocabulary: Vocabulary, question: str, added: str) -> None:
    assert added in Understanding(vocabulary, LIMIT).read(question).query.added
