"""What a report says about a run: figures first, then what went wrong. For the QA team, in French."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from evals import charts
from evals.answers import VERDICTS_FR
from evals.compare import Comparison, compare
from evals.render import Section, Table, as_html, as_junit, as_markdown
from evals.report_model import usage_section
from evals.report_retrieval import ablation_section, causes_section
from evals.routing import confusion
from evals.runs import Run, worst
from evals.scoring import ItemResult, figure

FIGURES_FR: dict[str, str] = {
    "retrieval.success@1": "fiche juste en 1re place",
    "retrieval.success@3": "fiche juste dans les 3 premières",
    "retrieval.success@5": "fiche juste dans les 5 premières",
    "retrieval.success@10": "fiche juste dans les 10 premières",
    "retrieval.mrr": "rang réciproque moyen (MRR)",
    "retrieval.ndcg@10": "nDCG@10",
    "routing.accuracy": "orientation juste",
    "answers.facts_said": "faits clés dits",
    "answers.facts_card": "faits clés sur la carte",
    "answers.wrong": "réponses fausses",
    "answers.citation_precision": "sources citées acceptables",
    "answers.quotes_verbatim": "citations exactes",
    "answers.abstained_rightly": "abstentions à raison (sur les sans-réponse)",
    "answers.abstained_wrongly": "abstentions à tort",
    "answers.asked_rightly": "questions posées à raison",
    "answers.asked_needlessly": "questions posées sans besoin",
    "speech.within_limits": "dicible et dans les limites",
    "judge.precision": "juge : exactitude des faits dits",
    "judge.recall": "juge : faits de la référence dits",
    "judge.contradiction": "juge : contredit la référence",
}
TASKS_FR = {
    "retrieval": "recherche",
    "routing": "orientation",
    "answers": "réponse",
    "speech": "diction",
}
_BY_TAG = ("retrieval.success@1", "retrieval.success@5", "routing.accuracy")
_BY_TAG_ANSWERS = ("answers.facts_said", "answers.wrong", "speech.within_limits")
OUTCOMES_FR = {**FIGURES_FR, "answers.right": "réponses justes"}


def write_report(run: Run, baselines: Sequence[Run] = (), notes: Sequence[str] = ()) -> None:
    """Write ``report.md``, ``report.html`` and ``junit.xml`` into the run's folder.

    Args:
        run: what is reported.
        baselines: other systems over the same items, shown beside it.
        notes: lines for the first section, such as the judge's agreement with people.
    """
    title = f"Évaluation {run.name}"
    sections = sections_of(run, baselines, notes)
    (run.folder / "report.md").write_text(as_markdown(title, sections), "utf-8")
    (run.folder / "report.html").write_text(as_html(title, sections), "utf-8")
    (run.folder / "junit.xml").write_text(as_junit(run.name, run.results), "utf-8")


def sections_of(run: Run, baselines: Sequence[Run], notes: Sequence[str]) -> list[Section]:
    """The sections of a report; those without content are left out."""
    candidates = [
        _origin(run, notes),
        _figures(run),
        _side_by_side(run, baselines),
        ablation_section(run.metrics),
        causes_section(run.metrics, run.results),
        _outcomes(run.results),
        _routing(run),
        _tags(run),
        _latency(run),
        usage_section(run.usage),
        _failures(run.results),
        _worst(run.results),
    ]
    return [section for section in candidates if section is not None]


def percent(rate: Mapping[str, Any] | None) -> str:
    """A rate with its interval: "91,2 % [88,0 ; 93,4]"."""
    if not rate or rate.get("value") is None:
        return "—"
    value, low, high = (f"{100 * rate[key]:.1f}".replace(".", ",") for key in _RATE_KEYS)
    return f"{value} % [{low} ; {high}]"


_RATE_KEYS = ("value", "low", "high")


def figure_rows(metrics: Mapping[str, Any]) -> list[list[str]]:
    """Every rate that judged something: French name, value with interval, number judged."""
    rows = []
    for path, name in FIGURES_FR.items():
        rate = figure(metrics, path)
        if rate is not None and rate["n"]:
            rows.append([name, percent(rate), str(rate["n"])])
    for path, name in (
        ("answers.unsupported", "faits dits sans source (nombre)"),
        ("routing.ece", "écart de calibration de l'orientation (ECE)"),
        ("speech.words_median", "mots à dire (médiane)"),
    ):
        value = figure(metrics, path)
        judged = path != "answers.unsupported" or figure(metrics, "answers.wrong.n")
        if value is not None and judged:
            rows.append([name, str(value).replace(".", ","), ""])
    return rows


def difference_table(comparison: Comparison) -> Table:
    """Paired differences, second run minus first."""
    rows = [
        [
            OUTCOMES_FR.get(name, name),
            _signed(found.value),
            f"[{_signed(found.low)} ; {_signed(found.high)}]",
            f"{found.p:.4f}".replace(".", ","),
            str(found.better),
            str(found.worse),
            str(found.n),
        ]
        for name, found in comparison.differences.items()
    ]
    return Table(("mesure", "écart", "intervalle à 95 %", "p", "en hausse", "en baisse", "n"), rows)


def side_by_side(run: Run, others: Sequence[Run]) -> list[Table]:
    """All systems' figures in one table, then the paired differences to each other system."""
    systems = [run, *others]
    names = [system_name(system) for system in systems]
    rows = [
        [name, *(percent(figure(system.metrics, path)) for system in systems)]
        for path, name in FIGURES_FR.items()
        if figure(run.metrics, path) is not None
    ]
    tables = [Table(("mesure", *names), rows)]
    for other, name in zip(others, names[1:], strict=True):
        paired = difference_table(compare(other.results, run.results))
        tables.append(Table((f"{names[0]} moins {name}", *paired.heads[1:]), paired.rows))
    return tables


