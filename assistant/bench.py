"""``souffleur bench``: does it hold? Simulated agents ask real questions through the one chain.

Each agent asks at its own times, about one question per period, whatever the answers take: a latency
counts from when the question was due, so that a queue is not hidden by agents who wait.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from assistant.serving import Serving
from assistant.settings import Settings
from vectorstore.errors import UsageError
from vectorstore.snapshot import current_folder, finished_folders, set_current

GOLD = Path(__file__).resolve().parent.parent / "evals" / "gold"
JITTER = 0.5
"""An agent's pauses differ from the period by up to this share of it."""
SAMPLE_EVERY_S = 1.0
FIRST_MINUTE_S = 60.0
CUTS = (50, 90, 95, 99)
AFTER_SWAP_S = 10.0


@dataclass(frozen=True)
class Asked:
    """One question that was answered or failed."""

    due_s: float
    """Since the start."""
    latency_ms: float
    """From when it was due to its card."""
    snapshot: str
    error: str | None = None


@dataclass(frozen=True)
class Swap:
    """Another corpus put in use under load."""

    to: str
    """Id of the snapshot."""
    at_s: float
    """Since the start."""
    lasted_s: float
    """From the swap to the first answer of the new corpus; while it opens, the old one answers."""
    questions: int
    """Due between the swap and ``AFTER_SWAP_S`` after that first answer: what follows is of these."""
    errors: int
    latency_ms: dict[str, float]


@dataclass
class Report:
    """What one run of the load found."""

    agents: int
    every_s: float
    seconds: float
    questions: int
    per_second: float
    latency_ms: dict[str, float]
    """p50, p90, p95, p99 and max, in milliseconds, from when a question was due."""
    steps_ms: dict[str, dict[str, float]]
    """Step of the chain -> p50 and p95 in milliseconds."""
    errors: dict[str, int]
    degraded: int
    """Answers that carry a note that something was lost."""
    cpu_cores: float
    """Processor time over time: 2 is two cores kept busy."""
    memory_mb: dict[str, float]
    """Resident at the end of the first minute (of a shorter run: of its first quarter), and at the
    end, each the median of several samples."""
    memory_growth: float
    """(end - first minute) / first minute."""
    snapshots: dict[str, int]
    """Snapshot -> how many questions it answered."""
    series: list[dict[str, float]] = field(default_factory=list)
    """Per ten seconds: start, p50 and p95 in milliseconds, resident megabytes."""
    swap: Swap | None = None
    """What an update cost those who worked, where one was made in the middle."""


def load_questions(path: Path) -> list[str]:
    """Questions of a gold file or folder (JSON Lines), or of a text file, one a line.

    Raises:
        UsageError: there is none.
    """
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    questions = []
    try:
        for file in files:
            for line in file.read_text("utf-8").splitlines():
                if line.strip():
                    is_json = file.suffix == ".jsonl"
                    questions.append(json.loads(line)["question"] if is_json else line.strip())
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} : questions illisibles ({error})") from error
    if not questions:
        raise UsageError(f"{path} : aucune question")
    return list(dict.fromkeys(questions))


