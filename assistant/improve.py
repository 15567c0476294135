"""A model's answer in the place of the extractive one: sentence by sentence, or not at all.

The extractive card stands before anything is asked of a model. Whatever the endpoint does, what comes
last is a card: the model's, each sentence verified, or the extractive one with a note that says why.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace

from assistant.answers import AnswerCache
from assistant.assemble import card_of, contacts_of, services_of
from assistant.card import MAX_SENTENCES, MAX_WORDS, Ask, Card
from assistant.compose import Said, in_case
from assistant.endpoint import Endpoint, EndpointError, Reply
from assistant.generate import (
    SCHEMA,
    Answer,
    Given,
    Reading,
    Sentence,
    answer_of,
    asked,
    give,
    held_to_source,
)
from assistant.prompts import Prompt, load_prompt
from assistant.settings import Settings
from assistant.speech import sentences, with_long_forms, word_count
from assistant.support import Refusal
from assistant.texts import load_yaml
from assistant.turn import Turn
from assistant.verify import verify
from vectorstore.snapshot import Snapshot
from vectorstore.text import stems


@dataclass(frozen=True)
class Improvement:
    """One step of an improvement."""

    sentence: str = ""
    """A verified sentence, to be said after those before it."""
    say: str = ""
    """All that may be said so far of the model's answer, with what Souffleur puts in front."""
    card: Card | None = None
    """The card that replaces the first one; the last step has it, and no other."""
    reply: Reply | None = None
    """What the last step cost, where a model replied: tokens, euros, milliseconds."""


_Step = Sentence | tuple[str, Reply | None]
"""A sentence of the model, or at last its question to the caller and the whole reply."""


class _Kept(Exception):
    """The extractive answer is kept, for this reason."""


@dataclass
class _Draft:
    """The draft as it grows within the limits of speech."""

    turn: Turn
    said: list[Said] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    written: list[Sentence] = field(default_factory=list)
    """The model's own words of what was kept."""
    full: bool = False

    def __post_init__(self) -> None:
        self.fixed = [s for s in self.turn.draft.said if s.passage.kind == "warning"]
        self._named: set[str] = set()

    def text(self) -> str:
        parts = (self.turn.draft.human, *(s.text for s in (*self.fixed, *self.said)))
        return " ".join(part for part in parts if part)

    def add(self, said: Said) -> bool:
        """Add a sentence unless it says nothing new or there is no room for it."""
        own = set(stems(said.text))
        if any(own <= set(stems(other.text)) for other in self.said):
            return False
        fiche = self.turn.draft.fiche
        assert fiche is not None
        text = said.text
        case = self.turn.held.assumptions.get(said.passage.id, ())[-1:]
        if case and case[0] not in self._named and not set(stems(case[0])) <= own:
            text = in_case(case[0], text)
        before = self.text()
        text = with_long_forms(text, fiche.abbreviations, before)
        whole = f"{before} {text}"
        if word_count(whole) > MAX_WORDS or len(sentences(whole)) > MAX_SENTENCES:
            self.full = True
            return False
        self._named.update(case)
        self.said.append(Said(text, said.passage, said.spans))
        return True


