"""The QA team's page of evaluations: start one, follow it, read it, compare two, take it away."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from assistant import jobs
from assistant.settings import load_settings
from evals.compare import Change, compare
from evals.goldstore import installed_gold
from evals.histograms import histograms
from evals.outputs import Output
from evals.report import TASKS_FR, difference_table, figure_rows, sections_of
from evals.runs import Run, finished_runs, read_outputs, read_run, run_name
from evals.scoring import ItemResult
from ui.access import require
from ui.card_view import escaped, plain
from ui.opening import open_journal
from ui.quality_view import (
    STYLE,
    draw,
    draw_report_table,
    draw_section,
    draw_table,
    moment,
    trace_html,
)
from vectorstore.errors import SouffleurError

ALL = "toutes"
SHOWN = 50
"""Changes of a comparison that are listed at once."""


def main() -> None:
    person = require("quality")
    draw(STYLE)
    st.header("Évaluations")
    _start(person.name)
    _follow()
    runs = finished_runs(load_settings().runs_dir)
    if not runs:
        st.info("Aucune évaluation terminée. Lancez-en une ci-dessus.")
        return
    chosen = st.selectbox("Évaluation à lire", runs, format_func=_label)
    run = _run(str(chosen), _changed(chosen))
    read, items, compared, taken = st.tabs(
        ["Résultats", "Question par question", "Comparer", "Télécharger"]
    )
    with read:
        _results(run)
    with items:
        _items(run)
    with compared:
        _compare(run, [other for other in runs if other != chosen])
    with taken:
        _download(run)


def _start(by: str) -> None:
    settings = load_settings()
    try:
        gold = installed_gold(settings.home)
    except SouffleurError as error:
        st.error(plain(str(error)))
        return
    tags = sorted({tag for item in gold.items for tag in item.tags})
    with st.form("start", border=True):
        left, right = st.columns([3, 1], vertical_alignment="bottom")
        tag = left.selectbox("Questions à poser, par étiquette", [ALL, *tags])
        if not right.form_submit_button("Lancer une évaluation", type="primary", width="stretch"):
            return
    part = gold.with_tag(None if tag == ALL else tag)
    folder = settings.runs_dir / run_name(part)
    arguments = ["evals", "run", "--out", str(folder), *(["--tag", tag] if tag != ALL else [])]
    about = f"évaluation de {len(part.items)} questions ({tag})"
    try:
        jobs.start(settings.home, "evaluation", about, arguments, by)
    except SouffleurError as error:
        st.warning(plain(str(error)))
        return
    open_journal().audit(by, "run_started", folder.name)


@st.fragment(run_every=1.0)
def _follow() -> None:
    """The last evaluation that was started, while it runs and once it failed."""
    home = load_settings().home
    job = next(iter(jobs.jobs(home, "evaluation")), None)
    if job is None:
        return
    state = jobs.state(home, job)
    if state == "running":
        st.session_state["followed"] = job.id
        _progress(home, job)
        return
    if st.session_state.pop("followed", None) == job.id:
        st.rerun()
    st.caption(f"Dernière évaluation lancée : {plain(job.about)}, {jobs.STATES_FR[state]}")
    if state == "failed":
        st.error(plain(jobs.log(home, job).strip().splitlines()[-1]))


def _progress(home: Path, job: jobs.Job) -> None:
    seen = jobs.progress(home, job)
    share = seen.done / seen.total if seen and seen.total else 0.0
    told = f"{seen.phase} : {seen.done} sur {seen.total}" if seen and seen.total else "Préparation…"
    st.progress(share, text=plain(f"{job.about}, lancée par {job.by}. {told}"))
    if st.button("Arrêter l'évaluation", key="stop"):
        jobs.stop(home, job)


def _label(folder: Path) -> str:
    run = _run(str(folder), _changed(folder))
    tag = f", étiquette {run.config['tag']}" if run.config.get("tag") else ""
    return (
        f"{folder.name} : {len(run.results)} questions{tag}, corpus {run.manifest.get('id', '?')}"
    )


def _changed(folder: Path) -> float:
    return (folder / "metrics.json").stat().st_mtime


@st.cache_data(max_entries=20, show_spinner="Lecture de l'évaluation…")
def _run(folder: str, changed: float) -> Run:
    return read_run(Path(folder))


@st.cache_data(max_entries=4, show_spinner="Lecture des réponses…")
def _outputs(folder: str, changed: float) -> dict[str, Output]:
    return read_outputs(Path(folder))


def _results(run: Run) -> None:
    draw_table(
        "Mesures, avec leur intervalle à 95 %", ("mesure", "valeur", "n"), figure_rows(run.metrics)
    )
    for section in sections_of(run, (), ()):
        if section.title != "Résultats":
            draw_section(section)
    for section in histograms(run.results, _outputs(str(run.folder), _changed(run.folder))):
        draw_section(section)


def _items(run: Run) -> None:
    left, right = st.columns(2)
    failed_only = left.toggle("Seulement celles qui ne sont pas justes", value=True)
    words = right.text_input("Chercher dans les questions")
    shown = [
        result
        for result in run.results
        if words.lower() in f"{result.id} {result.question}".lower()
        and (not failed_only or not all(score.passed for score in result.scores().values()))
    ]
    st.caption(f"{len(shown)} question(s) sur {len(run.results)}")
    if not shown:
        return
    result = st.selectbox(
        "Question", shown, format_func=lambda item: f"{item.id} : {item.question}", key="item"
    )
    _draw_item(result, run)


def _draw_item(result: ItemResult, run: Run) -> None:
    verdicts = [[TASKS_FR[task], score.verdict] for task, score in result.scores().items()]
    draw_table("Verdicts", ("tâche", "verdict"), verdicts)
    left, right = st.columns(2)
    output = _outputs(str(run.folder), _changed(run.folder)).get(result.id)
    with left:
        st.subheader("Réponse donnée")
        draw(trace_html(output.card if output else None))
        ranking = (output.ranking if output else None) or []
        rows = [[place, f.fiche, f.title] for place, f in enumerate(ranking, 1)]
        draw_table("Fiches trouvées", ("rang", "fiche", "titre"), rows)
    with right:
        st.subheader("Réponse attendue")
        item = next(
            (i for i in installed_gold(load_settings().home).items if i.id == result.id), None
        )
        if item is None:
            st.caption("Cette question n'est plus dans le jeu.")
            return
        kept = item.model_dump(mode="json", exclude_defaults=True, exclude_none=True)
        draw_table(
            "Question de référence", ("champ", "valeur"), [[k, _flat(v)] for k, v in kept.items()]
        )


def _compare(run: Run, others: list[Path]) -> None:
    if not others:
        st.info("Il faut une seconde évaluation pour comparer.")
        return
    before = st.selectbox("Comparer à l'évaluation d'avant", others, format_func=_label)
    first = _run(str(before), _changed(before))
    try:
        found = compare(first.results, run.results)
    except SouffleurError as error:
        st.warning(plain(str(error)))
        return
    title = f"{run.name} moins {first.name}, {found.items} questions (points de pourcentage)"
    draw_report_table(title, difference_table(found))
    for better, heading in ((False, "Moins bien"), (True, "Mieux")):
        changes = [change for change in found.changes if change.better is better]
        rows = [[c.id, TASKS_FR[c.task], c.question, c.before, c.after] for c in changes[:SHOWN]]
        draw_table(
            f"{heading} : {len(changes)}", ("id", "tâche", "question", "avant", "après"), rows
        )
    if not found.changes:
        st.success("Aucune question n'a changé.")
        return
    _side_by_side(found.changes, first, run)


def _side_by_side(changes: list[Change], first: Run, second: Run) -> None:
    change = st.selectbox(
        "Voir les deux réponses à une question qui a changé",
        changes,
        format_func=lambda c: f"{c.id} ({TASKS_FR[c.task]}) : {c.question}",
    )
    for column, run, verdict in zip(
        st.columns(2), (first, second), (change.before, change.after), strict=True
    ):
        with column:
            st.subheader(plain(run.name))
            draw(f"<p>{escaped(verdict)}</p>")
            output = _outputs(str(run.folder), _changed(run.folder)).get(change.id)
            draw(trace_html(output.card if output else None))


def _download(run: Run) -> None:
    st.download_button(
        "Télécharger le dossier de l'évaluation (zip)",
        data=_zipped(str(run.folder), _changed(run.folder)),
        file_name=f"{run.name}.zip",
        mime="application/zip",
        on_click="ignore",
    )
    report = run.folder / "report.html"
    if report.is_file():
        st.download_button(
            "Télécharger le rapport (HTML)",
            data=report.read_bytes(),
            file_name=f"{run.name}.html",
            mime="text/html",
            on_click="ignore",
        )
    st.caption(f"Terminée le {moment(_ended(run.folder))}. Dossier : {plain(str(run.folder))}")


def _ended(folder: Path) -> datetime:
    return datetime.fromtimestamp(_changed(folder), UTC)


# Made beforehand: a file made at the click belongs to no run of the page, and is thrown away when a
# part of the page runs again before the browser has fetched it.
@st.cache_data(max_entries=4, show_spinner="Préparation du dossier…")
def _zipped(folder: str, changed: float) -> bytes:
    content, root = io.BytesIO(), Path(folder)
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(root.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(root.parent))
    return content.getvalue()


def _flat(value: object) -> str:
    if isinstance(value, list):
        return " ; ".join(_flat(part) for part in value)
    return str(value)


main()
