"""Risk and coverage of abstention: ``python -m evals.risk RUN… [--plot FILE.svg]``.

For each threshold of confidence, over the items that the corpus answers: coverage is the share that
would still be answered, risk the share of those answers that are wrong, omission the share that
lacks a key fact; over the items that it does not answer: the share on which it abstains. A card
that abstained in the run stays without answer, so a whole curve needs a run whose
``MIN_PROBABILITY`` (``assistant/chain.py``) is 0.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evals.outputs import Output
from evals.runs import OUTPUTS, read_run
from vectorstore.errors import UsageError

THRESHOLDS = tuple(round(0.05 * step, 2) for step in range(20))


@dataclass(frozen=True)
class Judged:
    """One item of a run: how sure the card was, and what came of it."""

    confidence: float
    answered: bool
    answerable: bool
    wrong: bool
    omits: bool


@dataclass(frozen=True)
class Point:
    """One threshold; rates are between 0 and 1, None over nothing."""

    threshold: float
    coverage: float | None
    risk: float | None
    omission: float | None
    abstained_rightly: float | None


def judged(folder: Path) -> list[Judged]:
    """The items of a run that the task *answers* judged and that expect no question.

    Raises:
        UsageError: the run has no cards.
    """
    path = folder / OUTPUTS
    if not path.exists():
        raise UsageError(f"{path} : absent ; relancer l'évaluation avec la tâche « answers »")
    outputs = [Output.model_validate_json(line) for line in path.read_text("utf-8").splitlines()]
    cards = {output.id: output.card for output in outputs}
    found = []
    for result in read_run(folder).results:
        card, score = cards.get(result.id), result.answers
        if card is None or score is None or score.expects == "question":
            continue
        found.append(
            Judged(
                confidence=card.confidence,
                answered=score.answered,
                answerable=score.expects == "answer",
                wrong=bool(score.wrong),
                omits=bool(score.missing_said),
            )
        )
    return found


def curve(items: Sequence[Judged], thresholds: Sequence[float] = THRESHOLDS) -> list[Point]:
    """One point per threshold, in their order."""
    answerable = [item for item in items if item.answerable]
    others = [item for item in items if not item.answerable]
    points = []
    for threshold in thresholds:
        kept = [item for item in answerable if item.answered and item.confidence >= threshold]
        silent = [item for item in others if not item.answered or item.confidence < threshold]
        points.append(
            Point(
                threshold=threshold,
                coverage=_share(len(kept), len(answerable)),
                risk=_share(sum(item.wrong for item in kept), len(kept)),
                omission=_share(sum(item.omits for item in kept), len(kept)),
                abstained_rightly=_share(len(silent), len(others)),
            )
        )
    return points


def plot(points: Sequence[Point], size: int = 360) -> str:
    """Risk (up) over coverage (right) as an SVG; the axes go from 0 to 1 and from 0 to 0.2."""
    margin, top = 40, 0.2
    inner = size - 2 * margin
    places = [
        (margin + inner * p.coverage, size - margin - inner * min(p.risk, top) / top)
        for p in points
        if p.coverage is not None and p.risk is not None
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5"/>' for x, y in places)
    low, high = size - margin, margin
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" '
        'font-family="sans-serif" font-size="11">'
        f'<path d="M{margin} {high}V{low}H{size - margin}" fill="none" stroke="#888"/>'
        f'<polyline points="{line}" fill="none" stroke="#000091" stroke-width="2"/>{dots}'
        f'<text x="{size // 2}" y="{size - 10}" text-anchor="middle">couverture (0 à 1)</text>'
        f'<text x="12" y="{size // 2}" transform="rotate(-90 12 {size // 2})" '
        f'text-anchor="middle">risque (0 à {top:g})</text></svg>\n'
    )


def _share(part: int, total: int) -> float | None:
    return round(part / total, 4) if total else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", nargs="+", type=Path, help="folders of runs, taken together")
    parser.add_argument("--plot", type=Path, default=None, help="write the curve as SVG")
    arguments = parser.parse_args()
    points = curve([item for folder in arguments.run for item in judged(folder)])
    print(json.dumps([vars(point) for point in points], indent=2))
    if arguments.plot:
        arguments.plot.write_text(plot(points), "utf-8")


if __name__ == "__main__":
    main()
