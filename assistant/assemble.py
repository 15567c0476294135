"""The last step of a turn: what was found, chosen and verified becomes the card."""

from __future__ import annotations

import time

from assistant.caller import known_of
from assistant.card import Card, Excerpt, Near, ServiceCard
from assistant.contacts import contacts_for
from assistant.excerpts import excerpts_of
from assistant.glossary import terms_said
from assistant.handover import CallTurn, call_turn, handover
from assistant.personal import notice
from assistant.places import find_places
from assistant.settings import Settings
from assistant.texts import load_yaml
from assistant.turn import Turn
from vectorstore.search import Hit
from vectorstore.snapshot import Snapshot

NEAR_SHOWN = 3
NEAR_AMONG = 6
"""How many of the best fiches may be shown as near; variants of a cited one may stand lower."""
MAY_BE_RIGHT = 0.02
"""The least chance of being right from which a near fiche is quoted."""
MAX_CONTACTS = 4
MAX_SERVICES = 4


def card_of(turn: Turn, snapshot: Snapshot, settings: Settings) -> Card:
    """The card of a turn whose steps are done; its own time is added to the turn's.

    Args:
        turn: what the steps left.
        snapshot: the corpus that answered.
        settings: the installation's.
    """
    started = time.perf_counter()
    manifest = snapshot.manifest
    card = Card(
        question=turn.question,
        standalone_question=turn.understood.standalone,
        route=turn.route,
        also=turn.also,
        others=turn.others,
        ask=turn.ask,
        told=list(turn.cases),
        say=turn.draft.say(),
        sources=turn.sources,
        check=turn.checks,
        confidence=round(turn.hits[0].probability, 3) if turn.hits else 0.0,
        notes=[*notice(turn.masked), *turn.notes],
        masked=sorted(set(turn.masked)),
        snapshot=manifest.id,
        corpus_date=manifest.corpus_date,
    )
    if snapshot.notice:
        card.warnings.append(snapshot.notice)
    age = manifest.age_days()
    if age < 0:
        card.warnings.append(
            f"Données du {_french_date(manifest.corpus_date)} : l'horloge de ce poste retarde."
        )
    if age > settings.old_after_days:
        card.warnings.append(
            f"Données du {_french_date(manifest.corpus_date)}, vieilles de {age} jours : "
            "vérifier montants et délais."
        )
    if turn.ended:
        card.mode = "script"
        card.say = turn.route.script or ""
    elif not turn.draft.said:
        card.abstained = True
        card.mode = "script"
        card.say = turn.beyond or load_yaml("scripts")["abstain"]
        card.ask = None
        card.sources = []
    else:
        _attach(card, turn, snapshot, settings)
        card.mode = "curated" if turn.curated else "extractive"
        card.known = known_of(turn.caller)
        card.case = list(turn.held.path)
        card.case_assumed = turn.held.assumed
    if turn.ended or turn.also:
        card.handover = handover(
            [*map(CallTurn, turn.history), call_turn(card)], [*turn.cases, turn.commune or ""]
        )
    card.near = _near(turn, snapshot, {source.fiche for source in card.sources})
    turn.timings_ms["card"] = round((time.perf_counter() - started) * 1000, 2)
    turn.timings_ms["total"] = round(sum(turn.timings_ms.values()), 2)
    card.timings_ms = turn.timings_ms
    return card


def contacts_of(turn: Turn, snapshot: Snapshot) -> list[int]:
    """Indexes of the fiche's contacts to show: those of the case in force, the likeliest first."""
    fiche = turn.draft.fiche
    assert fiche is not None
    return contacts_for(
        fiche,
        snapshot.passages(fiche.id),
        turn.held,
        [said.passage for said in turn.draft.said],
        turn.caller,
        turn.understood.standalone,
        turn.commune,
    )[:MAX_CONTACTS]


def services_of(turn: Turn) -> list[int]:
    """Indexes of the fiche's services to show: those of its passages first, then the others."""
    fiche = turn.draft.fiche
    assert fiche is not None
    spoken = [said.passage for said in turn.draft.said]
    own = [n for passage in [*spoken, *turn.draft.support] for n in passage.services]
    return list(dict.fromkeys([*own, *range(len(fiche.services))]))[:MAX_SERVICES]


def _attach(card: Card, turn: Turn, snapshot: Snapshot, settings: Settings) -> None:
    """Contacts, services and warnings of the fiche that answers."""
    fiche = turn.draft.fiche
    assert fiche is not None
    contacts = [fiche.contacts[n] for n in contacts_of(turn, snapshot)]
    places = find_places(contacts, turn.commune, settings.home)
    card.contacts, card.place_ask = places.contacts, places.ask
    card.notes.extend(places.notes)
    card.glossary = terms_said(card.say, fiche.definitions)
    for index in services_of(turn):
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


def _near(turn: Turn, snapshot: Snapshot, shown: set[str]) -> list[Near]:
    """The best fiches that are not cited; those that are variants of a cited one come first.

    Args:
        turn: its hits, best first.
        snapshot: where the near fiches are read.
        shown: fiches that the card cites.
    """
    hits = turn.hits
    kin = {v.fiche for hit in hits if hit.fiche in shown for v in hit.variants}
    others = [hit for place, hit in enumerate(hits) if hit.fiche in kin or place < NEAR_AMONG]
    others.sort(key=lambda hit: hit.fiche not in kin)
    found = [hit for hit in others if hit.fiche not in shown][:NEAR_SHOWN]
    return [
        Near(
            fiche=hit.fiche,
            title=hit.title,
            url=hit.url,
            differs=hit.differs(),
            excerpts=_excerpts(turn, hit, snapshot),
        )
        for hit in found
    ]


def _excerpts(turn: Turn, hit: Hit, snapshot: Snapshot) -> list[Excerpt]:
    """What a near fiche says to the question, where it may be the right one."""
    if turn.ended or hit.probability < MAY_BE_RIGHT:
        return []
    passages = [found.passage for found in hit.passages]
    return excerpts_of(turn.understood.query.embedded(), snapshot.fiche(hit.fiche), passages)


def _french_date(iso: str) -> str:
    year, month, day = iso.split("-")
    return f"{day}/{month}/{year}"