def system_name(run: Run) -> str:
    return str(run.config.get("system", run.name))


def _signed(value: float) -> str:
    return f"{100 * value:+.1f}".replace(".", ",")


def _origin(run: Run, notes: Sequence[str]) -> Section:
    config, manifest = run.config, run.manifest
    code = config.get("code", {})
    rows = [
        ["questions", str(len(run.results))],
        ["étiquette", config.get("tag") or "toutes"],
        ["fichiers", ", ".join(config.get("gold", {})) or "—"],
        ["corpus", f"{manifest.get('id', '—')}, données du {manifest.get('corpus_date', '—')}"],
        ["code", f"{code.get('commit') or 'hors git'}, empreinte {code.get('sha256', '—')[:12]}"],
        ["textes", ", ".join(f"{k} {v}" for k, v in config.get("prompts", {}).items()) or "—"],
    ]
    return Section("Ce qui est évalué", "\n".join(notes), (Table(("", ""), rows),))


def _figures(run: Run) -> Section:
    bars = []
    for path, name in FIGURES_FR.items():
        rate = figure(run.metrics, path)
        if rate and rate["value"] is not None:
            bars.append(charts.Bar(name, rate["value"], rate["low"], rate["high"]))
    return Section(
        "Résultats",
        "Chaque taux porte son intervalle à 95 % (Wilson, corrigé quand des questions partagent "
        "une fiche). L'omission et la fausseté sont comptées à part.",
        (Table(("mesure", "valeur", "n"), figure_rows(run.metrics)),),
        (charts.rate_bars(bars),) if bars else (),
    )


def _side_by_side(run: Run, baselines: Sequence[Run]) -> Section | None:
    if not baselines:
        return None
    systems = [run, *baselines]
    names = [system_name(system) for system in systems]
    paths = [path for path in FIGURES_FR if figure(run.metrics, path) is not None]
    path = "retrieval.success@1" if "retrieval" in run.metrics else paths[0]
    bars = []
    for series, (system, name) in enumerate(zip(systems, names, strict=True)):
        rate = figure(system.metrics, path)
        if rate and rate["value"] is not None:
            bars.append(charts.Bar(name, rate["value"], rate["low"], rate["high"], series))
    return Section(
        "Face aux systèmes de référence",
        "Mêmes questions, mêmes mesures. Les écarts sont appariés, question par question, en points "
        f"de pourcentage. Le graphique montre : {FIGURES_FR[path]}.",
        side_by_side(run, baselines),
        (charts.rate_bars(bars),),
    )


def _outcomes(results: Sequence[ItemResult]) -> Section | None:
    found = Counter(result.answers.outcome for result in results if result.answers)
    if not found:
        return None
    counts = {name: found[outcome] for outcome, name in VERDICTS_FR.items() if found[outcome]}
    rows = [[name, str(count)] for name, count in counts.items()]
    return Section(
        "Réponses, question par question",
        "",
        (Table(("issue", "questions"), rows),),
        (charts.count_bars(counts),),
    )


def _routing(run: Run) -> Section | None:
    scores = {r.id: r.routing for r in run.results if r.routing}
    if not scores:
        return None
    labels = figure(run.metrics, "routing.labels") or {}
    table = Table(
        ("orientation", "rappel", "précision", "attendues", "données"),
        [
            [
                label,
                percent(found["recall"]),
                percent(found["precision"]),
                str(found["recall"]["n"]),
                str(found["precision"]["n"]),
            ]
            for label, found in labels.items()
        ],
    )
    matrix = confusion(scores)
    columns = list(next(iter(matrix.values())))
    rows = [
        [label, *(str(counts[column]) for column in columns)] for label, counts in matrix.items()
    ]
    return Section(
        "Orientation des appels",
        "Dans la matrice, l'orientation attendue est en ligne, celle donnée en colonne.",
        (table, Table(("attendue \\ donnée", *columns), rows)),
        (charts.heat_table(matrix),),
    )


def _tags(run: Run) -> Section | None:
    if not run.by_tag:
        return None
    paths = [p for p in (*_BY_TAG, *_BY_TAG_ANSWERS) if figure(run.metrics, p) is not None]
    rows = [
        [tag, str(metrics["items"]), *(percent(figure(metrics, path)) for path in paths)]
        for tag, metrics in run.by_tag.items()
    ]
    heads = ("étiquette", "questions", *(FIGURES_FR[path] for path in paths))
    return Section("Par étiquette", "", (Table(heads, rows),))


def _latency(run: Run) -> Section | None:
    if not run.latency_ms:
        return None
    rows = [
        [step, f"{found['p50']:g}", f"{found['p95']:g}"] for step, found in run.latency_ms.items()
    ]
    return Section("Durées (ms)", "", (Table(("étape", "médiane", "95e centile"), rows),))


def _failures(results: Sequence[ItemResult]) -> Section | None:
    failed = [result for result in results if result.error]
    if not failed:
        return None
    return Section(
        "Pannes",
        f"{len(failed)} question(s) sur lesquelles le système est tombé en panne. Elles comptent "
        "comme des échecs partout.",
        (Table(("id", "question", "panne"), [[r.id, r.question, r.error or ""] for r in failed]),),
    )


def _worst(results: Sequence[ItemResult]) -> Section | None:
    found = worst(results)
    if not found:
        return None
    rows = [
        [
            result.id,
            result.question,
            " ; ".join(
                f"{TASKS_FR[t]} : {s.verdict}" for t, s in result.scores().items() if not s.passed
            ),
        ]
        for result in found
    ]
    return Section("Les plus mauvaises", "", (Table(("id", "question", "ce qui ne va pas"), rows),))
