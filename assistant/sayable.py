"""Which of the fiches found may answer? Those that state rules, and are near enough."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant import routing
from vectorstore.fiche import Passage
from vectorstore.search import Hit
from vectorstore.snapshot import Snapshot
from vectorstore.text import fold

CHECKLIST = "Fiche Comment faire si"
"""Type of a page in the first person that lists what to do; its introduction can be said."""
UNSAYABLE_TYPES = ("Recherche guidée", "Fiche avec liens externes", CHECKLIST)
_FIRST_PERSON = re.compile(r"\b(?:je|j'|m'|mon|ma|mes)\b|\b[jm]['’]")
LEADS_BY = 2.0
"""How many times likelier than any page of rules a checklist must be to answer itself."""


def answering(hits: Sequence[Hit], floor: float, snapshot: Snapshot) -> list[Hit]:
    """The fiches that may answer, best first.

    Args:
        hits: what was found, best first.
        floor: the least probability of being right.
        snapshot: where the fiches are read.
    """
    sayable = [hit for hit in hits if _sayable(hit, snapshot)]
    rival = max((hit.probability for hit in sayable), default=0.0)
    ahead = bool(hits) and hits[0].probability >= LEADS_BY * rival
    if ahead and _is_checklist(hits[0], snapshot) and passages_to_say(hits[0], snapshot):
        return [hits[0]]
    near = [hit for hit in sayable if hit.probability >= floor]
    if not near and sayable and _leads(sayable):
        # A guide stands first and nothing else is near it: the page that it leads to answers.
        near = sayable[:1]
    return near


def passages_to_say(hit: Hit, snapshot: Snapshot) -> list[Passage]:
    """The passages of a fiche that an answer may be made of: all of them; of a checklist, which is
    written in the first person, an introduction that is not."""
    passages = list(snapshot.passages(hit.fiche))
    if not _is_checklist(hit, snapshot):
        return passages
    return [
        passage
        for passage in passages
        if passage.kind == "introduction" and not _FIRST_PERSON.search(fold(passage.text))
    ]


def _is_checklist(hit: Hit, snapshot: Snapshot) -> bool:
    return snapshot.heading(hit.fiche).type.startswith(CHECKLIST)


def _sayable(hit: Hit, snapshot: Snapshot) -> bool:
    """Whether the page states rules that an agent may say.

    Guides and first-person checklists only lead to others; tax is not answered at this level.
    """
    if snapshot.heading(hit.fiche).type.startswith(UNSAYABLE_TYPES):
        return False
    return not any(map(routing.about_tax, routing.near_fiches([hit], snapshot)))


def _leads(hits: Sequence[Hit]) -> bool:
    """Whether the first of the hits is likelier to be right than all the others together."""
    return hits[0].probability > sum(hit.probability for hit in hits[1:])
