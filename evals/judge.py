"""The optional model judge: what a spoken answer says, against the reference answer.

Off by default. It speaks to any OpenAI-compatible endpoint, and its figures stand beside the exact
ones, never in their place. How far it agrees with people is measured by ``evals judge-check``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from assistant.endpoint import Endpoint, EndpointError
from assistant.prompts import Prompt, load_prompt
from assistant.settings import Settings
from evals.answers import is_answered
from evals.gold import GoldItem
from evals.outputs import Output
from evals.statistics import rate
from vectorstore.errors import UsageError

JUDGEMENTS = "judgements.jsonl"
ATTEMPTS = 2
"""A reply that is not the JSON asked for is asked for once more."""


class ReferenceFact(BaseModel):
    """A fact of the reference answer."""

    fact: str
    said: bool


class AnswerFact(BaseModel):
    """A fact of the answer that is judged."""

    fact: str
    status: Literal["confirmed", "contradicted", "absent"]


class Judgement(BaseModel):
    """What the model replies."""

    reference_facts: list[ReferenceFact]
    answer_facts: list[AnswerFact]
    contradiction: bool
    reason: str = ""


class JudgeScore(BaseModel):
    """One item's judgement, kept in ``judgements.jsonl``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    key: str
    """Hash of model, prompt and texts: the same key is not judged again."""
    judgement: Judgement | None = None
    error: str | None = None


class Judge:
    """A model and a prompt.

    Args:
        endpoint: the judge's.
        prompt: what it is told.
    """

    def __init__(self, endpoint: Endpoint, prompt: Prompt) -> None:
        self._endpoint = endpoint
        self.model = endpoint.model
        self.prompt = prompt

    @classmethod
    def open(cls, settings: Settings | None = None) -> Judge:
        """The judge that the settings name.

        Raises:
            UsageError: no model is configured.
        """
        endpoint = Endpoint.open(settings or Settings(), "judge")
        if endpoint is None:
            raise UsageError(
                "aucun juge configuré : définissez SOUFFLEUR_JUDGE_MODEL "
                "(et SOUFFLEUR_JUDGE_BASE_URL, SOUFFLEUR_JUDGE_API_KEY)"
            )
        return cls(endpoint, load_prompt("judge"))

    @property
    def name(self) -> str:
        """Model and prompt version: what an agreement with people holds for."""
        return f"{self.model}, {self.prompt.name} v{self.prompt.version}"

    def judge(self, question: str, reference: str, answer: str) -> Judgement:
        """Compare one answer with its reference.

        Raises:
            EndpointError: the endpoint failed.
            ValueError: its replies were not the JSON asked for.
        """
        messages = self.prompt.messages(
            {"question": question, "reference": reference, "answer": answer}
        )
        for _ in range(ATTEMPTS):
            try:
                reply = self._endpoint.complete(messages, schema=Judgement.model_json_schema())
                return Judgement.model_validate(reply.data)
            except ValidationError:
                continue
            except EndpointError as error:
                if error.kind != "invalid":
                    raise
        raise ValueError(f"réponse du juge illisible ({ATTEMPTS} essais)")

    def key(self, question: str, reference: str, answer: str) -> str:
        texts = (self.model, self.prompt.body, question, reference, answer)
        return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


def judge_outputs(
    judge: Judge,
    pairs: Sequence[tuple[GoldItem, Output]],
    folder: Path,
    report: Callable[[str, int, int], None],
) -> list[JudgeScore]:
    """Judge the answers given to items that have a reference; known judgements are reused.

    An item that was not answered has nothing to judge here: abstention is counted by ``answers``.
    """
    path = folder / JUDGEMENTS
    known = {(score.id, score.key): score for score in _read_scores(path) if score.judgement}
    due = [
        (item, out.card.say, item.answer)
        for item, out in pairs
        if out.card and item.answer and item.answerable and not item.ask and is_answered(out.card)
    ]
    scores: list[JudgeScore] = []
    with path.open("w", encoding="utf-8") as file:
        for done, (item, said, reference) in enumerate(due, start=1):
            key = judge.key(item.question, reference, said)
            score = known.get((item.id, key))
            if score is None:
                try:
                    judgement = judge.judge(item.question, reference, said)
                    score = JudgeScore(id=item.id, key=key, judgement=judgement)
                except (EndpointError, ValueError) as error:
                    text = f"{type(error).__name__}: {error}".split("\n")[0]
                    score = JudgeScore(id=item.id, key=key, error=text)
            scores.append(score)
            file.write(score.model_dump_json(exclude_none=True) + "\n")
            file.flush()
            report(f"Réponses jugées par {judge.model}", done, len(due))
    return scores


def metrics(scores: Sequence[JudgeScore], clusters: Mapping[str, str]) -> dict[str, Any]:
    """The ``judge`` object: factual precision and recall, contradictions, and failed judgements."""
    confirmed: list[bool] = []
    said: list[bool] = []
    of_confirmed: list[str] = []
    of_said: list[str] = []
    judged = [(clusters[s.id], s.judgement) for s in scores if s.judgement]
    for cluster, judgement in judged:
        confirmed += [fact.status == "confirmed" for fact in judgement.answer_facts]
        of_confirmed += [cluster] * len(judgement.answer_facts)
        said += [fact.said for fact in judgement.reference_facts]
        of_said += [cluster] * len(judgement.reference_facts)
    contradictions = [judgement.contradiction for _, judgement in judged]
    return {
        "precision": rate(confirmed, of_confirmed).as_dict(),
        "recall": rate(said, of_said).as_dict(),
        "contradiction": rate(contradictions, [cluster for cluster, _ in judged]).as_dict(),
        "failed": sum(score.judgement is None for score in scores),
    }


def _read_scores(path: Path) -> list[JudgeScore]:
    found = []
    for line in path.read_text("utf-8").split("\n") if path.is_file() else []:
        try:
            found.append(JudgeScore.model_validate(json.loads(line)))
        except (json.JSONDecodeError, ValidationError):
            continue
    return found