class Improver:
    """The model composer of one snapshot.

    Args:
        endpoint: the model that writes.
        snapshot: the corpus in use.
        settings: the installation's.
    """

    def __init__(self, endpoint: Endpoint, snapshot: Snapshot, settings: Settings) -> None:
        self.endpoint = endpoint
        self._snapshot = snapshot
        self._settings = settings
        self._prompt: Prompt = load_prompt("answer")
        where = f"{endpoint.model} {endpoint.settings.base_url or ''}"
        self._cache = AnswerCache(
            settings.cache_dir / "answers.sqlite", snapshot.manifest.id, where
        )

    @classmethod
    def open(cls, settings: Settings, snapshot: Snapshot) -> Improver | None:
        """The composer that the settings name; None when no model is configured."""
        endpoint = Endpoint.open(settings, "answer")
        return cls(endpoint, snapshot, settings) if endpoint else None

    def improve(self, turn: Turn, card: Card, call: str = "") -> Iterator[Improvement]:
        """The model's answer to a turn, as it is verified; the last step carries the card.

        Args:
            turn: the turn that made the card.
            card: the extractive card.
            call: the call on whose budget it goes.
        """
        started = time.perf_counter()
        first_ms: float | None = None
        draft = _Draft(turn)
        reply: Reply | None = None
        ask = ""
        try:
            given = give(turn, contacts_of(turn, self._snapshot), services_of(turn), self._prompt)
            remembered = self._cache.get(given.key)
            steps = _remembered(remembered) if remembered else self._written(given, call)
            with closing(steps):
                for step in steps:
                    if not isinstance(step, Sentence):
                        ask, reply = step
                        continue
                    for said in self._verified(step, given, draft):
                        first_ms = first_ms or _ms_since(started)
                        yield Improvement(sentence=said.text, say=draft.text())
                    if draft.full:
                        break
            done = self._card(turn, draft, asked(ask, given) if ask else None)
        except (EndpointError, _Kept) as why:
            done = self._kept(card, draft, str(why))
        else:
            if remembered is None:
                self._cache.put(given.key, Answer(complete=True, say=draft.written, ask=ask))
            key = "remembered" if remembered else "written"
            done.notes.append(load_yaml("model")[key].format(name=self.endpoint.name))
        if first_ms is not None:
            done.timings_ms["model_first"] = first_ms
        done.timings_ms["model"] = _ms_since(started)
        yield Improvement(say=done.say, card=done, reply=reply)

    def _written(self, given: Given, call: str) -> Generator[_Step]:
        """The model's sentences as they become whole, then its question and the whole reply."""
        texts = load_yaml("model")
        reading = Reading()
        for delta in self.endpoint.stream(given.messages, schema=SCHEMA, call=call):
            if delta.reply is None:
                found = reading.feed(delta.text)
                if reading.complete is False:
                    raise _Kept(texts["insufficient"])
                yield from found
                continue
            answer = answer_of(delta.reply.data)
            if answer is None:
                raise _Kept(texts["unreadable"].format(name=self.endpoint.name))
            if not answer.complete:
                raise _Kept(texts["insufficient"])
            yield answer.ask, delta.reply

    def _verified(self, written: Sentence, given: Given, draft: _Draft) -> Iterator[Said]:
        """What may be said of a sentence; a first one that may not be ends the model's answer."""
        kept = False
        for found in held_to_source(written, given):
            if isinstance(found, Refusal):
                draft.notes.append(found.note(written.text))
                if not draft.said:
                    raise _Kept(load_yaml("model")["first_refused"])
            elif not draft.full and draft.add(found):
                kept = True
                yield draft.said[-1]
        if kept:
            draft.written.append(written)

    def _kept(self, card: Card, draft: _Draft, why: str) -> Card:
        """The extractive card with what happened to the model's answer."""
        note = load_yaml("model")["kept"].format(why=why)
        notes = [*card.notes, *draft.notes, note]
        return card.model_copy(update={"notes": notes, "timings_ms": dict(card.timings_ms)})

    def _card(self, turn: Turn, draft: _Draft, ask: str | None) -> Card:
        """The model's draft through the same fact lock and into the same card as the extractive one.

        Raises:
            _Kept: nothing of it can be said.
        """
        whole = replace(turn.draft, said=[*draft.fixed, *draft.said])
        dated = self._snapshot.manifest.age_days() > self._settings.old_after_days
        checked = verify(whole, turn.hits, self._snapshot, dated=dated)
        if not draft.said or len(checked.kept) < len(whole.said):
            raise _Kept(load_yaml("model")["nothing"])
        steps = {k: ms for k, ms in turn.timings_ms.items() if k not in ("card", "total")}
        again = replace(
            turn,
            draft=whole,
            sources=checked.sources,
            checks=checked.checks,
            notes=[*turn.notes, *draft.notes],
            ask=turn.ask or (Ask(text=ask) if ask else None),
            timings_ms=steps,
        )
        card = card_of(again, self._snapshot, self._settings)
        card.mode = "model"
        return card


def _remembered(answer: Answer) -> Generator[_Step]:
    """The sentences of an answer given before."""
    yield from answer.say
    yield answer.ask, None


def _ms_since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 2)
