from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.question import clean, standalone
from vectorstore.errors import UsageError
from vectorstore.text import words

LIMIT = 1000
PASSPORT = "Combien coûte un passeport pour un adulte ?"


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
def test_a_follow_up_takes_the_topic_of_the_call(question: str) -> None:
    made = standalone(question, ["Bonjour", PASSPORT])
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
def test_a_full_question_is_left_alone_in_the_middle_of_a_call(question: str) -> None:
    assert standalone(question, [PASSPORT]) == question


def test_the_first_question_of_a_call_is_left_alone_however_short() -> None:
    assert standalone("et pour ma fille ?", []) == "et pour ma fille ?"


def test_a_follow_up_about_the_pronoun_en_takes_the_topic_of_the_call() -> None:
    question = "Peut-on en faire refaire un sans rendez-vous auprès d'une mairie de quartier ?"
    assert standalone(question, [PASSPORT]).startswith("Combien coûte un passeport")
