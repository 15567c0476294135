"""The chain of steps that makes a card: one path for the page, the command line and evaluation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from langchain_core.runnables import Runnable, RunnableLambda

from assistant import routing
from assistant.assemble import card_of
from assistant.beyond import beyond
from assistant.caller import read_caller
from assistant.card import Card
from assistant.cases import InForce, in_force
from assistant.compose import compose
from assistant.curated import CuratedBook, draft_of
from assistant.endpoint import Endpoint
from assistant.kin import sibling_for
from assistant.limits import check_request
from assistant.metrics import count_turn, errors_counted
from assistant.mixed import Part
from assistant.opening import open_improver, open_search, open_understanding
from assistant.parts import Parts
from assistant.places import load_directory
from assistant.question import clean
from assistant.recent import RecentTurns
from assistant.rewrite import Reading, Rewriter
from assistant.route_features import Vector
from assistant.sayable import answering, passages_to_say
from assistant.settings import Settings, load_settings
from assistant.switches import read_switches
from assistant.turn import Turn, chained
from assistant.verify import verify
from vectorstore.anticipated import anticipated
from vectorstore.evidence import Candidates, Query
from vectorstore.search import Hit, Search
from vectorstore.snapshot import Snapshot

if TYPE_CHECKING:
    from assistant.improve import Improvement

MIN_PROBABILITY = 0.33
"""Below this chance that the best fiche is right, no answer is said."""
MIN_PROBABILITY_DEGRADED = 0.1
"""The same without vectors: the probability was calibrated with them and comes out too low."""
MIN_PROBABILITY_ASKED = 0.5
"""Below this chance, where vectors are, a page's cases are not asked about: it is likelier another."""
WARMING_QUESTIONS = 32
"""Asked of as many fiches before agents are: the caches, the threads' heaps and the mapped pages that
the first minute of sixty agents fills are there then, and growth after it means a leak."""
REREAD = ("niveau1", "imprecis")
"""Routes of a card whose question a model may read again; the others stand as the rules say."""


