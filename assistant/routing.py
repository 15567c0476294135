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
    speaks_for,
)
from assistant.route_model import Weights, chosen, load_model
from assistant.texts import load_yaml, pattern
from vectorstore.evidence import COSINE_SCALE
from vectorstore.search import Hit
from vectorstore.snapshot import Snapshot

__all__ = ["Routed", "emergency", "near_fiches", "route", "themes"]

MAY_ANSWER = 0.1
"""From this chance on, a fiche may be the one that answers."""
OURS = 0.5
"""From this likeness to what is asked of a fiche on, a question is one of ours."""
SURELY_OURS = 0.58
"""From this one on it is, though a word of another world stands in it; nor is it too vague."""
MAY_BE_VAGUE = 0.9
"""Below this chance of the best fiche, such a question may be too vague all the same."""
SURELY_VAGUE = 0.9
"""From this share on it is too vague whatever was found: "ma carte" is one of several."""
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
    fiche = snapshot.heading(fiche_id)
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
            hit.features.get("classifier", 0.0) / COSINE_SCALE,
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
    shares = _possible(weights.probabilities(inputs), question, near)
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


def _possible(
    shares: dict[RouteLabel, float], question: str, near: Sequence[NearFiche]
) -> dict[RouteLabel, float]:
    """The labels that a question can have: what is learned of words alone sends nobody away.

    Where nothing was found, nothing is known. Without a sign of danger there is no emergency, and what
    sounds like the questions asked of a fiche, without a sign of another world, is our business. Who
    quarrels with an employer or a landlord has no file with an administration. What is ruled out is
    answered.
    """
    likeness = near[0].likeness if near else 0.0
    ruled_out: set[RouteLabel] = set() if near else {"hors_perimetre", "imprecis"}
    if not speaks_for("danger", question):
        ruled_out.add("urgence")
    elsewhere = speaks_for("ailleurs", question)
    if not elsewhere and likeness >= (SURELY_OURS if speaks_for("hors", question) else OURS):
        ruled_out.add("hors_perimetre")
    named = likeness >= SURELY_OURS and near[0].probability >= MAY_BE_VAGUE
    if named and shares.get("imprecis", 0.0) < SURELY_VAGUE:
        ruled_out.add("imprecis")
    if pattern(load_yaml("routes")["dossier"]["private"]).search(comparable(question)):
        ruled_out.add("dossier")
    left = {label: share for label, share in shares.items() if label not in ruled_out}
    moved = sum(shares.get(label, 0.0) for label in ruled_out)
    left["niveau1"] = left.get("niveau1", 0.0) + moved
    return left


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
