"""What a report says about the search itself: what each part contributes, and why it fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evals.render import Section, Table
from evals.scoring import ItemResult, figure

GROUPS_FR: dict[str, str] = {
    "title": "titre",
    "other_names": "autres noms",
    "spoken": "ce que disent les appelants",
    "anticipated": "questions prévues",
    "answer": "meilleure phrase",
    "description": "description",
    "breadcrumb": "fil d'Ariane",
    "sections": "titres des sections",
    "questions": "questions liées",
    "body": "corps",
    "fields_together": "rang des champs réunis",
    "passages": "passages",
    "text_vectors": "vecteurs des textes",
    "name_vectors": "vecteurs des noms",
    "learned_vectors": "vecteurs appris",
    "classifier": "classement appris des questions",
    "siblings": "fiches du même dossier",
    "traits": "traits du titre (mineur, public…)",
    "mentions": "nombre de renvois",
    "page_kind": "genre de page",
}
STAGES_FR: dict[str, str] = {
    "sum_of_ranks": "somme des rangs (choisit les candidates)",
    "fusion": "fusion apprise (le résultat)",
}
CAUSES_FR: dict[str, str] = {
    "failed": "panne de la recherche",
    "not_a_candidate": "fiche juste absente des candidates",
    "guide_first": "guide ou liste de liens en tête",
    "sibling_first": "fiche du même dossier en tête",
    "words_missing": "moins de la moitié des mots de la question dans la fiche juste",
    "other_audience": "fiche d'un autre public en tête",
    "other_theme": "fiche d'un autre thème en tête",
    "other": "autre cause",
}
EXAMPLES = 3
_CUTS = ("success@1", "success@5")


def ablation_section(metrics: Mapping[str, Any]) -> Section | None:
    """Success of each stage, and of each group of features alone and left out."""
    found = figure(metrics, "retrieval.ablation")
    if not found or not found["candidates"]["n"]:
        return None
    stages = [
        [name, *(_share(found["stages"][key][cut]) for cut in _CUTS)]
        for key, name in STAGES_FR.items()
    ]
    whole = found["stages"]["fusion"]
    groups = [
        [
            GROUPS_FR[key],
            *(_share(group["alone"][cut]) for cut in _CUTS),
            *(_share(group["without"][cut]) for cut in _CUTS),
            *(_points(group["without"][cut]["value"] - whole[cut]["value"]) for cut in _CUTS),
        ]
        for key, group in found["groups"].items()
    ]
    heads = ("seul, @1", "seul, @5", "sans, @1", "sans, @5", "écart @1", "écart @5")
    return Section(
        "Ce qu'apporte chaque partie de la recherche",
        f"Une fiche juste est parmi les candidates pour {_share(found['candidates'])} des "
        f"{found['candidates']['n']} questions. Les candidates et les poids sont gardés ; « seul » "
        "n'ordonne que par ce groupe, « sans » par tous les autres, l'écart est en points. À "
        "égalité, toutes les places sont également probables ; un groupe sans poids est compté "
        "à parts égales.",
        (Table(("étape", "@1", "@5"), stages), Table(("groupe", *heads), groups)),
    )


def causes_section(metrics: Mapping[str, Any], results: Sequence[ItemResult]) -> Section | None:
    """The questions whose first fiche is wrong, by cause, with a few examples."""
    found = figure(metrics, "retrieval.causes")
    if not found:
        return None
    by_id = {result.id: result for result in results}
    rows = [
        [
            name,
            str(len(found[key]["items"])),
            _share(found[key]["share"]),
            " ; ".join(_example(by_id[item]) for item in found[key]["items"][:EXAMPLES]),
        ]
        for key, name in CAUSES_FR.items()
        if found[key]["items"]
    ]
    if not rows:
        return None
    return Section(
        "Pourquoi la première fiche n'est pas la bonne",
        "Chaque échec est compté une fois, sous la première cause qui s'applique.",
        (Table(("cause", "questions", "part des échecs", "exemples"), rows),),
    )


def _example(result: ItemResult) -> str:
    first = result.retrieval.found[:1] if result.retrieval else []
    return f"{result.id} « {result.question} » ({first[0] if first else 'rien'} en tête)"


def _share(rate: Mapping[str, Any]) -> str:
    return "—" if rate["value"] is None else f"{100 * rate['value']:.1f} %".replace(".", ",")


def _points(value: float) -> str:
    return f"{100 * value:+.1f}".replace(".", ",")
