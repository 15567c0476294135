"""The agents' page: one field, and the card in the order of speech."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from assistant.chain import Assistant
from assistant.limits import Pace
from assistant.personal import find, notice
from assistant.settings import load_settings
from assistant.sheet import sheet_of
from ui.access import person, require
from ui.card_view import (
    card_html,
    earlier_html,
    first_html,
    french_date,
    plain,
    writing_html,
)
from ui.desk_acts import COSTLY, Kind, read_act
from ui.desk_call import Call
from ui.desk_front import desk_component, suggestions_component, suggestions_of
from ui.opening import open_assistant, open_journal
from ui.sheet_view import calls_html, hits_html, sheet_html
from vectorstore.errors import SouffleurError

DESK = "poste"
CALL, COMMUNE = "appel", "commune"  # keys of the address: a call is found again after a reload
WELCOME = (
    "<section class='accueil'><p>Tapez la question comme l'appelant la pose, puis <kbd>Entrée</kbd>.</p>"
    "<p class='menu'>Exemples : « j'ai perdu mes papiers », « préavis appart meublé ».</p></section>"
)


def main() -> None:
    require("agent")
    try:
        assistant = open_assistant()
    except SouffleurError as error:
        st.error(plain(str(error)))
        st.stop()
    suggestions_component(
        data=suggestions_of(assistant.snapshot, open_journal()), key="suggestions", height=1
    )
    desk()


@st.fragment
def desk() -> None:
    """All that changes during a call; the rest of the page is not drawn again."""
    call = _call()
    desk_component(key=DESK, data=_data(call), on_act_change=_act)
    place = st.empty()
    place.html(_shown(call))
    _keep_address(call)
    before = call.card
    for so_far in call.improve():
        place.html(_shown(call, writing_html(so_far)))
    if call.card is not before:
        st.rerun(scope="fragment")


def _call() -> Call:
    """The call of this page; at first that which the address names, if any."""
    assistant = open_assistant()
    call: Call | None = st.session_state.get("call")
    if call is None:
        call = Call(assistant, open_journal(), agent=person().name)
        st.session_state["call"] = call
        if named := st.query_params.get(CALL):
            _guarded(lambda: call.restore(named, st.query_params.get(COMMUNE, "")))
    if not call.turns or call.ended:  # a call keeps its corpus until it ends
        call.assistant = assistant
    return call


def _act() -> None:
    """What the agent did: changes the call, before the page is drawn again."""
    call = _call()
    try:
        act = read_act(st.session_state[DESK]["act"])
        if act.kind in COSTLY:
            st.session_state.setdefault("pace", Pace()).take()
    except SouffleurError as error:
        st.session_state["notice"] = str(error)
        return
    acts: dict[Kind, Callable[[], None]] = {
        "typed": lambda: None,
        "ask": lambda: call.ask(act.text),
        "search": lambda: call.search(act.text),
        "start": call.begin,
        "choose": lambda: call.choose(act.number),
        "commune": lambda: call.place(act.text),
        "correct": lambda: call.correct(act.chip, act.text),
        "report": lambda: call.report(act.reasons, act.text),
        "praise": call.praise,
        "end": lambda: call.end(act.outcome),
        "fiche": lambda: call.open_fiche(act.text),
        "history": call.show_last_calls,
        "reopen": lambda: call.restore(act.text),
        "close": call.close,
    }
    kind = act.kind
    st.session_state["notice"] = _caution(act.text) if kind == "typed" else THANKS.get(kind, "")
    before = call.answers
    _guarded(acts[kind])
    if call.answers != before and call.card is not None and call.card.masked:
        st.session_state["notice"] = notice(call.card.masked)[0]


def _caution(text: str) -> str:
    """A word about the personal data in what is being typed."""
    kinds = sorted({found.kind for found in find(text)})
    return CAUTION.format(", ".join(kinds)) if kinds else ""


OLD = "DONNÉES ANCIENNES — "
CAUTION = "Donnée personnelle ({}) : elle sera masquée, inutile de la taper."
THANKS = {
    "report": "Signalé à l'équipe qualité, merci.",
    "praise": "Noté comme bonne réponse, merci.",
    "end": "Appel terminé.",
}


def _guarded(act: Callable[[], None]) -> None:
    """Do it; what fails is told in one line above the card."""
    try:
        act()
    except SouffleurError as error:
        st.session_state["notice"] = str(error)


def _data(call: Call) -> dict[str, Any]:
    """What the component shows, and what its keys act on."""
    version = st.session_state.get("version", 0) + 1
    st.session_state["version"] = version
    card, manifest = call.card, call.assistant.snapshot.manifest
    age = manifest.age_days()
    old = age > load_settings().old_after_days
    open_call = call.id and not call.ended
    fiches = [found.fiche for found in card.sources] + [n.fiche for n in card.near] if card else []
    return {
        "version": version,
        "answers": call.answers,
        "started": call.started.timestamp() * 1000 if call.started and open_call else None,
        "turn": call.turns[-1].id if call.turns else "",
        "say": card.say if card else "",
        "note": call.note(),
        "fiche": call.fiche or next(iter(fiches), ""),
        "commune": call.commune,
        "chips": [chip.__dict__ for chip in call.chips()],
        "notice": st.session_state.pop("notice", ""),
        "panel": bool(call.fiche or call.hits is not None or call.last_calls is not None),
        "outcome": call.likely_outcome(),
        "target": card.route.target.name if card and card.route.target else "",
        "corpus": f"{OLD if old else ''}Fiches du {french_date(manifest.corpus_date)} ({age} jours)",
        "old": old,
    }


def _shown(call: Call, writing: str = "") -> str:
    """The card with what stands beside it, then the earlier turns."""
    beside = _beside(call)
    if call.card is None:
        return beside or WELCOME
    earlier = [turn.card for turn in call.turns[:-1]]
    over = "<p class='menu'>Appel terminé, relu : une question en commence un autre.</p>"
    return (
        (over if call.ended else "")
        + card_html(
            call.card,
            beside=beside,
            under=writing or first_html(call.turns[-1].first),
            open_to_answers=not call.ended,
        )
        + earlier_html(earlier)
    )


def _beside(call: Call) -> str:
    if call.fiche:
        return _sheet(call.assistant, call)
    if call.hits is not None:
        return hits_html(call.hits)
    return calls_html(call.last_calls) if call.last_calls is not None else ""


def _sheet(assistant: Assistant, call: Call) -> str:
    """The open fiche for agents, for what is known of the case if it is the card's."""
    snapshot, card = assistant.snapshot, call.card
    own = card is not None and any(source.fiche == call.fiche for source in card.sources)
    cases = [*card.told, *(known.words for known in card.known)] if card and own else []
    return sheet_html(sheet_of(snapshot.fiche(call.fiche), snapshot.passages(call.fiche), cases))


def _keep_address(call: Call) -> None:
    """Let the address name the call in hand, and no other."""
    wanted = {}
    if call.id and not call.ended:
        wanted[CALL] = call.id
        if call.commune:
            wanted[COMMUNE] = call.commune
    if dict(st.query_params) != wanted:
        st.query_params.from_dict(wanted)


main()
