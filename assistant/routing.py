"""Route: what should happen to the call, how sure that is, and the script to say.

Emergencies are decided by rules, before anything else (``assistant/emergency.py``). The label of
every other question comes from the learned model; here it becomes a sentence, a target and a reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from assistant.card import Ask, Route, RouteLabel, Target
from assistant.emergency import emergency
from assistant.route_features import (
    NEAREST,
    NearFiche,
    Vector,
    comparable,
    feature_names,
    features,
)
from assistant.route_model import Weights, chosen, load_model
from assistant.texts import load_yaml, pattern
from vectorstore.search import Hit
from vectorstore.snapshot import Snapshot

__all__ = ["Routed", "emergency", "near_fiches", "route", "themes"]

MAY_ANSWER = 0.1
"""From this chance on, a fiche may be the one that answers."""
BESIDE = 0.2
"""From this probability, a route that an answer may stand beside is shown with the answer."""
REASONS = 2
"""How many signals a reason names."""
WEIGHED = 0.4
"""Below this weight a signal is not worth naming."""


@dataclass(frozen=True)
class Routed:
    """The route of a question, and what goes with it."""

    route: Route
    also: Route | None = None
    """Where the rest of a mixed question goes, beside the answer."""
    ask: Ask | None = None
    """The question to put back."""


def themes(snapshot: Snapshot, fiche_id: str) -> set[str]:
    """Ids of the themes and folders in which a fiche lies."""
    fiche = snapshot.fiche(fiche_id)
    return {
        related.id
        for related in (fiche.theme, fiche.sub_theme, *fiche.breadcrumb)
        if related is not None
    }


def near_fiches(hits: Sequence[Hit], snapshot: Snapshot) -> list[NearFiche]:
    """The nearest fiches as the model sees them."""
    rules = load_yaml("routes")
    tax, named = set(rules["themes_fiscal"]), pattern(rules["titres_fiscaux"])
    return [
        NearFiche(
            hit.probability,
            bool(themes(snapshot, hit.fiche) & tax),
            named.search(comparable(hit.title)) is not None,
        )
        for hit in hits[:NEAREST]
    ]


def about_tax(near: NearFiche) -> bool:
    """Whether a fiche is about tax itself: its theme says so and its title names one."""
    return near.is_tax and near.names_tax


def route(
    question: str, hits: Sequence[Hit], snapshot: Snapshot, vector: Vector | None = None
) -> Routed:
    """The route of a question that is no emergency.

    Args:
        question: the standalone question.
        hits: the nearest fiches, best first.
        snapshot: where the fiches' themes stand.
        vector: the question's embedding; None when the search by meaning is out of order.
    """
    near = near_fiches(hits, snapshot)
    plain = features(question, near)
    weights, inputs = load_model().inputs(plain, vector)
    shares = weights.probabilities(inputs)
    label = chosen(shares)
    second = max((name for name in shares if name != label), key=lambda name: shares[name])
    near_themes = [themes(snapshot, hit.fiche) for hit in hits[:NEAREST]]

    def built(name: RouteLabel, confidence: float) -> Route:
        reason = _reason(name, weights, plain, near)
        return _built(name, confidence, reason, question, near_themes)

    confidence = weights.confidence(shares[label])
    if label == "niveau1" and _only_tax(near):
        label, confidence = "fiscal", shares["fiscal"]
    if label == "niveau1":
        rest = load_yaml("routes").get(second, {})
        also = (
            built(second, shares[second])
            if rest.get("answer_beside") and shares[second] >= BESIDE
            else None
        )
        reason = _reason(label, weights, plain, near)
        return Routed(Route(label=label, confidence=round(confidence, 3), reason=reason), also)
    return Routed(built(label, confidence), ask=_ask(label, question))


def _only_tax(near: Sequence[NearFiche]) -> bool:
    """Whether every fiche that may answer is about tax, which is never answered at this level."""
    likely = [fiche for fiche in near if fiche.probability >= MAY_ANSWER]
    return bool(likely) and all(about_tax(fiche) for fiche in likely)


def _ask(label: RouteLabel, question: str) -> Ask | None:
    """The question to put back: about what little is known of the demand."""
    rules = load_yaml("routes")[label]
    if "ask" not in rules:
        return None
    text = comparable(question)
    found = next((ask for ask in rules["asks"] if pattern(ask["match"]).search(text)), rules["ask"])
    return Ask(text=found["text"], options=found["options"])


def _reason(
    label: RouteLabel, weights: Weights, plain: Vector, near: Sequence[NearFiche]
) -> str | None:
    """One line: the nearest fiches' themes, or the signals that weighed most for the label."""
    count = sum(fiche.is_tax for fiche in near)
    tax = f"{count} des {len(near)} fiches les plus proches relèvent des impôts"
    if label == "niveau1":
        return tax if count else None
    says = load_yaml("route_signals")["says"]
    pull = weights.coefficients[weights.labels.index(label)][: len(plain)] * plain
    names = feature_names()
    told = [
        says[names[place]]
        for place in np.argsort(-pull, kind="stable")
        if pull[place] >= WEIGHED and names[place] in says
    ][:REASONS]
    if label == "fiscal" and count:
        told = [tax, *told[:1]]
    if not told:
        return f"ressemble aux questions de ce genre : {load_yaml('routes')[label]['covers']}"
    return " ; ".join(told)


def _built(
    label: RouteLabel,
    confidence: float,
    reason: str | None,
    question: str,
    near_themes: Sequence[set[str]],
) -> Route:
    rules: dict[str, Any] = load_yaml("routes")[label]
    target, script = rules.get("target"), rules["script"]
    text = comparable(question)
    for line in rules.get("lines", ()):
        if pattern(line["match"]).search(text):
            target, script = line["target"], line.get("script", script)
            break
    if target and "domains" in rules and (domain := _domain(rules["domains"], text, near_themes)):
        target = {**target, "name": f"{target['name']}, {domain}"}
    return Route(
        label=label,
        confidence=round(confidence, 3),
        target=Target(**target) if target else None,
        script=script,
        reason=reason,
    )


def _domain(
    domains: Sequence[dict[str, Any]], text: str, near_themes: Sequence[set[str]]
) -> str | None:
    """The domain of which the words are used, or in which most of the nearest fiches lie."""
    for domain in domains:
        if "words" in domain and pattern(domain["words"]).search(text):
            return str(domain["name"])
    votes: dict[str, float] = {}
    for rank, found in enumerate(near_themes):
        name = next((d["name"] for d in domains if found & set(d["themes"])), None)
        if name:
            votes[name] = votes.get(name, 0.0) + 1 / (1 + rank)
    return max(votes, key=lambda name: votes[name]) if votes else None
