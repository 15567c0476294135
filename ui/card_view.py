"""Draws a card: the sentence to say first and large, then where the call goes, then the sources.

All text is escaped here; nothing that comes from data or from the question reaches the page as HTML
or Markdown. Blocks of HTML are written on one line: a blank line would hand the rest to Markdown.
"""

from __future__ import annotations

import html
import re
from urllib.parse import quote, urlsplit

import streamlit as st

from assistant.card import (
    WORDS_PER_MINUTE,
    Ask,
    Card,
    ContactCard,
    Near,
    Route,
    ServiceCard,
    Source,
)
from assistant.sheet import Sheet
from assistant.speech import word_count

ROUTE_NAMES = {
    "niveau1": "Réponse de niveau 1",
    "fiscal": "Question fiscale : à transférer",
    "complexe": "Question complexe : à transférer",
    "dossier": "Dossier personnel : à adresser à l'organisme",
    "urgence": "URGENCE",
    "imprecis": "Question à préciser",
    "hors_perimetre": "Hors du périmètre du service",
}
ABSTENTION = "Pas de réponse assez sûre dans les fiches : ne rien affirmer"
FOLDED_FROM = 160
"""Characters of a passage, none of whose words are said, that are shown before it is unfolded."""
STYLE = """
<style>
.souffle {font-size: 1.5rem; line-height: 1.35; font-weight: 600; padding: .8rem 1.1rem .5rem;
  border-left: .5rem solid #18753c; background: #e9f6ee; color: #10231a; border-radius: .3rem; margin-bottom: 1rem;}
.souffle.none {border: .15rem dashed #716043; border-left: .5rem solid #716043; background: #f6f0e4;
  color: #2a2416; font-weight: 500;}
.souffle.routed {border-color: #0063cb; background: #e8effc; color: #0b1f3a;}
.souffle.urgence {border-color: #ce0500; background: #ffe9e6; color: #3a0806;}
.duree {font-size: .9rem; font-weight: 400; margin-top: .3rem;}
.voie {padding: .5rem 1.1rem; border-radius: .3rem; color: #fff; background: #00459a;
  line-height: 1.45; margin-bottom: 1rem;}
.voie.none {background: #5c4d33;}
.voie.urgence {background: #b60400;}
.voie b {font-size: 1.1rem;}
.voie a {color: #fff !important; text-decoration: underline;}
.voie .qui {font-size: 1.25rem; font-weight: 700;}
.ancien {background: #b34000; color: #fff; font-weight: 700; padding: .2rem .5rem; border-radius: .3rem;}
.titre {font-weight: 700; margin: .4rem 0 .2rem;}
.entree {margin: 0 0 .55rem; line-height: 1.45;}
.extrait {white-space: pre-wrap; border-left: .25rem solid #8585f6; padding-left: .7rem; margin: .15rem 0;}
.fait {background: #fff0b3; color: #2a2200; padding: 0 .35rem; border-radius: .2rem; font-weight: 600;}
.extrait mark {background: #fff0b3; color: #2a2200;}
.menu {color: #4a4a4a; font-size: .9rem;}
[data-testid="stMainBlockContainer"] {padding: 2.6rem 3rem 2rem; max-width: 72rem;}
[data-testid="stMainBlockContainer"] > [data-testid="stVerticalBlock"] {gap: .6rem;}
</style>
"""
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&])")
_URL_SAFE = "!#$&*+,/:;=?@[]~%"


def plain(text: str) -> str:
    """Text that Markdown shows as it is."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def escaped(text: str) -> str:
    """Text that HTML shows as it is, line breaks included, on one line of source."""
    return "<br>".join(html.escape(line) for line in text.splitlines())


def safe_url(url: str | None) -> str | None:
    """The address, percent-encoded, if it is one of the web, else None."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    if not url or parts.scheme not in ("http", "https") or not parts.netloc:
        return None
    return quote(url.strip(), safe=_URL_SAFE)


def french_date(iso: str) -> str:
    """ "2020-08-26" -> "26/08/2020"."""
    return "/".join(reversed(iso.split("-")))


