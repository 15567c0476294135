"""The QA team's page of the gold set: browse, filter, edit, validate, export, review after a change."""

from __future__ import annotations

from datetime import date

import streamlit as st

from assistant.settings import load_settings
from evals.check import check
from evals.gold import GoldItem, GoldSet
from evals.goldstore import (
    as_lines,
    installed_gold,
    is_team_item,
    mark_reviewed,
    new_id,
    reviewed,
    touched,
)
from ui.access import require
from ui.card_view import plain
from ui.gold_editor import edit_item
from ui.opening import open_assistant, open_journal
from ui.quality_view import STYLE, draw, draw_table
from vectorstore.errors import SouffleurError
from vectorstore.history import difference, stored_snapshots
from vectorstore.snapshot import Snapshot

ALL = "toutes"
SHOWN = 100


def main() -> None:
    person = require("quality")
    draw(STYLE)
    st.header("Jeu de questions")
    if done := st.session_state.pop("done", None):
        st.success(plain(done))
    try:
        snapshot = open_assistant().snapshot
        gold = installed_gold(load_settings().home)
    except SouffleurError as error:
        st.error(plain(str(error)))
        return
    browse, checks, review = st.tabs(["Parcourir et corriger", "Vérifier", "À revoir"])
    with browse:
        _browse(gold, snapshot, person.name)
    with checks:
        _check(gold, snapshot)
    with review:
        _review(gold, snapshot, person.name)


def _browse(gold: GoldSet, snapshot: Snapshot, by: str) -> None:
    words, tagged, owned = st.columns(3)
    text = words.text_input("Chercher")
    tags = sorted({tag for item in gold.items for tag in item.tags})
    tag = tagged.selectbox("Étiquette", [ALL, *tags])
    own = owned.toggle("Seulement celles de l'équipe", value=False)
    shown = [
        item
        for item in gold.items
        if text.lower() in f"{item.id} {item.question}".lower()
        and tag in (ALL, *item.tags)
        and (not own or is_team_item(gold, item.id))
    ]
    st.caption(f"{len(shown)} question(s) sur {len(gold.items)}")
    st.download_button(
        "Exporter ces questions (JSON Lines)",
        data=as_lines(shown),
        file_name="questions.jsonl",
        mime="application/jsonl",
        on_click="ignore",
    )
    with st.expander(f"Liste des {min(len(shown), SHOWN)} premières"):
        rows = [
            [item.id, item.question, item.route or "", ", ".join(item.fiches), ", ".join(item.tags)]
            for item in shown[:SHOWN]
        ]
        draw_table("Questions", ("id", "question", "orientation", "fiches", "étiquettes"), rows)
    new = GoldItem(id=new_id(gold), question="Nouvelle question", route="niveau1")
    item = st.selectbox("Question à corriger", [*shown, new], format_func=_label)
    _edited(item, snapshot, by)


def _label(item: GoldItem) -> str:
    return f"{item.id} : {item.question}"


def _edited(item: GoldItem, snapshot: Snapshot, by: str) -> None:
    if saved := edit_item(item, snapshot, f"edit-{item.id}"):
        open_journal().audit(by, "gold_saved", saved.id)
        mark_reviewed(load_settings().home, saved.id, snapshot.manifest.id)
        st.session_state["done"] = f"Question {saved.id} enregistrée dans le jeu de l'équipe."
        st.rerun()


def _check(gold: GoldSet, snapshot: Snapshot) -> None:
    st.caption("Les mêmes contrôles que « souffleur evals check », sur tout le jeu.")
    if not st.button("Vérifier tout le jeu"):
        return
    with st.spinner("Vérification…"):
        found = check(gold, snapshot, date.fromisoformat(snapshot.manifest.corpus_date), {})
    heads = ("question", "ce qui ne va pas")
    draw_table("Erreurs", heads, [[f.item, f.text] for f in found.problems])
    draw_table("À revoir", heads, [[f.item, f.text] for f in found.to_review])
    if not found.problems:
        st.success(f"{len(gold.items)} questions, aucune erreur.")


def _review(gold: GoldSet, snapshot: Snapshot, by: str) -> None:
    """Items whose fiches changed since an earlier corpus: each is confirmed or corrected."""
    home, now = load_settings().home, snapshot.manifest
    earlier = [s.manifest for s in stored_snapshots(home) if s.manifest.id != now.id]
    if not earlier:
        st.info("Un seul corpus sur cette machine : rien à comparer.")
        return
    before = st.selectbox("Depuis le corpus", earlier, format_func=lambda manifest: manifest.id)
    changed = difference(home, before.id, now.id).touched()
    found = touched(gold, changed, reviewed(home, now.id))
    rows = [[item.id, item.question, ", ".join(fiches)] for item, fiches in found]
    draw_table(f"Questions à revoir : {len(found)}", ("id", "question", "fiches changées"), rows)
    if not found:
        st.success("Aucune question ne repose sur une fiche qui a changé.")
        return
    item = st.selectbox("Question à revoir", [item for item, _ in found], format_func=_label)
    if st.button("Toujours juste dans le corpus actuel"):
        mark_reviewed(home, item.id, now.id)
        open_journal().audit(by, "gold_confirmed", item.id)
        st.session_state["done"] = f"Question {item.id} confirmée."
        st.rerun()
    _edited(item, snapshot, by)


main()
