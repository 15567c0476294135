"""Of a mixed question: which part this level answers, and which are offered as the next questions."""

from __future__ import annotations

import numpy as np

from assistant import routing
from assistant.continuing import SHORT
from assistant.mixed import Part, parts_of, told_apart
from assistant.question import Understanding
from assistant.turn import Turn
from vectorstore.search import Hit, Search
from vectorstore.text import stems

NEVER_ANSWERED = ("fiscal", "urgence")
"""Routes that a question keeps whatever the call was about before."""


class Parts:
    """Settles mixed questions over one snapshot.

    Args:
        understanding: of the snapshot in use.
        search: finds each part's fiches.
    """

    def __init__(self, understanding: Understanding, search: Search) -> None:
        self._understanding = understanding
        self._search = search

    def settle(self, turn: Turn) -> None:
        """Turn to the first part that this level answers, and name the others.

        A question whose route is another level's keeps its route and offers the parts that are ours;
        a complex one goes whole to who takes it.
        """
        pieces = parts_of(turn.understood.query.text)
        if len(pieces) < 2 or turn.route.label == "complexe" or self._search.degraded:
            return
        parts = told_apart(pieces, self._found)
        ours = [part for part in parts if self.routed(part).route.label == "niveau1"]
        offered = ours if turn.ended or turn.also else parts
        chosen = ours[0] if ours and not turn.ended else None
        turn.others = [part.text for part in offered if part is not chosen]
        if chosen is not None:
            turn.understood = self._understanding.read(chosen.text)
            turn.hits = list(chosen.hits)

    def elsewhere(self, turn: Turn) -> routing.Routed | None:
        """The route of a follow-up that alone is about tax or an emergency, whatever it continues.

        A short one is not read alone: "et ça fait quel montant ?" says nothing without its topic.
        """
        query = turn.understood.query
        if not query.topic or len(set(stems(query.text))) <= SHORT or self._search.degraded:
            return None
        found = self.routed(Part(query.text, tuple(self._found(query.text))))
        return found if found.route.label in NEVER_ANSWERED else None

    def routed(self, part: Part) -> routing.Routed:
        """The route of a part by itself."""
        query = self._understanding.read(part.text).query
        vector = None if self._search.degraded else np.array(self._search.vector(query))
        return routing.route(part.text, part.hits, self._search.snapshot, vector)

    def _found(self, text: str) -> list[Hit]:
        return self._search.search(self._understanding.read(text).query, 10)
