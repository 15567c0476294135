from __future__ import annotations

from typing import Any, cast

from assistant.sayable import CHECKLIST, answering, passages_to_say
from vectorstore.fiche import Heading, Passage
from vectorstore.search import Hit
from vectorstore.snapshot import Snapshot

INTRODUCTION = "Lors d'un déménagement, prévenez les organismes."


class Pages:
    """A snapshot of a checklist, F1, and a page of rules, F2."""

    def __init__(self, introduction: str) -> None:
        self.introduction = introduction

    def heading(self, fiche: str) -> Heading:
        kind = CHECKLIST if fiche == "F1" else "Fiche d'information"
        return Heading(
            id=fiche, title="Déménager", type=kind, audiences=("particuliers",),
            url="https://example.org",
        )  # fmt: skip

    def passages(self, fiche: str) -> list[Passage]:
        return [
            Passage(id=f"{fiche}#0", fiche=fiche, kind="introduction", text=self.introduction),
            Passage(id=f"{fiche}#1", fiche=fiche, kind="section", text="Je préviens la banque."),
        ]


def pages(introduction: str = INTRODUCTION) -> Snapshot:
    return cast(Snapshot, cast(Any, Pages(introduction)))


def hit(fiche: str, probability: float) -> Hit:
    return Hit(fiche, "Déménager", "https://example.org", 1.0, probability, ())


def test_a_checklist_far_ahead_answers_by_its_introduction() -> None:
    first = hit("F1", 0.8)
    assert answering([first, hit("F2", 0.2)], 0.2, pages()) == [first]
    assert [p.kind for p in passages_to_say(first, pages())] == ["introduction"]


def test_a_page_of_rules_that_is_near_answers_before_a_checklist() -> None:
    rules = hit("F2", 0.5)
    assert answering([hit("F1", 0.8), rules], 0.2, pages()) == [rules]


def test_a_checklist_that_speaks_in_the_first_person_is_not_said() -> None:
    first_person = pages("J'organise des activités et je veux prévenir ma banque.")
    assert passages_to_say(hit("F1", 0.8), first_person) == []
    assert answering([hit("F1", 0.8)], 0.2, first_person) == []


def test_all_passages_of_a_page_of_rules_may_be_said() -> None:
    assert len(passages_to_say(hit("F2", 0.8), pages())) == 2
