"""Where must the caller go, and whom can they ring? A fiche's contacts -> real offices.

Phone, address and hours come from the directory or from the fiche, and from nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from assistant.card import Ask, ContactCard
from assistant.texts import load_yaml
from vectorstore.commune_names import Commune
from vectorstore.communes import Resolution
from vectorstore.directory import Directory, DirectoryError, Office, open_directory
from vectorstore.fiche import Contact
from vectorstore.hours import said, week_said
from vectorstore.phones import phones_in
from vectorstore.pivots import kind_of
from vectorstore.text import fold

MAX_OPTIONS = 6
_HOURS = re.compile(
    r"\d ?h(?:\d\d)?\b|\b(?:lundi|mardi|mercredi|jeudi|vendredi|samedi)|\b[57] ?j(?:ours)? ?(?:/|sur)"
)
_PRICE = re.compile(
    r"(?<!acces )\b(?:gratuit|appel local|prix (?:d'un )?appel|cout d'un appel|centimes?|numero vert|tarif|"
    r"la minute|surtaxe)|€ ?/ ?min"
)


@dataclass
class Places:
    """What one card shows of places."""

    contacts: list[ContactCard] = field(default_factory=list)
    ask: Ask | None = None
    """The question that finds the caller's office; nothing when the directory cannot use it."""
    notes: list[str] = field(default_factory=list)


def find_places(
    contacts: Sequence[Contact], commune: str | None, home: Path, now: datetime | None = None
) -> Places:
    """The contacts as they are shown: offices of the caller's commune, national numbers as written.

    Args:
        contacts: those of a fiche, in the order in which they are shown.
        commune: the caller's commune as it was typed; nothing while it is not known.
        home: the data directory, where the directory of offices may be.
        now: an aware datetime, the present one by default.
    """
    places = Places()
    directory = None
    local = [contact for contact in contacts if contact.pivots]
    if local:
        directory, note = load_directory(home)
        places.notes += [note] if note else []
    found = None
    if directory is not None and any(_held(directory, contact) for contact in local):
        found = _commune(directory, commune, places)
    for contact in contacts:
        if not contact.pivots:
            places.contacts.append(_national(contact))
        elif directory is None:
            places.contacts.append(_kind_only(contact))
        else:
            places.contacts += _local(contact, directory, found, places, now or datetime.now(UTC))
    return places


def load_directory(home: Path) -> tuple[Directory | None, str | None]:
    """The directory in use, or a note that says why there is none."""
    try:
        directory = open_directory(home)
    except DirectoryError as error:
        return None, str(error)
    return directory, None if directory else load_yaml("places")["no_directory"]


def commune_question(typed: str, resolution: Resolution) -> Ask:
    """What to ask back when a text names several communes or none."""
    texts = load_yaml("places")
    candidates = resolution.candidates
    if not candidates:
        return Ask(text=texts["ask_postal_code"])
    key = "ask_meant" if resolution.approximate else "ask_which"
    if len(candidates) > MAX_OPTIONS and not resolution.approximate:
        key = "ask_department"
    options = [candidate.label() for candidate in candidates[:MAX_OPTIONS]]
    return Ask(text=texts[key].format(typed=typed.strip()), options=options)


def office_card(office: Office, pivot: str, now: datetime) -> ContactCard:
    """An office of the directory, its hours said as of ``now``."""
    hours = [said(office.week, office.insee, now), office.hours_note or None]
    details = [
        f"Semaine : {week}" if (week := week_said(office.week)) else None,
        office.phone_note and f"Téléphone : {office.phone_note}",
        office.email and f"Courriel : {office.email}",
        office.updated and f"Fiche de l'annuaire du {date.fromisoformat(office.updated):%d/%m/%Y}",
    ]
    return ContactCard(
        name=office.name,
        pivot=pivot,
        phone=office.phone or None,
        address=office.address.replace("\n", ", ") or None,
        hours=". ".join(part for part in hours if part) or None,
        details="\n".join(line for line in details if line) or None,
        url=office.page or office.site or None,
        origin=office.origin,
    )


def _held(directory: Directory, contact: Contact) -> bool:
    return any(directory.holds(pivot) for pivot in contact.pivots)


def _commune(directory: Directory, typed: str | None, places: Places) -> Commune | None:
    """The caller's commune; where it is not sure, the question is left in ``places``."""
    texts = load_yaml("places")
    if not typed or not typed.strip():
        places.ask = Ask(text=texts["ask_commune"])
        return None
    resolution = directory.resolve(typed)
    commune = resolution.commune
    if commune is None:
        places.ask = commune_question(typed, resolution)
        if not resolution.candidates:
            places.notes.append(texts["unknown_commune"].format(typed=typed.strip()))
    elif resolution.others:
        others = ", ".join(other.label() for other in resolution.others[:MAX_OPTIONS])
        places.notes.append(texts["homonyms"].format(commune=commune.label(), others=others))
    elif resolution.approximate:
        places.notes.append(texts["understood"].format(commune=commune.label()))
    return commune


def _local(
    contact: Contact,
    directory: Directory,
    commune: Commune | None,
    places: Places,
    now: datetime,
) -> list[ContactCard]:
    texts = load_yaml("places")
    pivot = contact.pivots[0]
    kind = kind_of(pivot)
    name = kind.name if kind else contact.title
    if not _held(directory, contact):
        return [_kind_only(contact, texts["no_such_kind"].format(kind=name))]
    if commune is None:
        return [_kind_only(contact, texts["needs_commune"])]
    parts = directory.communes.names.arrondissements(commune)
    if parts and kind is not None and kind.codes[0] == "mairie":
        places.ask = Ask(
            text=texts["ask_arrondissement"].format(city=commune.name),
            options=[part.name for part in parts],
        )
        return [_kind_only(contact, texts["needs_commune"])]
    cards = []
    for office in directory.offices(contact.pivots, commune):
        card = office_card(office, pivot, now)
        card.source = 1
        card.details = "\n".join(filter(None, (contact.complement, card.details))) or None
        if office.distance_km is not None:
            card.note = texts["nearest"].format(
                distance=f"{office.distance_km:.0f}", commune=commune.name
            )
        cards.append(card)
    note = texts["no_office"].format(commune=commune.label(), kind=name)
    return cards or [_kind_only(contact, note)]


def _kind_only(contact: Contact, note: str | None = None) -> ContactCard:
    return ContactCard(
        name=contact.title,
        pivot=contact.pivots[0],
        details=contact.text or contact.complement or None,
        url=contact.url or None,
        note=note,
        source=1,
    )


def _national(contact: Contact) -> ContactCard:
    """A contact centre or national body, with the hours and price that the fiche writes."""
    lines = _first_number_lines(contact)
    hours = [line for line in lines if _HOURS.search(fold(line))]
    prices = [line for line in lines if _PRICE.search(fold(line)) and line not in hours]
    return ContactCard(
        name=contact.title,
        phone=contact.phones[0] if contact.phones else None,
        hours=" ".join(hours) or None,
        price=" ".join(prices) or None,
        details=contact.text or contact.complement or None,
        url=contact.url or None,
        source=1,
    )


def _first_number_lines(contact: Contact) -> list[str]:
    """The lines about the first phone number: up to the next number, or all without any number."""
    lines = contact.text.split("\n")
    first = contact.phones[0] if contact.phones else ""
    start = next((n for n, line in enumerate(lines) if first and first in phones_in(line)), None)
    if start is None:
        return lines if not contact.phones else []
    stop = next(
        (n for n in range(start + 1, len(lines)) if set(phones_in(lines[n])) - {first}), len(lines)
    )
    return lines[start:stop]
