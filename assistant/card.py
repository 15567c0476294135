"""The card: what one turn puts in front of the agent, as one object.

The field names are the contract of ``souffleur ask --json``; see docs/design.md.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from vectorstore.phones import spelt, spelt_in

RouteLabel = Literal[
    "niveau1", "fiscal", "complexe", "dossier", "urgence", "imprecis", "hors_perimetre"
]
ROUTE_LABELS: tuple[RouteLabel, ...] = (
    "niveau1",
    "fiscal",
    "complexe",
    "dossier",
    "urgence",
    "imprecis",
    "hors_perimetre",
)

MAX_WORDS = 60
MAX_SENTENCES = 3
MAX_SECONDS = 25
WORDS_PER_MINUTE = 150


Phone = Annotated[str, AfterValidator(spelt)]
"""A phone number, spelt as in every sentence that is said."""
Aloud = Annotated[str, AfterValidator(spelt_in)]
"""A text that an agent may read aloud: its phone numbers are spelt in the one way."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Target(_Model):
    """Who takes a call that belongs elsewhere."""

    name: str
    phone: Phone | None = None
    hours: str | None = None
    url: str | None = None


class Route(_Model):
    """What should happen to the call."""

    label: RouteLabel = "niveau1"
    confidence: float = 1.0
    """Probability, 0 to 1, that the label is right."""
    target: Target | None = None
    script: Aloud | None = None
    """The sentence to say when the call belongs elsewhere."""
    reason: str | None = None
    """One line for the agent: why this route."""


class Ask(_Model):
    """The one question to put back to the caller."""

    text: str
    options: list[str] = Field(default_factory=list)


class Known(_Model):
    """One thing known of the caller or the matter; what the agent tells outranks it."""

    label: str
    value: str
    words: str
    """As they were said."""


class Check(_Model):
    """A fact that is said, and the source (``Source.n``) in which it stands."""

    fact: str
    source: int
    doubtful: bool = False
    """An amount or a rate of a corpus so old that it may have changed: "à vérifier"."""


class ContactCard(_Model):
    """Whom to turn to: an office of the directory, or as written in a source."""

    name: str
    pivot: str | None = None
    phone: Phone | None = None
    address: str | None = None
    hours: str | None = None
    """As said: "aujourd'hui jusqu'à dix-sept heures, fermé demain"; as written in a fiche."""
    price: str | None = None
    """What the call costs, as the fiche writes it."""
    details: Aloud | None = None
    url: str | None = None
    note: Aloud | None = None
    """What the agent must know of this contact: it is only the nearest, or not in the directory."""
    origin: str | None = None
    """The directory's source, when the office comes from there."""
    source: int | None = None


class ServiceCard(_Model):
    """An online service, form, simulator or model letter of a source."""

    title: str
    url: str
    kind: str | None = None
    cerfa: str | None = None
    source: int | None = None


class Source(_Model):
    """A passage that the answer rests on."""

    n: int
    fiche: str
    title: str
    section: str
    case: list[str] = Field(default_factory=list)
    url: str
    updated: str
    """Date of the fiche, ISO 8601."""
    quote: str
    """Exact words of the fiche: the whole passage."""
    spans: list[tuple[int, int]] = Field(default_factory=list)
    """Offsets in ``quote`` of the words that are said; empty for a passage that is only shown."""


class Term(_Model):
    """A word that is said, and what it means."""

    word: str
    meaning: str
    """In the words of the fiche's glossary."""


class Excerpt(_Model):
    """Words of a fiche that is close to the question, and the titles above them."""

    section: str
    quote: str
    """Exact words: a sentence, an item of a list after what introduces it, or a row."""


class Near(_Model):
    """A fiche that is close to the question but is not said to answer it."""

    fiche: str
    title: str
    url: str
    differs: str = ""
    """What sets it apart from other fiches shown, when they are variants of one procedure."""
    excerpts: list[Excerpt] = Field(default_factory=list)
    """What it says to the question; only where it may well be the right one."""


class Card(_Model):
    """One turn's answer. ``say`` comes first because it is spoken first."""

    question: str
    standalone_question: str
    route: Route = Field(default_factory=Route)
    also: Route | None = None
    """Where the rest of a mixed question goes, beside the answer."""
    others: list[str] = Field(default_factory=list)
    """The further questions of a mixed one, in the caller's words: asked next, with one click."""
    say: str = ""
    ask: Ask | None = None
    place_ask: Ask | None = None
    """The question that finds the caller's office; apart from ``ask``, which separates cases."""
    known: list[Known] = Field(default_factory=list)
    told: list[str] = Field(default_factory=list)
    """What the agent has told of the case: options chosen, corrections."""
    case: list[str] = Field(default_factory=list)
    """Titles of the case for which the answer holds, outermost first."""
    case_assumed: bool = False
    """The case is the common one: the caller has not said that it is theirs."""
    check: list[Check] = Field(default_factory=list)
    contacts: list[ContactCard] = Field(default_factory=list)
    services: list[ServiceCard] = Field(default_factory=list)
    sources: list[Source] = Field(default_factory=list)
    glossary: list[Term] = Field(default_factory=list)
    """Words of the administration in what is said, explained."""
    near: list[Near] = Field(default_factory=list)
    abstained: bool = False
    confidence: float = 0.0
    """Probability, 0 to 1, that the best fiche is a right one."""
    mode: Literal["extractive", "model", "script", "curated"] = "extractive"
    handover: str | None = None
    """Three lines for the person who takes a routed call, without the caller's identity."""
    masked: list[str] = Field(default_factory=list)
    """Kinds of personal data that were typed and masked, in French."""
    notes: list[str] = Field(default_factory=list)
    warnings: list[str] = Field(default_factory=list)
    snapshot: str = ""
    corpus_date: str = ""
    timings_ms: dict[str, float] = Field(default_factory=dict)

    def full_text(self) -> str:
        """All that the card shows, as one text: for evaluation and for copying."""
        parts = [self.say, self.route.script or "", self.ask.text if self.ask else ""]
        parts += [source.quote for source in self.sources]
        for contact in self.contacts:
            fields = (contact.name, contact.phone, contact.address, contact.hours, contact.details)
            parts += [value for value in fields if value]
        parts += [service.title for service in self.services]
        parts += [excerpt.quote for near in self.near for excerpt in near.excerpts]
        parts += self.warnings
        return "\n".join(part for part in parts if part)
