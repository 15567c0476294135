"""May this version go live? A run against the last accepted one and the thresholds of one file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evals.compare import OUTCOMES, compare
from evals.scoring import ItemResult, figure
from vectorstore.errors import UsageError

THRESHOLDS_FILE = Path(__file__).with_name("thresholds.yaml")


class Thresholds(BaseModel):
    """What a run must reach. Paths are those of ``evals run --json``: ``retrieval.success@1``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    new_wrong_answers: int = 0
    """How many answers that were right in the baseline may be false now."""
    no_regression: list[str] = Field(default_factory=list)
    """Paired outcomes that must not be worse beyond chance (see ``evals.compare.OUTCOMES``)."""
    floors: dict[str, float] = Field(default_factory=dict)
    """Rate -> least value of the lower bound of its interval."""
    ceilings: dict[str, float] = Field(default_factory=dict)
    """Rate -> greatest value of its upper bound; or a plain figure -> its greatest value."""
    categories: dict[str, dict[str, float]] = Field(default_factory=dict)
    """Tag -> floors. A tag or figure that is missing from the run fails the gate."""


def load_thresholds(path: Path = THRESHOLDS_FILE) -> Thresholds:
    """Read and check a thresholds file.

    Raises:
        UsageError: missing, or not of this shape.
    """
    try:
        return Thresholds.model_validate(yaml.safe_load(path.read_text("utf-8")) or {})
    except OSError:
        raise UsageError(f"{path} : fichier de seuils introuvable") from None
    except yaml.YAMLError as error:
        raise UsageError(f"{path} : YAML invalide ({error})".replace("\n", " ")) from None
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"{path} : « {key} » : {first['msg']}") from None


def refusals(
    run: Sequence[ItemResult],
    metrics: Mapping[str, Any],
    by_tag: Mapping[str, Mapping[str, Any]],
    baseline: Sequence[ItemResult],
    thresholds: Thresholds,
) -> list[str]:
    """Why the run may not go live; empty when it may.

    Args:
        run: its items.
        metrics: its metrics.
        by_tag: its metrics by tag.
        baseline: the items of the last accepted run.
        thresholds: what it must reach.
    """
    return [
        *_new_wrong_answers(run, baseline, thresholds.new_wrong_answers),
        *_regressions(run, baseline, thresholds.no_regression),
        *_under_floors(metrics, thresholds.floors, ""),
        *_over_ceilings(metrics, thresholds.ceilings),
        *(
            reason
            for tag, floors in thresholds.categories.items()
            for reason in _category(tag, by_tag.get(tag), floors)
        ),
    ]


def _new_wrong_answers(
    run: Sequence[ItemResult], baseline: Sequence[ItemResult], tolerated: int
) -> list[str]:
    was_right = {item.id for item in baseline if item.answers and item.answers.passed}
    found = [item for item in run if item.id in was_right and item.answers and item.answers.wrong]
    if len(found) <= tolerated:
        return []
    named = [f"{item.id} ({item.answers.verdict})" for item in found if item.answers]
    return [
        f"{len(found)} réponse(s) juste(s) devenue(s) fausse(s), {tolerated} tolérée(s) : "
        + " ; ".join(named)
    ]


def _regressions(
    run: Sequence[ItemResult], baseline: Sequence[ItemResult], names: list[str]
) -> list[str]:
    differences = compare(baseline, run).differences
    falling_is_good = {outcome.name for outcome in OUTCOMES if not outcome.higher_is_better}
    reasons = []
    for name in names:
        found = differences.get(name)
        if found is None:
            reasons.append(f"{name} : pas mesuré dans les deux évaluations")
            continue
        is_worse = found.low > 0 if name in falling_is_good else found.high < 0
        if is_worse:
            reasons.append(
                f"{name} : moins bien que la référence, écart {found.value:+.3f} "
                f"[{found.low:+.3f} ; {found.high:+.3f}] sur {found.n} questions"
            )
    return reasons


def _under_floors(metrics: Mapping[str, Any], floors: Mapping[str, float], where: str) -> list[str]:
    reasons = []
    for path, floor in floors.items():
        low = figure(metrics, f"{path}.low")
        if low is None:
            reasons.append(f"{where}{path} : absent de l'évaluation, plancher {floor:g}")
        elif low < floor:
            reasons.append(f"{where}{path} : borne basse {low:.3f} sous le plancher {floor:g}")
    return reasons


def _over_ceilings(metrics: Mapping[str, Any], ceilings: Mapping[str, float]) -> list[str]:
    reasons = []
    for path, ceiling in ceilings.items():
        found = figure(metrics, path)
        value = found.get("high") if isinstance(found, Mapping) else found
        if value is None:
            reasons.append(f"{path} : absent de l'évaluation, plafond {ceiling:g}")
        elif value > ceiling:
            reasons.append(f"{path} : {value:.3f} au-dessus du plafond {ceiling:g}")
    return reasons


def _category(
    tag: str, metrics: Mapping[str, Any] | None, floors: Mapping[str, float]
) -> list[str]:
    if metrics is None:
        return [f"catégorie « {tag} » : aucune question dans l'évaluation, un plancher est demandé"]
    return _under_floors(metrics, floors, f"catégorie « {tag} », ")
