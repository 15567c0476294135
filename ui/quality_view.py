"""Blocks that the pages of the QA team and of the administration share: tables, sections, traces.

All text is escaped here. Tables are HTML, so that a screen reader reads them as tables.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import streamlit as st

from assistant.card import Card, Source
from evals.render import Section, Table
from ui.card_view import ABSTENTION, ROUTE_NAMES, escaped, french_date, quote_html

PARIS = ZoneInfo("Europe/Paris")
STYLE = """<style>
.qt {border-collapse: collapse; width: 100%; font-size: .92rem; margin: .2rem 0 .8rem;}
.qt caption {text-align: left; font-weight: 600; padding: .2rem 0;}
.qt th, .qt td {border: 1px solid #767676; padding: .25rem .55rem; text-align: left; vertical-align: top;
  overflow-wrap: break-word;}
.qt th {background: #e8edf2; color: #161616; font-weight: 600; overflow-wrap: normal;}
.qt td.n {text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap;}
.trace {border: 1px solid #767676; border-radius: .3rem; padding: .5rem .9rem; margin-bottom: .6rem;}
.trace .dit {font-size: 1.15rem; font-weight: 600; margin: .2rem 0;}
.trace .titre {font-weight: 600; margin: .6rem 0 .1rem;}
.trace .extrait {white-space: normal; border-left: .25rem solid #5b5bb5; padding-left: .7rem; margin: .15rem 0;}
.trace mark {background: #fff0b3; color: #2a2200;}
.graphique img {background: #fff; max-width: 100%; height: auto;}
[data-testid="stMainBlockContainer"] {padding-top: 4rem;}
</style>"""
STEPS_FR = {
    "understand": "comprendre",
    "alert": "alerte",
    "retrieve": "rechercher",
    "curated": "réponse validée",
    "route": "orienter",
    "case": "cas",
    "compose": "composer",
    "verify": "vérifier",
    "card": "carte",
    "total": "total",
}
MODES_FR = {
    "extractive": "tirée des fiches",
    "model": "écrite par le modèle",
    "script": "texte fixe",
    "curated": "réponse validée",
}


def draw(html: str) -> None:
    """Put on the page a block whose every text has been escaped."""
    st.html(html)


def moment(when: datetime) -> str:
    """ "31/01/2026 14:05", in Paris."""
    return f"{when.astimezone(PARIS):%d/%m/%Y %H:%M}"


def table_html(caption: str, heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table; a number stands on the right of its cell."""
    head = "".join(f"<th scope='col'>{escaped(name) or '&nbsp;'}</th>" for name in heads)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return (
        f"<table class='qt'><caption>{escaped(caption)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def draw_table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """The table, or that there is nothing in it."""
    if rows:
        draw(table_html(caption, heads, rows))
    else:
        st.caption(f"{caption} : rien.")


def chart_html(svg: str, about: str) -> str:
    """A chart as a picture; its figures stand in a table beside it."""
    coded = base64.b64encode(svg.encode()).decode()
    return (
        f"<div class='graphique'><img src='data:image/svg+xml;base64,{coded}' "
        f"alt='Graphique : {escaped(about)}'></div>"
    )


def draw_report_table(caption: str, table: Table) -> None:
    draw_table(caption, table.heads, table.rows)


def draw_section(section: Section) -> None:
    """A section of an evaluation's report, folded under its title."""
    with st.expander(section.title):
        if section.text:
            draw(f"<p>{escaped(section.text)}</p>")
        for chart in section.charts:
            draw(chart_html(chart, section.title))
        for number, table in enumerate(section.tables, 1):
            caption = section.title if len(section.tables) == 1 else f"{section.title}, {number}"
            draw_table(caption, table.heads, table.rows)


def counts_rows(counts: Mapping[str, int], names: Mapping[str, str]) -> list[list[object]]:
    """Counts under their French names, the largest first."""
    ordered = sorted(counts.items(), key=lambda pair: -pair[1])
    return [[names.get(key, key), count] for key, count in ordered]


def trace_html(card: Card | None) -> str:
    """A turn as it was answered: what was said and why, the passages seen, the time of each step."""
    if card is None:
        return "<div class='trace'>Aucune carte : l'assistant est tombé en panne.</div>"
    route = f"Orientation : {ROUTE_NAMES[card.route.label]} ({card.route.confidence:.0%})"
    facts = [ABSTENTION if card.abstained else "", route, card.route.reason or ""]
    if card.standalone_question != card.question:
        facts.append(f"Compris : « {card.standalone_question} »")
    if card.case:
        facts.append(
            f"Cas {'supposé' if card.case_assumed else 'retenu'} : {' › '.join(card.case)}"
        )
    facts += [f"{item.label} : {item.value} (« {item.words} »)" for item in card.known]
    if card.told:
        facts.append(f"Dit par l'agent : {', '.join(card.told)}")
    facts.append(
        f"Réponse {MODES_FR[card.mode]}, fiche juste à {card.confidence:.0%} selon la recherche"
    )
    facts += [f"Note : {note}" for note in card.notes]
    lines = "".join(f"<li>{escaped(fact)}</li>" for fact in facts if fact)
    asked = ""
    if card.ask:
        options = " · ".join(card.ask.options)
        asked = f"<p>À demander : {escaped(card.ask.text)} <small>{escaped(options)}</small></p>"
    steps = " · ".join(
        f"{STEPS_FR.get(name, name)} {milliseconds:.0f} ms"
        for name, milliseconds in card.timings_ms.items()
    )
    return (
        f"<div class='trace'><p class='dit'>« {escaped(card.say)} »</p>{asked}<ul>{lines}</ul>"
        f"{_sources(card)}{_near(card)}"
        f"<p class='titre'>Durées</p><p>{escaped(steps) or 'inconnues'}</p>"
        f"<p><small>Corpus {escaped(card.snapshot)}</small></p></div>"
    )


def _sources(card: Card) -> str:
    """The passages seen: those that are said, then the others, folded."""
    said = [_source(source) for source in card.sources if source.spans]
    other = [_source(source) for source in card.sources if not source.spans]
    folded = (
        f"<details><summary>{len(other)} autre(s) passage(s) montré(s)</summary>{''.join(other)}</details>"
        if other
        else ""
    )
    return f"<p class='titre'>Passages vus</p>{''.join(said) + folded or '<p>aucun</p>'}"


def _source(source: Source) -> str:
    place = " › ".join([*source.case, source.section])
    return (
        f"<p>{source.n}. {escaped(source.title)} — {escaped(place)} "
        f"<small>({escaped(source.fiche)}, {escaped(french_date(source.updated))})</small></p>"
        f"<div class='extrait'>{quote_html(source)}</div>"
    )


def _near(card: Card) -> str:
    if not card.near:
        return ""
    names = "".join(f"<li>{escaped(near.fiche)} {escaped(near.title)}</li>" for near in card.near)
    return f"<p class='titre'>Fiches voisines</p><ul>{names}</ul>"


def _cell(value: object) -> str:
    if isinstance(value, int | float):
        return f"<td class='n'>{value}</td>"
    return f"<td>{escaped(str(value))}</td>"
