"""How well the title of a case fits what is known of the caller."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.caller import MAJORITY, Caller, broader, denied, title_traits
from assistant.quantities import Bounds, bounds_in
from assistant.texts import load_yaml, pattern
from vectorstore.text import fold, stems

NAMED = 0.4
"""From this score on, what was said names the case."""
CONTRADICTED = -1.0
"""At or below this score, what was said excludes the case."""
_EMPTY = frozenset({"cas", "situation", "pers", "concern", "demand", "person"})
"""Stems that titles of cases have in common; they name nothing."""


def fits(titles: Sequence[str], caller: Caller, known: set[str]) -> list[float]:
    """How well each title of a group fits what is known; see ``NAMED`` and ``CONTRADICTED``.

    Args:
        titles: of all branches of the group.
        caller: what is known.
        known: stems of the fiche's title, which tell no case apart.
    """
    own = [set(stems(title)) - _EMPTY for title in titles]
    shared = set.intersection(*own) if len(own) > 1 else set()
    numbers = _by_numbers(tuple(titles), caller)
    everywhere = set.intersection(*(set(title_traits(title)) for title in titles))
    marks = []
    for title, words, number in zip(titles, own, numbers, strict=True):
        if fold(title).strip() in caller.told:
            marks.append(5.0)
            continue
        mark = _by_traits(title, everywhere, caller) + number + _by_presence(title, titles, caller)
        if (
            mark == 0.0
            and not set(title_traits(title)) - everywhere
            and not is_kind("other", title)
        ):
            distinct = words - shared
            said = {word for word in distinct & caller.stems if not word.isdigit()}
            if said - known or (said and distinct <= known):
                weight = sum(0.5 if word in known else 1.0 for word in said)
                mark += 0.25 + 0.75 * weight / len(distinct)
        marks.append(mark)
    return marks


def _by_presence(title: str, titles: Sequence[str], caller: Caller) -> float:
    """ "Sans moteur" against "À moteur": whether what they share was said, and not denied."""
    words = set(stems(title)) - _EMPTY
    twins = [other for other in titles if set(stems(other)) - _EMPTY == words and other != title]
    if not words or not twins or not words <= caller.stems:
        return 0.0
    lacking = is_kind("lacking", title)
    if lacking == all(is_kind("lacking", other) for other in twins):
        return 0.0
    first = min(words, key=len)
    start = caller.text.find(first[:5])
    return 1.0 if denied(caller.text, max(start, 0)) == lacking else -2.0


def _by_traits(title: str, everywhere: set[tuple[str, str]], caller: Caller) -> float:
    """Marks for the traits that the title states and the group's other titles do not."""
    mark = 0.0
    by_name: dict[str, set[str]] = {}
    for name, value in set(title_traits(title)) - everywhere:
        by_name.setdefault(name, set()).add(value)
    for name, values in by_name.items():
        known = caller.values(name)
        if values & caller.denied(name):
            mark -= 2.0
            continue
        if not known:
            continue
        held = {wide for value in known for wide in broader(name, value)}
        if values & held:
            mark += 1.0 + 0.2 * bool(values & known)
        elif not any(known & broader(name, value) for value in values):
            mark -= 2.0
    return mark


def _by_numbers(titles: tuple[str, ...], caller: Caller) -> list[float]:
    """Marks for the bounds that the titles state; of several that hold, the tightest."""
    bounds = [bounds_in(title, titles) for title in titles]
    marks = []
    for bound in bounds:
        if bound is None:
            marks.append(0.0)
            continue
        said = [quantity.value for quantity in caller.quantities if quantity.kind == bound.kind]
        if said:
            marks.append(1.5 if any(bound.hold(value) for value in said) else -2.0)
        else:
            marks.append(_by_majority(bound, caller))
    holding = [bound for bound, mark in zip(bounds, marks, strict=True) if bound and mark == 1.5]
    for place, bound in enumerate(bounds):
        if bound in holding and any(_tighter(other, bound) for other in holding if other):
            marks[place] = 0.2
    return marks


def _tighter(one: Bounds, other: Bounds) -> bool:
    return one != other and one.low >= other.low and one.high <= other.high


def _by_majority(bound: Bounds, caller: Caller) -> float:
    """Where no age was said, an adult is not "avant 15 ans" and a minor not "à partir de 18 ans"."""
    ages = caller.values("age")
    if bound.kind != "age" or len(ages) != 1:
        return 0.0
    adult = "majeur" in ages
    if (adult and bound.high <= MAJORITY) or (not adult and bound.low >= MAJORITY):
        return -2.0
    return 1.0 if adult and bound.low == MAJORITY else 0.0


def is_kind(kind: str, title: str) -> bool:
    """Whether a title is of a kind that ``prompts/caller.yaml`` names: general, other, channel…"""
    return pattern(load_yaml("caller")[kind]).search(fold(title)) is not None
