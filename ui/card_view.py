"""The card as HTML, in the order of speech: say, ask, check, where to go, online, sources.

All text is escaped here; nothing that comes from data or from the question reaches the page as HTML.
Buttons carry ``data-act``: ``front/desk.js`` listens for clicks on them.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from urllib.parse import quote, urlsplit

from assistant.card import (
    WORDS_PER_MINUTE,
    Ask,
    Card,
    ContactCard,
    Near,
    Route,
    ServiceCard,
    Source,
    Term,
)
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
MODES = {"model": "Rédigé par un modèle, vérifié phrase par phrase", "curated": "Réponse validée"}
FOLDED_FROM = 160
"""Characters of a passage, none of whose words are said, that are shown before it is unfolded."""
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&])")
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_URL_SAFE = "!#$&*+,/:;=?@[]~%"


def visible(text: str) -> str:
    """Text without what is not seen: controls, lone surrogates, signs that turn its direction."""
    return _UNSEEN.sub("", text)


def plain(text: str) -> str:
    """Text that Markdown shows as it is."""
    return _MARKDOWN.sub(r"\\\1", " ".join(visible(text).split()))


def escaped(text: str) -> str:
    """Text that HTML shows as it is, line breaks included, on one line of source."""
    return "<br>".join(html.escape(visible(line)) for line in text.splitlines())


def safe_url(url: str | None) -> str | None:
    """The address, percent-encoded, if it is one of the web and names its host alone, else None."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    if not url or parts.scheme not in ("http", "https") or not parts.netloc:
        return None
    if "@" in parts.netloc or "\\" in parts.netloc:  # what stands before it passes for the host
        return None
    return quote(visible(url.strip()), safe=_URL_SAFE)


def french_date(iso: str) -> str:
    """ "2020-08-26" -> "26/08/2020"."""
    return "/".join(reversed(iso.split("-")))


def card_html(
    card: Card, *, beside: str = "", under: str = "", open_to_answers: bool = True
) -> str:
    """The whole card.

    Args:
        card: what is shown.
        beside: HTML that stands beside what is said, in place of offices and services.
        under: HTML that stands right under what is said: what a model is writing.
        open_to_answers: whether the options of the question to ask can be chosen.
    """
    places = options_count(card.ask)
    left = [
        route_html(card),
        say_html(card),
        under,
        ask_html("À demander", card.ask, 0, open_to_answers),
        also_html(card.also) if card.also else "",
        others_html(card.others),
        case_html(card),
        checks_html(card),
        _titled("Mots à expliquer", [_term(term) for term in card.glossary]),
    ]
    right = [
        _titled(
            "Où aller",
            [*map(_contact, card.contacts), _place_ask(card.place_ask, places, open_to_answers)],
        ),
        _titled("Démarches et formulaires", [_service(service) for service in card.services]),
        _handover(card.handover),
    ]
    below = [
        _warnings(card),
        _titled("Sources", [_source(source) for source in card.sources]),
        _titled("Fiches voisines", [_near(near) for near in card.near]),
        "".join(f"<p class='menu'>{escaped(note)}</p>" for note in card.notes),
    ]
    if beside:
        left, right, below = [*left, *right, *below], [beside], []
    columns = "".join(
        f"<div class='{name}'>{''.join(blocks)}</div>" if any(blocks) else ""
        for name, blocks in (("dit", left), ("ou", right), ("dessous", below))
    )
    question = f"<p class='question menu'>« {escaped(card.question)} »</p>"
    return (
        f"<section class='carte {tone(card)}' aria-label='Réponse'>{question}"
        f"<div class='colonnes'>{columns}</div></section>"
    )


def say_html(card: Card) -> str:
    """The sentence to say, with the seconds that it takes."""
    words = word_count(card.say)
    seconds = round(words * 60 / WORDS_PER_MINUTE)
    mode = f" — {MODES[card.mode]}" if card.mode in MODES else ""
    return (
        f"<div class='souffle'><h2>À dire <small>environ {seconds} s{mode}</small></h2>"
        f"<p class='phrase'>{escaped(card.say)}</p></div>"
    )


def writing_html(so_far: str) -> str:
    """What a model has written so far, verified, under the answer that already stands."""
    return f"<p class='redaction'><small>Rédaction vérifiée en cours</small> {escaped(so_far)}</p>"


