"""The model composer: what a model is given, and how its sentences are read and held to their source.

The model sees the numbered passages of the case in force and nothing else. What it writes is a draft
like the extractive composer's: each sentence with the one passage that supports it, or a refusal.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import from_json

from assistant.attempt import Message
from assistant.caller import known_of
from assistant.card import MAX_SENTENCES, MAX_WORDS
from assistant.compose import Said
from assistant.facts import facts_in
from assistant.prompts import Prompt
from assistant.speech import closed, sentences, speakable
from assistant.support import Refusal, broken, supported, written
from assistant.texts import load_yaml
from assistant.turn import Turn
from assistant.units import Span, units_of, words_of
from assistant.verify import missing_facts
from vectorstore.fiche import Fiche, Passage
from vectorstore.phones import spelt
from vectorstore.text import words

MAX_PASSAGES = 10
MAX_READ = 20_000
"""Characters of a reply that are read for sentences while it comes; an answer takes a few hundred."""
MAX_CHARS = 9000
"""All passages together, as they are given."""

MAX_SENTENCE_CHARS = 1000
"""Of one sentence of a model: a longer one is no sentence to say, and is not read."""

_TOKEN = re.compile(r"\{+\s*(\w+)\s*:?\s*(\d*)\s*\}+")
_TAGS = re.compile(r"[<>{}]")


class Sentence(BaseModel):
    """One sentence as the model writes it."""

    model_config = ConfigDict(extra="ignore")

    text: str = Field(max_length=MAX_SENTENCE_CHARS)
    sources: list[int] = Field(max_length=100)


class Answer(BaseModel):
    """All that the model replies."""

    model_config = ConfigDict(extra="ignore")

    complete: bool
    say: list[Sentence] = Field(max_length=100)
    ask: str = Field("", max_length=MAX_SENTENCE_CHARS)


SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "complete": {"type": "boolean"},
        "say": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "text": {"type": "string"},
                    "sources": {"type": "array", "items": {"type": "integer"}},
                },
                "required": ["text", "sources"],
                "additionalProperties": False,
            },
        },
        "ask": {"type": "string"},
    },
    "required": ["complete", "say", "ask"],
    "additionalProperties": False,
}
"""JSON schema of ``Answer``; "complete" comes first, so that nothing is said of an answer given up."""


@dataclass(frozen=True)
class Given:
    """What a model is given for one turn."""

    fiche: Fiche
    passages: tuple[Passage, ...]
    """Those of the case in force, the most useful first; numbered from 1 for the model."""
    contacts: tuple[int, ...]
    services: tuple[int, ...]
    messages: tuple[Message, ...]
    key: str
    """Of the same key the same answer may be given: what was given, with the question normalised."""


def give(turn: Turn, contacts: list[int], services: list[int], prompt: Prompt) -> Given:
    """What the model is given.

    Args:
        turn: whose case is decided and whose extractive draft is made.
        contacts: indexes of the fiche's contacts that the card shows.
        services: the same of its services.
        prompt: ``prompts/answer.md``.
    """
    fiche = turn.draft.fiche
    assert fiche is not None
    texts = load_yaml("model")
    passages = _passages(turn)
    case = " > ".join(turn.held.path) or texts["no_case"]
    if turn.held.assumed:
        case = texts["assumed"].format(case=case)
    values = {
        "max_words": str(MAX_WORDS),
        "max_sentences": str(MAX_SENTENCES),
        "known": _listed(
            [f"{item.label} : {_TAGS.sub(' ', item.value)}" for item in known_of(turn.caller)]
        ),
        "case": case,
        "passages": "\n\n".join(_shown(n, passage) for n, passage in enumerate(passages, 1)),
        "contacts": _listed(
            [f"contact:{n} {fiche.contacts[i].title}" for n, i in enumerate(contacts, 1)]
        ),
        "services": _listed(
            [f"lien:{n} {fiche.services[i].title}" for n, i in enumerate(services, 1)]
        ),
    }
    question = turn.understood.standalone
    key = json.dumps([prompt.digest(), words(question), list(turn.cases), values], sort_keys=True)
    return Given(
        fiche=fiche,
        passages=tuple(passages),
        contacts=tuple(contacts),
        services=tuple(services),
        messages=tuple(prompt.messages({**values, "question": _TAGS.sub(" ", question)})),
        key=hashlib.sha256(key.encode()).hexdigest(),
    )


def _passages(turn: Turn) -> list[Passage]:
    """The passages in force: those that the extractive composer says or would show come first."""
    said = [said.passage for said in turn.draft.said]
    found: dict[str, Passage] = {}
    room = MAX_CHARS
    for passage in [*said, *turn.draft.support, *turn.held.passages]:
        if not passage.text.strip() or passage.id in found:
            continue
        if len(found) == MAX_PASSAGES or (found and len(passage.text) > room):
            break
        found[passage.id] = passage
        room -= len(passage.text)
    return list(found.values())


def _shown(number: int, passage: Passage) -> str:
    return f"[{number}] {passage.heading()}".rstrip() + f"\n{passage.text[:MAX_CHARS]}"


def _listed(lines: list[str]) -> str:
    return "\n".join(lines) or str(load_yaml("model")["none"])


@dataclass
class Reading:
    """A reply as it comes in: its sentences, each as soon as it is whole.

    Text around the JSON object (a code fence, a preamble) is passed over.
    """

    complete: bool | None = None
    """What the model says of its own answer; None until it has said it."""
    _text: str = ""
    """The object so far."""
    _given: int = 0
    """How many sentences were handed out."""

    def feed(self, text: str) -> list[Sentence]:
        """The sentences that this piece completes."""
        if not self._text:
            start = text.find("{")
            if start < 0:
                return []
            text = text[start:]
        self._text += text.encode("utf-8", "replace").decode()
        if len(self._text) > MAX_READ or not set(text) & set("}]:,"):
            # Nothing ends in this piece, or it has become no answer: the end will judge the whole.
            return []
        data = _partial(self._text)
        flag, items = data.get("complete"), data.get("say")
        if isinstance(flag, bool) and self.complete is None:
            self.complete = flag
        items = items if isinstance(items, list) else []
        whole = len(items) if self._closed(data) else len(items) - 1
        new, self._given = items[self._given : whole], max(self._given, whole)
        return [sentence for item in new if (sentence := _sentence(item)) is not None]

    def _closed(self, data: dict[str, Any]) -> bool:
        """Whether the last sentence read is whole: the text with brackets closed is an object."""
        return "ask" in data or _strict(self._text.rstrip(" \t\r\n,") + "]}")


def _partial(text: str) -> dict[str, Any]:
    """What stands in the beginning of a JSON object; nothing where it is no JSON."""
    try:
        data = from_json(text, allow_partial=True)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _strict(text: str) -> bool:
    try:
        from_json(text)
    except ValueError:
        return False
    return True


def _sentence(item: Any) -> Sentence | None:
    try:
        return Sentence.model_validate(item)
    except ValidationError:
        return None


def answer_of(data: dict[str, Any] | None) -> Answer | None:
    """The reply as a whole; None when it has another form."""
    try:
        return Answer.model_validate(data)
    except ValidationError:
        return None


def held_to_source(sentence: Sentence, given: Given) -> list[Said | Refusal]:
    """Each sentence of what was written, as its passage supports it, or why it is refused."""
    numbers = dict.fromkeys(n for n in sentence.sources if 1 <= n <= len(given.passages))
    cited = [given.passages[n - 1] for n in numbers]
    return [_held(text, cited, given) for text in sentences(sentence.text.strip())]


def _held(text: str, cited: list[Passage], given: Given) -> Said | Refusal:
    if not cited:
        return Refusal("source")
    bare = _TOKEN.sub(" ", text)
    refusal = written(bare)
    if refusal is not None:
        return refusal
    placed = _Placed(given)
    spoken = closed(speakable(_TOKEN.sub(placed, text)))
    if not spoken or broken(spoken):
        return Refusal("broken")
    if spoken.endswith("?"):
        return Refusal("question")
    alone = closed(speakable(bare))
    first: Refusal | None = None
    for passage in cited:
        contacts = tuple(dict.fromkeys((*passage.contacts, *placed.contacts)))
        services = tuple(dict.fromkeys((*passage.services, *placed.services)))
        whole = passage.model_copy(update={"contacts": contacts, "services": services})
        found = supported(Said(alone, whole), given.fiche)
        if isinstance(found, Said):
            # Where a "oui" was taken away, it is taken away from what is said too.
            said = Said(spoken if found.text == alone else found.text, whole)
            missing = missing_facts(said, given.fiche)
            if not missing:
                return Said(said.text, whole, spans_of(said.text, passage))
            found = Refusal("facts", ", ".join(fact.words for fact in missing))
        first = first or found
    assert first is not None
    return first


class _Placed:
    """Puts contacts and services in the place of their tokens; an unknown token leaves nothing."""

    def __init__(self, given: Given) -> None:
        self._given = given
        self.contacts: list[int] = []
        self.services: list[int] = []

    def __call__(self, token: re.Match[str]) -> str:
        kind, number = token[1].lower(), int(token[2] or 0) - 1
        fiche = self._given.fiche
        if kind == "contact" and 0 <= number < len(self._given.contacts):
            index = self._given.contacts[number]
            self.contacts.append(index)
            contact = fiche.contacts[index]
            return contact.title + (f", au {spelt(contact.phones[0])}" if contact.phones else "")
        if kind == "lien" and 0 <= number < len(self._given.services):
            index = self._given.services[number]
            self.services.append(index)
            return fiche.services[index].title
        return ""


def spans_of(text: str, passage: Passage) -> tuple[Span, ...]:
    """Where the words of a sentence stand in its passage: the closest unit, and those of its facts."""
    units = units_of(passage)
    own = words_of(text).stems
    if not units or not own:
        return ()

    def share(n: int) -> float:
        unit = units[n]
        return len(own & words_of(f"{unit.lead} {unit.text}").stems)

    ranked = sorted(range(len(units)), key=lambda n: (-share(n), n))
    chosen = ranked[:1]
    left = {fact.key() for fact in facts_in(text)}
    for n in ranked:
        unit = units[n]
        held = {fact.key() for fact in facts_in(f"{unit.lead} {unit.text}")} & left
        if held:
            left -= held
            chosen.append(n)
    return tuple(sorted({span for n in chosen for span in units[n].spans}))


def asked(text: str, given: Given) -> str | None:
    """The model's question to the caller, if every word of it is at home in what was given."""
    text = closed(speakable(_TOKEN.sub(" ", text)))
    if not text.endswith("?") or len(sentences(text)) != 1 or len(words(text)) > 25:
        return None
    if written(text) is not None or facts_in(text):
        return None
    for passage in given.passages:
        if isinstance(supported(Said(text, passage), given.fiche), Said):
            return text
    return None
