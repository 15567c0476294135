"""What the pages share: one assistant and one journal per process."""

from __future__ import annotations

import gc

import streamlit as st

from assistant.chain import Assistant
from assistant.curated import CuratedBook
from assistant.journal import Journal
from assistant.settings import load_settings
from vectorstore.snapshot import current_folder


def open_assistant() -> Assistant:
    """The process's assistant; once another snapshot is in use, that of the other.

    Raises:
        SnapshotError: there is no snapshot, or it was built with another embedding model.
    """
    return _assistant(current_folder(load_settings().home).name)


@st.cache_resource(max_entries=1, show_spinner="Ouverture du corpus…")
def _assistant(snapshot: str) -> Assistant:
    """The assistant over the snapshot of that name, which is the one in use.

    Streamlit collects garbage after every run of a page, and would walk the whole corpus each time:
    what was opened is put out of its sight. The snapshot before, if any, comes back into it.
    """
    gc.unfreeze()
    assistant = Assistant.open()
    assistant.curated = CuratedBook(open_journal(), assistant.snapshot, assistant.understanding)
    assistant.warm()
    gc.collect()
    gc.freeze()
    return assistant


@st.cache_resource(show_spinner=False)
def open_journal() -> Journal:
    """The process's journal."""
    return Journal.open(load_settings())