def first_html(said: str) -> str:
    """The answer that stood before a model's: the agent may be in the middle of it."""
    shown = f"<small>Première réponse</small> {escaped(said)}"
    return f"<p class='redaction'>{shown}</p>" if said else ""


def ask_html(title: str, ask: Ask | None, before: int, open_to_answers: bool) -> str:
    """A question to put back, its options as numbered buttons.

    Args:
        before: how many options come before, in the numbering of the keys.
    """
    if ask is None:
        return ""
    off = "" if open_to_answers else " disabled"
    options = "".join(
        f"<button type='button' data-act='choose' data-number='{number}'{off}>"
        f"<kbd>{number}</kbd> {escaped(option)}</button>"
        for number, option in enumerate(ask.options, before + 1)
    )
    return (
        f"<div class='demande'><h2>{escaped(title)}</h2><p>{escaped(ask.text)}</p>"
        f"<div class='options'>{options}</div></div>"
    )


def route_html(card: Card) -> str:
    """The banner: who takes the call and why, or that no answer is sure; else nothing."""
    route, target = card.route, card.route.target
    if route.label == "niveau1":
        return f"<div class='voie'><b>{ABSTENTION}</b></div>" if card.abstained else ""
    lines = [f"<b>{escaped(ROUTE_NAMES[route.label])}</b>"]
    if target:
        lines += _target(route)
        lines += [value for value in (escaped(target.hours or ""), _site(target.url)) if value]
    if route.script and route.script != card.say:
        lines.append(f"« {escaped(route.script)} »")
    if route.reason:
        lines.append(f"<small>Pourquoi : {escaped(route.reason)}</small>")
    return f"<div class='voie'>{'<br>'.join(lines)}</div>"


def also_html(route: Route) -> str:
    """Where the rest of a mixed question goes, under the answer to the first part."""
    lines = [f"<b>Pour le reste : {escaped(ROUTE_NAMES[route.label])}</b>", *_target(route)]
    if route.reason:
        lines.append(f"<small>Pourquoi : {escaped(route.reason)}</small>")
    return f"<div class='voie reste'>{'<br>'.join(lines)}</div>"


def others_html(questions: Sequence[str]) -> str:
    """The further questions of a mixed one, each to be asked with one click."""
    buttons = "".join(
        f"<button type='button' class='petit' data-act='other'>{escaped(question)}</button>"
        for question in questions
    )
    title = "<b>Autre question de l'appelant</b>"
    return f"<div class='voie reste'>{title} {buttons}</div>" if buttons else ""


def case_html(card: Card) -> str:
    """The case for which the answer holds."""
    if not card.case:
        return ""
    state = "Cas supposé, à confirmer" if card.case_assumed else "Cas retenu"
    return f"<p class='cas'>{state} : <b>{escaped(' › '.join(card.case))}</b></p>"


def checks_html(card: Card) -> str:
    """The facts that are said, each with the source to verify it in."""
    facts: dict[tuple[str, bool], list[str]] = {}
    for check in card.check:
        numbers = facts.setdefault((check.fact, check.doubtful), [])
        if str(check.source) not in numbers:
            numbers.append(str(check.source))
    shown = "".join(
        f"<li class='{'douteux' if doubtful else ''}'><span class='fait'>{escaped(fact)}</span>"
        f"{' données anciennes' if doubtful else ''} <small>source {', '.join(numbers)}</small></li>"
        for (fact, doubtful), numbers in facts.items()
    )
    return f"<div class='verifier'><h2>À vérifier</h2><ul>{shown}</ul></div>" if shown else ""


def earlier_html(cards: Sequence[Card]) -> str:
    """The call's earlier turns, latest first, folded: question, what was said, its source."""
    turns = []
    for card in reversed(cards):
        source = card.sources[0] if card.sources else None
        cited = f"<p class='menu'>{_link(source.title, source.url)}</p>" if source else ""
        turns.append(
            f"<details class='avant'><summary>{escaped(card.question)}</summary>"
            f"<p>{escaped(card.say)}</p>{cited}</details>"
        )
    return (
        f"<section class='plus-tot'><h2>Plus tôt dans l'appel</h2>{''.join(turns)}</section>"
        if turns
        else ""
    )


def tone(card: Card) -> str:
    """What the whole card looks like."""
    if card.route.label == "urgence":
        return "urgence"
    if card.route.label == "imprecis":
        return "precise"
    if card.route.label != "niveau1":
        return "routed"
    return "none" if card.abstained else "sure"


