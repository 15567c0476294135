"""The form that writes a gold item: the same fields and the same checks as the gold files."""

from __future__ import annotations

from datetime import date

import streamlit as st

from assistant.card import ROUTE_LABELS
from assistant.settings import load_settings
from evals.gold import GoldError, GoldItem, make_item
from evals.goldstore import check_item, save_item
from ui.card_view import ROUTE_NAMES, plain
from vectorstore.snapshot import Snapshot

NO_ROUTE = "sans orientation attendue"
ALTERNATIVES = " | "
"""Between the spellings of one key fact."""


def edit_item(item: GoldItem, snapshot: Snapshot, key: str) -> GoldItem | None:
    """Draw the form of an item; gives the item once it is saved.

    Args:
        item: what the fields begin with.
        snapshot: the corpus that it is checked against.
        key: a prefix for the keys of the fields.
    """
    with st.form(f"{key}-gold", border=True):
        st.caption(f"Question de référence {plain(item.id)}")
        raw = _fields(item, key)
        left, right = st.columns(2)
        checked = left.form_submit_button("Vérifier", width="stretch")
        saved = right.form_submit_button("Enregistrer dans le jeu", type="primary", width="stretch")
    if not (checked or saved):
        return None
    corpus_date = date.fromisoformat(snapshot.manifest.corpus_date)
    try:
        edited = make_item(raw, item.id)
        if saved:
            save_item(load_settings().home, edited, snapshot, corpus_date)
            return edited
    except GoldError as error:
        st.error(plain(str(error)))
        return None
    found = check_item(edited, snapshot, corpus_date)
    for problem in found.problems:
        st.error(plain(problem))
    for notice in found.to_review:
        st.warning(plain(f"à revoir : {notice}"))
    if not found.problems:
        st.success("Aucune erreur : la question peut être enregistrée.")
    return None


def _fields(item: GoldItem, key: str) -> dict[str, object]:
    """The fields as they stand, as an item before it is checked."""
    question = st.text_input(
        "Question, telle que l'appelant la pose", item.question, key=f"{key}-q"
    )
    left, right = st.columns(2)
    routes = [NO_ROUTE, *ROUTE_LABELS]
    route = left.selectbox(
        "Orientation attendue",
        routes,
        index=routes.index(item.route or NO_ROUTE),
        format_func=lambda label: ROUTE_NAMES.get(label, label),
        key=f"{key}-route",
    )
    fiches = right.text_input(
        "Fiches acceptables, séparées par des virgules", ", ".join(item.fiches), key=f"{key}-fiches"
    )
    facts = left.text_area(
        f"Faits clés, un par ligne ; graphies séparées par «{ALTERNATIVES}»",
        "\n".join(ALTERNATIVES.join(fact) for fact in item.facts),
        key=f"{key}-facts",
    )
    forbidden = right.text_area(
        "Énoncés faux, un par ligne", "\n".join(item.forbidden), key=f"{key}-forbidden"
    )
    answer = st.text_area("Réponse de référence", item.answer or "", key=f"{key}-answer")
    ask = left.text_input(
        "Mots dont un doit être dans la question à poser", ", ".join(item.ask), key=f"{key}-ask"
    )
    case = right.text_input("Cas dit par l'agent", ", ".join(item.case), key=f"{key}-case")
    history = left.text_area(
        "Questions d'avant dans l'appel, une par ligne",
        "\n".join(item.history),
        key=f"{key}-history",
    )
    tags = right.text_input("Étiquettes", ", ".join(item.tags), key=f"{key}-tags")
    commune = right.text_input("Commune", item.commune or "", key=f"{key}-commune")
    as_of = left.text_input(
        "Valable pour le corpus du (AAAA-MM-JJ)", str(item.as_of or ""), key=f"{key}-as-of"
    )
    return {
        "id": item.id,
        "question": question,
        "route": None if route == NO_ROUTE else route,
        "fiches": _listed(fiches),
        "facts": [[part.strip() for part in line.split("|")] for line in _lines(facts)],
        "forbidden": _lines(forbidden),
        "answer": answer.strip() or None,
        "ask": _listed(ask),
        "case": _listed(case),
        "history": _lines(history),
        "tags": _listed(tags),
        "commune": commune.strip() or None,
        "as_of": as_of.strip() or None,
    }


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
