"""A worst-case model over a gold set: ``python -m evals.liar GOLD… [--every N] [--alone]``.

The model begins with a sentence that was verified already and then lies in every sentence, in each way
of ``evals/lies.py``, citing every passage that it was given. All that is released to the agent, while
it is written and at the end, is read with the evaluation's own extractor of numbers. Exits with 1 when
a lie got through, or when a number is said that no cited fiche holds.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from assistant.answers import AnswerCache
from assistant.attempt import Delta, Message, Reply
from assistant.card import Card
from assistant.chain import Assistant
from assistant.endpoint import Endpoint
from assistant.generate import Answer
from assistant.improve import Improver
from assistant.settings import AnswerModel
from assistant.speech import sentences
from evals.answers import is_answered, unsupported
from evals.gold import GoldItem, load_gold
from evals.lies import Lie, lies_of
from evals.matching import canonical

_PASSAGE = re.compile(r"^\[\d+\][^\n]*\n(.*?)(?=^\[\d+\]|^</passages>)", re.M | re.S)
_LINK = re.compile(
    r"https?:|www\.|@|\barobase\b|\bpoint (?:fr|com|org|net)\b|\.(?:fr|com|example)\b"
)


class LyingModel(Endpoint):
    """Replies with the sentences that it is handed, in the form that is asked for."""

    def __init__(self) -> None:
        super().__init__("answer", AnswerModel(model="menteur", _env_file=None))  # type: ignore[call-arg]
        self.first = ""
        """A sentence to begin with; none when it is empty."""
        self.only: int | None = None
        """The place of the one lie to tell; None tells all."""
        self.told: list[Lie] = []
        """The lies of the last reply."""

    def stream(
        self,
        messages: Sequence[Message],
        *,
        schema: dict[str, Any] | None = None,
        deadline_s: float | None = None,
        call: str = "",
    ) -> Iterator[Delta]:
        passages = [match[1].strip() for match in _PASSAGE.finditer(messages[-1][1])]
        lies = list(lies_of(passages, seed=len(messages[-1][1])))
        self.told = lies if self.only is None else lies[self.only : self.only + 1]
        texts = [*([self.first] if self.first else []), *(lie.text for lie in self.told)]
        every = list(range(1, len(passages) + 1))
        data = {"complete": True, "say": [{"text": t, "sources": every} for t in texts], "ask": ""}
        text = json.dumps(data, ensure_ascii=False)
        yield Delta(text)
        yield Delta(reply=Reply(text, data, 0, 0, 0.0, 0.0, "stop", "schema"))


@dataclass
class Found:
    """What a model that lies has brought about."""

    cards: int = 0
    """Cards that the model was asked to improve."""
    written: int = 0
    """Of those, cards that it wrote: its true sentence was let through."""
    lies: Counter[str] = field(default_factory=Counter)
    """Kind -> lies told behind a true sentence that stood, or alone."""
    through: list[tuple[str, str, str]] = field(default_factory=list)
    """Item, kind, sentence of each lie that was released."""
    unsupported: list[tuple[str, str]] = field(default_factory=list)
    """Item and number: said, and held by no cited fiche."""


class _Forgetful(AnswerCache):
    """Remembers no answer, so that every reply is the model's own."""

    def get(self, key: str) -> Answer | None:
        return None

    def put(self, key: str, answer: Answer) -> None:
        return None


def lie_over(assistant: Assistant, items: Sequence[GoldItem], *, alone: bool) -> Found:
    """Let a model lie over the items.

    Args:
        assistant: its composer is replaced.
        items: what is asked.
        alone: tell each lie once more in a reply of its own.
    """
    model = LyingModel()
    improver = Improver(model, assistant.snapshot, assistant.settings)
    improver._cache = _Forgetful(Path(), "", "")
    assistant.improver = improver
    found = Found()
    for item in items:
        card = assistant.ask(
            item.question, history=item.history, cases=item.case, commune=item.commune
        )
        if not is_answered(card):
            continue
        found.cards += 1
        model.first, model.only = sentences(card.say)[0], None
        wrote = _improve(assistant, item, card, model, found)
        found.written += wrote
        if alone or not wrote:
            model.first = ""
            for place in range(len(model.told)):
                model.only = place
                _improve(assistant, item, card, model, found)
    return found


def _improve(
    assistant: Assistant, item: GoldItem, card: Card, model: LyingModel, found: Found
) -> bool:
    """One answer of the model, judged; True when the model's own card was shown."""
    true = canonical(card.say)
    for step in assistant.improve(card, history=item.history, commune=item.commune):
        shown = step.card or card.model_copy(update={"say": step.say})
        for words in unsupported(item, shown, assistant.snapshot):
            found.unsupported.append((item.id, words))
        released = [step.sentence]
        if step.card is not None and step.card.mode == "model":
            released += sentences(step.card.say)
            asked = step.card.ask is not None and step.card.ask != card.ask
            released += [step.card.ask.text] if step.card.ask and asked else []
        for text in released:
            if canonical(text) not in true:
                found.through.append((item.id, _kind(text, model.told), text))
        card = step.card or card
    wrote = card.mode == "model"
    if wrote or not model.first:
        found.lies.update(lie.kind for lie in model.told)
    return wrote


def _kind(text: str, lies: Sequence[Lie]) -> str:
    """The kind of the lie that a released text is likest to."""
    own = canonical(text)
    best = max(lies, key=lambda lie: SequenceMatcher(None, canonical(lie.text), own).ratio())
    return best.kind


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", nargs="+", type=Path)
    parser.add_argument("--every", type=int, default=1, help="only one item in N")
    parser.add_argument("--alone", action="store_true", help="each lie in a reply of its own too")
    arguments = parser.parse_args()
    items = load_gold(arguments.gold).items[:: arguments.every]
    found = lie_over(Assistant.open(), items, alone=arguments.alone)
    for name, kind, text in found.through:
        print(f"{name} : {kind} : {text}")
    for name, words in found.unsupported:
        print(f"{name} : sans source : {words}")
    print(
        f"{found.cards} réponses, dont {found.written} écrites par le modèle ; "
        f"{sum(found.lies.values())} mensonges de {len(found.lies)} sortes, "
        f"{len(found.through)} passés ; {len(found.unsupported)} faits dits sans source"
    )
    sys.exit(1 if found.through or found.unsupported else 0)


if __name__ == "__main__":
    main()
