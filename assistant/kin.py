"""Fiches of one dossier that differ only by the kind of caller: the right one, or the question.

The passport has one fiche for adults and another for minors, the pension one for the private sector
and another for civil servants: the dossier itself is then the tree of cases.
"""

from __future__ import annotations

from collections.abc import Sequence

from assistant.caller import Caller, broader, rules_of, title_traits
from assistant.card import Ask
from vectorstore.fiche import Heading
from vectorstore.search import Hit
from vectorstore.snapshot import Snapshot
from vectorstore.text import stems

KIN_TRAITS = (
    "age",
    "emploi",
    "sinistre",
    "demande",
    "couple",
    "logement",
    "nationalite",
    "occupation",
)
"""The traits by which a dossier is split into fiches."""
COMMON = {"age": "majeur"}
"""The kind of caller that is assumed until it is known."""
SAME_MATTER = 0.6
"""Share of the stems of two titles, those of the traits left out, from which they are one matter."""
CLOSE = 0.5
"""A sibling is close when its chance is at least this share of the best fiche's."""


def sibling_for(near: Sequence[Hit], caller: Caller, snapshot: Snapshot) -> tuple[Hit, Ask | None]:
    """The hit to answer from: the best, or its sibling for this kind of caller.

    Args:
        near: the fiches that may answer, best first; at least one.
        caller: what is known.

    Returns:
        The hit, and the question to ask where what is known does not tell two close siblings apart.
    """
    best = near[0]
    own = dict(title_traits(best.title))
    heading = snapshot.heading(best.fiche)
    kin = [
        (hit, differing)
        for hit in near[1:]
        if (differing := _differing(heading, snapshot.heading(hit.fiche))) is not None
    ]
    for hit, name in kin:
        known = _known(caller, name)
        theirs = dict(title_traits(hit.title))[name]
        if theirs in known and own[name] not in known:
            return hit, None
    for hit, name in kin:
        rules = rules_of(name)
        if _known(caller, name) or "ask" not in rules:
            continue
        if hit.probability >= CLOSE * best.probability:
            values = (own[name], dict(title_traits(hit.title))[name])
            options = [rules["values"][value]["label"] for value in values]
            usual = hit if values[1] == COMMON.get(name) else best
            return usual, Ask(text=rules["ask"], options=options)
    return best, None


def _known(caller: Caller, name: str) -> set[str]:
    return {wide for value in caller.values(name) for wide in broader(name, value)}


def _differing(one: Heading, other: Heading) -> str | None:
    """The one trait by which two fiches of a dossier differ, if they are of one matter."""
    if one.dossier is None or other.dossier is None or one.dossier.id != other.dossier.id:
        return None
    mine, theirs = dict(title_traits(one.title)), dict(title_traits(other.title))
    names = [n for n in KIN_TRAITS if n in mine and n in theirs and mine[n] != theirs[n]]
    if len(names) != 1:
        return None
    here, there = set(stems(one.title)), set(stems(other.title))
    shared, distinct = here & there, here ^ there
    spread = len(distinct) - 2
    return names[0] if len(shared) / (len(shared) + max(spread, 0) or 1) >= SAME_MATTER else None
