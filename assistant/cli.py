"""The ``souffleur`` command. Heavy imports happen inside the commands that need them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.bench_cli import bench
from assistant.corpus_cli import age_line, rollback, sync
from assistant.curated_cli import app as curated_app
from assistant.directory_cli import app as directory_app
from assistant.directory_cli import directory_state
from assistant.exposure import LOOPBACK, sign_in_configured
from assistant.journal_cli import app as journal_app
from assistant.journal_cli import backup, restore
from assistant.snapshots_cli import snapshots, switch
from vectorstore.errors import SouffleurError, UsageError

if TYPE_CHECKING:
    from assistant.card import Card

app = typer.Typer(
    name="souffleur",
    help="Souffle aux agents du 3939 une réponse à dire, avec ses sources.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(sync)
app.command()(rollback)
app.add_typer(directory_app, name="directory")
app.add_typer(journal_app, name="journal")
app.command()(backup)
app.command()(restore)
app.add_typer(curated_app, name="curated")
app.command()(snapshots)
app.command()(switch)
app.command()(bench)

JsonFlag = Annotated[bool, typer.Option("--json", help="Un objet JSON sur la sortie standard.")]
Question = Annotated[str, typer.Argument(help="La question, en français courant.")]


@app.command()
def status(as_json: JsonFlag = False) -> None:
    """Le corpus en service, son âge, ses comptes et les réglages."""
    from assistant.settings import load_settings
    from vectorstore.errors import shown_url
    from vectorstore.keeping import held_snapshot
    from vectorstore.snapshot import Snapshot, finished_folders

    settings = load_settings()
    snapshot = Snapshot.open(settings.home)
    manifest = snapshot.manifest
    record: dict[str, Any] = {
        "home": str(settings.home),
        "snapshot": manifest.model_dump(mode="json"),
        "age_days": manifest.age_days(),
        "old": manifest.age_days() > settings.old_after_days,
        "settings": {
            "vectors": settings.vectors,
            "chroma": shown_url(settings.chroma_url) if settings.chroma_url else "embarqué",
            "embeddings": manifest.embedding_model,
        },
        "kept": [folder.name for folder in finished_folders(settings.home)],
        "held": held_snapshot(settings.home),
        "notice": snapshot.notice,
        "directory": directory_state(settings.home),
        "health": _health(),
    }
    if as_json:
        print(json.dumps(record, ensure_ascii=False, indent=2))
        return
    print(f"Corpus {manifest.id}, source {manifest.source} ({manifest.origin})")
    print(age_line(manifest, settings.old_after_days))
    print(", ".join(f"{name} : {count}" for name, count in manifest.counts.items()))
    print(f"corpus gardés : {', '.join(record['kept'])}")
    if record["held"]:
        print(f"retenu par « souffleur rollback » : {record['held']}")
    if snapshot.notice:
        print(snapshot.notice)
    print(f"annuaire : {record['directory']['state']}")
    for name, state in record["health"].items():
        print(f"{name} : {state}")


def _health() -> dict[str, str]:
    """Each part tried for real: one search, and one request to each model that is configured."""
    from assistant.chain import Assistant
    from assistant.endpoint import probed
    from assistant.settings import ROLES, load_settings

    settings = load_settings()
    try:
        assistant = Assistant.open(settings)
        hits = assistant.search.search("carte d'identité", 1)
    except SouffleurError as error:
        return {"corpus": str(error)}
    return {
        "corpus": "en état" if hits else "vide",
        "vecteurs": assistant.search.degraded or "en état",
        "composition": "par modèle" if settings.answer.model else "extractive",
        **{f"modèle ({role})": probed(settings, role) for role in ROLES},
    }


@app.command()
def search(
    question: Question,
    k: Annotated[int, typer.Option("-k", min=1, max=100, help="Nombre de fiches.")] = 10,
    as_json: JsonFlag = False,
) -> None:
    """Les fiches les plus proches d'une question."""
    from assistant.chain import Assistant
    from vectorstore.search import as_records, grouped

    hits = Assistant.open().retrieve(question, k=k)
    if as_json:
        print(json.dumps({"hits": as_records(hits)}, ensure_ascii=False, indent=2))
        return
    for group in grouped(hits):
        for place, hit in enumerate(group):
            own = f" [{hit.differs()}]" if hit.variants else ""
            indent = "   ou " if place else ""
            print(f"{hit.probability:5.2f}  {indent}{hit.fiche:8} {hit.title}{own}")


