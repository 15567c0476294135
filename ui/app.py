"""The application: its pages, each in a file of its own, and the role that opens each."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import streamlit as st

from ui.access import Role, draw_person, known_person

HERE = Path(__file__).parent


class Entry(NamedTuple):
    """One page of the menu."""

    file: str
    title: str
    address: str
    role: Role


MENU: dict[str, tuple[Entry, ...]] = {
    "Agent": (Entry("desk.py", "Poste d'appel", "poste", "agent"),),
    "Qualité": (
        Entry("quality_queue.py", "Signalements", "signalements", "quality"),
        Entry("quality_runs.py", "Évaluations", "evaluations", "quality"),
        Entry("quality_gold.py", "Jeu de questions", "questions", "quality"),
        Entry("quality_curated.py", "Réponses validées", "reponses-validees", "quality"),
    ),
    "Pilotage": (
        Entry("pilotage_activity.py", "Activité", "activite", "administrator"),
        Entry("pilotage_corpus.py", "Corpus et réglages", "corpus", "administrator"),
    ),
}


def main() -> None:
    st.set_page_config(page_title="Souffleur", page_icon="🎧", layout="wide")
    st.html(HERE / "front" / "app.css")
    found = known_person()
    roles = found.roles
    first = next((e for entries in MENU.values() for e in entries if e.role in roles), None)
    st.navigation(
        {
            section: [_page(entry, roles, first) for entry in entries]
            for section, entries in MENU.items()
        },
        position="top",
    ).run()
    draw_person(found)


def _page(entry: Entry, roles: frozenset[Role], first: Entry | None) -> st.Page:
    """A page of the menu; one that the person may not open is not shown, and refuses by itself."""
    return st.Page(
        HERE / entry.file,
        title=entry.title,
        url_path=entry.address,
        default=entry == (first or MENU["Agent"][0]),
        visibility="visible" if entry.role in roles else "hidden",
    )


main()
