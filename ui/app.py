"""The application: its pages, each in a file of its own."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

HERE = Path(__file__).parent


def main() -> None:
    st.set_page_config(page_title="Souffleur", page_icon="🎧", layout="wide")
    pages = [
        st.Page(HERE / "desk.py", title="Poste d'appel", url_path="poste", default=True),
    ]
    st.navigation(pages, position="top").run()


main()