def draw_card(card: Card, key: str, *, open_to_answers: bool = True) -> str | None:
    """Draw the card.

    Args:
        card: what is shown.
        key: a prefix for the keys of the buttons, one per turn.
        open_to_answers: whether the options of the question to ask can be clicked.

    Returns:
        The option that the agent clicked, if any.
    """
    _draw(say_html(card))
    if banner := route_html(card):
        _draw(banner)
    if told := case_html(card):
        _draw(told)
    if card.also:
        _draw(also_html(card.also))
    chosen = _ask(card.ask, key, open_to_answers) if card.ask else None
    if card.warnings:
        st.warning("  \n".join(plain(warning) for warning in card.warnings), icon="⚠️")
    if card.sources:
        _draw(_titled("Sources", [_source(source, card) for source in card.sources]))
    blocks = [
        _titled("Où s'adresser", [*map(_contact, card.contacts), *_place_ask(card.place_ask)]),
        _titled("Démarches et formulaires", [_service(service) for service in card.services]),
        _titled("Fiches voisines", [_near(near) for near in card.near]),
    ]
    filled = [block for block in blocks if block]
    if filled:
        for column, block in zip(st.columns(len(filled)), filled, strict=True):
            with column:
                _draw(block)
    if card.handover:
        st.caption("À transmettre à la personne suivante")
        st.code(card.handover, language=None, wrap_lines=True)
    for note in card.notes:
        st.caption(plain(note))
    return chosen


def draw_sheet(sheet: Sheet | None) -> None:
    """The agent's fiche, folded away under the card."""
    if sheet is None:
        return
    with st.expander("La fiche pour l'agent"):
        for part in sheet.parts:
            entries = []
            for line in part.lines:
                case = f"<span class='menu'>{escaped(' › '.join(line.case))}</span><br>"
                entries.append((case if line.case else "") + escaped(line.text))
            _draw(_titled(part.label, entries))


def case_html(card: Card) -> str:
    """What is known of the caller, and the case for which the answer holds."""
    known = [f"{item.label} : {item.value} (« {item.words} »)" for item in card.known]
    case = " › ".join(card.case)
    if case:
        known.append(f"Cas {'supposé' if card.case_assumed else 'retenu'} : {case}")
    return f"<div class='menu'>{' — '.join(escaped(text) for text in known)}</div>" if known else ""


def say_html(card: Card) -> str:
    """The sentence to say, with the seconds that it takes."""
    words = word_count(card.say)
    seconds = round(words * 60 / WORDS_PER_MINUTE)
    return (
        f"<div class='souffle {_tone(card)}' role='status'>{escaped(card.say)}"
        f"<div class='duree'>À dire : environ {seconds} s ({words} mots)</div></div>"
    )


def route_html(card: Card) -> str:
    """The banner: who takes the call and why, or that no answer is sure; else nothing."""
    route, target = card.route, card.route.target
    if route.label == "niveau1":
        return f"<div class='voie none'><b>{ABSTENTION}</b></div>" if card.abstained else ""
    lines = [f"<b>{escaped(ROUTE_NAMES[route.label])}</b>"]
    if target:
        who = " — ".join(escaped(value) for value in (target.name, target.phone) if value)
        lines.append(f"<span class='qui'>{who}</span>")
        lines += [value for value in (escaped(target.hours or ""), _site(target.url)) if value]
    if route.script and route.script != card.say:
        lines.append(f"« {escaped(route.script)} »")
    if route.reason:
        lines.append(f"Pourquoi : {escaped(route.reason)}")
    return f"<div class='voie {_tone(card)}'>{'<br>'.join(lines)}</div>"


def also_html(route: Route) -> str:
    """Where the rest of a mixed question goes, under the answer to the first part."""
    lines = [f"<b>Pour le reste : {escaped(ROUTE_NAMES[route.label])}</b>"]
    if route.target:
        who = " — ".join(escaped(v) for v in (route.target.name, route.target.phone) if v)
        lines.append(f"<span class='qui'>{who}</span>")
    if route.reason:
        lines.append(f"Pourquoi : {escaped(route.reason)}")
    return f"<div class='voie'>{'<br>'.join(lines)}</div>"


def _tone(card: Card) -> str:
    if card.route.label == "urgence":
        return "urgence"
    if card.route.label != "niveau1":
        return "routed"
    return "none" if card.abstained else ""


