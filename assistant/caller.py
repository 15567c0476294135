"""What the caller said of themselves and of the matter, read by the rules of ``prompts/caller.yaml``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal

from assistant.card import Known
from assistant.quantities import Quantity, quantities_in
from assistant.texts import load_yaml, pattern
from vectorstore.text import fold, stems

Of = Literal["person", "matter"]
MAJORITY = 18
FOLLOW_UP = " — "
"""What ``question.standalone`` puts between the topic of the call and the follow-up."""
_BEFORE = 40
"""Characters before a word in which its denial is looked for."""


@dataclass(frozen=True)
class Trait:
    """One thing that is known, and the words that say it."""

    name: str
    value: str
    words: str
    negated: bool = False
    of: Of = "matter"


@dataclass(frozen=True)
class Caller:
    """What is known of the caller and the matter."""

    traits: tuple[Trait, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    stems: frozenset[str] = frozenset()
    """Of the words said, and of those by which fiches say the same."""
    told: tuple[str, ...] = ()
    """What the agent has told, folded: the options chosen."""
    text: str = ""
    """All that was said, folded."""

    def values(self, name: str) -> set[str]:
        return {t.value for t in self.traits if t.name == name and not t.negated}

    def denied(self, name: str) -> set[str]:
        return {t.value for t in self.traits if t.name == name and t.negated}


@dataclass(frozen=True)
class _Value:
    name: str
    value: str
    of: Of
    says: tuple[str, ...]
    titles: tuple[str, ...]
    excluded: str
    """The value that is left when this one is denied."""


@cache
def _values() -> tuple[_Value, ...]:
    return tuple(
        _Value(
            name,
            value,
            trait["of"],
            tuple(rules["says"]),
            tuple(rules.get("titles", rules["says"])),
            rules.get("not", ""),
        )
        for name, trait in load_yaml("caller")["traits"].items()
        for value, rules in trait["values"].items()
    )


def rules_of(name: str) -> dict[str, Any]:
    """The rules of one trait."""
    rules: dict[str, Any] = load_yaml("caller")["traits"][name]
    return rules


@cache
def broader(name: str, value: str) -> frozenset[str]:
    """The value and all that hold with it: an Algerian is a foreigner."""
    found = {value}
    for other in rules_of(name)["values"][value].get("is", ()):
        found |= broader(name, other) if other in rules_of(name)["values"] else {other}
    return frozenset(found)


def read_caller(question: str, history: Sequence[str], told: Sequence[str]) -> Caller:
    """Read what is known; what is said later outranks what was said before.

    Args:
        question: the standalone question.
        history: earlier questions of the call, oldest first; only what is of the person holds on.
        told: what the agent has told of the case; it outranks all that was said.
    """
    known: dict[str, list[Trait]] = {}
    numbers: dict[str, list[Quantity]] = {}
    for text in history:
        quantities = [n for n in quantities_in(text) if n.kind in ("age", "child")]
        lasting = [trait for trait in _traits(text) if trait.of == "person"]
        _add(known, [*lasting, *_of_age(quantities)])
        _count(numbers, quantities)
    for text in [*question.split(FOLLOW_UP), *told]:
        quantities = quantities_in(text)
        _add(known, [*_traits(text), *_of_age(quantities)])
        _count(numbers, quantities)
    words = set(stems(" ".join([question, *told])))
    folded = fold(" ".join([question, *told]))
    for rule in load_yaml("caller")["words"]:
        if pattern(rule["says"]).search(folded):
            words |= set(stems(rule["words"]))
    return Caller(
        tuple(trait for traits in known.values() for trait in traits),
        tuple(n for found in numbers.values() for n in found),
        frozenset(words),
        tuple(fold(text).strip() for text in told),
        folded,
    )


def _add(known: dict[str, list[Trait]], traits: Iterable[Trait]) -> None:
    fresh: dict[str, list[Trait]] = {}
    for trait in traits:
        same = fresh.setdefault(trait.name, [])
        if trait.name == "age" and trait.words[:1].isdigit():
            same.clear()
        if not any(other.value == trait.value for other in same):
            same.append(trait)
    known.update(fresh)


def _count(numbers: dict[str, list[Quantity]], found: Iterable[Quantity]) -> None:
    fresh: dict[str, list[Quantity]] = {}
    for quantity in found:
        fresh.setdefault(quantity.kind, []).append(quantity)
    numbers.update(fresh)


def _traits(text: str) -> list[Trait]:
    folded = fold(text)
    found = []
    for value in _values():
        for expression in value.says:
            for match in pattern(expression).finditer(folded):
                negated = denied(folded, match.start())
                words = match[0].strip()
                found.append(Trait(value.name, value.value, words, negated, value.of))
                if negated and value.excluded:
                    found.append(Trait(value.name, value.excluded, f"non {words}", of=value.of))
    return _without_denied(found)


def _without_denied(found: list[Trait]) -> list[Trait]:
    """Leave out a broader value that an already found narrower one covers, and what is denied."""
    out = {(t.name, t.value) for t in found if t.negated}
    return [t for t in found if t.negated or (t.name, t.value) not in out]


def denied(folded: str, start: int) -> bool:
    """Whether what stands at ``start`` is denied by the words before it."""
    before = folded[max(0, start - _BEFORE) : start].replace("'", "' ").replace("' ", "'")
    return pattern(load_yaml("caller")["denial"]).search(before) is not None


def _of_age(quantities: Sequence[Quantity]) -> list[Trait]:
    return [
        Trait("age", "mineur" if n.value < MAJORITY else "majeur", n.words, of="person")
        for n in quantities
        if n.kind == "age"
    ][-1:]


@lru_cache(maxsize=2048)
def title_traits(title: str) -> tuple[tuple[str, str], ...]:
    """The traits (name, value) for which a case holds, by its title."""
    folded = fold(title)
    found = []
    for value in _values():
        for expression in value.titles:
            match = pattern(expression).search(folded)
            if match and not denied(folded, match.start()):
                found.append((value.name, value.value))
                break
            if match and value.excluded:
                found.append((value.name, value.excluded))
                break
    return tuple(found)


def known_of(caller: Caller) -> list[Known]:
    """What is known, as the card shows it."""
    found = []
    for trait in caller.traits:
        rules = rules_of(trait.name)
        shown = rules["values"][trait.value]["label"]
        value = f"pas {shown}" if trait.negated else shown
        known = Known(label=rules["label"], value=value, words=trait.words)
        if known not in found:
            found.append(known)
    return found
