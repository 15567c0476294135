"""How well are communes understood as people name them? ``python -m evals.communes FILE``.

Each line of FILE is ``{"text": …, "insee": …}`` for a text that names one commune, or
``{"text": …, "ask": [insee, …]}`` for one that names several and must be asked back, those
among the candidates. An optional ``tag`` groups the lines in the table.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from evals.statistics import percentile
from vectorstore.communes import CommuneIndex, Resolution
from vectorstore.errors import SouffleurError, UsageError

Outcome = Literal["resolved", "asked back", "asked back without it", "not found", "silently wrong"]
RIGHT: tuple[Outcome, ...] = ("resolved", "asked back")


class Naming(BaseModel):
    """One way of naming a commune, and what it names."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str
    insee: str | None = None
    ask: tuple[str, ...] = ()
    tag: str = ""

    @model_validator(mode="after")
    def _names_something(self) -> Naming:
        if (self.insee is None) == (not self.ask):
            raise ValueError("« insee » ou « ask », et non les deux")
        return self


@dataclass(frozen=True)
class Measured:
    """One naming as the index took it."""

    naming: Naming
    outcome: Outcome
    resolution: Resolution
    elapsed_ms: float


def load_namings(path: Path) -> list[Naming]:
    """The lines of a file.

    Raises:
        UsageError: a line is none; the error names it.
    """
    if not path.is_file():
        raise UsageError(f"{path} : fichier absent")
    namings = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        try:
            namings.append(Naming.model_validate_json(line))
        except ValidationError as error:
            raise UsageError(f"{path}, ligne {number} : {error.errors()[0]['msg']}") from error
    return namings


def outcome_of(naming: Naming, resolution: Resolution) -> Outcome:
    """What became of one naming.

    A commune taken for another is silently wrong; so is a homonym of which one commune was taken
    without telling the others.
    """
    commune = resolution.commune
    if commune is not None:
        if naming.insee == commune.insee:
            return "resolved"
        told = {commune.insee, *(other.insee for other in resolution.others)}
        return "resolved" if naming.ask and set(naming.ask) <= told else "silently wrong"
    if not resolution.candidates:
        return "not found"
    wanted = {naming.insee} if naming.insee else set(naming.ask)
    within = wanted <= {candidate.insee for candidate in resolution.candidates}
    return "asked back" if within else "asked back without it"


def measure(index: CommuneIndex, namings: list[Naming]) -> list[Measured]:
    """Every naming, with the time that it took."""
    results = []
    for naming in namings:
        started = time.perf_counter()
        resolution = index.resolve(naming.text)
        elapsed_ms = (time.perf_counter() - started) * 1000
        results.append(Measured(naming, outcome_of(naming, resolution), resolution, elapsed_ms))
    return results


def summary(results: list[Measured]) -> dict[str, Any]:
    """Shares and counts of outcomes, and the lookup's latency."""
    outcomes = Counter(result.outcome for result in results)
    single = [result for result in results if result.naming.insee]
    milliseconds = [result.elapsed_ms for result in results]
    return {
        "namings": len(results),
        "right": round(sum(outcomes[name] for name in RIGHT) / len(results), 4),
        "outcomes": dict(outcomes),
        "single_resolved_at_once": round(
            sum(result.outcome == "resolved" for result in single) / max(len(single), 1), 4
        ),
        "lookup_ms": {"p50": percentile(milliseconds, 0.5), "p95": percentile(milliseconds, 0.95)},
    }


def main(
    file: Annotated[Path, typer.Argument(help="Fichier .jsonl de façons de nommer.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="Un objet JSON sur la sortie standard.")
    ] = False,
) -> None:
    """Mesurer la résolution des communes sur l'annuaire en service."""
    from assistant.settings import load_settings
    from vectorstore.directory import open_directory

    directory = open_directory(load_settings().home)
    if directory is None:
        raise SouffleurError("annuaire absent ; lancer « souffleur directory sync »")
    results = measure(directory.communes, load_namings(file))
    found = summary(results)
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for result in results:
        if result.outcome not in RIGHT or (result.naming.insee and result.outcome != "resolved"):
            got = result.resolution.commune
            shown = [got] if got else result.resolution.candidates[:6]
            labels = ", ".join(commune.label() for commune in shown) or "rien"
            print(f"{result.outcome:22} {result.naming.text!r} → {labels}")
    print(f"{found['namings']} façons de nommer, justes ou redemandées : {found['right']:.4f}")
    print(", ".join(f"{name} : {count}" for name, count in found["outcomes"].items()))
    print(f"nommant une seule commune, comprises d'emblée : {found['single_resolved_at_once']:.4f}")
    print(f"recherche : p50 {found['lookup_ms']['p50']} ms, p95 {found['lookup_ms']['p95']} ms")


if __name__ == "__main__":
    try:
        typer.run(main)
    except SouffleurError as error:
        print(f"evals.communes : {error}", file=sys.stderr)
        raise SystemExit(error.exit_code) from error
