"""What the pages share: one assistant and one journal per process."""

from __future__ import annotations

import streamlit as st

from assistant.chain import Assistant
from assistant.curated import CuratedBook
from assistant.journal import Journal
from assistant.serving import Serving
from assistant.settings import load_settings


def open_assistant() -> Assistant:
    """The process's assistant, for a call that begins; one in progress keeps its own.

    Raises:
        SouffleurError: there is no snapshot, or it was built with another embedding model.
    """
    return _serving().assistant()


def corpus_failure() -> str | None:
    """Why what is in use now could not be opened, in French, while an earlier corpus serves."""
    return _serving().failure


@st.cache_resource(show_spinner="Ouverture du corpus…")
def _serving() -> Serving:
    """What opens the assistant, and opens it again once another snapshot is in use."""
    return Serving(load_settings(), prepare=_with_fixed_answers)


def _with_fixed_answers(assistant: Assistant) -> None:
    """Give an assistant the answers that the QA team has approved."""
    assistant.curated = CuratedBook(open_journal(), assistant.snapshot, assistant.understanding)


@st.cache_resource(show_spinner=False)
def open_journal() -> Journal:
    """The process's journal."""
    return Journal.open(load_settings())
