"""The desk's own components: the field with its keys and clock, and what the field suggests."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st

from vectorstore.snapshot import Snapshot

FRONT = Path(__file__).parent / "front"
SCRIPTS = ("field", "panels", "chips", "clock", "desk")
"""In the order in which they are joined: the last exports the component."""


@cache
def read_front(name: str) -> str:
    """A file of the front."""
    return (FRONT / name).read_text("utf-8")


desk_component = st.components.v2.component(
    "souffleur.poste",
    html=read_front("desk.html"),
    css=read_front("desk.css") + read_front("card.css"),
    js="\n".join(read_front(f"{name}.js") for name in SCRIPTS),
    isolate_styles=False,
)
suggestions_component = st.components.v2.component(
    "souffleur.suggestions", js=read_front("suggestions.js")
)


def suggestions(snapshot: Snapshot) -> list[tuple[str, str, str]]:
    """What the field suggests: label, fiche, kind; what other pages name most often comes first."""
    return [
        (
            head.title,
            head.id,
            "question-réponse" if head.type.startswith("Fiche Question-réponse") else "fiche",
        )
        for head in sorted(snapshot.heads, key=lambda head: -head.mentions)
    ]


@st.cache_data(max_entries=2, show_spinner=False)
def suggestions_of(_snapshot: Snapshot, name: str) -> list[tuple[str, str, str]]:
    """The suggestions of the snapshot of that name."""
    return suggestions(_snapshot)
