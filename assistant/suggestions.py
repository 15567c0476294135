"""What the question field suggests while an agent types: three kinds, each of its own source.

The page filters them itself, so that typing waits for no server (``ui/front/field.js``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from assistant.mixed import matter_of
from assistant.personal import find
from vectorstore.anticipated import anticipated
from vectorstore.snapshot import FicheHead, Snapshot
from vectorstore.text import stems, words

Kind = Literal["souvent demandé", "fiche", "question-réponse", "question"]
Suggestion = tuple[str, Kind]
"""What is suggested and asked, and what it is, as the agent reads it."""

FORESEEN_PER_FICHE = 3
"""Of the questions that callers may ask of a fiche, how many are suggested: the first written."""
LONGEST = 90
"""Characters of a question that is read in a glance."""


def of_corpus(snapshot: Snapshot) -> list[Suggestion]:
    """Titles, then foreseen questions, each once up to case, accents and punctuation.

    Args:
        snapshot: the pages that others name most often come first.
    """
    heads = sorted(snapshot.heads, key=lambda head: -head.mentions)
    found: dict[str, Suggestion] = {}
    for label, kind in (*_titles(heads), *_foreseen(heads)):
        found.setdefault(" ".join(words(label)), (label, kind))
    return list(found.values())


def of_calls(frequent: Sequence[str]) -> list[Suggestion]:
    """What was asked in several calls, where it can be asked alone and holds nothing personal.

    Args:
        frequent: as ``Journal.frequent_questions`` gives them.
    """
    return [
        (question, "souvent demandé")
        for question in frequent
        if len(question) <= LONGEST and matter_of(question) and not find(question)
    ]


def _titles(heads: Sequence[FicheHead]) -> Iterator[Suggestion]:
    for head in heads:
        answers = head.type.startswith("Fiche Question-réponse")
        yield head.title, "question-réponse" if answers else "fiche"


def _foreseen(heads: Sequence[FicheHead]) -> Iterator[Suggestion]:
    """Callers' questions that name the matter of their fiche, so that they can be asked alone."""
    foreseen = anticipated()
    for head in heads:
        title = frozenset(stems(head.title))
        left = FORESEEN_PER_FICHE
        for question in foreseen.get(head.id, ()):
            if len(question.text) <= LONGEST and matter_of(question.text) & title:
                yield question.text, "question"
                left -= 1
                if not left:
                    break
