"""The optional model judge: what a spoken answer says, against the reference answer.

Off by default. It speaks to any OpenAI-compatible endpoint, and its figures stand beside the exact
ones, never in their place. How far it agrees with people is measured by ``evals judge-check``.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from evals.answers import is_answered
from evals.gold import GoldItem
from evals.outputs import Output
from evals.provenance import ROOT
from evals.statistics import rate
from vectorstore.errors import UsageError

if TYPE_CHECKING:
    from openai import OpenAI

PROMPT = ROOT / "prompts" / "judge.md"
JUDGEMENTS = "judgements.jsonl"
ATTEMPTS = 2
"""A reply that is not the JSON asked for is asked for once more."""

_HEADER = re.compile(r"\A---\n(.*?)\n---\n(.*)\Z", re.S)


class JudgeSettings(BaseSettings):
    """Where the judge is. Environment variables start with ``SOUFFLEUR_JUDGE_``."""

    model_config = SettingsConfigDict(
        env_prefix="SOUFFLEUR_JUDGE_", env_file=".env", extra="ignore"
    )

    base_url: str | None = None
    """OpenAI-compatible endpoint; None is OpenAI's own."""
    model: str | None = None
    api_key: SecretStr | None = None
    timeout_s: float = 60.0


class Prompt(BaseModel):
    """A Markdown prompt with its front matter."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    version: int
    variables: list[str]
    body: str

    def filled(self, values: Mapping[str, str]) -> str:
        """The body with its ``{{variables}}`` replaced, in one pass."""
        return re.sub(r"\{\{(\w+)\}\}", lambda match: values[match[1]], self.body)


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


def load_prompt(path: Path = PROMPT) -> Prompt:
    """Read the prompt.

    Raises:
        UsageError: the front matter is missing or wrong, or a variable is not declared.
    """
    try:
        match = _HEADER.match(path.read_text("utf-8"))
        if match is None:
            raise ValueError("pas d'en-tête entre « --- »")
        prompt = Prompt(**yaml.safe_load(match[1]), body=match[2].strip())
        used = set(re.findall(r"\{\{(\w+)\}\}", prompt.body))
        if used != set(prompt.variables):
            raise ValueError(f"variables déclarées {prompt.variables}, employées {sorted(used)}")
    except (OSError, ValueError, TypeError, yaml.YAMLError) as error:
        raise UsageError(f"{path} : texte du juge inutilisable ({error})") from None
    return prompt


class Judge:
    """A model and a prompt.

    Args:
        client: an OpenAI client.
        model: the model's name at that endpoint.
        prompt: what it is told.
    """

    def __init__(self, client: OpenAI, model: str, prompt: Prompt) -> None:
        self._client = client
        self.model = model
        self.prompt = prompt

    @classmethod
    def open(cls, settings: JudgeSettings | None = None) -> Judge:
        """The judge that the settings name.

        Raises:
            UsageError: no model is configured.
        """
        settings = settings or JudgeSettings()
        if not settings.model:
            raise UsageError(
                "aucun juge configuré : définissez SOUFFLEUR_JUDGE_MODEL "
                "(et SOUFFLEUR_JUDGE_BASE_URL, SOUFFLEUR_JUDGE_API_KEY)"
            )
        from openai import OpenAI

        key = settings.api_key.get_secret_value() if settings.api_key else "-"
        client = OpenAI(base_url=settings.base_url, api_key=key, timeout=settings.timeout_s)
        return cls(client, settings.model, load_prompt())

    @property
    def name(self) -> str:
        """Model and prompt version: what an agreement with people holds for."""
        return f"{self.model}, {self.prompt.name} v{self.prompt.version}"

    def judge(self, question: str, reference: str, answer: str) -> Judgement:
        """Compare one answer with its reference.

        Raises:
            openai.OpenAIError: the endpoint failed.
            ValueError: its replies were not the JSON asked for.
        """
        text = self.prompt.filled({"question": question, "reference": reference, "answer": answer})
        reply = ""
        for _ in range(ATTEMPTS):
            completion = self._client.chat.completions.create(
                model=self.model,
                messages=[{"role": "user", "content": text}],
                temperature=0,
                response_format={
                    "type": "json_schema",
                    "json_schema": {"name": "jugement", "schema": Judgement.model_json_schema()},
                },
            )
            reply = completion.choices[0].message.content or ""
            try:
                return Judgement.model_validate_json(_object_in(reply))
            except ValidationError:
                continue
        raise ValueError(f"réponse du juge illisible : {reply[:80]!r}")

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
    from openai import OpenAIError

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
                except (OpenAIError, ValueError) as error:
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


def _object_in(reply: str) -> str:
    """The JSON object of a reply that may wrap it in words or a code fence."""
    start, end = reply.find("{"), reply.rfind("}")
    return reply[start : end + 1] if 0 <= start < end else "null"


def _read_scores(path: Path) -> list[JudgeScore]:
    found = []
    for line in path.read_text("utf-8").split("\n") if path.is_file() else []:
        try:
            found.append(JudgeScore.model_validate(json.loads(line)))
        except (json.JSONDecodeError, ValidationError):
            continue
    return found
