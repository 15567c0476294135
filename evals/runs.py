"""A run: ask, score, write a folder that can be read, compared, resumed and repeated."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from evals import latency, usage
from evals.gold import GoldSet, clusters
from evals.judge import Judge, judge_outputs
from evals.judge import metrics as judge_metrics
from evals.outputs import Output, produce
from evals.scoring import ItemResult, Task, calls_for, metrics_by_tag, metrics_of, score_item
from evals.systems import FicheTexts, System
from vectorstore.errors import UsageError

Report = Callable[[str, int, int], None]
"""``report(phase, done, total)``; see ``assistant.progress``."""

CONFIG, MANIFEST = "config.json", "manifest.json"
OUTPUTS, ITEMS = "outputs.jsonl", "items.jsonl"
METRICS, TAGS, LATENCY, USAGE = "metrics.json", "tags.json", "latency.json", "usage.json"
MUST_MATCH = ("system", "options", "tag", "gold", "code", "prompts")
"""What must be unchanged for a run to be resumed: the rest would mix two versions."""


@dataclass(frozen=True)
class Run:
    """A run as it stands in its folder."""

    folder: Path
    config: dict[str, Any]
    manifest: dict[str, Any]
    results: list[ItemResult]
    metrics: dict[str, Any]
    """``snapshot``, ``items`` and one object per task; equal for equal code and data."""
    by_tag: dict[str, dict[str, Any]]
    latency_ms: dict[str, Any] = field(default_factory=dict)
    usage: dict[str, Any] = field(default_factory=dict)
    """Totals, and under ``by_item`` what each item cost; empty when no model was asked."""

    @property
    def name(self) -> str:
        return self.folder.name

    def printed(self) -> dict[str, Any]:
        """What ``evals run --json`` prints."""
        shown = {"run": self.name, **self.metrics}
        if self.latency_ms:
            shown["latency_ms"] = self.latency_ms
        if self.usage:
            shown["usage"] = {key: value for key, value in self.usage.items() if key != "by_item"}
        return shown


@dataclass(frozen=True)
class Plan:
    """What to evaluate, and where to write it."""

    gold: GoldSet
    system: System
    texts: FicheTexts
    tasks: tuple[Task, ...]
    config: dict[str, Any]
    manifest: dict[str, Any]
    folder: Path
    judge: Judge | None = None
    """The model judge, where it was asked for."""
    explain: Callable[[Sequence[ItemResult]], dict[str, Any]] | None = None
    """More about retrieval, from a system that can tell what it weighed."""


def run_name(gold: GoldSet) -> str:
    """A folder name that sorts by time: ``2026-01-31-142500-450``."""
    return f"{datetime.now():%Y-%m-%d-%H%M%S}-{len(gold.items)}"


def prepare(plan: Plan, resume: bool) -> None:
    """Make the folder of a new run, or check that an interrupted one can go on.

    Raises:
        UsageError: the folder is taken, or what is resumed was begun with something else.
    """
    if resume:
        before = _read_json(plan.folder / CONFIG)
        changed = [key for key in MUST_MATCH if before.get(key) != _plain(plan.config.get(key))]
        if _read_json(plan.folder / MANIFEST).get("id") != plan.manifest.get("id"):
            changed.append("snapshot")
        if changed:
            raise UsageError(
                f"{plan.folder} : reprise impossible, a changé depuis : {', '.join(changed)} ; "
                "relancez sans --resume"
            )
    elif plan.folder.exists() and any(plan.folder.iterdir()):
        raise UsageError(
            f"{plan.folder} existe déjà ; choisissez un autre dossier avec --out, "
            "ou reprenez-le avec --resume"
        )
    plan.folder.mkdir(parents=True, exist_ok=True)
    _write_json(plan.folder / CONFIG, plan.config)
    _write_json(plan.folder / MANIFEST, plan.manifest)


def execute(plan: Plan, report: Report) -> Run:
    """Ask what has not been asked yet, then score everything and write the figures."""
    outputs = collect(plan, report)
    together = clusters(plan.gold.items)
    results = [
        score_item(item, outputs[item.id], plan.tasks, together[item.id], plan.texts)
        for item in plan.gold.items
    ]
    metrics = metrics_of(results, plan.tasks)
    if plan.explain is not None and "retrieval" in metrics:
        metrics["retrieval"] |= plan.explain(results)
    if plan.judge is not None:
        pairs = [(item, outputs[item.id]) for item in plan.gold.items]
        metrics["judge"] = judge_metrics(
            judge_outputs(plan.judge, pairs, plan.folder, report), together
        )
    run = Run(
        folder=plan.folder,
        config=plan.config,
        manifest=plan.manifest,
        results=results,
        metrics={
            "snapshot": plan.manifest.get("id", ""),
            "items": len(results),
            **metrics,
        },
        by_tag=metrics_by_tag(results, plan.tasks),
        latency_ms=latency.metrics(outputs.values()) if "latency" in plan.tasks else {},
        usage=_usage(plan.gold, outputs),
    )
    write_figures(run)
    return run


def _usage(gold: GoldSet, outputs: dict[str, Output]) -> dict[str, Any]:
    """The ``usage`` of a run, items in the order of the gold set."""
    found = {item.id: outputs[item.id].usage for item in gold.items}
    asked = {key: value for key, value in found.items() if value is not None}
    by_item = {key: value.model_dump(mode="json") for key, value in asked.items()}
    return {**usage.metrics(asked.values()), "by_item": by_item} if asked else {}


def collect(plan: Plan, report: Report) -> dict[str, Output]:
    """Item id -> output, taken from ``outputs.jsonl`` where it is there, and asked for where not.

    Each output is written as soon as it is there; an output with a failed call is asked for again.
    """
    path = plan.folder / OUTPUTS
    wanted = {item.id: calls_for(item, plan.tasks) for item in plan.gold.items}
    kept = {
        output.id: output
        for output in _whole_lines(path)
        if output.id in wanted and not output.lacks(wanted[output.id])
    }
    todo = [item for item in plan.gold.items if item.id not in kept]
    if any(wanted[item.id] for item in todo):
        plan.system.warm()
    with _rewritten(path, list(kept.values())) as append:
        for done, item in enumerate(todo, start=1):
            kept[item.id] = produce(plan.system, item, wanted[item.id])
            append(kept[item.id])
            report(f"Questions posées à {plan.system.name}", done, len(todo))
    return kept


def write_figures(run: Run) -> None:
    """Write the scores and metrics of a run into its folder."""
    lines = [result.model_dump_json(exclude_none=True) for result in run.results]
    (run.folder / ITEMS).write_text("\n".join(lines) + "\n", "utf-8")
    _write_json(run.folder / METRICS, run.metrics)
    _write_json(run.folder / TAGS, run.by_tag)
    if run.latency_ms:
        _write_json(run.folder / LATENCY, run.latency_ms)
    if run.usage:
        _write_json(run.folder / USAGE, run.usage)


def read_run(folder: Path) -> Run:
    """Open a finished run; config, manifest and latency may be missing (a committed baseline).

    Raises:
        UsageError: the folder is not a finished run.
    """
    metrics, items = folder / METRICS, folder / ITEMS
    if not metrics.is_file() or not items.is_file():
        raise UsageError(
            f"{folder} : pas une évaluation terminée ({METRICS} et {ITEMS} attendus) ; "
            "lancez « souffleur evals run » ou reprenez-la avec --resume"
        )
    results = []
    for number, line in enumerate(items.read_text("utf-8").rstrip("\n").split("\n"), start=1):
        try:
            results.append(ItemResult.model_validate_json(line))
        except ValidationError as error:
            what = error.errors()[0]["msg"]
            raise UsageError(f"{items}:{number} : ligne illisible ({what})") from None

    def optional(name: str) -> dict[str, Any]:
        return _read_json(folder / name) if (folder / name).is_file() else {}

    return Run(
        folder=folder,
        config=optional(CONFIG),
        manifest=optional(MANIFEST),
        results=results,
        metrics=_read_json(metrics),
        by_tag=optional(TAGS),
        latency_ms=optional(LATENCY),
        usage=optional(USAGE),
    )


def read_outputs(folder: Path) -> dict[str, Output]:
    """Item id -> what the system gave, with the whole card; empty where outputs were not kept."""
    return {output.id: output for output in _whole_lines(folder / OUTPUTS)}


def finished_runs(runs_dir: Path) -> list[Path]:
    """Folders of the runs that ended, the newest first."""
    folders = [path.parent for path in runs_dir.glob(f"*/{METRICS}")]
    return sorted(folders, key=lambda folder: (folder / METRICS).stat().st_mtime, reverse=True)


def worst(results: Sequence[ItemResult], limit: int = 25) -> list[ItemResult]:
    """The items that did worst: failures, falsehoods, missed emergencies, then the rest."""

    def badness(item: ItemResult) -> int:
        found = 100 if item.error else 0
        if item.answers:
            found += {"wrong": 60, "made_up": 40, "omission": 12, "not_answered": 15}.get(
                item.answers.outcome, 0 if item.answers.passed else 10
            )
            found += 20 * bool(item.answers.unsupported)
        if item.routing and not item.routing.passed:
            found += 50 if "urgence" in (item.routing.expected, item.routing.given) else 20
        if item.retrieval:
            found += 10 if item.retrieval.rank is None else min(item.retrieval.rank - 1, 5)
        return found + 3 * (item.speech is not None and not item.speech.passed)

    ranked = sorted(results, key=badness, reverse=True)
    return [item for item in ranked[:limit] if badness(item) > 0]


@contextmanager
def _rewritten(path: Path, kept: Sequence[Output]) -> Iterator[Callable[[Output], None]]:
    """Replace a JSON Lines file by whole lines only, then append to it, line by line."""
    with path.open("w", encoding="utf-8") as file:

        def append(output: Output) -> None:
            file.write(output.model_dump_json() + "\n")
            file.flush()

        for output in kept:
            append(output)
        yield append


def _whole_lines(path: Path) -> list[Output]:
    """The lines that were written to the end; an interrupted last line is left out."""
    found = []
    for line in path.read_text("utf-8").split("\n") if path.is_file() else []:
        try:
            found.append(Output.model_validate_json(line))
        except ValidationError:
            continue
    return found


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value, default=str))


def _read_json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except OSError:
        raise UsageError(f"{path} : introuvable, ce dossier n'est pas une évaluation") from None
    except json.JSONDecodeError as error:
        raise UsageError(f"{path} : JSON invalide (ligne {error.lineno})") from None
    if not isinstance(found, dict):
        raise UsageError(f"{path} : un objet JSON est attendu")
    return found


def _write_json(path: Path, content: Any) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=2, default=str)
    path.write_text(text + "\n", "utf-8")
