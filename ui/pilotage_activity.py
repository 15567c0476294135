"""The supervisor's page: how the service goes, by period; never by named agent unless switched on."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from assistant.activity import PERIODS, Activity, period_of, tables_of
from assistant.journal_records import Statistics
from assistant.tabular import as_csv
from evals import charts
from ui.access import require
from ui.card_view import ROUTE_NAMES, plain
from ui.opening import open_journal
from ui.quality_view import STYLE, chart_html, draw, draw_table
from vectorstore.errors import SouffleurError

NO_FIGURE = "pas de chiffre"


def main() -> None:
    require("administrator")
    draw(STYLE)
    st.header("Activité")
    period = st.segmented_control("Période", PERIODS, default="semaine") or "semaine"
    since, until = period_of(period, datetime.now(UTC))
    try:
        found = open_journal().statistics(since, until)
    except SouffleurError as error:
        st.error(plain(str(error)))
        return
    st.caption(f"Du {since:%d/%m/%Y} au {found.until:%d/%m/%Y} à minuit, heure de Paris.")
    _figures(found)
    if not found.calls:
        st.info("Aucun appel dans cette période.")
    left, right = st.columns(2)
    for number, activity in enumerate(tables_of(found, ROUTE_NAMES)):
        with (left, right)[number % 2]:
            _draw(activity, f"{since:%Y-%m-%d}")


def _figures(found: Statistics) -> None:
    shown = (
        ("Appels", str(found.calls)),
        ("Finis en trois minutes", _share(found.within_three_minutes)),
        ("Première réponse (médiane)", _seconds(found.median_first_answer_s)),
        ("Questions sans réponse", _share(found.abstained)),
    )
    for column, (label, value) in zip(st.columns(len(shown)), shown, strict=True):
        column.metric(label, value, border=True)


def _draw(activity: Activity, since: str) -> None:
    if activity.rows and activity.name == "Appels par heure":
        counts = {str(hour): int(str(calls)) for hour, calls in activity.rows}
        with st.expander("Appels par heure, en barres"):
            draw(chart_html(charts.count_bars(counts), activity.name))
    draw_table(activity.name, activity.heads, activity.rows)
    if activity.rows:
        st.download_button(
            f"CSV : {activity.name.lower()}",
            data=as_csv(activity.heads, activity.rows),
            file_name=f"{activity.name.lower().replace(' ', '-')}-{since}.csv",
            mime="text/csv",
            key=activity.name,
            on_click="ignore",
        )


def _share(value: float | None) -> str:
    return NO_FIGURE if value is None else f"{100 * value:.0f} %"


def _seconds(value: float | None) -> str:
    return NO_FIGURE if value is None else f"{value:.1f} s".replace(".", ",")


main()
