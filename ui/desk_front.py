"""The desk's own components: the field with its keys and clock, and what the field suggests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import streamlit as st

from assistant.journal import Journal, JournalError
from assistant.suggestions import Suggestion, of_calls, of_corpus
from vectorstore.snapshot import Snapshot

FRONT = Path(__file__).parent / "front"
SCRIPTS = ("field", "panels", "chips", "clock", "desk")
"""In the order in which they are joined: the last exports the component."""

FREQUENT_DAYS = 90
"""How far back a question counts as asked often."""
FREQUENT_TTL_S = 600
"""How long what was asked often is not counted again."""


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


def suggestions_of(snapshot: Snapshot, journal: Journal) -> list[Suggestion]:
    """All that the field suggests: what was asked often of late, then what the corpus holds."""
    return [*_of_calls(journal), *_of_corpus(snapshot, snapshot.manifest.id)]


@st.cache_data(max_entries=2, show_spinner=False)
def _of_corpus(_snapshot: Snapshot, name: str) -> list[Suggestion]:
    """The suggestions of the snapshot of that name."""
    return of_corpus(_snapshot)


@st.cache_data(max_entries=1, show_spinner=False, ttl=FREQUENT_TTL_S)
def _of_calls(_journal: Journal) -> list[Suggestion]:
    since = datetime.now(UTC) - timedelta(days=FREQUENT_DAYS)
    try:
        return of_calls(_journal.frequent_questions(since))
    except JournalError:  # the desk goes on without its journal
        return []
