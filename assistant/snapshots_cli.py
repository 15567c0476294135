"""``souffleur snapshots`` and ``souffleur switch``: what an administrator turns, from the terminal."""

from __future__ import annotations

import getpass
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vectorstore.errors import UsageError

if TYPE_CHECKING:
    from vectorstore.history import Difference

JsonFlag = Annotated[bool, typer.Option("--json", help="Un objet JSON sur la sortie standard.")]
SHOWN = 20
"""Lines of each part of a difference that the terminal shows; ``--json`` has them all."""


def snapshots(
    use: Annotated[str | None, typer.Option(help="Mettre ce corpus en service.")] = None,
    diff: Annotated[
        str | None, typer.Option(help="Ce qui a changé de ce corpus à celui en service.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Les corpus présents ; en remettre un en service ; ce qui a changé entre deux."""
    from assistant.settings import load_settings
    from vectorstore.history import difference, put_in_use, stored_snapshots
    from vectorstore.snapshot import current_folder

    home = load_settings().home
    if use and diff:
        raise UsageError("--use et --diff s'excluent : l'un change le corpus, l'autre compare")
    if use:
        before = current_folder(home).name
        manifest = put_in_use(home, use)
        _audited("snapshot", f"{before} → {manifest.id}")
        print(f"Corpus {manifest.id} en service, données du {manifest.corpus_date}.")
        return
    if diff:
        _print_difference(difference(home, diff, current_folder(home).name), as_json)
        return
    stored = stored_snapshots(home)
    if as_json:
        records = [
            {**item.manifest.model_dump(mode="json"), "in_use": item.in_use} for item in stored
        ]
        print(json.dumps({"snapshots": records}, ensure_ascii=False, indent=2))
        return
    for item in stored:
        manifest = item.manifest
        print(
            f"{'*' if item.in_use else ' '} {manifest.id}  {manifest.counts['fiches']} fiches, "
            f"source {manifest.source}, construit le {manifest.built_at[:16].replace('T', ' ')}"
        )
    if not stored:
        print("Aucun corpus ; lancer « souffleur sync ».")


def switch(
    name: Annotated[str | None, typer.Argument(help="model : le modèle qui écrit.")] = None,
    to: Annotated[str | None, typer.Argument(metavar="on|off", help="Le nouvel état.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Allumer ou éteindre le modèle pendant le service ; sans argument, son état."""
    from assistant.settings import load_settings
    from assistant.switches import LABELS_FR, Switches, read_switches, write_switch

    home = load_settings().home
    if name is not None:
        if name not in Switches.model_fields or to not in ("on", "off"):
            known = ", ".join(Switches.model_fields)
            raise UsageError(f"souffleur switch NOM on|off ; interrupteurs : {known}")
        write_switch(home, name, to == "on")
        _audited("switch", f"{name} {to}")
    state = read_switches(home).model_dump()
    if as_json:
        print(json.dumps(state))
        return
    for key, on in state.items():
        print(f"{key} : {'oui' if on else 'non'} — {LABELS_FR[key]}")


def _print_difference(found: Difference, as_json: bool) -> None:
    if as_json:
        record: dict[str, Any] = asdict(found)
        for part in ("added", "removed", "changed"):
            record[part] = [page._asdict() for page in getattr(found, part)]
        print(json.dumps(record, ensure_ascii=False, indent=2))
        return
    print(f"De {found.old} à {found.new} :")
    for label, pages in (
        ("ajoutées", found.added),
        ("retirées", found.removed),
        ("modifiées", found.changed),
    ):
        print(f"{len(pages)} fiches {label}")
        for page in pages[:SHOWN]:
            print(f"  {page.id:8} {page.title}")
        if len(pages) > SHOWN:
            print(f"  … et {len(pages) - SHOWN} autres (--json les donne toutes)")


def _audited(act: str, details: str) -> None:
    """Leave a trace of an act done on the terminal, under the name of the system's user."""
    from assistant.journal import Journal
    from assistant.settings import load_settings

    Journal.open(load_settings()).audit(f"terminal:{getpass.getuser()}", act, details)
