from __future__ import annotations

import pytest

from assistant.chain import Assistant
from assistant.limits import (
    MAX_CASES,
    MAX_COMMUNE_CHARS,
    MAX_HISTORY,
    MAX_TEXT_CHARS,
    Pace,
    check_request,
)
from assistant.question import clean
from assistant.settings import Settings
from vectorstore.errors import UsageError
from vectorstore.search import Search


def test_a_session_waits_once_it_has_asked_too_much_in_a_minute() -> None:
    pace = Pace(per_minute=3)
    for second in (0.0, 1.0, 2.0):
        pace.take(second)
    with pytest.raises(UsageError, match="attendre 50 s"):
        pace.take(10.0)
    pace.take(60.5)
    with pytest.raises(UsageError):
        pace.take(60.6)


def test_a_call_within_its_bounds_is_taken() -> None:
    check_request(["x" * MAX_TEXT_CHARS] * MAX_HISTORY, ["x"] * MAX_CASES, "y" * MAX_COMMUNE_CHARS)


@pytest.mark.parametrize(
    ("history", "cases", "commune", "word"),
    [
        (["x"] * (MAX_HISTORY + 1), [], None, "nouvel appel"),
        (["x" * (MAX_TEXT_CHARS + 1)], [], None, "2001 caractères"),
        ([], ["x"] * (MAX_CASES + 1), None, "Le cas"),
        ([], ["x" * (MAX_TEXT_CHARS + 1)], None, "2001 caractères"),
        ([], [], "y" * (MAX_COMMUNE_CHARS + 1), "code postal"),
    ],
)
def test_what_is_larger_than_any_call_is_refused_at_the_border(
    search: Search, history: list[str], cases: list[str], commune: str | None, word: str
) -> None:
    assistant = Assistant(Settings(), search)
    with pytest.raises(UsageError, match=word):
        assistant.ask("carte d'identité", history=history, cases=cases, commune=commune)


def test_thanks_in_a_row_are_taken_off_in_no_time() -> None:
    assert clean("carte grise, merci, merci beaucoup. Cordialement, bonne journée !", 1000) == (
        "carte grise"
    )
    endless = "carte " + "merci,,,," * 100 + " x"
    assert clean(endless, 1000) == endless
