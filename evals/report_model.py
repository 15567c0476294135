"""What a report says of the model that wrote: cost, tokens and delays, in sum and item by item."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evals.render import Section, Table


def usage_rows(usage: Mapping[str, Any]) -> list[list[str]]:
    """The totals of a run: French name and value."""
    if not usage:
        return [["questions soumises au modèle", "0"]]
    items = usage["items"]
    rows = [
        ["questions soumises au modèle", str(items)],
        ["réponses du modèle retenues", str(usage["written"])],
        ["jetons lus, par question", f"{usage['prompt_tokens'] / items:.0f}"],
        ["jetons écrits, par question", f"{usage['completion_tokens'] / items:.0f}"],
        ["coût total (€)", _euros(usage["cost"])],
        ["coût par question (€)", _euros(usage["cost"] / items)],
    ]
    for key, name in (("first_ms", "première phrase vérifiée"), ("ms", "réponse entière")):
        if usage[key]:
            spread = f"{usage[key]['p50']:.0f} et {usage[key]['p95']:.0f}"
            rows.append([f"{name} (ms), médiane et 95e centile", spread])
    return rows


def usage_section(usage: Mapping[str, Any]) -> Section | None:
    """The section of the report; None when no model was asked."""
    if not usage:
        return None
    rows = [
        [
            name,
            "modèle" if item["written"] else "extractive",
            str(item["prompt_tokens"]),
            str(item["completion_tokens"]),
            _euros(item["cost"]),
            "—" if item["first_ms"] is None else f"{item['first_ms']:.0f}",
            f"{item['ms']:.0f}",
            item["note"],
        ]
        for name, item in usage["by_item"].items()
    ]
    heads = ("id", "réponse", "jetons lus", "écrits", "coût (€)", "1re phrase (ms)", "fin (ms)", "")
    return Section(
        "Le modèle",
        "Durées comptées depuis la carte extractive, qui est affichée la première. Une réponse "
        "gardée en mémoire ne coûte rien.",
        (Table(("", ""), usage_rows(usage)), Table(heads, rows)),
    )


def _euros(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".").replace(".", ",")
