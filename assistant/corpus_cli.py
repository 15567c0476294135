"""Commands that put a corpus in use: the update, the daily watch, the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from vectorstore.errors import SouffleurError

if TYPE_CHECKING:
    from vectorstore.snapshot import Manifest


def sync(
    source: Annotated[
        str, typer.Option(help="auto, dila, npm, demo, ou le chemin d'une archive ou d'un dossier.")
    ] = "auto",
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Reconstruire même sans changement.")
    ] = False,
    watch: Annotated[
        str | None,
        typer.Option(
            help="Rester, et recommencer chaque jour à cette heure (HH:MM, heure locale)."
        ),
    ] = None,
) -> None:
    """Chercher les fiches, les restructurer, les indexer, et mettre le résultat en service."""
    if watch is not None:
        from assistant.watch import Watch, synced

        arguments = ["--source", source, *(["--rebuild"] if rebuild else [])]
        Watch(watch, lambda: synced(arguments)).run()
    from assistant.opening import embeddings_cache
    from assistant.progress import console_report
    from assistant.settings import load_settings
    from vectorstore.build import better_in_use, build
    from vectorstore.embeddings import build_embeddings, model_name
    from vectorstore.keeping import held_snapshot
    from vectorstore.sources import fetch

    settings = load_settings()
    held = held_snapshot(settings.home)
    if held is not None:
        raise SouffleurError(
            f"corpus {held} retenu par « souffleur rollback » ; « souffleur rollback --release » "
            "pour reprendre les mises à jour"
        )
    with console_report() as report:
        fetched = fetch(source, settings.cache_dir, settings.connect_timeout_s, report)
        kept = better_in_use(settings.home, fetched) if source == "auto" else None
        if kept is not None:
            print(
                f"Corpus {kept.id} gardé (source {kept.source}) : {fetched.origin} ne le vaut pas. "
                f"{age_line(kept, settings.old_after_days)}"
            )
            return
        report(f"Source : {fetched.name} ({fetched.origin})", 0, 0)
        base_url, model = settings.embedding_base_url, settings.embedding_model
        result = build(
            settings.home,
            fetched,
            build_embeddings(
                base_url, model, settings.embedding_api_key, embeddings_cache(settings)
            ),
            model_name(base_url, model),
            settings.vectors,
            report,
            chroma_url=settings.chroma_url,
            keep=settings.keep_snapshots,
            rebuild=rebuild,
        )
    manifest = result.manifest
    state = "construit" if result.built else "inchangé"
    counts = manifest.counts
    print(
        f"Corpus {manifest.id} {state} : {counts['fiches']} fiches, {counts['passages']} passages, "
        f"source {manifest.source}, données du {manifest.corpus_date}."
    )
    for line in manifest.skipped:
        print(f"Écarté : {line}")
    print(age_line(manifest, settings.old_after_days))


def rollback(
    snapshot: Annotated[
        str | None, typer.Argument(help="Le corpus à remettre ; sans lui, le précédent.")
    ] = None,
    release: Annotated[
        bool, typer.Option("--release", help="Ne plus le retenir : les mises à jour reprennent.")
    ] = False,
) -> None:
    """Remettre en service un corpus gardé, et l'y retenir malgré les mises à jour."""
    from assistant.settings import load_settings
    from vectorstore.keeping import hold, let_go, previous

    home = load_settings().home
    if release:
        let_go(home)
        print("Corpus libéré ; « souffleur sync » remettra le plus récent.")
        return
    name = snapshot or previous(home)
    hold(home, name)
    print(f"Corpus {name} remis en service et retenu.")


def age_line(manifest: Manifest, old_after_days: int) -> str:
    """The corpus's date and age; marked when it is old."""
    age = manifest.age_days()
    if age < 0:
        return f"données du {manifest.corpus_date}, âge inconnu : l'horloge de ce poste retarde"
    mark = "DONNÉES ANCIENNES — " if age > old_after_days else ""
    return f"{mark}données du {manifest.corpus_date}, {age} jours"
