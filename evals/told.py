"""Once the case is told: ``python -m evals.told GOLD…``.

Over the items whose question tells the caller's case (tag ``cas``): the key facts said, all of them and
those of cards that answer from an acceptable fiche, and the false answers. Then every question that is
put back to a caller is answered with each of its options, as an agent taps it: how long the card takes
without a new search, and whether a sentence or a quote of another option's case is on it.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from assistant.card import Card
from assistant.chain import Assistant
from evals.answers import AnswerScore, is_answered, score
from evals.gold import GoldItem, load_gold
from evals.outputs import Output

TOLD_TAG = "cas"


@dataclass
class Told:
    """What was found."""

    scores: list[AnswerScore] = field(default_factory=list)
    """Of the items that tell the case, in their order."""
    right: list[bool] = field(default_factory=list)
    """Of each, whether the card answers from an acceptable fiche."""
    chosen: list[float] = field(default_factory=list)
    """Milliseconds that the card of a chosen option took."""
    mixed: list[tuple[str, str, str]] = field(default_factory=list)
    """Item, option chosen, and the other option whose text stands on the card."""

    def share_said(self, *, right_only: bool) -> float:
        """Share of the key facts that are said, 0 to 1."""
        kept = [s for s, r in zip(self.scores, self.right, strict=True) if r or not right_only]
        facts = sum(s.facts for s in kept)
        return 1.0 - sum(len(s.missing_said) for s in kept) / facts if facts else 0.0


def measure(assistant: Assistant, items: Sequence[GoldItem]) -> Told:
    """Ask every item, and tap every option of every question put back."""
    found = Told()
    for item in items:
        card = assistant.ask(
            item.question, history=item.history, cases=item.case, commune=item.commune
        )
        if TOLD_TAG in item.tags and item.answerable:
            found.scores.append(score(item, Output(id=item.id, card=card), assistant.snapshot))
            fiches = [source.fiche for source in card.sources[:1]] if is_answered(card) else []
            found.right.append(bool(set(fiches) & set(item.fiches)))
        if card.ask is None or not is_answered(card):
            continue
        for option in card.ask.options:
            began = time.perf_counter()
            told = assistant.with_cases(
                card, [*item.case, option], history=item.history, commune=item.commune
            )
            found.chosen.append((time.perf_counter() - began) * 1000)
            others = set(card.ask.options) - {option}
            found.mixed += [(item.id, option, other) for other in _cases_of(told) & others]
    return found


def _cases_of(card: Card) -> set[str]:
    """The cases under which the quotes of a card stand."""
    return {title for source in card.sources for title in source.case}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", nargs="+", type=Path)
    arguments = parser.parse_args()
    assistant = Assistant.open()
    assistant.warm()
    found = measure(assistant, load_gold(arguments.gold).items)
    wrong = sum(bool(s.wrong) for s in found.scores)
    print(
        f"cas dit dans la question : {len(found.scores)} questions, faits clés dits "
        f"{found.share_said(right_only=False):.3f}, {found.share_said(right_only=True):.3f} des "
        f"{sum(found.right)} dont la fiche est juste ; réponses fausses "
        f"{wrong / max(1, len(found.scores)):.3f}"
    )
    p50, p95 = np.percentile(found.chosen or [0.0], [50, 95])
    print(f"cas choisi : {len(found.chosen)} cartes, p50 {p50:.0f} ms, p95 {p95:.0f} ms")
    for name, option, other in found.mixed:
        print(f"{name} : « {option} » choisi, « {other} » sur la carte")
    sys.exit(1 if found.mixed else 0)


if __name__ == "__main__":
    main()