class Load:
    """Agents over one assistant in service, for a time.

    Args:
        settings: of the process.
        questions: what agents ask; each agent goes through all of them in an order of its own.
        agents: how many.
        every_s: seconds between two questions of one agent, on average.
        seconds: for how long.
        serving: the assistant in service, where one is open already.
    """

    def __init__(
        self,
        settings: Settings,
        questions: Sequence[str],
        agents: int,
        every_s: float,
        seconds: float,
        serving: Serving | None = None,
    ) -> None:
        self._settings = settings
        self._serving = serving or Serving(settings)
        self._questions = questions
        self._agents, self._every_s, self._seconds = agents, every_s, seconds
        self._asked: list[Asked] = []
        self._steps: dict[str, list[float]] = defaultdict(list)
        self._degraded = 0
        self._lock = threading.Lock()
        self._memory: list[tuple[float, float]] = []

    def run(self, swap: bool = False) -> Report:
        """Open, let the agents work, and count.

        Args:
            swap: put another corpus in use in the middle, and the first again at the end.

        Raises:
            UsageError: no question came in that time, or there is no other corpus.
        """
        self._serving.assistant()
        if not swap:
            return self._run()
        home = self._settings.home
        before, other = current_folder(home).name, other_corpus(home)
        swapped = threading.Timer(self._seconds / 2, set_current, (home, other))
        swapped.start()
        try:
            report = self._run()
        finally:
            swapped.cancel()
            swapped.join()
            set_current(home, before)
        report.swap = self._swap(other, self._seconds / 2)
        return report

    def _run(self) -> Report:
        threads = [
            threading.Thread(target=self._agent, args=(number,), daemon=True)
            for number in range(self._agents)
        ]
        self._started = time.monotonic()
        before = _cpu_s()
        for thread in threads:
            thread.start()
        while (passed := time.monotonic() - self._started) < self._seconds:
            self._memory.append((passed, resident_mb()))
            time.sleep(min(SAMPLE_EVERY_S, self._seconds - passed))
        used = _cpu_s() - before
        for thread in threads:
            thread.join()
        return self._report(used)

    def _agent(self, number: int) -> None:
        """Ask at one's own times until the end; the first question comes within one period."""
        own = random.Random(number)
        questions = own.sample(self._questions, len(self._questions))
        due = own.uniform(0, min(self._every_s, self._seconds))
        turn = 0
        while due < self._seconds:
            wait = self._started + due - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            self._ask(questions[turn % len(questions)], due)
            due += self._every_s * own.uniform(1 - JITTER, 1 + JITTER)
            turn += 1

    def _ask(self, question: str, due_s: float) -> None:
        snapshot, error = "", None
        steps: dict[str, float] = {}
        lost = False
        try:
            assistant = self._serving.assistant()
            card = assistant.ask(question)
            snapshot, steps = card.snapshot, card.timings_ms
            lost = assistant.search.degraded is not None
        except Exception as failure:  # whatever fails is counted, under its name
            error = f"{type(failure).__name__}: {failure}"
        latency = 1000 * (time.monotonic() - self._started - due_s)
        with self._lock:
            self._asked.append(Asked(due_s, latency, snapshot, error))
            self._degraded += lost
            for step, milliseconds in steps.items():
                self._steps[step].append(milliseconds)

    def _report(self, cpu_s: float) -> Report:
        if not self._asked:
            raise UsageError("aucune question posée : allonger --seconds ou ajouter des agents")
        latencies = [asked.latency_ms for asked in self._asked]
        first_end = min(FIRST_MINUTE_S, self._seconds / 4)
        first = _median([mb for at, mb in self._memory if first_end * 0.8 <= at <= first_end])
        last = _median([mb for at, mb in self._memory if at >= self._seconds - first_end * 0.2])
        return Report(
            agents=self._agents,
            every_s=self._every_s,
            seconds=self._seconds,
            questions=len(latencies),
            per_second=round(len(latencies) / self._seconds, 2),
            latency_ms=_cuts(latencies, (*CUTS, 100)),
            steps_ms={step: _cuts(values, (50, 95)) for step, values in self._steps.items()},
            errors=dict(Counter(asked.error for asked in self._asked if asked.error)),
            degraded=self._degraded,
            cpu_cores=round(cpu_s / self._seconds, 2),
            memory_mb={"first_minute": round(first, 1), "end": round(last, 1)},
            memory_growth=round((last - first) / first, 4),
            snapshots=dict(Counter(asked.snapshot for asked in self._asked if asked.snapshot)),
            series=self._series(),
        )

    def _swap(self, other: str, at_s: float) -> Swap:
        """What those who asked around the swap found."""
        answered = [a.due_s + a.latency_ms / 1000 for a in self._asked if a.snapshot == other]
        first = min(answered, default=self._seconds)
        during = [a for a in self._asked if at_s <= a.due_s <= first + AFTER_SWAP_S]
        return Swap(
            to=other,
            at_s=at_s,
            lasted_s=round(first - at_s, 1),
            questions=len(during),
            errors=sum(asked.error is not None for asked in during),
            latency_ms=_cuts([a.latency_ms for a in during] or [0.0], (*CUTS, 100)),
        )

    def _series(self) -> list[dict[str, float]]:
        windows: dict[int, list[float]] = defaultdict(list)
        for asked in self._asked:
            windows[int(asked.due_s // 10)].append(asked.latency_ms)
        held = {int(at // 10): mb for at, mb in self._memory}
        return [
            {
                "at_s": 10.0 * window,
                **_cuts(values, (50, 95)),
                "resident_mb": round(held.get(window, 0.0), 1),
            }
            for window, values in sorted(windows.items())
        ]


def other_corpus(home: Path) -> str:
    """The newest corpus on disk that is not in use.

    Raises:
        UsageError: there is none.
    """
    in_use = current_folder(home).name
    for folder in finished_folders(home):
        if folder.name != in_use:
            return folder.name
    raise UsageError(f"{home} : un seul corpus ; en construire un autre par « sync --rebuild »")


def resident_mb() -> float:
    """Megabytes that the process holds in memory; where the system does not say, the most it held."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * resource.getpagesize() / 1e6
    except (OSError, ValueError):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (1e6 if sys.platform == "darwin" else 1e3)


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _median(values: Sequence[float]) -> float:
    return float(np.median(values)) if values else resident_mb()


def _cuts(values: Sequence[float], cuts: Sequence[int]) -> dict[str, float]:
    """Percentiles in milliseconds; the hundredth is called ``max``."""
    return {
        "max" if cut == 100 else f"p{cut}": round(float(np.percentile(values, cut)), 1)
        for cut in cuts
    }


def as_json(report: Report) -> str:
    return json.dumps(asdict(report), ensure_ascii=False, indent=2)


def as_text(report: Report) -> str:
    """The report in a few lines of French."""
    cuts = ", ".join(f"{name} {value:g} ms" for name, value in report.latency_ms.items())
    steps = ", ".join(
        f"{step} {cut['p50']:g}/{cut['p95']:g}" for step, cut in report.steps_ms.items()
    )
    lines = [
        f"{report.agents} agents, une question toutes les {report.every_s:g} s chacun, "
        f"{report.seconds:g} s : {report.questions} questions, {report.per_second:g} par seconde",
        f"Attente : {cuts}",
        f"Étapes, p50/p95 en ms : {steps}",
        f"Processeur : {report.cpu_cores:g} cœur occupé en moyenne",
        f"Mémoire : {report.memory_mb['first_minute']:g} Mo après le début, "
        f"{report.memory_mb['end']:g} Mo à la fin ({100 * report.memory_growth:+.1f} %)",
        f"Erreurs : {sum(report.errors.values())} ; réponses dégradées : {report.degraded}",
    ]
    lines += [f"  {count} × {error}" for error, count in report.errors.items()]
    if report.swap is not None:
        swap = report.swap
        cuts = ", ".join(f"{name} {value:g} ms" for name, value in swap.latency_ms.items())
        lines.append(
            f"Changement de corpus à {swap.at_s:g} s, nouveau corpus {swap.lasted_s:g} s après : "
            f"{swap.questions} questions, {swap.errors} erreurs, {cuts}"
        )
    if len(report.snapshots) > 1:
        shares = ", ".join(f"{name} : {count}" for name, count in report.snapshots.items())
        lines.append(f"Corpus : {shares}")
    return "\n".join(lines)
