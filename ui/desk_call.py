"""The call that an agent is in: what each act of the agent changes, without any page.

Every turn goes to the journal as it happens, so that a call is found again after a reload.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from assistant.caller import FOLLOW_UP
from assistant.card import Ask, Card
from assistant.chain import Assistant
from assistant.handover import call_turn, handover
from assistant.journal import Journal, Outcome, StoredCall
from vectorstore.search import Hit
from vectorstore.text import fold

LAST_CALLS = 20
LAST_CALLS_SINCE = timedelta(days=7)
SEARCHED = 12
TOPIC = "suite"
"""Id of the chip that says what the question was taken to follow."""


@dataclass
class Turn:
    """One question of the call: its id in the journal, and its card as it is shown."""

    id: str
    card: Card
    fresh: bool = False
    """A new subject: what was said before does not explain it."""
    first: str = ""
    """What was said to say before a model wrote the answer that is now shown."""
    final: bool = False
    """No model writes the answer any more."""


@dataclass(frozen=True)
class Chip:
    """One thing that the caller said, which the agent can correct."""

    id: str
    label: str
    value: str
    words: str = ""
    """As they were said; empty for what the agent told."""


@dataclass
class Call:
    """One call, from the first word to its outcome."""

    assistant: Assistant
    journal: Journal
    agent: str
    id: str = ""
    """In the journal; empty as long as the call has not begun."""
    started: datetime | None = None
    ended: bool = False
    """It is over, and is only read again."""
    commune: str = ""
    turns: list[Turn] = field(default_factory=list)
    answers: int = 0
    """Cards made so far: a change says that another one is shown."""
    fiche: str = ""
    """Id of the fiche that is open beside the card."""
    hits: list[Hit] | None = None
    """What a search without a question found, while it is shown."""
    last_calls: list[StoredCall] | None = None
    """Earlier calls of this agent, while they are shown."""

    @property
    def card(self) -> Card | None:
        return self.turns[-1].card if self.turns else None

    def begin(self) -> None:
        """Start the clock: the caller is on the line."""
        if self.ended:
            self.clear()
        if not self.id:
            self.id = self.journal.start_call(self.agent)
            self.started = datetime.now(UTC)

    def ask(self, question: str) -> None:
        """Answer a question; the call begins with the first.

        Raises:
            SouffleurError: the question is empty or too long.
        """
        turns = [] if self.ended else self.turns
        asked_at = datetime.now(UTC)
        card = self.assistant.ask(question, history=heard(turns), commune=self.commune or None)
        self.begin()
        self._hand_over(card, turns)
        self.turns.append(Turn(self.journal.record_turn(self.id, card, asked_at=asked_at), card))
        self._shown()

    def choose(self, number: int) -> None:
        """Take the option of that number, from 1: of the case, then of the office."""
        card = self.card
        if card is None or self.ended:
            return
        cases, places = options_of(card.ask), options_of(card.place_ask)
        if 1 <= number <= len(cases):
            chosen = cases[number - 1]
            if card.route.label == "niveau1":
                self._tell([*card.told, chosen])
            else:
                self.ask(chosen)
        elif number <= len(cases) + len(places):
            self.place(places[number - len(cases) - 1])

    def place(self, commune: str) -> None:
        """Give or change the caller's commune."""
        commune = commune.strip()
        if commune == self.commune:
            return
        self.commune = commune
        if self.card is not None and not self.ended:
            self._tell(self.card.told)

    def correct(self, chip: str, text: str) -> None:
        """Put ``text`` in the place of what a chip says; empty takes it back."""
        card = self.card
        found = next((shown for shown in self.chips() if shown.id == chip), None)
        if card is None or found is None or self.ended:
            return
        if chip == TOPIC:
            self._renew()
            return
        text = " ".join(text.split())
        told = list(card.told)
        if not found.words:
            told.remove(found.value)
        elif not text:
            text = f"pas {found.words}"
        self._tell([*told, text] if text else told)

    def report(self, reasons: Sequence[str], comment: str) -> None:
        """Tell the QA team what is wrong with the answer shown."""
        if self.turns:
            self.journal.report(self.turns[-1].id, "down", reasons, comment)

    def praise(self) -> None:
        """Tell the QA team that the answer shown is good."""
        if self.turns:
            self.journal.report(self.turns[-1].id, "up")

    def end(self, outcome: Outcome) -> None:
        """End the call; the desk is ready for the next."""
        if self.id and not self.ended:
            self.journal.end_call(self.id, outcome)
        self.clear()

    def clear(self) -> None:
        """An empty desk."""
        self.id, self.started, self.ended, self.commune = "", None, False, ""
        self.turns = []
        self._shown()

    def restore(self, call: str, commune: str = "") -> None:
        """Take up a call from the journal: after a reload, or to read it again.

        Raises:
            JournalError: there is no such call.
        """
        stored = self.journal.call(call)
        self.clear()
        self.id, self.started = stored.id, stored.started_at
        self.ended = stored.ended_at is not None
        self.commune = "" if self.ended else commune
        self.turns = [
            Turn(
                turn.id,
                turn.card,
                fresh=FOLLOW_UP not in turn.card.standalone_question,
                final=True,
            )
            for turn in stored.turns
        ]
        self._shown()

    def open_fiche(self, fiche: str) -> None:
        """Show a fiche beside the card, or put it away when it is the one shown."""
        self.hits = self.last_calls = None
        known = fiche in self.assistant.snapshot.position
        self.fiche = fiche if known and fiche != self.fiche else ""

    def search(self, words: str) -> None:
        """Look for fiches without answering."""
        self.close()
        self.hits = self.assistant.retrieve(words, k=SEARCHED)

    def show_last_calls(self) -> None:
        """Show this agent's last calls, or put them away."""
        shown = self.last_calls is not None
        self.close()
        if not shown:
            now = datetime.now(UTC)
            self.last_calls = self.journal.calls(
                since=now - LAST_CALLS_SINCE,
                until=now + timedelta(seconds=1),
                agent=self.agent,
                limit=LAST_CALLS,
            )

    def close(self) -> None:
        """Put away what is open beside the card."""
        self.fiche, self.hits, self.last_calls = "", None, None

    def improve(self) -> Iterator[str]:
        """What a model writes of the last answer, as far as it is verified; at last its card stands.

        Yields:
            All that may be said so far.
        """
        if not self.turns or self.ended or self.turns[-1].final:
            return
        last = self.turns[-1]
        card, history = last.card, [] if last.fresh else heard(self.turns[:-1])
        commune = self.commune or None
        for step in self.assistant.improve(card, history=history, commune=commune, call=self.id):
            if step.card is None:
                yield step.say
                continue
            last.final = True
            if step.card != card:
                last.first = card.say if step.card.mode == "model" else ""
                last.card = step.card
                self.journal.update_turn(last.id, step.card)

    def chips(self) -> list[Chip]:
        """What the caller said, and what the agent told, as the last card has it."""
        if self.card is None:
            return []
        topic, _, _ = self.card.standalone_question.rpartition(FOLLOW_UP)
        told = [Chip(TOPIC, "Suite de", topic)] if topic and len(self.turns) > 1 else []
        told += [Chip(f"dit-{n}", "", text) for n, text in enumerate(self.card.told)]
        own = fold(" ".join(self.card.told))
        return told + [
            Chip(f"su-{n}", known.label, known.value, known.words)
            for n, known in enumerate(self.card.known)
            if fold(known.words) not in own
        ]

    def note(self) -> str:
        """The hand-over note of the call as it stands; empty before the first question."""
        if self.card is None:
            return ""
        return self._note([turn.card for turn in self.turns])

    def likely_outcome(self) -> Outcome:
        """How the call seems to end, which the agent confirms or changes."""
        if self.card is None:
            return "abandoned"
        if self.card.route.label not in ("niveau1", "imprecis", "hors_perimetre"):
            return "routed"
        return "no_answer" if self.card.abstained else "answered"

    def _tell(self, told: Sequence[str]) -> None:
        """Make the last card again for what is now told of the case."""
        last = self.turns[-1]
        history = [] if last.fresh else heard(self.turns[:-1])
        self._replace(
            self.assistant.with_cases(
                last.card, told, history=history, commune=self.commune or None
            )
        )

    def _renew(self) -> None:
        """Answer the last question by itself: it is no follow-up of what was asked before."""
        last = self.turns[-1]
        last.fresh = True
        self._replace(self.assistant.ask(last.card.question, commune=self.commune or None))

    def _replace(self, card: Card) -> None:
        """Show that card in place of the last."""
        last = self.turns[-1]
        self._hand_over(card, self.turns[:-1])
        last.card, last.first, last.final = card, "", False
        self.journal.update_turn(last.id, card)
        self.answers += 1

    def _hand_over(self, card: Card, earlier: Sequence[Turn]) -> None:
        """Let the note of a card that hands over tell the whole call."""
        if card.handover:
            card.handover = self._note([*(turn.card for turn in earlier), card])

    def _note(self, cards: Sequence[Card]) -> str:
        told = [*cards[-1].told, *([self.commune] if self.commune else [])]
        return handover([call_turn(card) for card in cards], told)

    def _shown(self) -> None:
        self.close()
        self.answers += 1


def heard(turns: Sequence[Turn]) -> list[str]:
    """What was said on the subject in hand, turn by turn: the question, with the case told."""
    start = next((n for n in reversed(range(len(turns))) if turns[n].fresh), 0)
    return [FOLLOW_UP.join([turn.card.question, *turn.card.told]) for turn in turns[start:]]


def options_of(ask: Ask | None) -> list[str]:
    """What can be chosen by number."""
    return ask.options if ask else []
