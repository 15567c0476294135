"""Emergencies: recognised by rules before anything else, with the number to call.

The kinds, their expressions and what cancels them stand in ``prompts/emergencies.yaml``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assistant.card import Route, Target
from assistant.route_features import comparable
from assistant.texts import any_match, load_yaml, pattern

ALWAYS_CONFIDENCE = 0.99
SIGN_CONFIDENCE = 0.9
HISTORY_TURNS = 2
"""How many earlier questions of the call can explain the danger of the present one."""


def emergency(question: str, history: Sequence[str] = ()) -> Route | None:
    """The emergency route, or None.

    Args:
        question: what the agent typed.
        history: earlier questions of the call; they count only when the question itself tells of
            something that is happening, so that an emergency does not colour the rest of a call.
    """
    text = comparable(question)
    found = _recognised(text)
    if found is None and history and any_match(load_yaml("emergencies")["arrival"], text):
        text = comparable(" ".join([*history[-HISTORY_TURNS:], question]))
        found = _recognised(text)
    if found is None:
        return None
    kind, confidence = found
    deaf = load_yaml("emergencies")["deaf"]
    who = deaf if pattern(deaf["match"]).search(text) else kind
    return Route(
        label="urgence",
        confidence=confidence,
        target=Target(name=who["name"], phone=who["phone"], hours=who["hours"]),
        script=who["script"],
        reason=f"danger reconnu : {kind['kind']}",
    )


def _recognised(text: str) -> tuple[dict[str, Any], float] | None:
    """The first kind that the words show, and how sure that is."""
    rules = load_yaml("emergencies")
    happening = any_match(rules["present"], text) is not None
    past = any_match(rules["past"], text) is not None and not happening
    procedure = any_match(rules["procedure"], text) is not None
    for kind in rules["kinds"]:
        if any_match(kind.get("unless", []), text):
            continue
        if any_match(kind["always"], text):
            return kind, ALWAYS_CONFIDENCE
        if not past and not procedure and any_match(kind.get("signs", []), text):
            return kind, SIGN_CONFIDENCE
    return None
