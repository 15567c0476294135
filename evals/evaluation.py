"""One evaluation from end to end: what ``evals run`` does, callable from a page as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.settings import Settings
from evals import agreement, systems
from evals.ablation import Judged, ablation
from evals.baselines.chunks import CHUNK_SIZE
from evals.causes import causes
from evals.gold import GoldSet, load_gold
from evals.goldstore import installed_gold
from evals.judge import Judge
from evals.provenance import config_of
from evals.report import write_report
from evals.runs import CONFIG, Plan, Report, Run, execute, prepare, run_name
from evals.scoring import TASKS, ItemResult, Task
from vectorstore.errors import UsageError

if TYPE_CHECKING:
    from vectorstore.search import Search


@dataclass(frozen=True)
class Request:
    """What is asked for on the command line or a page."""

    gold: tuple[Path, ...]
    """Files and folders; none stands for the gold set of the installation."""
    tasks: tuple[Task, ...] = TASKS
    tag: str | None = None
    out: Path | None = None
    """Folder of the new run; None makes one among the runs of the installation."""
    resume: Path | None = None
    """Folder of an interrupted run to go on with."""
    with_baselines: bool = False
    chunk_size: int = CHUNK_SIZE
    judged: bool = False
    composer: systems.Composer | None = None
    """None takes the model where one is configured."""


@dataclass(frozen=True)
class Evaluation:
    """The assistant's run, and the baselines' where they were asked for."""

    run: Run
    baselines: tuple[Run, ...] = ()

    def printed(self) -> dict[str, Any]:
        """What ``evals run --json`` prints; ``baselines`` is there only when they were run."""
        shown = self.run.printed()
        if self.baselines:
            shown["baselines"] = {str(b.config["system"]): b.printed() for b in self.baselines}
        return shown


def parse_tasks(text: str) -> tuple[Task, ...]:
    """``"retrieval,routing"`` -> tasks, in the order of the suite.

    Raises:
        UsageError: a name is not a task.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in TASKS]
    if unknown or not names:
        raise UsageError(f"--task {text} : tâches connues : {', '.join(TASKS)}")
    return tuple(task for task in TASKS if task in names)


def evaluate(request: Request, settings: Settings, report: Report) -> Evaluation:
    """Check everything that can be wrong, then ask, score and write.

    Raises:
        UsageError: a gold file, an option or a setting is wrong; nothing was run.
        SnapshotError: there is nothing to search.
    """
    if request.out and request.resume:
        raise UsageError("--out et --resume s'excluent : une reprise écrit dans son propre dossier")
    gold = load_gold(request.gold) if request.gold else installed_gold(settings.home)
    gold = gold.with_tag(request.tag)
    judge = Judge.open() if request.judged else None
    if judge is not None and "answers" not in request.tasks:
        raise UsageError("--judge juge les réponses : ajoutez answers à --task")
    assistant = systems.open_assistant(settings)
    folder = request.resume or request.out or settings.runs_dir / run_name(gold)
    ours, options = systems.system_of(assistant, request.composer)
    plan = _plan(request, settings, gold, ours, options, assistant, folder)
    prepare(plan, resume=request.resume is not None)
    explain = partial(explained, gold, ours, assistant.search)
    run = execute(replace(plan, judge=judge, explain=explain), report)
    baselines: list[Run] = []
    if request.with_baselines:
        from evals.baselines.build import build_baselines

        for system in build_baselines(assistant.snapshot, settings, request.chunk_size, report):
            own = {"chunk_size": request.chunk_size}
            part = _plan(
                request, settings, gold, system, own, assistant, folder / "baselines" / system.name
            )
            prepare(part, resume=(part.folder / CONFIG).is_file())
            baselines.append(execute(part, report))
            write_report(baselines[-1])
    notes = [agreement.note(settings.runs_dir, judge)] if judge else []
    write_report(run, baselines, notes)
    return Evaluation(run, tuple(baselines))


def composers(request: Request, settings: Settings, report: Report) -> tuple[Run, Run]:
    """Both composers over the same questions: the extractive run, then the model's.

    Args:
        request: its folder receives one folder for each.

    Raises:
        UsageError: as ``evaluate``; no model is configured.
    """
    if not settings.answer.model:
        raise UsageError("aucun modèle configuré : définissez SOUFFLEUR_ANSWER_MODEL")
    folder = request.out or settings.runs_dir / run_name(load_gold(request.gold))
    names: tuple[systems.Composer, systems.Composer] = ("extractive", "model")
    first, second = (
        evaluate(replace(request, composer=name, out=folder / name), settings, report).run
        for name in names
    )
    return first, second


def explained(
    gold: GoldSet,
    system: systems.AssistantSystem,
    search: Search,
    results: Sequence[ItemResult],
) -> dict[str, Any]:
    """What the search weighed, judged: the ``ablation`` and ``causes`` of the retrieval metrics."""
    scores = {result.id: (result.cluster, result.retrieval) for result in results}
    judged = [
        Judged(item.id, cluster, frozenset(item.fiches), None if s.error else system.weighed(item))
        for item, (cluster, s) in ((item, scores[item.id]) for item in gold.items)
        if s is not None
    ]
    return {
        "ablation": ablation(judged, search.weights),
        "causes": causes(judged, search.weights, search.snapshot),
    }


def _plan(
    request: Request,
    settings: Settings,
    gold: GoldSet,
    system: systems.System,
    options: dict[str, Any],
    assistant: Any,
    folder: Path,
) -> Plan:
    return Plan(
        gold=gold,
        system=system,
        texts=assistant.snapshot,
        tasks=request.tasks,
        config=config_of(gold, system.name, options, request.tasks, request.tag, settings),
        manifest=assistant.snapshot.manifest.model_dump(mode="json"),
        folder=folder,
    )
