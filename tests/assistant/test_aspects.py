from __future__ import annotations

import pytest

from assistant.aspects import aspects, aspects_of


def names(question: str) -> set[str]:
    return {aspect.name for aspect in aspects_of(question)}


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("Combien coûte un passeport ?", "cost"),
        ("c'est payant ou gratuit", "cost"),
        ("elle touche combien par mois", "amount"),
        ("j'ai combien de temps pour contester", "time_limit"),
        ("la carte est valable combien d'années", "duration"),
        ("à partir de quel âge on peut voter", "age"),
        ("il faut combien de photos", "count"),
        ("quels papiers je dois apporter", "documents"),
        ("il faut aller où pour ça", "place"),
        ("c'est à qui de payer la chaudière", "who"),
        ("comment on fait pour s'inscrire", "how"),
        ("quelles sont les conditions", "conditions"),
        ("est-ce que je peux refuser", "yes_no"),
        ("c'est quoi un usufruit", "what"),
        ("ils ont refusé, quel recours", "appeal"),
        ("et si je paie en retard, que se passe-t-il", "after"),
    ],
)
def test_each_aspect_is_heard(question: str, asked: str) -> None:
    assert asked in names(question)


def test_several_aspects_are_heard_at_once() -> None:
    assert {"place", "cost", "documents"} <= names(
        "la carte d'identité, c'est où, combien ça coûte et quels papiers"
    )


def test_ou_without_its_accent_inside_a_sentence_is_no_place() -> None:
    assert "place" not in names("un garçon ou une fille")
    assert "place" in names("où déclarer une naissance")


def test_a_question_without_a_clear_aspect_has_none() -> None:
    assert names("naissance de jumeaux") == set()


def test_every_aspect_has_its_weights() -> None:
    from assistant.choose import ASPECT_NAMES

    assert tuple(aspect.name for aspect in aspects()) == ASPECT_NAMES
