from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assistant.card import Card, Route
from assistant.journal import Journal
from assistant.settings import Settings
from assistant.suggestions import LONGEST, of_calls, of_corpus
from vectorstore.snapshot import Snapshot
from vectorstore.text import words

QUESTION = "comment refaire un passeport perdu"


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = Journal.open(Settings(home=tmp_path))
    yield opened
    opened.close()


def asked(journal: Journal, question: str, *, calls: int, times: int = 1, **card: object) -> None:
    for _ in range(calls):
        call = journal.start_call()
        for _ in range(times):
            made = Card.model_validate(
                {"question": question, "standalone_question": question} | card
            )
            journal.record_turn(call, made)


def often(journal: Journal) -> list[str]:
    return journal.frequent_questions(datetime.now(UTC) - timedelta(days=90))


def test_titles_come_first_and_then_the_questions_that_callers_may_ask(snapshot: Snapshot) -> None:
    kinds = [kind for _, kind in of_corpus(snapshot)]
    first = kinds.index("question")
    assert set(kinds[:first]) == {"fiche", "question-réponse"}
    assert set(kinds[first:]) == {"question"}
    assert first > 50
    assert len(kinds) - first > 50


def test_nothing_is_suggested_twice_nor_longer_than_a_glance(snapshot: Snapshot) -> None:
    found = of_corpus(snapshot)
    assert len({" ".join(words(label)) for label, _ in found}) == len(found)
    assert all(len(label) <= LONGEST for label, kind in found if kind == "question")


def test_a_question_asked_in_three_calls_is_suggested(journal: Journal) -> None:
    asked(journal, QUESTION, calls=2)
    assert often(journal) == []
    asked(journal, "Comment refaire un passeport perdu ?", calls=1)
    assert often(journal) == [QUESTION]
    assert of_calls(often(journal)) == [(QUESTION, "souvent demandé")]


def test_what_one_caller_says_three_times_is_shown_to_nobody(journal: Journal) -> None:
    asked(journal, "mon voisin Marcel du 3e refait son passeport", calls=1, times=3)
    assert often(journal) == []


def test_a_question_that_held_personal_data_is_never_suggested(journal: Journal) -> None:
    asked(journal, "passeport de mme Martin au 06 12 34 56 78", calls=3)
    assert often(journal) == []
    assert of_calls(["passeport au 06 12 34 56 78"]) == []


def test_what_was_not_answered_or_belongs_elsewhere_is_not_suggested(journal: Journal) -> None:
    asked(journal, "comment élever un dahu", calls=3, abstained=True)
    asked(journal, "où payer mes impôts", calls=3, route=Route(label="fiscal"))
    assert often(journal) == []


def test_what_was_asked_in_most_calls_comes_first(journal: Journal) -> None:
    asked(journal, "prix du passeport", calls=3)
    asked(journal, QUESTION, calls=4)
    assert often(journal) == [QUESTION, "prix du passeport"]


def test_a_follow_up_that_names_no_matter_is_not_suggested() -> None:
    assert of_calls(["et ça coûte combien ?", "c'est où"]) == []
