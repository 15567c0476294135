"""The ``souffleur evals`` commands. Heavy imports happen inside the commands that need them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vectorstore.errors import UsageError

if TYPE_CHECKING:
    from assistant.settings import Settings
    from evals.evaluation import Evaluation, Request
    from evals.render import Table
    from evals.runs import Run

app = typer.Typer(
    name="evals",
    help="Évaluer l'assistant : mesurer, comparer, décider d'une mise en service.",
    no_args_is_help=True,
)

Gold = Annotated[
    list[Path], typer.Argument(metavar="GOLD…", help="Fichiers .jsonl de questions, ou dossiers.")
]
OptionalGold = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="[GOLD…]",
        help="Fichiers .jsonl de questions, ou dossiers ; sans eux, le jeu de l'installation : "
        "celui du projet, et ce que l'équipe qualité y a ajouté ou changé.",
    ),
]
JsonFlag = Annotated[bool, typer.Option("--json", help="Un objet JSON sur la sortie standard.")]
Tag = Annotated[str | None, typer.Option(help="Seulement les questions qui portent l'étiquette.")]
ChunkSize = Annotated[
    int, typer.Option(help="Taille des extraits des systèmes de référence, en caractères.")
]
Out = Annotated[Path | None, typer.Option(help="Dossier où écrire ; il ne doit pas exister.")]


@app.command()
def run(
    gold: OptionalGold = None,
    task: Annotated[
        str, typer.Option(help="Tâches, séparées par des virgules.")
    ] = "retrieval,routing,answers,speech,latency",
    tag: Tag = None,
    out: Out = None,
    resume: Annotated[
        Path | None, typer.Option(help="Reprendre l'évaluation interrompue de ce dossier.")
    ] = None,
    baseline_systems: Annotated[
        bool, typer.Option("--baseline-systems", help="Évaluer aussi les systèmes de référence.")
    ] = False,
    chunk_size: ChunkSize = 1000,
    judge: Annotated[
        bool, typer.Option("--judge", help="Faire aussi juger les réponses par un modèle.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Évaluer l'assistant sur des questions, et écrire un dossier de résultats."""
    from evals.evaluation import Request, parse_tasks

    request = Request(
        gold=tuple(gold or ()),
        tasks=parse_tasks(task),
        tag=tag,
        out=out,
        resume=resume,
        with_baselines=baseline_systems,
        chunk_size=chunk_size,
        judged=judge,
    )
    _show(_evaluated(request), as_json)


@app.command()
def baselines(
    gold: Gold,
    task: Annotated[str, typer.Option(help="Tâches, séparées par des virgules.")] = "retrieval",
    tag: Tag = None,
    out: Out = None,
    chunk_size: ChunkSize = 1000,
    as_json: JsonFlag = False,
) -> None:
    """Comparer l'assistant aux systèmes de référence : dense, bm25 et leur fusion."""
    from evals.evaluation import Request, parse_tasks

    request = Request(
        gold=tuple(gold),
        tasks=parse_tasks(task),
        tag=tag,
        out=out,
        with_baselines=True,
        chunk_size=chunk_size,
    )
    _show(_evaluated(request), as_json)


@app.command()
def compare(
    before: Annotated[Path, typer.Argument(metavar="RUN", help="Évaluation d'avant.")],
    after: Annotated[Path, typer.Argument(metavar="RUN", help="Évaluation d'après.")],
    as_json: JsonFlag = False,
) -> None:
    """Montrer ce qui va mieux et moins bien, question par question."""
    from evals.compare import compare as compare_runs
    from evals.render import Table
    from evals.report import TASKS_FR, difference_table

    first, second = _opened(before), _opened(after)
    found = compare_runs(first.results, second.results)
    if as_json:
        print(json.dumps(found.as_dict(), ensure_ascii=False, indent=2))
        return
    title = f"{second.name} moins {first.name}, {found.items} questions (points de pourcentage)"
    _print_table(title, difference_table(found))
    for better, heading in ((False, "Moins bien"), (True, "Mieux")):
        rows = [
            (change.id, TASKS_FR[change.task], change.question, change.before, change.after)
            for change in found.changes
            if change.better is better
        ]
        if rows:
            heads = ("id", "tâche", "question", "avant", "après")
            _print_table(f"{heading} : {len(rows)}", Table(heads, rows))
    if found.left_out:
        print(
            f"{len(found.left_out)} question(s) non comparées, absentes d'une des évaluations ou "
            f"modifiées : {', '.join(found.left_out)}"
        )


