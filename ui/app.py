"""The application: its pages, each in a file of its own."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from ui.access import draw_person, known_person

HERE = Path(__file__).parent


def main() -> None:
    st.set_page_config(page_title="Souffleur", page_icon="🎧", layout="wide")
    pages = [
        st.Page(HERE / "desk.py", title="Poste d'appel", url_path="poste", default=True),
    ]
    found = known_person()
    st.navigation(pages, position="top").run()
    with st.sidebar:
        draw_person(found)


main()
