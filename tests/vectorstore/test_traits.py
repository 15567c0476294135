from __future__ import annotations

import pytest

from vectorstore.traits import TitleTraits

ADULT = "Passeport d'un majeur : en cas de perte"
CHILD = "Passeport d'un mineur : en cas de vol"
PUBLIC = "Fonction publique : congés annuels"
PLAIN = "Conciliateur de justice"
TITLES = [ADULT, CHILD, PUBLIC, PLAIN]


def traits_of(question: str, title: str) -> tuple[float, float, float]:
    """(told, denied, rare) of one title for a question."""
    found = TitleTraits(TITLES).compared(question)
    place = TITLES.index(title)
    names = ("traits_told", "traits_denied", "traits_rare")
    return tuple(float(found[name][place]) for name in names)  # type: ignore[return-value]


def test_a_childs_lost_passport_agrees_and_disagrees_by_trait() -> None:
    question = "mon fils de 8 ans a perdu son passeport"
    assert traits_of(question, CHILD) == (1.0, 1.0, 0.0)  # a minor, but lost and not stolen
    assert traits_of(question, ADULT) == (1.0, 1.0, 0.0)  # lost, but not an adult


def test_a_title_of_a_rarer_caller_is_noticed_when_nothing_is_told() -> None:
    assert traits_of("combien de congés par an", PUBLIC) == (0.0, 0.0, 1.0)
    assert traits_of("je suis fonctionnaire, combien de congés", PUBLIC) == (1.0, 0.0, 0.0)


@pytest.mark.parametrize("question", ["je suis fonctionnaire", "mon fils a perdu ses papiers", "?"])
def test_a_title_without_traits_is_never_judged(question: str) -> None:
    assert traits_of(question, PLAIN) == (0.0, 0.0, 0.0)