@app.command()
def composers(
    gold: Gold,
    task: Annotated[
        str, typer.Option(help="Tâches, séparées par des virgules.")
    ] = "answers,speech,latency",
    tag: Tag = None,
    out: Out = None,
    as_json: JsonFlag = False,
) -> None:
    """Comparer la rédaction extractive et celle du modèle configuré, sur les mêmes questions."""
    from assistant.progress import console_report
    from evals.compare import compare as compare_runs
    from evals.evaluation import Request, parse_tasks
    from evals.evaluation import composers as run_both
    from evals.render import Table
    from evals.report import difference_table
    from evals.report_model import usage_rows

    request = Request(gold=tuple(gold), tasks=parse_tasks(task), tag=tag, out=out)
    with console_report() as report:
        first, second = run_both(request, _settings(), report)
    found = compare_runs(first.results, second.results)
    if as_json:
        record = {**found.as_dict(), "usage": second.printed().get("usage", {})}
        print(json.dumps(record, ensure_ascii=False, indent=2))
        return
    title = f"Modèle moins extractif, {found.items} questions (points de pourcentage)"
    _print_table(title, difference_table(found))
    _print_table("Ce que le modèle a coûté", Table(("", ""), usage_rows(second.usage)))
    print(f"Rapports : {first.folder / 'report.html'} et {second.folder / 'report.html'}")


@app.command()
def gate(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Évaluation à juger.")],
    baseline: Annotated[Path, typer.Option(help="Dernière évaluation acceptée.")],
    thresholds: Annotated[
        Path | None, typer.Option(help="Fichier de seuils ; celui du projet par défaut.")
    ] = None,
) -> None:
    """Dire si cette version peut être mise en service ; statut 1 si elle ne le peut pas."""
    from evals.gate import THRESHOLDS_FILE, load_thresholds, refusals

    limits = load_thresholds(thresholds or THRESHOLDS_FILE)
    judged, accepted = _opened(run), _opened(baseline)
    reasons = refusals(judged.results, judged.metrics, judged.by_tag, accepted.results, limits)
    if reasons:
        print(f"REFUSÉ : {judged.name}, {len(reasons)} motif(s)", file=sys.stderr)
        for reason in reasons:
            print(f"- {reason}", file=sys.stderr)
        raise typer.Exit(1)
    print(f"ACCEPTÉ : {judged.name}, face à {accepted.name}")