@app.command()
def route(question: Question, as_json: JsonFlag = False) -> None:
    """Le routage seul."""
    from assistant.chain import Assistant

    card = Assistant.open().ask(question)
    if as_json:
        print(card.route.model_dump_json(indent=2))
        return
    print(f"{card.route.label} ({card.route.confidence:.2f}) {card.route.reason or ''}".rstrip())
    if card.route.script:
        print(card.route.script)


@app.command()
def ask(
    question: Question,
    commune: Annotated[str | None, typer.Option(help="La commune de l'appelant.")] = None,
    case: Annotated[
        list[str] | None, typer.Option(help="Ce que l'appelant a dit de son cas.")
    ] = None,
    history: Annotated[
        list[str] | None, typer.Option(help="Une question antérieure du même appel.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Un tour : la réponse à dire, avec ses sources."""
    from assistant.chain import Assistant
    from assistant.curated_cli import curated_book

    assistant = Assistant.open()
    assistant.curated = curated_book(assistant)
    card = assistant.ask(question, history=history or (), cases=case or (), commune=commune)
    card = assistant.improved(card, history=history or (), commune=commune)
    print(card.model_dump_json(indent=2) if as_json else _card_lines(card))


def _card_lines(card: Card) -> str:
    lines = [*(f"! {warning}" for warning in card.warnings)]
    if card.route.label != "niveau1":
        target = card.route.target
        to = f" → {target.name} {target.phone or ''}".rstrip() if target else ""
        lines.append(f"[{card.route.label}{to}]")
    lines.append(card.say)
    if card.case:
        state = "supposé" if card.case_assumed else "retenu"
        lines.append(f"Cas {state} : {' > '.join(card.case)}")
    if card.known:
        known = ", ".join(f"{item.label.lower()} : {item.value}" for item in card.known)
        lines.append(f"Connu : {known}")
    if card.also:
        beside = card.also.target.name if card.also.target else card.also.label
        lines.append(f"Pour le reste : {beside}. {card.also.script or ''}".rstrip())
    lines += [f"Autre question : {other}" for other in card.others]
    if card.ask:
        lines.append(f"À demander : {card.ask.text} [{' | '.join(card.ask.options)}]")
    for source in card.sources:
        lines.append(
            f"  [{source.n}] {source.fiche} {source.title} — {source.section} ({source.updated})"
        )
    for contact in card.contacts:
        told = (contact.name, contact.phone, contact.address, contact.hours, contact.note)
        lines.append("  → " + " — ".join(part for part in told if part))
    if card.place_ask:
        options = " · ".join(card.place_ask.options)
        lines.append(f"  à demander pour le guichet : {card.place_ask.text} {options}".rstrip())
    for near in card.near:
        own = f" [{near.differs}]" if near.differs else ""
        lines.append(f"  voisine : {near.fiche} {near.title}{own}")
    if card.handover:
        lines.append("À transmettre :\n" + card.handover)
    return "\n".join(lines)


@app.command()
def fiche(
    fiche_id: Annotated[str, typer.Argument(help="Identifiant, par exemple F14929.")],
    case: Annotated[
        list[str] | None, typer.Option(help="Ce que l'appelant a dit de son cas.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """La fiche pour l'agent : les mêmes rubriques pour toutes, chaque ligne avec son passage."""
    from assistant.settings import load_settings
    from assistant.sheet import as_text, sheet_of
    from vectorstore.snapshot import Snapshot

    snapshot = Snapshot.open(load_settings().home)
    if fiche_id not in snapshot.position:
        raise UsageError(
            f"{fiche_id} : aucune fiche de ce numéro dans le corpus ; voir « souffleur search »"
        )
    found, passages = snapshot.fiche(fiche_id), snapshot.passages(fiche_id)
    sheet = sheet_of(found, passages, case or ())
    if as_json:
        record = found.model_dump(mode="json", exclude={"body", "warnings"})
        record["passages"] = [passage.model_dump(mode="json") for passage in passages]
        record["sheet"] = sheet.model_dump(mode="json")
        print(json.dumps(record, ensure_ascii=False, indent=2))
        return
    print(as_text(sheet))


@app.command()
def verify() -> None:
    """Relire l'archive : prouver que rien n'est perdu et que rien n'est sous un autre cas."""
    from assistant.progress import console_report
    from assistant.settings import load_settings
    from vectorstore.coverage import verify_snapshot

    settings = load_settings()
    with console_report() as report:
        result, trees = verify_snapshot(settings.home, report)
    print(
        f"{result.documents} documents, {result.fiches} fiches : "
        f"{100 * result.share():.4f} % des {result.total_chars} caractères du corps retrouvés, "
        f"{result.contacts_kept}/{result.contacts} contacts, "
        f"{result.services_kept}/{result.services} services."
    )
    for line in result.lost[:20]:
        print(f"Perdu : {line}")
    depths = ", ".join(f"{depth} : {count}" for depth, count in sorted(trees.depths.items()))
    print(
        f"Arbres de cas : {trees.documents} documents, {trees.fiches} fiches, {trees.groups} groupes, "
        f"{trees.branches} branches ; fiches par profondeur : {depths}."
    )
    print(
        f"Textes sous leur cas : {trees.lines} lignes comparées, {len(trees.violations)} sous un "
        f"autre cas, {trees.unplaced} composées par la lecture."
    )
    for line in trees.violations[:20]:
        print(f"Sous un autre cas : {line}")
    if not result.holds():
        raise SouffleurError("la restructuration perd du contenu au-delà de 0,1 %")
    if trees.violations:
        raise SouffleurError("du texte d'un cas est montré sous un autre")


@app.command()
def ui(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port d'écoute.")] = 8501,
    address: Annotated[
        str, typer.Option(help="Adresse d'écoute ; une autre que celle-ci demande une connexion.")
    ] = "127.0.0.1",
    watch_port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port de surveillance ; 0 : le port plus 1000.")
    ] = 0,
) -> None:
    """Ouvrir l'application des agents dans le navigateur."""
    if address not in LOOPBACK and not sign_in_configured():
        raise UsageError(
            f"{address} : ouvrir l'application au réseau demande une connexion ; renseigner [auth] dans "
            ".streamlit/secrets.toml, ou la laisser sur 127.0.0.1"
        )
    command = [sys.executable, "-m", "ui.serve", str(port), address, str(watch_port)]
    only = " (cette machine seulement)" if address in LOOPBACK else ""
    print(f"Souffleur : http://{address}:{port}{only}", flush=True)
    raise SystemExit(subprocess.call(command))


def _guarded(run: Callable[[], None]) -> None:
    """Run, and turn our errors into one line on standard error."""
    try:
        run()
    except SouffleurError as error:
        print(f"souffleur : {error}", file=sys.stderr)
        raise SystemExit(error.exit_code) from error
    except KeyboardInterrupt as error:
        print("souffleur : interrompu ; le corpus en service n'a pas changé", file=sys.stderr)
        raise SystemExit(130) from error


def main() -> None:
    """Entry point of the ``souffleur`` command."""
    if len(sys.argv) > 1 and sys.argv[1] == "evals":
        from evals.cli import app as evals_app

        app.add_typer(evals_app, name="evals")
    _guarded(app)


if __name__ == "__main__":
    main()
