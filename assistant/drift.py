"""Whether a rewritten question still asks what was asked: nothing added, nothing lost, nothing turned.

A rewrite comes from a model and is searched and answered in the caller's place, so it is refused on
the first doubt; the rules' version then stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

from assistant.caller import read_caller
from assistant.facts import facts_in
from assistant.question import Understanding, everyday_words
from assistant.texts import load_yaml, pattern
from vectorstore.text import STOPWORDS, fold, stems, words

KEPT = 0.6
"""Share of the question's own words that its rewrite must keep; the rest may be small talk."""
BESIDE = 2
"""Words before and after a denial that are taken to be denied."""


def drift(
    rewritten: Sequence[str], question: str, history: Sequence[str], understanding: Understanding
) -> str:
    """Why a rewrite is refused, in French; empty when it may be used.

    Args:
        rewritten: the questions that it is made into.
        question: as it was typed.
        history: earlier questions of the call.
        understanding: knows the right spelling and the official words of both.
    """
    own = _spelt(question, understanding)
    said = [own, *(_spelt(earlier, understanding) for earlier in history)]
    whole = "\n".join(rewritten)
    reasons = load_yaml("scripts")["drift"]
    known = _words_of(said) | _official(said, understanding)
    for word in words(whole):
        if word not in STOPWORDS and not set(stems(word)) <= known:
            return str(reasons["added"].format(what=word))
    added = _facts(rewritten) - _facts(said)
    if added:
        return str(reasons["added"].format(what=min(added)))
    lost = _facts([own]) - _facts(rewritten)
    if lost:
        return str(reasons["lost"].format(what=min(lost)))
    traits, before = _traits(rewritten), _traits(said)
    if not traits <= before or not _traits([own]) <= traits:
        return str(reasons["status"])
    if not _same_denials(rewritten, own, said):
        return str(reasons["denial"])
    mine = _words_of([own]) - _neutral()
    kept = _words_of(rewritten)
    kept |= _renamed(own, kept)
    if mine and len(mine & kept) / len(mine) < KEPT:
        return str(reasons["lost"].format(what=", ".join(sorted(mine - kept))))
    return ""


def _spelt(question: str, understanding: Understanding) -> str:
    return understanding.read(question).query.text


def _words_of(texts: Iterable[str]) -> set[str]:
    return {stem for text in texts for stem in stems(text)} | _neutral()


def _official(texts: Iterable[str], understanding: Understanding) -> set[str]:
    """Stems of the official words for those of the texts."""
    return {s for text in texts for s in stems(understanding.read(text).query.added)}


def _renamed(own: str, kept: set[str]) -> set[str]:
    """Stems of the question's everyday words for which the rewrite has the official ones."""
    padded = f" {' '.join(words(own))} "
    return {
        stem
        for everyday, official in everyday_words().items()
        if f" {everyday} " in padded and set(stems(official)) <= kept
        for stem in stems(everyday)
    }


def _facts(texts: Iterable[str]) -> set[str]:
    """What can be checked in the texts, and every figure besides."""
    found: set[str] = set()
    for text in texts:
        found |= {f"{fact.value} ({fact.words})" for fact in facts_in(text) if fact.kind != "body"}
        found |= {word for word in words(text) if any(char.isdigit() for char in word)}
    return found


def _traits(texts: Iterable[str]) -> set[tuple[str, str, bool]]:
    """What is said of the caller: age, nationality, family, work…"""
    return {
        (trait.name, trait.value, trait.negated)
        for text in texts
        for trait in read_caller(text, (), ()).traits
    }


def _same_denials(rewritten: Sequence[str], own: str, said: Sequence[str]) -> bool:
    """Whether the rewrite denies only what was denied, and all that the question denies."""
    before = [denied for text in said for denied in _denied(text)]
    after = [denied for text in rewritten for denied in _denied(text)]
    return all(any(one & other for other in before) for one in after) and all(
        any(one & other for other in after) for one in _denied(own)
    )


def _denied(text: str) -> list[set[str]]:
    """For each denial, the stems beside it."""
    folded = fold(text)
    found = []
    for match in pattern(load_yaml("mixed")["denials"]).finditer(folded):
        left, right = words(folded[: match.start()]), words(folded[match.end() :])
        beside = [w for w in left if w not in STOPWORDS][-BESIDE:]
        beside += [w for w in right if w not in STOPWORDS][:BESIDE]
        found.append(set(stems(" ".join(beside))) if beside else set())
    return [denied for denied in found if denied]


@cache
def _neutral() -> frozenset[str]:
    return frozenset(stems(load_yaml("mixed")["neutral"]))
