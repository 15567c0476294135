"""The chain of steps that makes a card: one path for the page, the command line and evaluation."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from langchain_core.runnables import Runnable, RunnableLambda

from assistant import routing
from assistant.card import (
    Ask,
    Card,
    Check,
    ContactCard,
    Near,
    Route,
    ServiceCard,
    Source,
)
from assistant.compose import Draft, compose
from assistant.facts import facts_in, unsupported
from assistant.question import Understanding, Understood, right_words
from assistant.settings import Settings, load_settings
from assistant.texts import load_yaml
from vectorstore.embeddings import build_embeddings, model_name
from vectorstore.evidence import Candidates, Query
from vectorstore.fiche import Contact, Fiche, Passage
from vectorstore.search import Hit, Search
from vectorstore.snapshot import Snapshot
from vectorstore.text import fold
from vectorstore.vocabulary import Vocabulary

MIN_PROBABILITY = 0.4
"""Below this chance that the best fiche is right, no answer is said."""
MIN_PROBABILITY_DEGRADED = 0.1
"""The same without vectors: the probability was calibrated with them and comes out too low."""
UNSAYABLE_TYPES = ("Recherche guidée", "Fiche avec liens externes", "Fiche Comment faire si")
NEAR_SHOWN = 3
NEAR_AMONG = 6
"""How many of the best fiches may be shown as near; variants of a cited one may stand lower."""
MAX_CONTACTS = 4
MAX_SERVICES = 4


@dataclass
class Turn:
    """What the steps of one turn share and fill in."""

    question: str
    history: Sequence[str] = ()
    cases: Sequence[str] = ()
    commune: str | None = None
    understood: Understood = field(default_factory=Understood)
    route: Route = field(default_factory=Route)
    ask: Ask | None = None
    hits: list[Hit] = field(default_factory=list)
    draft: Draft = field(default_factory=Draft)
    sources: list[Source] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    ended: bool = False
    timings_ms: dict[str, float] = field(default_factory=dict)


class Assistant:
    """The chain over one snapshot; loaded once per process and shared by sessions."""

    def __init__(self, settings: Settings, search: Search) -> None:
        self.settings = settings
        self.search = search
        self.snapshot: Snapshot = search.snapshot
        self.understanding = open_understanding(self.snapshot, settings)
        steps: tuple[tuple[str, Callable[[Turn], None]], ...] = (
            ("understand", self._understand),
            ("alert", self._alert),
            ("retrieve", self._retrieve),
            ("route", self._route),
            ("compose", self._compose),
            ("verify", self._verify),
        )
        self.chain: Runnable[Turn, Card] = _chained(steps) | RunnableLambda(self._card)

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
            UsageError: the question is empty or too long.
        """
        return self.chain.invoke(Turn(question, history, cases, commune))

    def retrieve(self, question: str, *, history: Sequence[str] = (), k: int = 10) -> list[Hit]:
        """The fiches in order, by the same first steps as a turn."""
        _, found = self.candidates(question, history=history)
        return self.search.ranked(found, k)

    def candidates(self, question: str, *, history: Sequence[str] = ()) -> tuple[Query, Candidates]:
        """The question as it is searched, and what the search weighs for it."""
        query = self.understanding.read(question, history).query
        return query, self.search.candidates(query)

    def warm(self) -> None:
        """Load what the first question would wait for."""
        self.search.search("carte d'identité", 1)

    def _understand(self, turn: Turn) -> None:
        turn.understood = self.understanding.read(turn.question, turn.history)

    def _alert(self, turn: Turn) -> None:
        found = routing.emergency(turn.understood.cleaned)
        if found is not None:
            turn.route = found
            turn.ended = True

    def _retrieve(self, turn: Turn) -> None:
        turn.hits = self.search.search(turn.understood.query, 10)
        if self.search.degraded:
            turn.notes.append(self.search.degraded)

    def _route(self, turn: Turn) -> None:
        turn.route = routing.route(turn.understood.standalone, turn.hits, self.snapshot)
        turn.ask = routing.ask_of(turn.route)
        turn.ended = turn.route.label != "niveau1"

    def _compose(self, turn: Turn) -> None:
        floor = MIN_PROBABILITY_DEGRADED if self.search.degraded else MIN_PROBABILITY
        if not turn.hits or turn.hits[0].probability < floor:
            return
        near = (hit for hit in turn.hits if hit.probability >= floor / 2)
        best = next((hit for hit in near if self._sayable(hit)), None)
        if best is not None:
            turn.draft = compose(turn.understood.standalone, best, self.snapshot, turn.cases)

    def _sayable(self, hit: Hit) -> bool:
        """Whether the page states rules: guides and first-person checklists only lead to others."""
        return not self.snapshot.fiche(hit.fiche).type.startswith(UNSAYABLE_TYPES)

    def _verify(self, turn: Turn) -> None:
        """Keep only sentences whose every fact stands in their passage; cite what is kept."""
        fiche = turn.draft.fiche
        if fiche is None:
            return
        kept = []
        for said in turn.draft.said:
            cases = [title for case in said.passage.cases for title in case]
            missing = unsupported(said.text, [said.passage.text, fiche.title, *cases])
            if missing:
                turn.notes.append(
                    "phrase retirée, fait absent de la source : "
                    + ", ".join(fact.words for fact in missing)
                )
            else:
                kept.append(said)
        turn.draft.said = kept
        for said in kept:
            self._cite(turn, fiche, said.passage, said.quote)
        for source in list(turn.sources):
            for fact in facts_in(source.quote):
                if any(fact.key() == other.key() for other in facts_in(turn.draft.say())):
                    check = Check(fact=fact.words, source=source.n)
                    if check not in turn.checks:
                        turn.checks.append(check)
        self._corroborate(turn)

    def _cite(self, turn: Turn, fiche: Fiche, passage: Passage, quote: str) -> None:
        section = " > ".join(passage.section) or "Introduction"
        case = list(passage.cases[0])
        for source in turn.sources:
            if source.fiche == fiche.id and source.section == section and source.case == case:
                if quote not in source.quote:
                    source.quote += "\n" + quote
                return
        turn.sources.append(
            Source(
                n=len(turn.sources) + 1,
                fiche=fiche.id,
                title=fiche.title,
                section=section,
                case=case,
                url=fiche.url,
                updated=fiche.updated,
                quote=quote,
            )
        )

    def _corroborate(self, turn: Turn) -> None:
        """Cite the first other near fiche that states the first amounts said: two sources are surer."""
        first = turn.draft.said[0].text if turn.draft.said else ""
        amounts = {fact.key() for fact in facts_in(first) if fact.kind == "euro"}
        if not amounts:
            return
        own = turn.draft.fiche.id if turn.draft.fiche else ""
        for hit in turn.hits[1:6]:
            if hit.fiche == own:
                continue
            for passage in self.snapshot.passages(hit.fiche):
                for line in passage.text.split("\n"):
                    if amounts <= {fact.key() for fact in facts_in(line)}:
                        self._cite(turn, self.snapshot.fiche(hit.fiche), passage, line)
                        return

    def _card(self, turn: Turn) -> Card:
        started = time.perf_counter()
        manifest = self.snapshot.manifest
        card = Card(
            question=turn.question,
            standalone_question=turn.understood.standalone,
            route=turn.route,
            ask=turn.ask,
            say=turn.draft.say(),
            sources=turn.sources,
            check=turn.checks,
            confidence=round(turn.hits[0].probability, 3) if turn.hits else 0.0,
            notes=turn.notes,
            snapshot=manifest.id,
            corpus_date=manifest.corpus_date,
        )
        age = manifest.age_days()
        if age > self.settings.old_after_days:
            card.warnings.append(
                f"Données du {_french_date(manifest.corpus_date)}, vieilles de {age} jours : "
                "vérifier montants et délais."
            )
        if turn.ended:
            card.mode = "script"
            card.say = turn.route.script or ""
        elif not card.say:
            card.abstained = True
            card.mode = "script"
            card.say = load_yaml("scripts")["abstain"]
            card.sources = []
        else:
            self._attach(card, turn)
        card.near = _near(turn.hits, {source.fiche for source in card.sources})
        turn.timings_ms["card"] = round((time.perf_counter() - started) * 1000, 2)
        turn.timings_ms["total"] = round(sum(turn.timings_ms.values()), 2)
        card.timings_ms = turn.timings_ms
        return card

    def _attach(self, card: Card, turn: Turn) -> None:
        """Contacts and services of the passages in force first, then the fiche's others."""
        fiche = turn.draft.fiche
        assert fiche is not None
        passages = [said.passage for said in turn.draft.said] + turn.draft.support
        contacts = [n for passage in passages for n in passage.contacts]
        services = [n for passage in passages for n in passage.services]
        for index in list(dict.fromkeys([*contacts, *range(len(fiche.contacts))]))[:MAX_CONTACTS]:
            card.contacts.append(_contact(fiche.contacts[index]))
        for index in list(dict.fromkeys([*services, *range(len(fiche.services))]))[:MAX_SERVICES]:
            service = fiche.services[index]
            card.services.append(
                ServiceCard(
                    title=service.title,
                    url=service.url,
                    kind=service.type or None,
                    cerfa=service.cerfa or None,
                    source=1,
                )
            )
        card.warnings.extend(warning.title for warning in fiche.warnings if warning.title)