def _ask(ask: Ask, key: str, open_to_answers: bool) -> str | None:
    _draw(f"<div class='titre'>À demander : {escaped(ask.text)}</div>")
    with st.container(horizontal=True):
        clicked = [
            st.button(plain(option), key=f"{key}-{number}", disabled=not open_to_answers)
            for number, option in enumerate(ask.options)
        ]
    return next((option for option, hit in zip(ask.options, clicked, strict=True) if hit), None)


def _source(source: Source, card: Card) -> str:
    place = " › ".join([*source.case, source.section])
    own = [check for check in card.check if check.source == source.n]
    doubtful = {check.fact for check in own if check.doubtful}
    marks = " ".join(
        f"<span class='fait'>{escaped(fact)}{' (ancien)' if fact in doubtful else ''}</span>"
        for fact in dict.fromkeys(check.fact for check in own)
    )
    return (
        f"{source.n}. {_link(source.title, source.url)} — {escaped(place)} "
        f"<span class='menu'>({escaped(source.fiche)}, fiche du "
        f"{escaped(french_date(source.updated))})</span>"
        f"<div class='extrait'>{quote_html(source)}</div>"
        + (f"<span class='menu'>À vérifier : {marks}</span>" if marks else "")
    )


def quote_html(source: Source) -> str:
    """The passage, with the words that are said marked; a long one without any lies folded."""
    parts, end = [], 0
    for start, stop in source.spans:
        if start >= end:
            words = escaped(source.quote[start:stop])
            parts += [escaped(source.quote[end:start]), f"<mark>{words}</mark>"]
            end = stop
    parts.append(escaped(source.quote[end:]))
    text = "".join(parts)
    if source.spans or len(source.quote) <= FOLDED_FROM:
        return text
    first = escaped(source.quote[:FOLDED_FROM].rsplit(" ", 1)[0])
    return f"<details><summary>{first} …</summary>{text}</details>"


def _contact(contact: ContactCard) -> str:
    lines = [escaped(contact.name)]
    if contact.phone:
        lines.append(f"<b>{escaped(contact.phone)}</b>")
    told = (contact.address, contact.hours, contact.price, contact.note)
    lines += [escaped(value) for value in told if value]
    if site := _site(contact.url):
        lines.append(site)
    if contact.origin:
        lines.append(f"<span class='menu'>Annuaire : {escaped(contact.origin)}</span>")
    details = ""
    if contact.details and contact.details not in (contact.name, contact.hours):
        text = escaped(contact.details)
        details = f"<details class='menu'><summary>Détails</summary>{text}</details>"
    return "<br>".join(lines) + details


def _place_ask(ask: Ask | None) -> list[str]:
    """The question that finds the caller's office; its answer goes into the field of the commune."""
    if ask is None:
        return []
    options = f"<br>{escaped(' · '.join(ask.options))}" if ask.options else ""
    return [f"<b>À demander : {escaped(ask.text)}</b>{options}"]


def _service(service: ServiceCard) -> str:
    about = [service.kind or "", f"cerfa {service.cerfa}" if service.cerfa else ""]
    told = " — ".join(escaped(value) for value in about if value)
    return f"{_link(service.title, service.url)}<br><span class='menu'>{told}</span>"


def _near(near: Near) -> str:
    differs = f" — {escaped(near.differs)}" if near.differs else ""
    fiche = f"<span class='menu'>({escaped(near.fiche)}{differs})</span>"
    return f"{_link(near.title, near.url)} {fiche}"


def _titled(title: str, entries: list[str]) -> str:
    body = "".join(f"<div class='entree'>{entry}</div>" for entry in entries)
    return f"<div><div class='titre'>{escaped(title)}</div>{body}</div>" if entries else ""


def _link(text: str, url: str | None) -> str:
    address = safe_url(url)
    if not address:
        return escaped(text)
    href = html.escape(address)
    return f"<a href='{href}' target='_blank' rel='noopener noreferrer'>{escaped(text)}</a>"


def _site(url: str | None) -> str:
    """A link that shows the site's name, as the agent would spell it out."""
    return _link(urlsplit(url).netloc, url) if url and safe_url(url) else ""


def _draw(block: str) -> None:
    """Put on the page a block whose every text has been escaped."""
    st.markdown(block, unsafe_allow_html=True)
