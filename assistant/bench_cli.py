"""The command ``souffleur bench``."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from vectorstore.errors import SouffleurError


def bench(
    agents: Annotated[int, typer.Option(min=1, max=5000, help="Nombre d'agents simulés.")] = 60,
    seconds: Annotated[float, typer.Option(min=1, help="Durée, en secondes.")] = 60,
    every: Annotated[
        float, typer.Option(min=0.1, help="Secondes entre deux questions d'un agent.")
    ] = 20,
    questions: Annotated[
        Path | None,
        typer.Option(help="Jeu de questions (.jsonl, dossier, ou texte, une par ligne)."),
    ] = None,
    swap: Annotated[
        bool,
        typer.Option("--swap", help="Mettre en service l'autre corpus présent, à mi-temps."),
    ] = False,
    find_most: Annotated[
        bool,
        typer.Option("--find-most", help="Chercher combien d'agents sont servis en une seconde."),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Du JSON sur la sortie standard.")
    ] = False,
    chart: Annotated[Path | None, typer.Option(help="Fichier SVG à écrire.")] = None,
) -> None:
    """Mesurer la charge que ce poste tient : des agents simulés, par la même chaîne."""
    from assistant import bench as load
    from assistant import bench_most as search
    from assistant.bench_chart import chart as drawn
    from assistant.settings import load_settings

    settings, asked = load_settings(), load.load_questions(questions or load.GOLD)
    if find_most:

        def told(one: search.Tried) -> None:
            print(json.dumps(asdict(one)) if as_json else search.as_line(one), flush=True)

        most = search.most_agents(search.find_most(settings, asked, agents, every, seconds, told))
        print(json.dumps({"most_agents": most}) if as_json else f"Le plus : {most} agents")
        return
    report = load.Load(settings, asked, agents, every, seconds).run(swap)
    print(load.as_json(report) if as_json else load.as_text(report))
    if chart is not None:
        chart.write_text(drawn(report), "utf-8")
    if report.errors:
        raise SouffleurError(f"{sum(report.errors.values())} questions sans réponse")
