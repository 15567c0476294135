"""Follow-ups and mixed questions: ``python -m evals.rewriting FILE.jsonl``.

Each line has ``id``, ``question`` and either ``parts`` (for each of its questions, the fiches that are
right; none when it is one question), or ``history`` and ``fiches``, or ``history`` and ``follow_up``
(whether it continues the call) with the ``route`` of one that belongs elsewhere. With a model for the role "rewrite"
its reading is counted beside that of the rules.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assistant.caller import FOLLOW_UP
from assistant.card import Card
from assistant.chain import Assistant

Ask = Callable[[str, Sequence[str]], Card]
KINDS = {
    "mixed": "deux questions reconnues, chacune avec sa fiche",
    "one": "une seule question laissée entière",
    "follow_up": "suite d'appel, fiche juste",
    "continued": "suite d'appel reconnue",
    "fresh": "nouveau sujet reconnu, ou orienté là où il doit l'être",
}


@dataclass
class Tally:
    """What was read rightly."""

    right: dict[str, list[bool]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    missed: list[str] = field(default_factory=list)

    def add(self, item: dict[str, Any], right: bool) -> None:
        self.right[kind_of(item)].append(right)
        if not right:
            self.missed.append(item["id"])

    def lines(self) -> list[str]:
        return [
            f"{text} : {sum(self.right[kind])}/{len(self.right[kind])}"
            for kind, text in KINDS.items()
            if self.right[kind]
        ]


def kind_of(item: dict[str, Any]) -> str:
    if "parts" not in item and "follow_up" in item:
        return "continued" if item["follow_up"] else "fresh"
    if "parts" not in item:
        return "follow_up"
    return "mixed" if item["parts"] else "one"


def is_right(item: dict[str, Any], ask: Ask) -> bool:
    """Whether the card of an item answers the right question, and offers the right others."""
    card = ask(item["question"], item.get("history", ()))
    if kind_of(item) == "one":
        return card.others == []
    if kind_of(item) == "follow_up":
        return _fiche(card) in item["fiches"]
    if "route" in item:
        return bool(card.route.label == item["route"])
    if "follow_up" in item:
        return bool((FOLLOW_UP in card.standalone_question) is item["follow_up"])
    first, *others = item["parts"]
    return (
        _fiche(card) in first
        and len(card.others) == len(others)
        and all(
            _fiche(ask(text, ())) in fiches
            for text, fiches in zip(card.others, others, strict=True)
        )
    )


def _fiche(card: Card) -> str:
    return card.sources[0].fiche if card.sources else ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    items = [json.loads(line) for line in parser.parse_args().file.read_text("utf-8").splitlines()]
    assistant = Assistant.open()

    def by_rules(question: str, history: Sequence[str]) -> Card:
        return assistant.ask(question, history=history)

    def by_model(question: str, history: Sequence[str]) -> Card:
        card = by_rules(question, history)
        return assistant.reread(card, history=history)[0]

    readings: dict[str, Ask] = {"règles": by_rules}
    if assistant.settings.rewrite.model:
        readings[assistant.settings.rewrite.model] = by_model
    for name, ask in readings.items():
        tally = Tally()
        for item in items:
            tally.add(item, is_right(item, ask))
        print("\n".join([f"{name} :", *tally.lines(), f"manqués : {', '.join(tally.missed)}"]))


if __name__ == "__main__":
    main()
