"""Draws a card: the sentence to say first and large, then where the call goes, then the sources.

All text is escaped here; nothing that comes from data or from the question reaches the page as HTML
or Markdown.
"""

from __future__ import annotations

import html
import re
from urllib.parse import urlsplit

import streamlit as st

from assistant.card import WORDS_PER_MINUTE, Card, ContactCard, ServiceCard, Source
from assistant.speech import word_count

ROUTE_NAMES = {
    "niveau1": "Réponse de niveau 1",
    "fiscal": "Question fiscale : à transférer",
    "complexe": "Question complexe : à transférer au CIRA",
    "dossier": "Dossier personnel : à adresser à l'organisme",
    "urgence": "URGENCE",
    "imprecis": "Question à préciser",
    "hors_perimetre": "Hors du périmètre du service",
}
STYLE = """
<style>
.souffle {font-size: 1.55rem; line-height: 1.4; font-weight: 600; padding: .9rem 1.1rem; margin: .2rem 0 .6rem;
  border-left: .5rem solid #18753c; background: #e9f6ee; color: #10231a; border-radius: .3rem;}
.souffle.none {border-color: #716043; background: #f6f0e4; color: #2a2416; font-weight: 500;}
.souffle.routed {border-color: #0063cb; background: #e8effc; color: #0b1f3a;}
.souffle.urgence {border-color: #ce0500; background: #ffe9e6; color: #3a0806;}
.voie {font-weight: 700; font-size: 1.05rem; margin-bottom: .3rem;}
.ancien {background: #b34000; color: #fff; font-weight: 700; padding: .2rem .5rem; border-radius: .3rem;}
.extrait {white-space: pre-wrap; border-left: .25rem solid #8585f6; padding-left: .7rem; margin: .2rem 0;}
.block-container {padding-top: 2.2rem;}
</style>
"""
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:])")


def plain(text: str) -> str:
    """Text that Markdown shows as it is."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def safe_url(url: str | None) -> str | None:
    """The address if it is one of the web, else None."""
    if not url or urlsplit(url).scheme not in ("http", "https"):
        return None
    return url.replace(" ", "%20").replace(")", "%29").replace("(", "%28")


def french_date(iso: str) -> str:
    """ "2020-08-26" -> "26/08/2020"."""
    return "/".join(reversed(iso.split("-")))


def draw_card(card: Card, key: str) -> str | None:
    """Draw the card; returns the option that the agent clicked, if any."""
    _route(card)
    _say(card)
    for warning in card.warnings:
        st.warning(plain(warning), icon="⚠️")
    chosen = _ask(card, key)
    if card.sources:
        _sources(card.sources, card)
    if card.contacts or card.services:
        left, right = st.columns(2)
        with left:
            _contacts(card.contacts)
        with right:
            _services(card.services)
    if card.near:
        st.markdown("**Fiches voisines**")
        for near in card.near:
            st.markdown(f"- {_link(near.title, near.url)} ({plain(near.fiche)})")
    for note in card.notes:
        st.caption(plain(note))
    return chosen


def _route(card: Card) -> None:
    if card.route.label == "niveau1":
        return
    target = card.route.target
    parts = [ROUTE_NAMES[card.route.label]]
    if target:
        parts += [value for value in (target.name, target.phone, target.hours) if value]
    st.markdown(f"<div class='voie'>{html.escape(' — '.join(parts))}</div>", unsafe_allow_html=True)
    if card.route.reason:
        st.caption(plain(card.route.reason))


def _say(card: Card) -> None:
    tone = ""
    if card.route.label == "urgence":
        tone = "urgence"
    elif card.route.label != "niveau1":
        tone = "routed"
    elif card.abstained:
        tone = "none"
    st.markdown(
        f"<div class='souffle {tone}' role='status'>{html.escape(card.say)}</div>",
        unsafe_allow_html=True,
    )
    words = word_count(card.say)
    st.caption(f"À dire : {words} mots, {round(words * 60 / WORDS_PER_MINUTE)} secondes")


def _ask(card: Card, key: str) -> str | None:
    if card.ask is None:
        return None
    st.markdown(f"**À demander :** {plain(card.ask.text)}")
    for number, option in enumerate(card.ask.options):
        if st.button(plain(option), key=f"{key}-{number}"):
            return option
    return None


def _sources(sources: list[Source], card: Card) -> None:
    st.markdown("**Sources**")
    for source in sources:
        facts = [check.fact for check in card.check if check.source == source.n]
        place = " › ".join([*source.case, source.section])
        st.markdown(
            f"{source.n}\\. {_link(source.title, source.url)} — {plain(place)} "
            f"({plain(source.fiche)}, fiche du {plain(french_date(source.updated))})"
        )
        st.markdown(
            f"<div class='extrait'>{html.escape(source.quote)}</div>", unsafe_allow_html=True
        )
        if facts:
            st.caption("À vérifier : " + plain(", ".join(facts)))


def _contacts(contacts: list[ContactCard]) -> None:
    if not contacts:
        return
    st.markdown("**Où s'adresser**")
    for contact in contacts:
        lines = [plain(contact.name)]
        lines += [plain(value) for value in (contact.phone, contact.hours) if value]
        st.markdown("- " + " — ".join(lines) + _more(contact.url))


def _services(services: list[ServiceCard]) -> None:
    if not services:
        return
    st.markdown("**Démarches en ligne et formulaires**")
    for service in services:
        extra = f" (cerfa {plain(service.cerfa)})" if service.cerfa else ""
        kind = f" — {plain(service.kind)}" if service.kind else ""
        st.markdown(f"- {_link(service.title, service.url)}{extra}{kind}")


def _link(text: str, url: str | None) -> str:
    address = safe_url(url)
    return f"[{plain(text)}]({address})" if address else plain(text)


def _more(url: str | None) -> str:
    address = safe_url(url)
    return f" — [site]({address})" if address else ""
