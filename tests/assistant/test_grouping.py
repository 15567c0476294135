from __future__ import annotations

from assistant.grouping import grouped, most_telling

ASKED = [
    "combien coûte un passeport",
    "garder un dauphin dans sa piscine",
    "passeport, ça coûte combien ?",
    "peut-on garder un dauphin dans une piscine",
    "le passeport coûte combien pour un adulte",
    "",
]


def test_questions_about_the_same_matter_are_read_together_and_the_commonest_first() -> None:
    assert grouped(ASKED) == [[0, 2, 4], [1, 3], [5]]


def test_every_question_is_in_one_group() -> None:
    assert sorted(n for group in grouped(ASKED) for n in group) == list(range(len(ASKED)))
    assert grouped([]) == []


def test_the_question_asked_most_often_stands_for_its_group() -> None:
    assert most_telling(["b long", "a", "b long"]) == "b long"
    assert most_telling(["plus long", "court"]) == "court"
