"""The fact lock on a draft: every fact said must stand in the passage it is said from.

It serves every composer: what it removes it notes, and what it keeps it cites with the exact words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from assistant.card import Check, Source
from assistant.compose import Draft, Said
from assistant.facts import DOUBTFUL_KINDS, Fact, facts_in, unsupported
from assistant.speech import sentences, speakable
from vectorstore.fiche import Fiche, Passage
from vectorstore.search import Hit
from vectorstore.snapshot import Snapshot

CORROBORATING = 5
"""Near fiches in which a second source is looked for."""

_BARE = re.compile(r"\(en ([^\W\d]+)\) ?: ?(\d+(?:[.,]\d+)?)(?![\d.,]*\d)")
"""A number of a column whose name holds its unit: "Durée (en trimestres) : 162"."""
_MONEY = re.compile(r"€|euro", re.IGNORECASE)


@dataclass
class Verified:
    """What is left of a draft, with its sources."""

    kept: list[Said] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def verify(draft: Draft, hits: Sequence[Hit], snapshot: Snapshot, *, dated: bool) -> Verified:
    """Lock the facts of a draft and cite what is kept.

    Args:
        draft: what a composer gave; its fiche is known.
        hits: the fiches found, best first, among which a second source is looked for.
        snapshot: where their passages are read.
        dated: the corpus is old, so that its amounts are doubtful.
    """
    fiche = draft.fiche
    assert fiche is not None
    found = Verified()
    for said in draft.said:
        missing = missing_facts(said, fiche)
        if missing:
            words = ", ".join(fact.words for fact in missing)
            found.notes.append(f"phrase retirée, fait absent de la source : {words}")
        else:
            found.kept.append(said)
    if not found.kept:
        return found
    for said in found.kept:
        _cite(found.sources, fiche, said.passage, said.spans)
    for passage in draft.support:
        _cite(found.sources, fiche, passage, ())
    spoken = {fact.key() for said in found.kept for fact in facts_in(said.text)}
    found.checks = _checks(found.sources, spoken, dated)
    _corroborate(found, hits, fiche, snapshot)
    return found


def missing_facts(said: Said, fiche: Fiche) -> list[Fact]:
    """The facts of a sentence that stand neither in its passage nor in the titles above it."""
    sources = sources_of(said.passage, fiche)
    if not unsupported(said.text, sources):
        return []
    return unsupported(said.text, [*sources, *map(speakable, sources)])


def sources_of(passage: Passage, fiche: Fiche) -> list[str]:
    """What a sentence said from a passage may rest on: its text, then all that stands around it."""
    contacts = [fiche.contacts[n] for n in passage.contacts]
    services = [fiche.services[n] for n in passage.services]
    return [
        passage.text,
        *(f"{number} {unit}" for unit, number in _BARE.findall(passage.text)),
        fiche.title,
        *passage.section,
        *(title for case in passage.cases for title in case),
        *(f"{contact.title} {contact.text}" for contact in contacts),
        *(f"{service.type} {service.title} {service.cerfa}" for service in services),
        *(f"{entry.short} {entry.long}" for entry in fiche.abbreviations),
    ]


def _cite(
    sources: list[Source], fiche: Fiche, passage: Passage, spans: Sequence[tuple[int, int]]
) -> None:
    """Add a passage to the sources, or the words said to the source that quotes it already."""
    if not passage.text.strip():
        return
    section = " > ".join(passage.section) or "Introduction"
    case = list(passage.cases[0])
    for source in sources:
        if (source.fiche, source.section, source.case, source.quote) == (
            fiche.id,
            section,
            case,
            passage.text,
        ):
            source.spans = sorted({*source.spans, *spans})
            return
    sources.append(
        Source(
            n=len(sources) + 1,
            fiche=fiche.id,
            title=fiche.title,
            section=section,
            case=case,
            url=fiche.url,
            updated=fiche.updated,
            quote=passage.text,
            spans=sorted(spans),
        )
    )


def _checks(sources: Sequence[Source], spoken: set[tuple[str, str]], dated: bool) -> list[Check]:
    """Each fact said, once, with the first source whose words said hold it."""
    found: dict[tuple[str, str], Check] = {}
    for source in sources:
        for start, end in source.spans:
            for fact in facts_in(source.quote[start:end]):
                if fact.key() in spoken and fact.key() not in found:
                    doubtful = dated and fact.kind in DOUBTFUL_KINDS
                    found[fact.key()] = Check(fact=fact.words, source=source.n, doubtful=doubtful)
    return list(found.values())


def _corroborate(found: Verified, hits: Sequence[Hit], fiche: Fiche, snapshot: Snapshot) -> None:
    """Cite the first other near fiche that states the first amounts said: two sources are surer.

    None from a case that the fiche knows and that is not in force, nor from a variant of the fiche,
    which is about another kind of caller.
    """
    first = sentences(found.kept[0].text)[:1]
    amounts = {fact.key() for text in first for fact in facts_in(text) if fact.kind == "euro"}
    if not amounts:
        return
    in_force = {title for said in found.kept for case in said.passage.cases[:1] for title in case}
    own = snapshot.passages(fiche.id)
    out = {title for passage in own for case in passage.cases for title in case} - in_force
    for hit in hits[1 : CORROBORATING + 1]:
        if hit.fiche == fiche.id or fiche.id in {variant.fiche for variant in hit.variants}:
            continue
        for passage in snapshot.passages(hit.fiche):
            if out & set(passage.cases[0]):
                continue
            start = 0
            for line in passage.text.split("\n"):
                if _MONEY.search(line) and amounts <= {fact.key() for fact in facts_in(line)}:
                    span = (start, start + len(line))
                    _cite(found.sources, snapshot.fiche(hit.fiche), passage, [span])
                    return
                start += len(line) + 1