class Assistant:
    """The chain over one snapshot; loaded once per process and shared by sessions."""

    def __init__(self, settings: Settings, search: Search) -> None:
        self.settings = settings
        self.search = search
        self.snapshot: Snapshot = search.snapshot
        self.understanding = open_understanding(self.snapshot, settings)
        self.curated: CuratedBook | None = None
        """Fixed answers, where the page or the command gives any; an evaluation measures without."""
        self._parts = Parts(self.understanding, search)
        self.rewriter = Rewriter(
            self.understanding, Endpoint.open(settings, "rewrite"), settings.question_max_chars
        )
        self.improver = open_improver(settings, self.snapshot)
        """The model composer; None when no model is configured."""
        steps: tuple[tuple[str, Callable[[Turn], None]], ...] = (
            ("understand", self._understand),
            ("alert", self._alert),
            ("retrieve", self._retrieve),
            ("curated", self._curated),
            ("route", self._route),
            ("case", self._case),
            ("compose", self._compose),
            ("verify", self._verify),
        )
        self.chain: Runnable[Turn, Card] = chained(steps) | RunnableLambda(self._card)
        self._recent = RecentTurns()
        from_case = [name for name, _ in steps].index("case")
        self._again: Runnable[Turn, Card] = chained(steps[from_case:]) | RunnableLambda(self._card)

    @classmethod
    def open(cls, settings: Settings | None = None) -> Assistant:
        """Open the snapshot in use.

        Raises:
            SnapshotError: there is none, or it was built with another embedding model.
        """
        settings = settings or load_settings()
        return cls(settings, open_search(settings))

    def ask(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        cases: Sequence[str] = (),
        commune: str | None = None,
    ) -> Card:
        """One turn.

        Args:
            question: what the agent typed.
            history: earlier questions of the same call, oldest first.
            cases: what the agent has told of the caller's case.
            commune: the caller's commune.

        Raises:
            UsageError: the question is empty, or something is too long.
        """
        with errors_counted():
            clean(question, self.settings.question_max_chars)
            check_request(history, cases, commune)
            turn = Turn.of(question, history, cases, commune)
        return self._asked(turn)

    def with_cases(
        self,
        card: Card,
        cases: Sequence[str],
        *,
        history: Sequence[str] = (),
        commune: str | None = None,
    ) -> Card:
        """The card of the same question for a case that is now told; nothing is searched again.

        Args:
            card: the card so far.
            cases: all that the agent has told of the case.
            history: as the question was asked with.
            commune: the caller's commune.

        Raises:
            UsageError: something is too long.
        """
        check_request(history, cases, commune)
        offered = [*card.told, *(card.ask.options if card.ask else ())]
        again = Turn.of(card.question, history, cases, commune, offered)
        turn = self._recent.find(card.question, again.history)
        if turn is None or turn.ended:
            return self._asked(again)
        return self._finish(turn.told(cases, commune, offered))

    def reread(
        self, card: Card, *, history: Sequence[str] = (), commune: str | None = None, call: str = ""
    ) -> tuple[Card, Reading]:
        """The card of the question as a model reads it, once the rules' card is shown.

        Args:
            card: the rules' card.
            history: as the question was asked with.
            commune: the caller's commune.
            call: the call on whose budget it goes.

        Returns:
            The other card; the same, where the model is not asked, is refused, or leads to the same
            fiche and the same further questions. And how the question was read.
        """
        turn = Turn.of(card.question, history, card.told, commune, card.told)
        if card.route.label not in REREAD:
            return card, self.rewriter.by_rules(turn.question, turn.history)
        reading = self.rewriter.rewrite(turn.question, turn.history, call=call)
        if reading.by == "rules":
            notes = [*card.notes, reading.note] if reading.note else card.notes
            return card.model_copy(update={"notes": notes}), reading
        turn.settled = True
        first, *turn.others = reading.questions
        turn.understood = self.understanding.read(first)
        self._retrieve(turn)
        found = self._parts.routed(Part(first, tuple(turn.hits)))
        turn.route, turn.also = found.route, found.also
        if turn.route.label != "niveau1":
            return card, reading
        again: Card = self._again.invoke(turn)
        same = [s.fiche for s in again.sources[:1]] == [s.fiche for s in card.sources[:1]]
        if again.abstained or (same and len(again.others) == len(card.others)):
            return card, reading
        self._recent.keep(turn)
        return again, reading

    def ask_of(self, fiche: str, question: str, *, cases: Sequence[str] = ()) -> Card:
        """The card of a page that is known to answer: neither searched for nor routed.

        Args:
            fiche: its id, one of the snapshot's.
            question: what the agent typed.
            cases: what the agent has told of the caller's case.
        """
        return self._finish(self._of(fiche, Turn.of(question, cases=cases)))

    def improve(
        self, card: Card, *, history: Sequence[str] = (), commune: str | None = None, call: str = ""
    ) -> Iterator[Improvement]:
        """The model's answer in the place of an extractive card, verified sentence by sentence.

        The last step, and no other, carries the card that stands from then on: the model's, or the
        same answer with a note that says what happened. Nothing is asked of a model where none is
        configured or it is switched off, nor for a card that no fiche answers: the card comes back as
        it is.

        Args:
            card: as ``ask``, ``with_cases`` or ``ask_of`` gave it.
            history: as the question was asked with.
            commune: the caller's commune, as it was given.
            call: the call on whose budget it goes.
        """
        from assistant.improve import Improvement

        improver = self.improver
        turn = self._recent.find(card.question, history)
        if not read_switches(self.settings.home).model:
            improver = None
        elif self.rewriter.is_due(card.question, history) and not (turn and turn.settled):
            card, reading = self.reread(card, history=history, commune=commune, call=call)
            if reading.reply is not None:
                yield Improvement(reply=reading.reply)
        if improver is None or card.mode != "extractive" or not card.sources:
            yield Improvement(say=card.say, card=card)
            return
        turn = self._recent.find(card.question, Turn.of(card.question, history).history)
        fiche = card.sources[0].fiche
        if turn is None or turn.draft.fiche is None or turn.draft.fiche.id != fiche:
            turn = self._of(fiche, Turn.of(card.question, history, card.told, commune, card.told))
            turn.others = card.others
            self._finish(turn)
        elif list(turn.cases) != card.told or turn.commune != commune:
            turn = turn.told(card.told, commune, card.told)
            self._finish(turn)
        yield from improver.improve(turn, card, call)

    def improved(
        self, card: Card, *, history: Sequence[str] = (), commune: str | None = None, call: str = ""
    ) -> Card:
        """The card with which ``improve`` ends."""
        for step in self.improve(card, history=history, commune=commune, call=call):
            card = step.card or card
        return card

    def _of(self, fiche: str, turn: Turn) -> Turn:
        """A turn whose page is known."""
        page = self.snapshot.fiche(fiche)
        turn.settled = True
        turn.hits = [Hit(fiche, page.title, page.url, score=1.0, probability=1.0, passages=())]
        self._understand(turn)
        return turn

    def _finish(self, turn: Turn) -> Card:
        """The card of a turn whose pages are found, from its case on."""
        card = self._again.invoke(turn)
        self._recent.keep(turn)
        return card

    def retrieve(self, question: str, *, history: Sequence[str] = (), k: int = 10) -> list[Hit]:
        """The fiches in order, by the same first steps as a turn."""
        _, found = self.candidates(question, history=history)
        return self.search.ranked(found, k)

    def candidates(self, question: str, *, history: Sequence[str] = ()) -> tuple[Query, Candidates]:
        """The question as it is searched, and what the search weighs for it."""
        turn = Turn.of(question, history)
        query = self.understanding.read(turn.question, turn.history).query
        return query, self.search.candidates(query)

    def start(self, question: str, history: Sequence[str] = ()) -> Turn:
        """A turn as far as its route is not yet decided: what the route is learned from."""
        turn = Turn.of(question, history)
        self._understand(turn)
        self._retrieve(turn)
        return turn

    def vector(self, turn: Turn) -> Vector | None:
        """The question's embedding, as the search has just computed it; None without vectors."""
        if self.search.degraded or not turn.hits:
            return None
        return np.array(self.search.vector(turn.understood.query))

    def warm(self) -> None:
        """Load what the first questions would wait for, and fill the memory that they would take."""
        read = [fiche for fiche in anticipated() if fiche in self.snapshot.position]
        for fiche in read[:: max(1, len(read) // WARMING_QUESTIONS)][:WARMING_QUESTIONS]:
            self.ask(anticipated()[fiche][0].text)
        load_directory(self.settings.home)
        if self.improver is not None:
            self.improver.endpoint.warm()

    def _asked(self, turn: Turn) -> Card:
        """The card of a turn, which is remembered."""
        with errors_counted():
            card = self.chain.invoke(turn)
        count_turn(card)
        self._recent.keep(turn)
        return card

    def _understand(self, turn: Turn) -> None:
        turn.understood = self.understanding.read(turn.question, turn.history)

    def _alert(self, turn: Turn) -> None:
        found = routing.emergency(turn.understood.cleaned, turn.history)
        if found is not None:
            turn.route = found
            turn.ended = True

    def _retrieve(self, turn: Turn) -> None:
        turn.hits = self.search.search(turn.understood.query, 10)
        if self.search.degraded:
            turn.notes.append(self.search.degraded)

    def _curated(self, turn: Turn) -> None:
        """Take the answer approved for this very question; a case already told needs its own."""
        if self.curated is None or turn.cases:
            return
        answer = self.curated.find(turn.understood)
        if answer is None:
            return
        fiche = self.snapshot.fiche(answer.fiche)
        passages = self.snapshot.passages(answer.fiche)
        turn.draft = draft_of(answer.say, fiche, passages)
        turn.held = InForce(tuple(passages))
        turn.hit = Hit(fiche.id, fiche.title, fiche.url, score=1.0, probability=1.0, passages=())
        others = [hit for hit in turn.hits if hit.fiche != fiche.id]
        turn.hits = [turn.hit, *others]
        turn.curated = True

    def _route(self, turn: Turn) -> None:
        if turn.curated:
            return
        found = routing.route(
            turn.understood.standalone, turn.hits, self.snapshot, self.vector(turn)
        )
        if found.route.label == "niveau1":
            found = self._parts.elsewhere(turn) or found
        turn.route, turn.also, turn.ask = found.route, found.also, found.ask
        turn.ended = turn.route.label != "niveau1"
        self._parts.settle(turn)

    def _case(self, turn: Turn) -> None:
        """Choose the fiche that answers, and what of it holds for this caller."""
        if turn.curated:
            return
        floor = MIN_PROBABILITY_DEGRADED if self.search.degraded else MIN_PROBABILITY
        if not turn.hits or turn.hits[0].probability < floor:
            return
        turn.beyond = self._beyond(turn)
        if turn.beyond:
            return
        told = [*turn.cases, *([turn.commune] if turn.commune else [])]
        turn.caller = read_caller(turn.understood.standalone, turn.history, told)
        near = answering(turn.hits, floor / 2, self.snapshot)
        if not near:
            return
        turn.chance = min(near[0].probability * MIN_PROBABILITY / floor, 1.0)
        turn.hit, ask = sibling_for(near, turn.caller, self.snapshot)
        fiche = self.snapshot.fiche(turn.hit.fiche)
        passages = passages_to_say(turn.hit, self.snapshot)
        turn.held = in_force(fiche, passages, turn.caller, turn.understood.standalone)
        sure = turn.hit.probability >= (floor if self.search.degraded else MIN_PROBABILITY_ASKED)
        turn.ask = ask or (turn.held.ask if sure else None)

    def _beyond(self, turn: Turn) -> str | None:
        """Why the corpus cannot answer, in the agent's words; a page that the agent chose can."""
        if turn.settled:
            return None
        corpus = date.fromisoformat(self.snapshot.manifest.corpus_date)
        nearest = partial(self.snapshot.fiche_text, turn.hits[0].fiche)
        return beyond(turn.understood.standalone, corpus, nearest)

    def _compose(self, turn: Turn) -> None:
        if turn.hit is not None and not turn.curated:
            fiche = self.snapshot.fiche(turn.hit.fiche)
            turn.draft = compose(turn.understood, fiche, turn.held, turn.caller, chance=turn.chance)

    def _verify(self, turn: Turn) -> None:
        """Keep only sentences whose every fact stands in their passage; cite what is kept."""
        if turn.draft.fiche is None:
            return
        checked = verify(turn.draft, turn.hits, self.snapshot, dated=self._dated())
        turn.draft.said = checked.kept
        turn.sources, turn.checks = checked.sources, checked.checks
        turn.notes.extend(checked.notes)

    def _dated(self) -> bool:
        """Whether the corpus is so old that its amounts are to be verified."""
        return self.snapshot.manifest.age_days() > self.settings.old_after_days

    def _card(self, turn: Turn) -> Card:
        return card_of(turn, self.snapshot, self.settings)
