from __future__ import annotations

from assistant.caller import FOLLOW_UP
from assistant.card import Card
from evals.rewriting import is_right, kind_of

FRESH = {"id": "n", "question": "casier judiciaire", "history": ["pacs"], "follow_up": False}


def answered(standalone: str, label: str = "niveau1") -> Card:
    return Card.model_validate(
        {"question": "q", "standalone_question": standalone, "route": {"label": label}}
    )


def test_a_new_subject_is_right_when_the_earlier_question_is_not_put_in_front() -> None:
    assert kind_of(FRESH) == "fresh"
    assert is_right(FRESH, lambda question, history: answered(question))
    assert not is_right(FRESH, lambda question, history: answered(f"pacs{FOLLOW_UP}{question}"))


def test_a_follow_up_is_right_when_it_is() -> None:
    item = FRESH | {"follow_up": True}
    assert kind_of(item) == "continued"
    assert is_right(item, lambda question, history: answered(f"pacs{FOLLOW_UP}{question}"))
    assert not is_right(item, lambda question, history: answered(question))


def test_what_belongs_elsewhere_is_right_when_it_is_routed_however_it_is_read() -> None:
    item = FRESH | {"route": "fiscal"}
    assert is_right(item, lambda *_: answered(f"pacs{FOLLOW_UP}impôts", "fiscal"))
    assert not is_right(item, lambda *_: answered("impôts"))
