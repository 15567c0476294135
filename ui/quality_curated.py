"""The QA team's page of curated answers: approve, approve again, withdraw."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import streamlit as st

from assistant.chain import Assistant
from assistant.curated import approve, objections, review, why_stale
from assistant.journal import Journal
from assistant.journal_records import CuratedAnswer, CuratedState
from ui.access import require
from ui.card_view import plain
from ui.opening import open_assistant, open_journal
from ui.quality_view import STYLE, draw, draw_table, moment
from vectorstore.errors import SouffleurError

STATES_FR: dict[CuratedState, str] = {
    "in_use": "en service",
    "to_review": "à revoir",
    "withdrawn": "retirée",
}
USUAL_DAYS = 180
"""How long an answer holds unless another day is chosen."""


def main() -> None:
    person = require("quality")
    draw(STYLE)
    st.header("Réponses validées")
    st.caption(
        "Une réponse fixe, dite mot pour mot à une question fréquente. Elle est liée au texte actuel de "
        "sa fiche : si la fiche change, ou à l'échéance, elle n'est plus dite et revient ici, à revoir."
    )
    if done := st.session_state.pop("done", None):
        st.success(plain(done))
    try:
        assistant, journal = open_assistant(), open_journal()
        review(journal, assistant.snapshot)
        answers = journal.curated()
    except SouffleurError as error:
        st.error(plain(str(error)))
        return
    _list(answers, assistant)
    begun = st.selectbox(
        "Réponse à écrire ou à reprendre",
        [None, *answers],
        format_func=lambda answer: (
            f"{STATES_FR[answer.state]} : {answer.question}" if answer else "nouvelle réponse"
        ),
    )
    _edit(begun, assistant, journal, person.name)
    if begun is not None and begun.state != "withdrawn" and st.button("Retirer cette réponse"):
        journal.withdraw(begun.id, "retirée par l'équipe qualité", person.name)
        _refresh(assistant, "Réponse retirée.")


def _list(answers: list[CuratedAnswer], assistant: Assistant) -> None:
    today = date.today()
    rows = [
        [
            answer.question,
            answer.say,
            answer.fiche,
            STATES_FR[answer.state],
            why_stale(answer, assistant.snapshot, today),
            f"{answer.expires:%d/%m/%Y}",
            f"{answer.by}, {moment(answer.at)}",
        ]
        for answer in answers
    ]
    heads = ("question", "à dire", "fiche", "état", "pourquoi", "échéance", "validée par")
    draw_table("Réponses validées", heads, rows)


def _edit(begun: CuratedAnswer | None, assistant: Assistant, journal: Journal, by: str) -> None:
    key = begun.id if begun else "new"
    with st.form(f"curated-{key}", border=True):
        wordings = st.text_area(
            "Question ; pour une réponse nouvelle, une formulation par ligne",
            begun.question if begun else "",
            key=f"q-{key}",
        )
        say = st.text_area(
            "À dire, mot pour mot (60 mots et 3 phrases au plus)",
            begun.say if begun else "",
            key=f"s-{key}",
        )
        left, right = st.columns(2)
        fiche = left.text_input(
            "Fiche où se trouvent les faits (par exemple F14929)",
            begun.fiche if begun else "",
            key=f"f-{key}",
        )
        expires = right.date_input(
            "Échéance : premier jour où elle n'est plus dite",
            date.today() + timedelta(days=USUAL_DAYS),
            format="DD/MM/YYYY",
            key=f"e-{key}",
        )
        seen, approved = st.columns(2)
        checked = seen.form_submit_button("Vérifier", width="stretch")
        saved = approved.form_submit_button(
            "Valider et mettre en service", type="primary", width="stretch"
        )
    if checked:
        _check(say, fiche.strip(), assistant)
    if saved:
        made = CuratedAnswer("", say.strip(), fiche.strip(), "", expires, by, datetime.now(UTC))
        _approve(made, wordings.splitlines(), begun, assistant, journal)


def _check(say: str, fiche: str, assistant: Assistant) -> None:
    """The fact lock's verdict, and the passages that the answer would rest on."""
    snapshot = assistant.snapshot
    if fiche not in snapshot.position:
        st.error(plain(f"{fiche or 'fiche vide'} : aucune fiche de ce numéro dans le corpus"))
        return
    wrong = objections(say, snapshot.fiche(fiche), snapshot.passages(fiche))
    for objection in wrong:
        st.error(plain(objection))
    if not wrong:
        st.success("Tous les faits dits sont dans la fiche.")


def _approve(
    made: CuratedAnswer,
    wordings: list[str],
    begun: CuratedAnswer | None,
    assistant: Assistant,
    journal: Journal,
) -> None:
    questions = [text.strip() for text in wordings if text.strip()]
    if not questions:
        st.error("Écrire la question à laquelle cette réponse sera dite.")
        return
    done = []
    for number, question in enumerate(questions):
        answer_id = begun.id if begun and number == 0 else ""
        answer = replace(made, question=question, id=answer_id)
        try:
            new = approve(journal, assistant.snapshot, assistant.understanding, answer)
        except SouffleurError as error:
            st.error(plain(f"{question} : {error}"))
            continue
        journal.audit(made.by, "curated_in_use", f"{new} : {question}")
        done.append(question)
    if len(done) == len(questions):
        _refresh(assistant, f"En service pour {len(done)} formulation(s).")


def _refresh(assistant: Assistant, done: str) -> None:
    if assistant.curated is not None:
        assistant.curated.forget()
    st.session_state["done"] = done
    st.rerun()


main()
