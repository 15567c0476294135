"""How far the model judge agrees with people, measured on answers that people have labelled."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from assistant.endpoint import EndpointError
from evals.judge import Judge
from evals.statistics import Rate, cohen_kappa, rate
from vectorstore.errors import UsageError

AGREEMENTS_FILE = "judge-agreement.json"
"""In the folder of runs: judge -> its last measured agreement."""


class Labelled(BaseModel):
    """An answer with the label that a person gave it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    question: str
    reference: str
    answer: str
    label: Literal["juste", "faux"]
    id: str | None = None


@dataclass(frozen=True)
class Agreement:
    """What the judge finds of what people found. Finding a false answer is the positive case."""

    items: int
    true_positive_rate: Rate
    """Of the answers that people call false, the share that the judge calls contradicted."""
    false_positive_rate: Rate
    """Of the answers that people call right, the share that the judge calls contradicted."""
    kappa: float | None
    failed: list[str]
    """Judgements that failed; each counts as a disagreement."""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def load_labelled(path: Path) -> list[Labelled]:
    """Read a labelled file.

    Raises:
        UsageError: missing, empty, or a line of another shape; the message names file and line.
    """
    try:
        lines = path.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} : lecture impossible ({error})") from None
    found = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            found.append(Labelled.model_validate_json(line))
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(str(part) for part in first["loc"]) or "ligne"
            raise UsageError(
                f"{path}:{number} : « {key} » : {first['msg']} "
                "(attendu : question, reference, answer, label juste ou faux)"
            ) from None
    if not found:
        raise UsageError(f"{path}:1 : fichier vide, aucune réponse annotée")
    return found


def measure(
    judge: Judge, labelled: Sequence[Labelled], report: Callable[[str, int, int], None]
) -> Agreement:
    """Have the judge label what people labelled; a judgement that fails is a disagreement."""
    people, model, failed = [], [], []
    for done, item in enumerate(labelled, start=1):
        is_false = item.label == "faux"
        try:
            found = judge.judge(item.question, item.reference, item.answer).contradiction
        except (EndpointError, ValueError) as error:
            found = not is_false
            failed.append(f"{item.id or done} : {error}".split("\n")[0])
        people.append(is_false)
        model.append(found)
        report("Accord du juge", done, len(labelled))
    on_false = [m for p, m in zip(people, model, strict=True) if p]
    on_right = [m for p, m in zip(people, model, strict=True) if not p]
    return Agreement(
        items=len(labelled),
        true_positive_rate=rate(on_false, range(len(on_false))),
        false_positive_rate=rate(on_right, range(len(on_right))),
        kappa=cohen_kappa(people, model),
        failed=failed,
    )


def remember(folder: Path, judge: Judge, agreement: Agreement) -> None:
    """Keep the agreement where reports find it."""
    path = folder / AGREEMENTS_FILE
    known = _read(path)
    known[judge.name] = agreement.as_dict()
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(known, ensure_ascii=False, indent=2) + "\n", "utf-8")


def note(folder: Path, judge: Judge) -> str:
    """The line that a report shows next to the judge's figures."""
    found = _read(folder / AGREEMENTS_FILE).get(judge.name)
    if found is None:
        return (
            f"Juge ({judge.name}) : accord avec des personnes non mesuré ; "
            "mesurez-le avec « souffleur evals judge-check »."
        )
    shares = [
        f"{100 * found[key]['value']:.0f} %" if found[key]["value"] is not None else "—"
        for key in ("true_positive_rate", "false_positive_rate")
    ]
    kappa = "—" if found["kappa"] is None else f"{found['kappa']:.2f}".replace(".", ",")
    return (
        f"Juge ({judge.name}) : trouve {shares[0]} des réponses fausses, en accuse à tort "
        f"{shares[1]}, kappa {kappa}, sur {found['items']} réponses annotées."
    )


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text("utf-8"))
    except json.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
