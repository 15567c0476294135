"""From outputs to results, and from results to the metrics of a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict

from assistant.card import RouteLabel
from evals import answers, latency, retrieval, routing, speech
from evals.answers import AnswerScore
from evals.gold import GoldItem
from evals.outputs import Call, Output
from evals.retrieval import RetrievalScore
from evals.routing import RoutingScore
from evals.speech import SpeechScore
from evals.systems import FicheTexts

Task = Literal["retrieval", "routing", "answers", "speech", "latency"]
TASKS: tuple[Task, ...] = get_args(Task)
_MODULES = {
    "retrieval": retrieval,
    "routing": routing,
    "answers": answers,
    "speech": speech,
    "latency": latency,
}

Score = RetrievalScore | RoutingScore | AnswerScore | SpeechScore


class ItemResult(BaseModel):
    """One item's scores; no duration and no date in it, so that equal runs write equal lines."""

    model_config = ConfigDict(extra="forbid")

    id: str
    question: str
    route: RouteLabel | None = None
    tags: list[str]
    cluster: str
    retrieval: RetrievalScore | None = None
    routing: RoutingScore | None = None
    answers: AnswerScore | None = None
    speech: SpeechScore | None = None

    def scores(self) -> dict[str, Score]:
        """Task -> score, for the tasks that judged this item."""
        judged: dict[str, Score | None] = {
            "retrieval": self.retrieval,
            "routing": self.routing,
            "answers": self.answers,
            "speech": self.speech,
        }
        return {task: score for task, score in judged.items() if score is not None}

    @property
    def error(self) -> str | None:
        """The first failure of the system on this item."""
        return next((score.error for score in self.scores().values() if score.error), None)


def calls_for(item: GoldItem, tasks: Iterable[Task]) -> set[Call]:
    """Which calls of a system the tasks need for this item."""
    calls: set[Call] = set()
    for task in tasks:
        module = _MODULES[task]
        if module.applies(item):
            calls |= module.CALLS
    return calls


def score_item(
    item: GoldItem, output: Output, tasks: Iterable[Task], cluster: str, texts: FicheTexts
) -> ItemResult:
    """Judge one output by every task that applies to its item."""
    chosen = set(tasks)
    return ItemResult(
        id=item.id,
        question=item.question,
        route=item.route,
        tags=item.tags,
        cluster=cluster,
        retrieval=(
            retrieval.score(item, output)
            if "retrieval" in chosen and retrieval.applies(item)
            else None
        ),
        routing=(
            routing.score(item, output) if "routing" in chosen and routing.applies(item) else None
        ),
        answers=(
            answers.score(item, output, texts)
            if "answers" in chosen and answers.applies(item)
            else None
        ),
        speech=speech.score(item, output) if "speech" in chosen and speech.applies(item) else None,
    )


def metrics_of(results: Sequence[ItemResult], tasks: Iterable[Task]) -> dict[str, Any]:
    """The metrics of a set of results, task by task; latency is not among them.

    Args:
        results: the items, a whole run or the part of it that carries a tag.
        tasks: what to compute; a task that judged none of the items gives rates over nothing.
    """
    chosen = set(tasks)
    clusters = {result.id: result.cluster for result in results}
    found: dict[str, Any] = {}
    if "retrieval" in chosen:
        found["retrieval"] = retrieval.metrics(
            {r.id: r.retrieval for r in results if r.retrieval}, clusters
        )
    if "routing" in chosen:
        found["routing"] = routing.metrics(
            {r.id: r.routing for r in results if r.routing}, clusters
        )
    if "answers" in chosen:
        found["answers"] = answers.metrics(
            {r.id: r.answers for r in results if r.answers}, clusters
        )
    if "speech" in chosen:
        found["speech"] = speech.metrics({r.id: r.speech for r in results if r.speech}, clusters)
    return found


def metrics_by_tag(
    results: Sequence[ItemResult], tasks: Iterable[Task]
) -> dict[str, dict[str, Any]]:
    """Tag -> its number of items and metrics. Tags are sorted."""
    tags = sorted({tag for result in results for tag in result.tags})
    chosen = list(tasks)
    found: dict[str, dict[str, Any]] = {}
    for tag in tags:
        part = [result for result in results if tag in result.tags]
        found[tag] = {"items": len(part), **metrics_of(part, chosen)}
    return found


def figure(metrics: Mapping[str, Any], path: str) -> Any:
    """The figure at a dotted path such as ``routing.labels.fiscal.recall``; None when absent."""
    found: Any = metrics
    for key in path.split("."):
        if not isinstance(found, Mapping) or key not in found:
            return None
        found = found[key]
    return found
