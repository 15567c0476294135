"""How well the passages of one fiche answer what is asked, whatever the caller's case."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from assistant.texts import any_match, load_yaml, pattern
from vectorstore.fiche import Fiche, Passage
from vectorstore.text import fold, stems

QUESTION_STEMS = frozenset({"combien"})
"""Words that ask; a title that shares only them answers something else."""


def aspects_of(question: str) -> list[str]:
    """What is asked (cost, documents, …), in the order of ``prompts/aspects.yaml``."""
    folded = fold(question)
    aspects = load_yaml("aspects")["aspects"]
    return [name for name, rules in aspects.items() if any_match(rules["asks"], folded)]


def relevance(
    question: str, words: frozenset[str], fiche: Fiche, passages: Sequence[Passage]
) -> list[float]:
    """For each passage, a score: the section's title, the facts that it states, its words.

    Args:
        question: the standalone question.
        words: stems of all that was said.
    """
    rules = load_yaml("aspects")["aspects"]
    aspects = aspects_of(question)
    asked = words - set(stems(fiche.title)) - QUESTION_STEMS
    found = []
    for passage in passages:
        titles = fold(" ".join(passage.section))
        folded = fold(passage.text)
        own = _stems(passage.text) | set(stems(titles))
        score = 0.8 * len(asked & own) / (len(asked) or 1)
        score += 0.6 * len(asked & set(stems(titles))) / (len(asked) or 1)
        for aspect in aspects:
            if any_match(rules[aspect]["titles"], titles):
                score += 1.0
            needs = rules[aspect].get("needs")
            if needs:
                score += 0.5 if pattern(needs).search(folded) else -0.5
        if passage.kind in ("callout", "links"):
            score -= 0.4
        if passage.kind == "warning":
            score -= 0.6
        found.append(score)
    return found


@lru_cache(maxsize=2048)
def _stems(text: str) -> frozenset[str]:
    return frozenset(stems(text))