def options_count(ask: Ask | None) -> int:
    """How many options a question has."""
    return len(ask.options) if ask else 0


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


def _target(route: Route) -> list[str]:
    if route.target is None:
        return []
    who = " — ".join(escaped(v) for v in (route.target.name, route.target.phone) if v)
    return [f"<span class='qui'>{who}</span>"]


def _source(source: Source) -> str:
    place = " › ".join([*source.case, source.section])
    return (
        f"{source.n}. {_link(source.title, source.url)} — {escaped(place)} "
        f"<small>({escaped(source.fiche)}, fiche du {escaped(french_date(source.updated))})</small>"
        f"{fiche_button(source.fiche)}"
        f"<div class='extrait'>{quote_html(source)}</div>"
    )


def fiche_button(fiche: str) -> str:
    """The button that opens a fiche beside the card."""
    number = html.escape(visible(fiche))
    return (
        f" <button type='button' class='petit' data-act='fiche' data-fiche='{number}' "
        f"aria-label='Ouvrir la fiche {number}'>la fiche</button>"
    )


def _contact(contact: ContactCard) -> str:
    lines = [f"<b>{escaped(contact.name)}</b>"]
    if contact.phone:
        lines.append(f"<b class='numero'>{escaped(contact.phone)}</b>")
    told = (contact.address, contact.hours, contact.price, contact.note)
    lines += [escaped(value) for value in told if value]
    if site := _site(contact.url):
        lines.append(site)
    details = ""
    if contact.details and contact.details not in (contact.name, contact.hours):
        text = escaped(contact.details)
        details = f"<details class='menu'><summary>Détails</summary>{text}</details>"
    if contact.origin:
        details += f"<small class='origine'>Annuaire : {escaped(contact.origin)}</small>"
    return "<br>".join(lines) + details


def _place_ask(ask: Ask | None, before: int, open_to_answers: bool) -> str:
    """The question that finds the caller's office; a name that is typed goes into its field."""
    title = "À demander pour le guichet"
    return ask_html(title, ask, before, open_to_answers)


def _service(service: ServiceCard) -> str:
    about = [service.kind or "", f"cerfa {service.cerfa}" if service.cerfa else ""]
    told = " — ".join(escaped(value) for value in about if value)
    return f"{_link(service.title, service.url)}<br><small>{told}</small>"


def _term(term: Term) -> str:
    return f"<b>{escaped(term.word)}</b> : {escaped(term.meaning)}"


def _near(near: Near) -> str:
    differs = f" — {escaped(near.differs)}" if near.differs else ""
    named = f"<small>({escaped(near.fiche)}{differs})</small>"
    shown = "".join(
        f"<br><small>{escaped(excerpt.section)}</small> {escaped(excerpt.quote)}"
        for excerpt in near.excerpts
    )
    quoted = (
        f"<details class='extrait'><summary>Ce qu'elle dit</summary>{shown}</details>"
        if shown
        else ""
    )
    return f"{_link(near.title, near.url)} {named}{fiche_button(near.fiche)}{quoted}"


def _handover(note: str | None) -> str:
    if not note:
        return ""
    return (
        "<div class='bloc'><h2>À transmettre à la personne suivante <button type='button' "
        "class='petit' data-act='copy-note'>copier</button></h2>"
        f"<p class='transmettre'>{escaped(note)}</p></div>"
    )


def _warnings(card: Card) -> str:
    shown = "".join(f"<li>{escaped(warning)}</li>" for warning in card.warnings)
    return f"<ul class='attention' aria-label='Attention'>{shown}</ul>" if shown else ""


def _titled(title: str, entries: Sequence[str]) -> str:
    body = "".join(f"<div class='entree'>{entry}</div>" for entry in entries if entry)
    return f"<div class='bloc'><h2>{escaped(title)}</h2>{body}</div>" if body else ""


def _link(text: str, url: str | None) -> str:
    address = safe_url(url)
    if not address:
        return escaped(text)
    href = html.escape(address)
    return (
        f"<a href='{href}' target='_blank' rel='noopener noreferrer' "
        f"title='S’ouvre dans un nouvel onglet'>{escaped(text)}</a>"
    )


def _site(url: str | None) -> str:
    """A link that shows the site's name, as the agent would spell it out."""
    return _link(urlsplit(url).netloc, url) if url and safe_url(url) else ""
