"""Route: what should happen to the call, how sure that is, and the script to say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from assistant.card import Ask, Route, RouteLabel, Target
from assistant.texts import any_match, load_yaml, pattern
from vectorstore.search import Hit
from vectorstore.snapshot import Snapshot
from vectorstore.text import fold

NEAREST = 5
TAX_SHARE = 0.6


def emergency(question: str) -> Route | None:
    """The emergency route, decided before anything else is done."""
    return _by_pattern("urgence", fold(question))


def ask_of(route: Route) -> Ask | None:
    """The question to put back, for a route that has one."""
    ask = load_yaml("routes").get(route.label, {}).get("ask") if route.label == "imprecis" else None
    return Ask(**ask) if ask else None


def route(question: str, hits: Sequence[Hit], snapshot: Snapshot) -> Route:
    """The route of a question that is no emergency.

    Args:
        question: the standalone question.
        hits: the nearest fiches, best first.
        snapshot: where the fiches' themes stand.
    """
    folded = fold(question)
    for label in ("imprecis", "hors_perimetre", "dossier", "complexe"):
        found = _by_pattern(label, folded)
        if found is not None:
            return found
    settings = load_yaml("routes")
    tax = set(settings["themes_fiscal"])
    near = [_themes(snapshot, hit.fiche) for hit in hits[:NEAREST]]
    count = sum(1 for themes in near if themes & tax)
    share = count / len(near) if near else 0.0
    rules = settings["fiscal"]
    worded = any_match(rules["patterns"], folded) is not None
    excluded = any_match(rules["unless"], folded) is not None
    first_is_tax = bool(near and near[0] & tax)
    reason = f"{count} des {len(near)} fiches les plus proches relèvent des impôts"
    if not excluded and ((worded and share > 0.2) or (first_is_tax and share >= TAX_SHARE)):
        return _built("fiscal", 0.6 + 0.4 * share, reason)
    return Route(label="niveau1", confidence=1.0 - 0.5 * share, reason=reason if count else None)


def _themes(snapshot: Snapshot, fiche_id: str) -> set[str]:
    fiche = snapshot.fiche(fiche_id)
    return {
        related.id
        for related in (fiche.theme, fiche.sub_theme, *fiche.breadcrumb)
        if related is not None
    }


def _by_pattern(label: RouteLabel, folded: str) -> Route | None:
    rules = load_yaml("routes")[label]
    found = any_match(rules["patterns"], folded)
    if found is None or any_match(rules["unless"], folded):
        return None
    return _built(label, 0.9, f"formulation reconnue ({rules['covers']})", folded)


def _built(label: str, confidence: float, reason: str, folded: str = "") -> Route:
    rules: dict[str, Any] = load_yaml("routes")[label]
    target, script = rules.get("target"), rules["script"]
    for line in rules.get("lines", ()):
        if pattern(line["match"]).search(folded):
            target = {"name": line["name"], "phone": line["phone"], "hours": None}
            script = line["script"]
            break
    return Route(
        label=cast(RouteLabel, label),
        confidence=round(confidence, 3),
        target=Target(**target) if target else None,
        script=script,
        reason=reason,
    )