def _near(hits: Sequence[Hit], shown: set[str]) -> list[Near]:
    """The best fiches that are not cited; those that are variants of a cited one come first.

    Args:
        hits: best first.
        shown: fiches that the card cites.
    """
    kin = {v.fiche for hit in hits if hit.fiche in shown for v in hit.variants}
    others = [hit for place, hit in enumerate(hits) if hit.fiche in kin or place < NEAR_AMONG]
    others.sort(key=lambda hit: hit.fiche not in kin)
    return [
        Near(fiche=hit.fiche, title=hit.title, url=hit.url, differs=hit.differs())
        for hit in others
        if hit.fiche not in shown
    ][:NEAR_SHOWN]


def _contact(contact: Contact) -> ContactCard:
    lines = contact.text.split("\n")
    hours = [line for line in lines if " h" in fold(line) or "lundi" in fold(line)]
    return ContactCard(
        name=contact.title,
        pivot=contact.pivots[0] if contact.pivots else None,
        phone=contact.phones[0] if contact.phones else None,
        hours=" ".join(hours) or None,
        details=contact.text or contact.complement or None,
        url=contact.url or None,
        source=1,
    )


def _chained(
    steps: Sequence[tuple[str, Callable[[Turn], None]]],
) -> Runnable[Turn, Turn]:
    """The steps as one LangChain runnable; each is timed, and skipped once the turn has ended."""

    def timed(name: str, step: Callable[[Turn], None]) -> Callable[[Turn], Turn]:
        def run(turn: Turn) -> Turn:
            if not turn.ended:
                started = time.perf_counter()
                step(turn)
                turn.timings_ms[name] = round((time.perf_counter() - started) * 1000, 2)
            return turn

        return run

    chain: Runnable[Turn, Turn] = RunnableLambda(timed(*steps[0]), name=steps[0][0])
    for name, step in steps[1:]:
        chain = chain | RunnableLambda(timed(name, step), name=name)
    return chain


def _french_date(iso: str) -> str:
    year, month, day = iso.split("-")
    return f"{day}/{month}/{year}"


def open_search(settings: Settings) -> Search:
    """The search over the snapshot in use, with the embeddings that the settings name."""
    base_url, model = settings.embedding_base_url, settings.embedding_model
    return Search(
        Snapshot.open(settings.home),
        build_embeddings(base_url, model, settings.embedding_api_key, None),
        model_name(base_url, model),
        settings.chroma_url,
    )


def open_understanding(snapshot: Snapshot, settings: Settings) -> Understanding:
    """The understanding of questions in the words of a snapshot."""
    vocabulary = Vocabulary.open(snapshot.folder, right_words())
    return Understanding(vocabulary, settings.question_max_chars)


def embeddings_cache(settings: Settings) -> Path:
    return settings.cache_dir / "embeddings.sqlite"
