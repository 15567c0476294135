"""What stands beside the card: a fiche for agents, fiches found without a question, earlier calls."""

from __future__ import annotations

import html
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from assistant.journal import StoredCall
from assistant.sheet import Sheet
from ui.card_view import escaped, fiche_button, french_date, safe_url
from vectorstore.search import Hit

PARIS = ZoneInfo("Europe/Paris")
OUTCOMES = {
    "answered": "répondu",
    "routed": "transféré",
    "abandoned": "abandonné",
    "no_answer": "sans réponse",
    None: "en cours",
}


def sheet_html(sheet: Sheet) -> str:
    """The fiche for agents, part by part, each line under its case."""
    parts = []
    for part in sheet.parts:
        lines = "".join(f"<li>{_case(line.case)}{escaped(line.text)}</li>" for line in part.lines)
        parts.append(f"<h3>{escaped(part.label)}</h3><ul>{lines}</ul>")
    url = html.escape(safe_url(sheet.url) or "")
    public = (
        f"<a href='{url}' target='_blank' rel='noopener noreferrer'>service-public.fr</a>"
        if url
        else ""
    )
    about = f"{escaped(sheet.fiche)}, fiche du {escaped(french_date(sheet.updated))} — {public}"
    return _panel(sheet.title, f"<p class='menu'>{about}</p>{''.join(parts)}")


def hits_html(hits: Sequence[Hit]) -> str:
    """Fiches found for words, without an answer."""
    found = "".join(
        f"<li>{escaped(hit.title)} <small>({escaped(hit.fiche)})</small>{fiche_button(hit.fiche)}</li>"
        for hit in hits
    )
    empty = "<p>Aucune fiche n'est proche de ces mots.</p>"
    return _panel("Fiches trouvées", f"<ul>{found}</ul>" if found else empty)


def calls_html(calls: Sequence[StoredCall]) -> str:
    """The agent's last calls; each can be read again."""
    shown = []
    for call in calls:
        at = call.started_at.astimezone(PARIS).strftime("%d/%m %H:%M")
        asked = call.turns[0].card.question if call.turns else "aucune question"
        more = f" (+{len(call.turns) - 1})" if len(call.turns) > 1 else ""
        shown.append(
            f"<li><button type='button' class='petit' data-act='reopen' "
            f"data-call='{html.escape(call.id)}'>{at}</button> {escaped(asked)}{more} "
            f"<small>{OUTCOMES[call.outcome]}</small></li>"
        )
    empty = "<p>Aucun appel ces sept derniers jours.</p>"
    return _panel("Derniers appels", f"<ul>{''.join(shown)}</ul>" if shown else empty)


def _panel(title: str, body: str) -> str:
    close = "<button type='button' class='petit' data-act='close'>fermer <kbd>Échap</kbd></button>"
    return (
        f"<section class='panneau' tabindex='0' aria-label='{html.escape(title)}'>"
        f"<h2>{escaped(title)} {close}</h2>{body}</section>"
    )


def _case(case: Sequence[str]) -> str:
    return f"<small class='cas'>{escaped(' › '.join(case))} :</small> " if case else ""
