"""How many agents does this machine serve within a second? Loads of more and more, then between two."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.bench import Load, Report
from assistant.serving import Serving
from assistant.settings import Settings

MOST_P95_MS = 1_000.0
SHARE = 0.1
"""The search ends when the two bounds differ by this share of the lower one."""
MOST_AGENTS = 5_000


@dataclass(frozen=True)
class Tried:
    """One load of the search."""

    agents: int
    per_second: float
    p95_ms: float
    p99_ms: float
    cpu_cores: float
    errors: int

    @property
    def held(self) -> bool:
        return self.errors == 0 and self.p95_ms <= MOST_P95_MS

    @classmethod
    def of(cls, report: Report) -> Tried:
        return cls(
            agents=report.agents,
            per_second=report.per_second,
            p95_ms=report.latency_ms["p95"],
            p99_ms=report.latency_ms["p99"],
            cpu_cores=report.cpu_cores,
            errors=sum(report.errors.values()),
        )


def find_most(
    settings: Settings,
    questions: Sequence[str],
    agents: int,
    every_s: float,
    seconds: float,
    told: Callable[[Tried], None],
) -> list[Tried]:
    """Try that many agents, twice as many while it holds, half as many while it does not; then between.

    Args:
        settings: of the process.
        questions: what agents ask.
        agents: how many are tried first.
        every_s: seconds between two questions of one agent, on average.
        seconds: for how long each load runs.
        told: is given each load once it has run.

    Returns:
        All loads in the order in which they ran; the most agents are those of the largest that held.
    """
    serving = Serving(settings)
    tried: list[Tried] = []
    most, least = 0, MOST_AGENTS + 1
    number = min(agents, MOST_AGENTS)
    while 1 <= number <= MOST_AGENTS and least - most > max(1, SHARE * most):
        load = Load(settings, questions, number, every_s, seconds, serving)
        tried.append(Tried.of(load.run()))
        told(tried[-1])
        if tried[-1].held:
            most = number
        else:
            least = number
        if least > MOST_AGENTS:
            number = 2 * most
        elif most == 0:
            number = least // 2
        else:
            number = (most + least) // 2
    return tried


def most_agents(tried: Sequence[Tried]) -> int:
    """The largest number of agents that held; 0 where none did."""
    return max((load.agents for load in tried if load.held), default=0)


def as_line(load: Tried) -> str:
    """One load in one line of French."""
    return (
        f"{load.agents} agents : {load.per_second:g} questions par seconde, p95 {load.p95_ms:g} ms, "
        f"p99 {load.p99_ms:g} ms, {load.cpu_cores:g} cœur occupé, {load.errors} erreurs"
    )
