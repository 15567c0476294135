"""Does a sentence say the contrary of its source? Negated verbs, compared with the words they bear on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from assistant.texts import load_yaml, pattern
from assistant.units import Unit, words_of
from vectorstore.text import STOPWORDS, fold, stems, words

NEAR = 0.8
"""Units that hold this share of the sentence's words, of the best one's, say the same thing."""
SAME = 0.6
"""A unit of which this share is in the sentence, and the other way round, is restated by it."""
REACH = 5
"""How many words after the verb the second half of a negation may stand."""

_NEGATORS = frozenset({"pas", "plus", "jamais", "aucun", "aucune", "rien", "personne", "ni"})
_PRONOUNS = frozenset("le la les l lui leur y en se s me m te t vous nous".split())  # noqa: SIM905
_VERBS = {
    "pouvoir": "peut peux peuvent pouvez pouvons pourra pourrez pourront pourrait pourraient",
    "devoir": "doit dois doivent devez devons devra devrez devront devrait devraient",
    "etre": "est sont etes etait etaient sera seront serez serait seraient soit soient",
    "avoir": "a ai as ont avez avons aura auront aurez aurait auraient ait aient",
    "falloir": "faut faudra faudrait",
}
_FORMS = {form: verb for verb, forms in _VERBS.items() for form in forms.split()}


@dataclass(frozen=True)
class _Verbs:
    """Verbs with the first word of content after them, by whether they are negated."""

    denied: frozenset[tuple[str, str]]
    stated: frozenset[tuple[str, str]]


def contrary(sentence: str, units: list[Unit]) -> bool:
    """Whether a sentence denies what the units closest to it state, or states what they deny.

    Args:
        sentence: as it would be said.
        units: those of the passage that it is said from.
    """
    own = words_of(sentence).stems
    if not own or not units:
        return False
    texts = [f"{unit.lead} {unit.text}" for unit in units]
    shares = [len(own & words_of(text).stems) / len(own) for text in texts]
    best = max(shares)
    near = [text for text, share in zip(texts, shares, strict=True) if share >= NEAR * best]
    said = _verbs(sentence)
    theirs = [_verbs(text) for text in near]
    denied = frozenset().union(*(verbs.denied for verbs in theirs))
    stated = frozenset().union(*(verbs.stated for verbs in theirs))
    if (said.denied & stated) - denied or (said.stated & denied) - stated:
        return True
    denies = [_denies(text) for text in near]
    if said.denied and not any(denies):
        return True
    restated = [
        deny
        for text, deny in zip(near, denies, strict=True)
        if _alike(own, words_of(text).stems) and bool(_verbs(text).denied) == deny
    ]
    return bool(restated) and all(restated) and not _denies(sentence)


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    shared = len(one & other)
    return shared >= SAME * len(one) and shared >= SAME * len(other)


@lru_cache(maxsize=16384)
def _denies(text: str) -> bool:
    """Whether anything in a text is negated or forbidden."""
    found = pattern(load_yaml("support")["prohibitions"]).search(fold(text))
    return bool(_verbs(text).denied) or found is not None


@lru_cache(maxsize=16384)
def _verbs(text: str) -> _Verbs:
    tokens = words(text)
    denied: set[tuple[str, str]] = set()
    stated: set[tuple[str, str]] = set()
    used: set[int] = set()
    for place, token in enumerate(tokens):
        if token not in ("ne", "n"):
            continue
        verb = place + 1
        while verb < len(tokens) and tokens[verb] in _PRONOUNS:
            verb += 1
        after = tokens[verb + 1 : verb + 1 + REACH]
        negator = next((n for n, word in enumerate(after) if word in _NEGATORS), None)
        if verb >= len(tokens) or negator is None:
            continue
        denied.add((_form(tokens[verb]), _content(tokens, verb + 1)))
        used.add(verb)
    for place, token in enumerate(tokens):
        if place not in used and token in _FORMS:
            stated.add((_FORMS[token], _content(tokens, place + 1)))
    return _Verbs(frozenset(denied), frozenset(stated))


def _form(verb: str) -> str:
    return _FORMS.get(verb) or stems(verb)[0]


def _content(tokens: list[str], start: int) -> str:
    """The stem of the first word of content from a place on."""
    word = next((t for t in tokens[start:] if t not in STOPWORDS and t not in _NEGATORS), "")
    return stems(word)[0] if word else ""