@app.command()
def check(
    gold: OptionalGold = None,
    write_hashes: Annotated[
        bool,
        typer.Option("--write-hashes", help="Retenir le texte actuel des fiches nommées."),
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Vérifier les questions : fiches présentes, faits clés lisibles dans une fiche acceptable."""
    from dataclasses import asdict
    from datetime import date

    from evals import systems
    from evals.check import check as check_gold
    from evals.check import read_hashes
    from evals.check import write_hashes as record
    from evals.gold import load_gold
    from evals.goldstore import installed_gold, team_folder

    if not gold and write_hashes:
        raise UsageError("--write-hashes : donnez les fichiers d'un dossier")
    items = load_gold(gold) if gold else installed_gold(_settings().home)
    gold = gold or [team_folder(_settings().home)]
    snapshot = systems.open_assistant(_settings()).snapshot
    corpus_date = date.fromisoformat(snapshot.manifest.corpus_date)
    if write_hashes:
        folders = {path if path.is_dir() else path.parent for path in gold}
        if len(folders) > 1:
            raise UsageError("--write-hashes : donnez les fichiers d'un seul dossier")
        written = record(items, snapshot, corpus_date, folders.pop())
        print(f"empreintes écrites : {written}", file=sys.stderr)
    found = check_gold(items, snapshot, corpus_date, read_hashes(gold))
    if as_json:
        print(json.dumps({"items": len(items.items), **asdict(found)}, ensure_ascii=False))
    else:
        for finding in found.problems:
            print(f"{finding.place} : {finding.item} : {finding.text}")
        for finding in found.to_review:
            print(f"{finding.place} : {finding.item} : à revoir : {finding.text}")
        print(
            f"{len(items.items)} questions, {len(found.problems)} problème(s), "
            f"{len({finding.item for finding in found.to_review})} à revoir "
            f"(corpus du {corpus_date})"
        )
    if found.problems:
        raise typer.Exit(1)


@app.command("review")
def review(
    since: Annotated[str, typer.Argument(metavar="SNAPSHOT", help="Le corpus d'avant.")],
    as_json: JsonFlag = False,
) -> None:
    """Les questions à revoir : leurs fiches ont changé depuis un corpus antérieur."""
    from evals.goldstore import installed_gold, reviewed, touched
    from vectorstore.history import difference
    from vectorstore.snapshot import current_folder

    home = _settings().home
    changed = difference(home, since, current_folder(home).name)
    found = touched(installed_gold(home), changed.touched(), reviewed(home, changed.new))
    if as_json:
        records = [{"item": item.id, "fiches": fiches} for item, fiches in found]
        print(json.dumps({"to_review": records}, ensure_ascii=False, indent=2))
        return
    for item, fiches in found:
        print(f"{item.id} : {', '.join(fiches)} : {item.question}")
    print(f"{len(found)} question(s) à revoir, de {changed.old} à {changed.new}")


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Fichier à reprendre.")],
    out: Annotated[Path, typer.Option(help="Fichier .jsonl à écrire.")],
    format: Annotated[str, typer.Option(help="csv, jsonl ou squad.")] = "csv",
    map: Annotated[
        list[str] | None,
        typer.Option(
            help="colonne=clé ; à répéter. Sans elle, les colonnes nommées comme les clés."
        ),
    ] = None,
) -> None:
    """Reprendre des questions d'un fichier CSV, JSON Lines ou SQuAD."""
    from evals.importers import FORMATS, import_items, parse_mapping, write_items

    kind = next((known for known in FORMATS if known == format), None)
    if kind is None:
        raise UsageError(f"--format {format} : formats connus : {', '.join(FORMATS)}")
    if out.exists():
        raise UsageError(f"{out} existe déjà ; choisissez un autre fichier avec --out")
    items = import_items(file, kind, parse_mapping(map or []))
    write_items(items, out)
    print(f"{len(items)} questions écrites dans {out}")


@app.command("judge-check")
def judge_check(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="JSON Lines : question, reference, answer, label (juste ou faux)."
        ),
    ],
    as_json: JsonFlag = False,
) -> None:
    """Mesurer l'accord du juge avec des personnes, sur des réponses qu'elles ont annotées."""
    from assistant.progress import console_report
    from evals.agreement import load_labelled, measure, note, remember
    from evals.judge import Judge

    labelled = load_labelled(file)
    judge = Judge.open()
    with console_report() as report:
        found = measure(judge, labelled, report)
    runs_dir = _settings().runs_dir
    remember(runs_dir, judge, found)
    for failure in found.failed:
        print(f"jugement en panne, compté comme désaccord : {failure}", file=sys.stderr)
    if as_json:
        print(json.dumps({"judge": judge.name, **found.as_dict()}, ensure_ascii=False, indent=2))
    else:
        print(note(runs_dir, judge))


def _settings() -> Settings:
    from assistant.settings import load_settings

    return load_settings()


def _evaluated(request: Request) -> Evaluation:
    from assistant.progress import console_report
    from evals.evaluation import evaluate

    with console_report() as report:
        return evaluate(request, _settings(), report)


def _opened(path: Path) -> Run:
    """A run by its folder, or by its name among the runs of the installation."""
    from evals.runs import read_run

    inside = _settings().runs_dir / path
    return read_run(path if path.exists() or not inside.exists() else inside)


def _show(found: Evaluation, as_json: bool) -> None:
    from evals.render import Table
    from evals.report import figure_rows, side_by_side

    run = found.run
    failed = sum(result.error is not None for result in run.results)
    if failed:
        print(f"{failed} question(s) en panne : voir {run.folder / 'report.md'}", file=sys.stderr)
    if as_json:
        print(json.dumps(found.printed(), ensure_ascii=False, indent=2))
        return
    if found.baselines:
        for table in side_by_side(run, found.baselines):
            _print_table(run.name, table)
    else:
        _print_table(run.name, Table(("mesure", "valeur", "n"), figure_rows(run.metrics)))
    print(f"Rapport : {run.folder / 'report.html'}")


def _print_table(title: str, table: Table) -> None:
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    shown = RichTable(title=title, title_justify="left")
    for head in table.heads:
        shown.add_column(head)
    for row in table.rows:
        shown.add_row(*map(Text, row))
    Console().print(shown)
