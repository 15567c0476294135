"""The QA team's page of reports and abstentions: read together what asks alike, and decide."""

from __future__ import annotations

from datetime import date

import streamlit as st

from assistant.card import ROUTE_LABELS, RouteLabel
from assistant.grouping import grouped, most_telling
from assistant.journal_records import Decision, QueueEntry
from assistant.settings import load_settings
from evals.goldstore import installed_gold, new_id, prefilled
from evals.proposals import propose
from ui.access import require
from ui.card_view import ROUTE_NAMES, plain
from ui.gold_editor import edit_item
from ui.opening import open_assistant, open_journal
from ui.quality_view import STYLE, draw, draw_table, moment, trace_html
from vectorstore.errors import SouffleurError

DECISIONS_FR: dict[Decision, str] = {
    "wrong": "Réponse fausse : en faire une question de référence",
    "correct": "Réponse juste",
    "routing_rule": "Mauvaise orientation : proposer la bonne",
    "content_gap": "Les fiches ne répondent pas",
    "closed": "Clore sans suite",
}
KINDS_FR = {"report": "signalement", "abstention": "sans réponse"}
ALL = "tout"


def main() -> None:
    person = require("quality")
    draw(STYLE)
    st.header("Signalements et questions sans réponse")
    if done := st.session_state.pop("done", None):
        st.success(plain(done))
    try:
        journal = open_journal()
        left, right = st.columns(2)
        kind = left.selectbox("Montrer", [ALL, *KINDS_FR.values()])
        decided = right.toggle("Montrer aussi ce qui est décidé", value=False)
        entries = [
            entry
            for entry in journal.queue(open_only=not decided)
            if kind in (ALL, KINDS_FR[entry.kind])
        ]
    except SouffleurError as error:
        st.error(plain(str(error)))
        return
    groups = grouped([entry.question for entry in entries])
    st.caption(f"{len(entries)} à lire, en {len(groups)} groupe(s) de questions semblables")
    if not entries:
        st.info("Rien à lire : aucun signalement, aucune question sans réponse.")
        return
    labels = [_group_label([entries[n] for n in group]) for group in groups]
    chosen = st.selectbox("Groupe", range(len(groups)), format_func=lambda n: labels[n])
    inside = [entries[n] for n in groups[chosen]]
    entry = inside[0]
    if len(inside) > 1:
        entry = st.radio("Dans ce groupe", inside, format_func=_entry_label)
    _draw_entry(entry, person.name)


def _group_label(entries: list[QueueEntry]) -> str:
    return f"{len(entries)} × {most_telling([entry.question for entry in entries])}"


def _entry_label(entry: QueueEntry) -> str:
    reasons = f" ({', '.join(entry.reasons)})" if entry.reasons else ""
    return f"{moment(entry.at)} : {entry.question}, {KINDS_FR[entry.kind]}{reasons}"


def _draw_entry(entry: QueueEntry, by: str) -> None:
    st.subheader(plain(entry.question))
    told = [KINDS_FR[entry.kind], moment(entry.at), *entry.reasons]
    st.caption(plain(" — ".join(told)))
    if entry.comment:
        st.info(plain(f"Mot de l'agent : {entry.comment}"))
    left, right = st.columns(2)
    with left:
        draw(trace_html(entry.card))
    with right:
        _decide(entry, by)
        draw_table(
            "Décisions prises",
            ("décision", "par", "le", "mot"),
            [
                [DECISIONS_FR[past.decision], past.by, moment(past.at), past.note]
                for past in entry.decisions
            ],
        )


def _decide(entry: QueueEntry, by: str) -> None:
    decision: Decision | None = st.radio(
        "Décision",
        list(DECISIONS_FR),
        index=None,
        format_func=lambda choice: DECISIONS_FR[choice],
        key=f"d-{entry.id}",
    )
    if decision is None:
        return
    if decision == "wrong":
        _promote(entry, by)
        return
    label: RouteLabel | None = None
    if decision == "routing_rule":
        label = st.selectbox(
            "La bonne orientation",
            [label for label in ROUTE_LABELS if label != entry.card.route.label],
            format_func=lambda label: ROUTE_NAMES[label],
            key=f"r-{entry.id}",
        )
    note = st.text_input("Un mot, si besoin", key=f"n-{entry.id}")
    if st.button("Enregistrer la décision", type="primary", key=f"b-{entry.id}"):
        if label is not None:
            propose(load_settings().home, entry.question, label)
            note = f"{ROUTE_NAMES[label]}. {note}".strip()
        _decided(entry, decision, by, note)


def _promote(entry: QueueEntry, by: str) -> None:
    """A wrong answer becomes a gold item, prefilled from the card and corrected here."""
    try:
        snapshot = open_assistant().snapshot
        gold = installed_gold(load_settings().home)
    except SouffleurError as error:
        st.error(plain(str(error)))
        return
    key = f"gold-{entry.id}"
    if key not in st.session_state:
        st.session_state[key] = new_id(gold)
    corpus_date = date.fromisoformat(snapshot.manifest.corpus_date)
    draft = prefilled(st.session_state[key], entry.card, entry.reasons, corpus_date)
    if saved := edit_item(draft, snapshot, key):
        open_journal().audit(by, "gold_saved", saved.id)
        _decided(entry, "wrong", by, f"question de référence {saved.id}")


def _decided(entry: QueueEntry, decision: Decision, by: str, note: str) -> None:
    journal = open_journal()
    journal.decide(entry.id, decision, by, note)
    journal.audit(by, f"decided_{decision}", entry.id)
    st.session_state["done"] = f"Décision enregistrée : {DECISIONS_FR[decision]}. {note}".strip()
    st.rerun()


main()
