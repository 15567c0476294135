"""One turn: what its steps share and fill in, and how they run."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from langchain_core.runnables import Runnable, RunnableLambda

from assistant.caller import Caller
from assistant.card import Ask, Check, Route, Source
from assistant.cases import InForce
from assistant.compose import Draft
from assistant.personal import mask
from assistant.question import Understood
from vectorstore.search import Hit


@dataclass
class Turn:
    """One question on its way to a card."""

    question: str
    history: Sequence[str] = ()
    cases: Sequence[str] = ()
    commune: str | None = None
    understood: Understood = field(default_factory=Understood)
    route: Route = field(default_factory=Route)
    also: Route | None = None
    others: list[str] = field(default_factory=list)
    """The further questions of a mixed one."""
    ask: Ask | None = None
    hits: list[Hit] = field(default_factory=list)
    caller: Caller = field(default_factory=Caller)
    hit: Hit | None = None
    """The fiche that answers, once it is chosen."""
    chance: float = 1.0
    """That it is the right one, as far as its figures are concerned."""
    held: InForce = field(default_factory=lambda: InForce(()))
    draft: Draft = field(default_factory=Draft)
    beyond: str | None = None
    """What is said in place of an answer that the corpus cannot hold."""
    curated: bool = False
    """The draft is an answer that the QA team approved."""
    sources: list[Source] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    masked: list[str] = field(default_factory=list)
    """Kinds of personal data that the agent typed, and that no step sees."""
    ended: bool = False
    settled: bool = False
    """The agent chose its page, or a model has read its question: it is not read once more."""
    timings_ms: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        question: str,
        history: Sequence[str] = (),
        cases: Sequence[str] = (),
        commune: str | None = None,
        offered: Collection[str] = (),
    ) -> Turn:
        """A turn whose texts are masked before any step, trace or model can see them.

        Args:
            question: what the agent typed.
            history: earlier questions of the same call.
            cases: what the agent has told of the case.
            commune: the caller's.
            offered: cases that a card names; the words of a fiche ("Forme AB 123 CD") are nobody's own.
        """
        kinds: list[str] = []

        def private(text: str) -> str:
            text, found = mask(_storable(text))
            kinds.extend(found)
            return text

        own, said = (
            private(question),
            [text if text in offered else private(text) for text in cases],
        )
        place = private(commune) if commune else commune
        earlier = [mask(_storable(text))[0] for text in history]
        return cls(own, earlier, said, place, masked=kinds)

    def told(self, cases: Sequence[str], commune: str | None, offered: Collection[str]) -> Turn:
        """The same question, understood and searched, for another case; see ``of``."""
        again = Turn.of(self.question, self.history, cases, commune, offered)
        again.understood, again.route, again.also = self.understood, self.route, self.also
        again.others, again.hits, again.settled = self.others, self.hits, self.settled
        again.masked = [*self.masked, *again.masked]
        return again


def _storable(text: str) -> str:
    """The text without the lone surrogates of a broken keyboard, which no UTF-8 can hold."""
    return text.encode("utf-8", "replace").decode()


def chained(
    steps: Sequence[tuple[str, Callable[[Turn], None]]],
) -> Runnable[Turn, Turn]:
    """The steps as one LangChain runnable; each is timed, and skipped once the turn has ended."""

    def timed(name: str, step: Callable[[Turn], None]) -> Callable[[Turn], Turn]:
        def run(turn: Turn) -> Turn:
            if not turn.ended:
                started = time.perf_counter()
                step(turn)
                turn.timings_ms[name] = round((time.perf_counter() - started) * 1000, 2)
            return turn

        return run

    chain: Runnable[Turn, Turn] = RunnableLambda(timed(*steps[0]), name=steps[0][0])
    for name, step in steps[1:]:
        chain = chain | RunnableLambda(timed(name, step), name=name)
    return chain
