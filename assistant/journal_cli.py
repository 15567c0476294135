"""``souffleur journal``, ``backup`` and ``restore``: what an administrator does with the journal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from assistant.journal import Journal
    from assistant.settings import Settings

app = typer.Typer(
    help="Le journal des appels : l'exporter, en oublier l'ancien.", no_args_is_help=True
)


@app.command()
def purge(
    days: Annotated[
        int | None,
        typer.Option(min=0, help="Âge au-delà duquel oublier, en jours ; par défaut le réglage."),
    ] = None,
) -> None:
    """Oublier les appels anciens, avec leurs tours et leurs signalements."""
    settings, journal = _opened()
    age = settings.journal_days if days is None else days
    gone = journal.purge(age)
    journal.audit("souffleur journal purge", "purge", f"{gone} appels de plus de {age} jours")
    print(f"{gone} appels de plus de {age} jours oubliés.")


@app.command()
def export(path: Annotated[Path, typer.Argument(help="Fichier JSON Lines à écrire.")]) -> None:
    """Écrire tout le journal en JSON Lines, une ligne par enregistrement."""
    count = _opened()[1].export(path)
    print(f"{count} enregistrements dans {path}.")


def backup(path: Annotated[Path, typer.Argument(help="Fichier à écrire (.tar.gz).")]) -> None:
    """Sauvegarder journal, jeu de référence et réglages dans un fichier (secrets compris)."""
    from assistant.backup import backup as make

    settings, journal = _opened()
    count = make(settings, journal, path)
    print(f"Sauvegarde faite : {path}, {count} enregistrements du journal.")


def restore(
    path: Annotated[Path, typer.Argument(help="Fichier fait par « souffleur backup ».")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Remplacer un journal qui n'est pas vide.")
    ] = False,
) -> None:
    """Remettre ce qu'une sauvegarde contient."""
    from assistant.backup import restore as put_back

    settings, journal = _opened()
    result = put_back(settings, journal, path, replace=replace)
    print(f"Restauré : {result.rows} enregistrements, {result.files} fichiers ({result.made_at}).")
    if result.before:
        print(f"L'état remplacé est dans {result.before}.")


def _opened() -> tuple[Settings, Journal]:
    from assistant.journal import Journal
    from assistant.settings import load_settings

    settings = load_settings()
    return settings, Journal.open(settings)
